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
// door after the other, and says how fast that is. Run it by make doors, and with nothing
// else. A switch that speaks HTTP or Diameter keeps its connection.
func TestDoorLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the machine")
	}
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	write(t, clients, "clients:\n- {name: load, networks: [127.0.0.1], secret: sesame-open, slices: true}\n")
	freeswitch := newFreeSwitchSwitch(t)
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
		{"FreeSWITCH", freeswitch.settings(), func(s *server) switchDriver {
			if freeswitch.s == nil {
				freeswitch.with(s)
			}
			return hurried{freeswitch}
		}},
	} {
		t.Run(door.name, func(t *testing.T) {
			s := start(t, filepath.Join(t.TempDir(), "data"), append(door.options, "--log-level", "warn")...)
			s.importDeck()
			s.load(door.connect)
		})
	}
}

// hurried is a FreeSWITCH that tells of the end of a call and goes on.
type hurried struct{ *freeswitchSwitch }

func (d hurried) end(c *placed, talked int64) { d.tellEnd(c, talked) }

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
	authorized, ended := make(chan time.Duration, switches*cycles), make(chan time.Duration, switches*cycles)
	began := time.Now()
	var working sync.WaitGroup
	for n, d := range drivers {
		working.Go(func() {
			for i := range cycles {
				c := &placed{id: fmt.Sprintf("load-%d-%d", n, i), customer: customers[n%len(customers)], from: "+12125550100", to: london}
				at := time.Now()
				d.authorize(c)
				authorized <- time.Since(at)
				at = time.Now()
				d.end(c, 63)
				ended <- time.Since(at)
			}
		})
	}
	working.Wait()
	until(s.t, "every call has its record", func() bool { // who tells of an end by an event gets no answer
		var page struct{ Total int }
		s.must("GET", "/cdrs?$limit=0&chargeMicros=20000", "", &page)
		return page.Total == switches*cycles
	})
	elapsed := time.Since(began)
	s.terminate()
	state := s.process.ProcessState
	s.t.Logf("%.0f cycles a second; 99 of 100 calls authorised within %s, ended within %s; the server took %s of processor time for a cycle",
		switches*cycles/elapsed.Seconds(), slowest(authorized), slowest(ended), (state.UserTime()+state.SystemTime())/(switches*cycles))
}

// slowest is the time within which 99 of 100 were done.
func slowest(times chan time.Duration) time.Duration {
	close(times)
	var all []time.Duration
	for one := range times {
		all = append(all, one)
	}
	slices.Sort(all)
	return all[len(all)*99/100].Round(time.Millisecond / 10)
}
