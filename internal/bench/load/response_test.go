package load_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"tollkeeper/internal/bench/load"
)

func TestReader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	rows := []struct {
		name, wire string
		status     int
		body       string
	}{
		{"plain", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}"},
		{"empty", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 503, ""},
		{"no reason", "HTTP/1.1 204\r\nContent-Length: 0\r\n\r\n", 204, ""},
		{"lower case", "HTTP/1.1 404 Not Found\r\ndate: today\r\ncontent-length:3 \r\n\r\nabc", 404, "abc"},
		{"larger than the buffer", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + long, 200, long},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"at once":  func(r io.Reader) io.Reader { return r },
		"by bytes": iotest.OneByteReader,
		"by half":  iotest.HalfReader,
	}
	for _, row := range rows {
		for how, split := range readers {
			got, err := load.NewReader(split(strings.NewReader(row.wire))).Next()
			if err != nil || got.Status != row.status || string(got.Body) != row.body {
				t.Errorf("%s, %s: %d %.20q, %v", row.name, how, got.Status, got.Body, err)
			}
		}
	}
}

func TestReaderReadsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	server, client := io.Pipe()
	go func() {
		for _, body := range []string{"first", "2nd", ""} {
			io.WriteString(client, "HTTP/1.1 200 OK\r\nContent-Length: "+string(rune('0'+len(body)))+"\r\n\r\n"+body)
		}
		client.Close()
	}()
	r := load.NewReader(server)
	for _, want := range []string{"first", "2nd", ""} {
		if got, err := r.Next(); err != nil || string(got.Body) != want {
			t.Fatalf("%q, %v; want %q", got.Body, err, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last: %v", err)
	}
}

func TestReaderRefuses(t *testing.T) {
	t.Parallel()
	for name, wire := range map[string]string{
		"another protocol":  "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"no status":         "HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n",
		"short line":        "HTTP/1.1\r\n\r\n",
		"chunks":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"length of letters": "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
		"huge length":       "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
		"negative length":   "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"more than asked":   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
		"endless header":    "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<16),
	} {
		if _, err := load.NewReader(strings.NewReader(wire)).Next(); !errors.Is(err, load.ErrResponse) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, wire := range map[string]string{
		"cut in the head": "HTTP/1.1 200 OK\r\nContent-Le",
		"cut in the body": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
	} {
		if _, err := load.NewReader(strings.NewReader(wire)).Next(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	source := &repeated{text: []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")}
	r := load.NewReader(source)
	if n := testing.AllocsPerRun(100, func() { r.Next() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// repeated reads as the same text again and again.
type repeated struct{ text []byte }

func (r *repeated) Read(b []byte) (int, error) { return copy(b, r.text), nil }

// Whatever a server sends, the reader answers what it sent or an error.
func FuzzReader(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 500 \r\nA:b\r\ncontent-length:0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		got, err := load.NewReader(bytes.NewReader(wire)).Next()
		if err == nil && !bytes.HasSuffix(wire, append([]byte("\r\n\r\n"), got.Body...)) {
			t.Errorf("%q was read as %q", wire, got.Body)
		}
	})
}
