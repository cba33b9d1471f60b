package main_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestRadclient asks with a client that is not ours, which checks the answers'
// authenticators by itself.
func TestRadclient(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("radclient"); err != nil {
		t.Skip("needs radclient, of the package freeradius-utils")
	}
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	write(t, clients, "clients:\n- {name: radclient, networks: [127.0.0.1], secret: sesame-open, announces: true}\n")
	s := start(t, filepath.Join(t.TempDir(), "data"), "--radius-listen", "127.0.0.1:0", "--radius-clients", clients, "--currency", "EUR")
	s.importDeck()
	customer := s.newCustomer("Acme", 50)
	address := regexp.MustCompile(`RADIUS is answered on (\S+)`).FindStringSubmatch(s.output.String())[1]
	ask := func(kind, attributes string) string {
		t.Helper()
		command := exec.Command("radclient", "-x", "-r", "1", "-t", "5", address, kind, "sesame-open")
		command.Stdin = strings.NewReader(attributes)
		output, _ := command.CombinedOutput()
		_, answer, _ := strings.Cut(string(output), "Received ")
		return answer
	}
	call := fmt.Sprintf(`Acct-Session-Id="first", Calling-Station-Id="+12125550100", Called-Station-Id="%s", Cisco-AVPair="customer=%s"`, london, customer)
	for _, row := range []struct {
		kind, attributes string
		want             []string
	}{
		{"auth", call + ", Message-Authenticator=0x00", []string{"Access-Accept", "Session-Timeout = 3000", `h323-return-code = "h323-return-code=0"`,
			`h323-credit-time = "h323-credit-time=3000"`, `h323-currency = "h323-currency=EUR"`, `h323-credit-amount = "h323-credit-amount=0.00"`}},
		{"acct", `Acct-Session-Id="first", Acct-Status-Type=Start`, []string{"Accounting-Response"}},
		{"acct", `Acct-Session-Id="first", Acct-Status-Type=Interim-Update, Acct-Session-Time=30`, []string{"Accounting-Response"}},
		{"acct", `Acct-Session-Id="first", Acct-Status-Type=Stop, Acct-Session-Time=63`, []string{"Accounting-Response"}},
		{"auth", strings.Replace(call, london, lyon, 1) + ", Message-Authenticator=0x00", []string{"Access-Reject", "authorised before"}},
		{"auth", strings.Replace(strings.Replace(call, london, lyon, 1), "first", "second", 1) + ", Message-Authenticator=0x00",
			[]string{"Access-Reject", `Reply-Message = "no_price"`, "h323-return-code=9"}},
		{"status", "Message-Authenticator=0x00", []string{"Access-Accept"}},
	} {
		answer := ask(row.kind, row.attributes)
		for _, want := range row.want {
			if !strings.Contains(answer, want) {
				t.Errorf("%s %s is answered %q, without %q", row.kind, row.attributes, answer, want)
			}
		}
	}
	var found struct {
		Data []struct{ ChargeMicros, DurationSeconds int64 }
	}
	s.must("GET", "/cdrs?callId=first", "", &found)
	if len(found.Data) != 1 || found.Data[0].ChargeMicros != 20_000 || found.Data[0].DurationSeconds != 63 {
		t.Errorf("the records are %+v", found.Data)
	}
}

// TestRadiusLoad has 128 switches authorise and stop calls as fast as they can, and says
// what a cycle costs.
func TestRadiusLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the machine")
	}
	const switches, cycles = 128, 100
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	write(t, clients, "clients:\n- {name: load, networks: [127.0.0.1], secret: sesame-open, slices: true}\n")
	s := start(t, filepath.Join(t.TempDir(), "data"), "--radius-listen", "127.0.0.1:0", "--radius-clients", clients, "--log-level", "warn")
	s.importDeck()
	customers := make([]string, 16)
	for i := range customers {
		customers[i] = s.newCustomer(fmt.Sprintf("Load %d", i), 1_000_000)
	}
	took := make(chan time.Duration, 2*switches*cycles)
	began := time.Now()
	var working sync.WaitGroup
	for n := range switches {
		d := newRadiusSwitch(s, "127.0.0.1")
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
		t.Errorf("%d records, not %d", page.Total, switches*cycles)
	}
	s.terminate()
	state := s.process.ProcessState
	t.Logf("%.0f cycles a second; 99 of 100 answers within %s; the server took %s of processor time for a cycle",
		switches*cycles/elapsed.Seconds(), all[len(all)*99/100].Round(time.Millisecond/10), (state.UserTime()+state.SystemTime())/(switches*cycles))
}
