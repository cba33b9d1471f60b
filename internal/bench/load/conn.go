package load

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// connectionLife ends every connection, so that a server that does not answer
// cannot hold up a benchmark for ever.
const connectionLife = 10 * time.Minute

// Conn is one keep-alive connection. It is used by one goroutine.
type Conn struct {
	tcp    net.Conn
	reader *Reader
}

// Dial connects to host:port.
func Dial(address string) (*Conn, error) {
	tcp, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	if err := tcp.SetDeadline(time.Now().Add(connectionLife)); err != nil {
		tcp.Close()
		return nil, err
	}
	return &Conn{tcp: tcp, reader: NewReader(tcp)}, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.tcp.Close() }

// Do sends a request and reads its response, whose body is valid until the next.
func (c *Conn) Do(r Request) (Response, error) {
	if _, err := c.tcp.Write(r); err != nil {
		return Response{}, err
	}
	return c.reader.Next()
}

// Expect sends a request that must be answered with status 200, and returns the
// body, which is valid until the next request. Any other status is an error
// that shows the answer.
func (c *Conn) Expect(r Request) ([]byte, error) {
	response, err := c.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.line(), err)
	}
	if response.Status != http.StatusOK {
		return nil, Wrong(r, fmt.Sprintf("status %d", response.Status), response.Body)
	}
	return response.Body, nil
}

// maxShown bounds how much of a wrong answer an error shows.
const maxShown = 500

// Wrong is the error for an answer that is not what it should be.
func Wrong(r Request, fault string, body []byte) error {
	return fmt.Errorf("%s: %s: %s", r.line(), fault, body[:min(len(body), maxShown)])
}
