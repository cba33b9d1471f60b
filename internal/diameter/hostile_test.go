package diameter_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"tollkeeper/internal/diameter"
)

// TestHostile: a peer that misbehaves does not stop the others.
func TestHostile(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	w.calls.say(allowed(60, false), nil)
	good := w.join()
	half := w.join()
	half.conn.Write([]byte{1, 0, 0, 40, 0x80})
	for name, b := range map[string][]byte{
		"another-version":    {2, 0, 0, 20, 0x80, 0, 1, 16, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0},
		"too-long":           {1, 0xff, 0xff, 0xfc, 0x80, 0, 1, 16, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0},
		"an-AVP-without-end": {1, 0, 0, 28, 0x80, 0, 1, 16, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0x40, 0xff, 0xff, 0xff},
		"too-short":          {1, 0, 0, 4, 0x80, 0, 1, 16, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0},
		"HTTP":               []byte("GET / HTTP/1.1\r\nHost: tollkeeper\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			c := w.join()
			c.conn.Write(b)
			c.over()
			good.expect(good.ask(credit(name, 1, 0)), 2001)
		})
	}
}

// TestIdleConnections: one address can take only so many of the places.
func TestIdleConnections(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	w.calls.say(allowed(60, false), nil)
	for range 300 {
		w.dial("127.0.0.9")
	}
	for deadline := time.Now().Add(time.Minute); w.counted(diameter.Crowded) < 200; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections of 300 were turned away", w.counted(diameter.Crowded))
		}
	}
	good := w.join()
	good.expect(good.ask(credit("s", 1, 0)), 2001)
}

// TestFlood: a peer that asks without end and hears nothing waits; the others go on.
func TestFlood(t *testing.T) {
	w := open(t, "127.0.0.0/8")
	gate := make(chan struct{})
	w.calls.say(allowed(60, false), nil)
	good := w.join()
	flood := w.join()
	w.calls.mu.Lock()
	w.calls.gate = gate
	w.calls.mu.Unlock()
	var b bytes.Buffer
	for i := range 2000 {
		m := credit(fmt.Sprint("flood", i), 1, 0)
		m.WriteTo(&b)
	}
	go flood.conn.Write(b.Bytes())
	heard := func() int {
		w.calls.mu.Lock()
		defer w.calls.mu.Unlock()
		return len(w.calls.heard)
	}
	for heard() < 256 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	if n := heard(); n != 256 {
		t.Errorf("%d requests of one connection are under way, not 256", n)
	}
	w.calls.mu.Lock()
	w.calls.gate = nil
	w.calls.mu.Unlock()
	good.expect(good.ask(credit("s", 1, 0)), 2001)
	close(gate)
	for range 2000 {
		flood.expect(flood.hear(), 2001)
	}
}
