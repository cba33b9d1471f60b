package load

import (
	"bytes"
	"fmt"
	"strconv"
)

// Request is a whole HTTP/1.1 request. What differs from one sending to the next
// has a fixed width and is written over in place.
type Request []byte

// Message is what a Request is made of. ContentType and Body may be empty.
type Message struct {
	Method, Target string
	Token          string // after "Bearer "; empty for none
	ContentType    string
	Body           []byte
}

// Request writes the message out.
func (m Message) Request() Request {
	b := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: localhost\r\n", m.Method, m.Target)
	if m.Token != "" {
		b = fmt.Appendf(b, "Authorization: Bearer %s\r\n", m.Token)
	}
	if m.ContentType != "" {
		b = fmt.Appendf(b, "Content-Type: %s\r\nContent-Length: %d\r\n", m.ContentType, len(m.Body))
	}
	return append(append(b, "\r\n"...), m.Body...)
}

// Slot is the part of the request that the placeholder stands in, to be written
// over. The placeholder must occur exactly once; Slot panics where it does not,
// since the request was then put together wrongly.
func (r Request) Slot(placeholder string) []byte {
	at := bytes.Index(r, []byte(placeholder))
	if at < 0 || at != bytes.LastIndex(r, []byte(placeholder)) {
		panic("load: request without, or with more than one, " + strconv.Quote(placeholder))
	}
	return r[at : at+len(placeholder) : at+len(placeholder)]
}

// line is the method and the target, for errors.
func (r Request) line() []byte {
	line, _, _ := bytes.Cut(r, []byte(" HTTP/1.1\r\n"))
	return line
}

// Digits fills a slot with a number, with leading zeros. Digits that do not fit
// are cut off at the front.
func Digits(slot []byte, n uint64) {
	for i := len(slot) - 1; i >= 0; i-- {
		slot[i] = byte('0' + n%10)
		n /= 10
	}
}
