package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Response is the answer to a request.
type Response struct {
	Status int
	Body   []byte // valid until the next response is read
}

const (
	// maxHead and maxBody bound what a server that misbehaves can cost.
	maxHead = 32 << 10
	maxBody = 64 << 20
)

// ErrResponse reports an answer that is not the small part of HTTP/1.1 this
// package reads: one response per request, with a Content-Length (RFC 9112,
// section 6.2).
var ErrResponse = errors.New("not a response with a Content-Length")

// Reader reads one response after the other. It knows no pipelining: bytes
// beyond a response are an error.
type Reader struct {
	source io.Reader
	buffer []byte // grows to the largest response
}

// NewReader reads responses from the source.
func NewReader(source io.Reader) *Reader {
	return &Reader{source: source, buffer: make([]byte, maxHead)}
}

var endOfHead = []byte("\r\n\r\n")

// Next reads a response.
func (r *Reader) Next() (Response, error) {
	filled, head, err := r.head()
	if err != nil {
		return Response{}, err
	}
	status, length, err := parseHead(r.buffer[:head])
	if err != nil {
		return Response{}, err
	}
	whole := head + length
	if filled > whole {
		return Response{}, fmt.Errorf("%w: %d bytes too many", ErrResponse, filled-whole)
	}
	if whole > len(r.buffer) {
		r.buffer = append(r.buffer[:filled], make([]byte, whole-filled)...)
	}
	if _, err := io.ReadFull(r.source, r.buffer[filled:whole]); err != nil {
		return Response{}, fmt.Errorf("body of %d bytes: %w", length, err)
	}
	return Response{Status: status, Body: r.buffer[head:whole:whole]}, nil
}

// head reads until the empty line after the header. It returns how much of the
// buffer it filled and where the head ends.
func (r *Reader) head() (filled, head int, err error) {
	for filled < maxHead {
		n, err := r.source.Read(r.buffer[filled:maxHead])
		from := max(0, filled-len(endOfHead)+1)
		filled += n
		if at := bytes.Index(r.buffer[from:filled], endOfHead); at >= 0 {
			return filled, from + at + len(endOfHead), nil
		}
		if err != nil {
			return 0, 0, fmt.Errorf("head: %w", err)
		}
	}
	return 0, 0, fmt.Errorf("%w: the header is too long", ErrResponse)
}

// parseHead reads the status and the length of the body.
func parseHead(head []byte) (status, length int, err error) {
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, 0, fmt.Errorf("%w: %q", ErrResponse, line)
	}
	status, ok := decimal(line[9:12])
	if !ok {
		return 0, 0, fmt.Errorf("%w: %q", ErrResponse, line)
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		if len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")) {
			length, ok = decimal(bytes.TrimSpace(value))
			if !ok || length > maxBody {
				return 0, 0, fmt.Errorf("%w: %q", ErrResponse, line)
			}
			return status, length, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: status %d", ErrResponse, status)
}

// decimal reads up to nine digits.
func decimal(digits []byte) (n int, ok bool) {
	if len(digits) == 0 || len(digits) > 9 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
