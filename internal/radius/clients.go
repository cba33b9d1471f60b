package radius

import (
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/goccy/go-yaml"

	"tollkeeper"
)

// Client is a switch, or a network of them, that may ask.
type Client struct {
	Name     string         `yaml:"name"`
	Networks []netip.Prefix `yaml:"-"`
	Secret   string         `yaml:"secret"` // not logged

	Unsigned  bool          `yaml:"unsigned"`  // Access-Requests need no Message-Authenticator
	Slices    bool          `yaml:"slices"`    // it asks again when a grant is used up
	Setup     bool          `yaml:"setup"`     // an accounting Start tells of the setup, not of the answer
	Passwords bool          `yaml:"passwords"` // User-Password is a trunk's and is checked
	Announces bool          `yaml:"announces"` // it wants to know the credit
	Customer  tollkeeper.ID `yaml:"-"`         // the only one it may speak of; zero: all

	slots chan struct{} // a place for each request under way
}

// Limits of the clients file.
const (
	maxClients     = 1000
	maxClientsFile = 1 << 20
	minSecret      = 8 // octets; RFC 2865, section 3, prefers 16
	maxSecret      = 128
	maxUnderWay    = 1024 // requests of one client; more are dropped, and come again
)

// Clients are all switches that may ask.
type Clients []*Client

// clientEntry is a client as the file has it.
type clientEntry struct {
	Client       `yaml:",inline"`
	NetworkTexts []string `yaml:"networks"`
	CustomerText string   `yaml:"customer"`
}

// ReadClients reads a clients file, and finds everything that is wrong with it at once.
// What it says names no secret.
func ReadClients(from io.Reader) (Clients, error) {
	var file struct {
		Clients []clientEntry `yaml:"clients"`
	}
	err := yaml.NewDecoder(io.LimitReader(from, maxClientsFile), yaml.Strict()).Decode(&file)
	if err != nil && err != io.EOF {
		return nil, tollkeeper.Invalid(yaml.FormatError(err, false, false))
	}
	var faults []string
	var clients Clients
	if len(file.Clients) == 0 || len(file.Clients) > maxClients {
		faults = append(faults, fmt.Sprintf("clients: must have 1 to %d entries", maxClients))
	}
	for i := range file.Clients {
		e := &file.Clients[i]
		faults = append(faults, e.faults(fmt.Sprintf("clients[%d]", i))...)
		for _, n := range e.Networks {
			if other := clients.holding(n); other != nil {
				faults = append(faults, fmt.Sprintf("clients[%d].networks: %s is a network of %q already", i, n, other.Name))
			}
		}
		e.slots = make(chan struct{}, maxUnderWay)
		clients = append(clients, &e.Client)
	}
	if len(faults) > 0 {
		return nil, tollkeeper.Invalid(faults...)
	}
	return clients, nil
}

// faults finishes an entry, and says what is wrong with it.
func (e *clientEntry) faults(where string) (faults []string) {
	if e.Name == "" {
		faults = append(faults, where+".name: is required")
	}
	if n := len(e.Secret); n < minSecret || n > maxSecret {
		faults = append(faults, fmt.Sprintf("%s.secret: must have %d to %d characters", where, minSecret, maxSecret))
	}
	if len(e.NetworkTexts) == 0 {
		faults = append(faults, where+".networks: is required, such as [192.0.2.10, 2001:db8::/64]")
	}
	for _, text := range e.NetworkTexts {
		n, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil {
			n, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s.networks: %q is no address and no network such as 192.0.2.0/24", where, text))
			continue
		}
		e.Networks = append(e.Networks, n.Masked())
	}
	if e.CustomerText != "" {
		id, err := tollkeeper.ParseID(e.CustomerText)
		if err != nil {
			faults = append(faults, where+".customer: must be the id of a customer")
		}
		e.Customer = id
	}
	return faults
}

// holding is the client that has the same network.
func (c Clients) holding(n netip.Prefix) *Client {
	for _, client := range c {
		if slices.Contains(client.Networks, n) {
			return client
		}
	}
	return nil
}

// At is the client at an address, by the longest network that holds it; nil: nobody.
func (c Clients) At(address netip.Addr) (found *Client) {
	address, bits := address.Unmap(), -1
	for _, client := range c {
		for _, n := range client.Networks {
			if n.Bits() > bits && n.Contains(address) {
				found, bits = client, n.Bits()
			}
		}
	}
	return found
}

// enter takes a place for a request; false when all are taken.
func (c *Client) enter() bool {
	select {
	case c.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

func (c *Client) leave() { <-c.slots }
