package asterisk_test

import (
	"net"
	"strings"
	"testing"

	"tollkeeper/internal/asterisk"
)

func FuzzSession(f *testing.F) {
	f.Add([]byte("agi_request: agi://x/authorize?direction=inbound&source=192.0.2.7:5060\nagi_uniqueid: a\nagi_extension: 1\n\n"))
	f.Add([]byte("agi_request: agi://%zz\n\n"))
	f.Fuzz(func(t *testing.T, says []byte) {
		here, there := net.Pipe()
		defer here.Close()
		go func() {
			there.Write(says)
			there.Close()
		}()
		if id, err := asterisk.ReadSession(here); err == nil && (id == "" || len(id) > 255) {
			t.Errorf("%q is about the call %q", says, id)
		}
	})
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte("Event: DialEnd\r\nChanVariable: TOLLKEEPER_CUSTOMER=69a555184b1f8c3a5e000003\r\n\r\n"))
	f.Add([]byte(": \r\n\r\n"))
	f.Fuzz(func(t *testing.T, says []byte) {
		if fields, err := asterisk.ReadMessage(says); err == nil && fields > strings.Count(string(says), ":") {
			t.Errorf("%q has %d fields", says, fields)
		}
	})
}

// FuzzQuoted sets variables to whatever a caller is called: each stays one word on one
// line.
func FuzzQuoted(f *testing.F) {
	f.Add("ACME INC")
	f.Add("a\"\nHANGUP\r\n\\")
	f.Fuzz(func(t *testing.T, value string) {
		word := asterisk.Quoted(value)
		if strings.ContainsAny(word, "\r\n") || strings.HasSuffix(strings.ReplaceAll(word, `\\`, ""), `\"`) {
			t.Errorf("%q is written as %s", value, word)
		}
	})
}
