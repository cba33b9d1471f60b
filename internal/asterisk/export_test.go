package asterisk

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/textproto"
)

// ReadSession reads what Asterisk begins a script with, and the call that it is about.
func ReadSession(conn net.Conn) (callID string, err error) {
	s, err := newSession(conn)
	if err != nil {
		return "", err
	}
	a, err := s.attempt()
	return a.CallID, err
}

// ReadMessage reads a message of the manager interface.
func ReadMessage(text []byte) (fields int, err error) {
	m := &manager{limit: &io.LimitedReader{R: bytes.NewReader(text)}}
	m.reader = textproto.NewReader(bufio.NewReader(m.limit))
	read, err := m.read()
	read.channelVariable(customerVariable)
	return len(read), err
}

// Quoted is a value as one word of a command.
var Quoted = quoted

// Hidden reports whether a presentation, as AGI has it, hides the caller's number.
var Hidden = hidden
