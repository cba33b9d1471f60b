package radius_test

import (
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/radius"
	"tollkeeper/internal/radius/probe"
)

// FuzzPacket hands attributes of a switch that has the secret, and whole packets of one
// that has not, to a door, which must go on answering.
func FuzzPacket(f *testing.F) {
	f.Add([]byte{30, 4, '1', '2', 44, 3, 'x'}, byte(1))
	f.Add([]byte{40, 6, 0, 0, 0, 2, 44, 3, 'x', 46, 6, 255, 255, 255, 255}, byte(4))
	f.Add([]byte{207, 6, 10, 4, 'a', 'b', 206, 3, 'r', 2, 18}, byte(1))
	f.Add([]byte{26, 12, 0, 0, 0, 9, 1, 6, 'l', 'e', 'g', '=', 26, 7, 0, 0, 0, 9, 1}, byte(1))
	f.Add([]byte{80, 2, 80, 18}, byte(12))
	f.Add([]byte{26, 20, 0, 0, 0, 9, 30, 14, 'h', '3', '2', '3', '-', 'd', 'i', 's', 'c', '=', '1', '1'}, byte(4))
	clients, err := radius.ReadClients(strings.NewReader("clients:\n- {name: pbx, networks: [127.0.0.0/8], secret: " + strings.ReplaceAll(secret, " ", "-") + ", unsigned: true, passwords: true}"))
	if err != nil {
		f.Fatal(err)
	}
	heard := &calls{decision: allowed(60, true)}
	door := radius.Open(radius.Config{Calls: heard, Trunks: trunks{}, Balances: balances{}, Clients: clients,
		Log: slog.New(slog.DiscardHandler), Observe: func(string, tollkeeper.Decision) {}, Count: func(radius.Outcome) {}})
	at, err := door.Listen("127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	defer door.Close()
	conn, err := net.Dial("udp", at.String())
	if err != nil {
		f.Fatal(err)
	}
	check, err := probe.Dial(at.String(), strings.ReplaceAll(secret, " ", "-"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, attributes []byte, code byte) {
		attributes = attributes[:min(len(attributes), 4000)]
		q := probe.Request{Code: code, Unsigned: true, Raw: attributes}
		conn.Write(q.Pack(strings.ReplaceAll(secret, " ", "-")))
		conn.Write(attributes)
		heard.take()
		if _, err := check.Ask(probe.Request{Code: probe.StatusServer}, 10*time.Second); err != nil {
			t.Fatal("the door does not answer any more: ", err)
		}
	})
}
