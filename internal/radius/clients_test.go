package radius_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/radius"
)

func TestReadClients(t *testing.T) {
	t.Parallel()
	clients, err := radius.ReadClients(strings.NewReader(`# switches
clients:
  - name: kamailio
    networks: [192.0.2.10, "2001:db8::/64"]
    secret: "correct horse"
    unsigned: true
    slices: true
    passwords: true
  - {name: gateways, networks: [192.0.2.0/24], secret: battery-staple, setup: true, announces: true, customer: a10000000000000000000000}
`))
	if err != nil || len(clients) != 2 || clients[0].Name != "kamailio" || !clients[0].Unsigned || !clients[0].Slices ||
		!clients[0].Passwords || clients[0].Setup || !clients[1].Setup || !clients[1].Announces || clients[1].Customer != alice {
		t.Errorf("%v, %v", clients, err)
	}
}

func TestWrongClients(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text   string
		faults []string
	}{
		{"", []string{"clients: must have 1 to 1000 entries"}},
		{"clients: []", []string{"clients: must have 1 to 1000 entries"}},
		{"clients: [{}]", []string{"clients[0].name: is required", "clients[0].secret: must have 8 to 128 characters",
			"clients[0].networks: is required, such as [192.0.2.10, 2001:db8::/64]"}},
		{"clients:\n- {name: a, networks: [192.0.2.0/33, everywhere], secret: hushhush, customer: bob}", []string{
			`clients[0].networks: "192.0.2.0/33" is no address and no network such as 192.0.2.0/24`,
			`clients[0].networks: "everywhere" is no address and no network such as 192.0.2.0/24`, "clients[0].customer: must be the id of a customer"}},
		{"clients:\n- {name: a, networks: [192.0.2.1/24], secret: hushhush}\n- {name: b, networks: [192.0.2.0/24], secret: hushhush}", []string{
			`clients[1].networks: 192.0.2.0/24 is a network of "a" already`}},
	} {
		_, err := radius.ReadClients(strings.NewReader(row.text))
		var known *tollkeeper.Error
		if !errors.As(err, &known) || !slices.Equal(known.Faults, row.faults) {
			t.Errorf("%q: %v", row.text, err)
		}
	}
	_, err := radius.ReadClients(strings.NewReader("clients:\n- name: a\n  secret: hushhush\n  sekret: hushhush\n"))
	if err == nil || !strings.Contains(err.Error(), "sekret") || !strings.Contains(err.Error(), "4:") || strings.Contains(err.Error(), "hushhush") {
		t.Errorf("a key that is none: %v", err)
	}
}
