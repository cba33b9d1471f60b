package main_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestDoorLoad has many switches authorise and end calls as fast as they can, by one
// door after the other, and says how fast that is. Run it with -v, and with nothing
// else. A switch that speaks HTTP or Diameter keeps its connection.
func TestDoorLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the machine")
	}
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	write(t, clients, "clients:\n- {name: load, networks: [127.0.0.1], secret: sesame-open, slices: true}\n")
	for _, door := range []struct {
		name    string
		options []string
		connect func(*server) switchDriver
	}{
		{"HTTP", nil, func(s *server) switchDriver { return &httpSwitch{s: s} }},
		{"RADIUS", []string{"--radius-listen", "127.0.0.1:0", "--radius-clients", clients},
			func(s *server) switchDriver { return newRadiusSwitch(s, "127.0.0.1") }},
		{"Diameter", []string{"--diameter-listen", "127.0.0.1:0", "--diameter-networks", "127.0.0.0/8"},
			func(s *server) switchDriver { return newDiameterSwitch(s) }},
		{"FastAGI", []string{"--asterisk-listen", "127.0.0.1:0"},
			func(s *server) switchDriver { return newAsteriskSwitch(s) }},
	} {
		t.Run(door.name, func(t *testing.T) {
			s := start(t, filepath.Join(t.TempDir(), "data"), append(door.options, "--log-level", "warn")...)
			s.importDeck()
			s.load(door.connect)
		})
	}
}

// load measures the cycles of authorize and end through one door.
func (s *server) load(connect func(*server) switchDriver) {
	s.t.Helper()
	const switches, cycles = 96, 100 // Diameter takes 100 connections of one address
	customers := make([]string, 16)
	for i := range customers {
		customers[i] = s.newCustomer(fmt.Sprintf("Load %d", i), 1_000_000)
	}
	drivers := make([]switchDriver, switches)
	for n := range drivers {
		drivers[n] = connect(s)
	}
	took := make(chan time.Duration, 2*switches*cycles)
	began := time.Now()
	var working sync.WaitGroup
	for n, d := range drivers {
		working.Go(func() {
			for i := range cycles {
				c := &placed{id: fmt.Sprintf("load-%d-%d", n, i), customer: customers[n%len(customers)], from: "+12125550100", to: london}
				at := time.Now()
				d.authorize(c)
				took <- time.Since(at)
				at = time.Now()
				d.end(c, 63)
				took <- time.Since(at)
			}
		})
	}
	working.Wait()
	elapsed := time.Since(began)
	close(took)
	var all []time.Duration
	for one := range took {
		all = append(all, one)
	}
	slices.Sort(all)
	var page struct{ Total int }
	s.must("GET", "/cdrs?$limit=0&chargeMicros=20000", "", &page)
	if page.Total != switches*cycles {
		s.t.Errorf("%d records, not %d", page.Total, switches*cycles)
	}
	s.terminate()
	state := s.process.ProcessState
	s.t.Logf("%.0f cycles a second; 99 of 100 answers within %s; the server took %s of processor time for a cycle",
		switches*cycles/elapsed.Seconds(), all[len(all)*99/100].Round(time.Millisecond/10), (state.UserTime()+state.SystemTime())/(switches*cycles))
}
