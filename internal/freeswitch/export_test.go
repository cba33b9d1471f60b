package freeswitch

import (
	"bufio"
	"bytes"
	"net/url"

	"tollkeeper"
)

// ReadRecord reads a record of mod_json_cdr.
var ReadRecord = readRecord

// ReadEvent reads an event of the socket, and the reports that it may stand for.
func ReadEvent(event []byte) (fields int, err error) {
	h, _, err := readHeaders(bufio.NewReader(bytes.NewReader(event)), maxMessage)
	if err != nil {
		return 0, err
	}
	goingOn(h)
	reportOf(func(name string) string { return h.value("variable_" + name) }, h.value("Unique-ID"))
	return len(h), nil
}

// Dialplan is what an allowed lookup is answered.
func Dialplan(address url.Values, body []byte) ([]byte, error) {
	l, err := readLookup(address, body)
	if err != nil {
		return nil, err
	}
	attempt, err := l.attempt()
	if err != nil {
		return nil, err
	}
	d := tollkeeper.Decision{Allowed: true, To: attempt.To, CallerName: tollkeeper.CallerName{Display: attempt.From, Full: attempt.From}, CallerID: attempt.From}
	return document(section{Name: "dialplan", Context: &dialContext{Name: l.context, Extension: extension{Actions: l.actions(&d)}}}).body, nil
}
