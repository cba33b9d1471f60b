package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	program "tollkeeper/cmd/tollkeeper"
	"tollkeeper/internal/admission/admissiontest"
)

// imported is how many numbers a test imports at once: as many as one file may hold.
const imported = 100_000

// TestKilledImport kills the server in the middle of imports. Afterwards all numbers of a
// file are there or none, with the trail and the events of each; and what was answered is
// there.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it imports 100,000 numbers, again and again")
	}
	s := start(t, filepath.Join(t.TempDir(), "data"))
	customer := s.newCustomer("Acme", 0)
	all := 0
	const rounds = 5
	for round := range rounds {
		s.client.Timeout = 10 * patience // an import takes its time on a slow machine
		answered := make(chan int)
		go func() {
			status, _, _ := s.do("POST", "/numbers/import", numbersFile(round, customer))
			answered <- status
		}()
		status := 0
		if round < rounds-1 {
			time.Sleep(time.Duration(rand.IntN(3000)) * time.Millisecond)
			s.kill()
			status = <-answered
			s = s.again(nil)
		} else if status = <-answered; status != 200 {
			t.Errorf("an import that nobody cuts off is answered %d", status)
		}
		n := s.total(fmt.Sprintf("/numbers?$search=%%2B1312%d", 2+round))
		if n != imported && (n != 0 || status == 200) {
			t.Fatalf("round %d: %d of %d numbers are there, and the import was answered %d", round, n, imported, status)
		}
		all += n
	}
	for _, list := range []string{"/numbers?", "/audit?action=number.import&", "/events?type=number.assigned&"} {
		if n := s.total(list + "customer=" + customer); n != all {
			t.Errorf("%s lists %d, want %d", list, n, all)
		}
	}
	t.Logf("of %d imports %d were cut off", rounds, rounds-all/imported)
	if code := s.terminate(); code != 0 {
		t.Errorf("the server ends with %d: %s", code, s.log.String())
	}
	verified(t, s.data)
}

// numbersFile is CSV with numbers of a customer, which differ from those of other rounds.
func numbersFile(round int, customer string) string {
	var file strings.Builder
	file.WriteString("number,customer,label\n")
	for i := range imported {
		fmt.Fprintf(&file, "+1312%d%06d,%s,Line %d\n", 2+round, i, customer, i)
	}
	return file.String()
}

// total is how many records a list has.
func (s *server) total(list string) int {
	s.t.Helper()
	var page struct{ Total int }
	s.must("GET", list+"&$limit=0", "", &page)
	return page.Total
}

// TestPortoutPolicies has a request decided after a restart, with another policy, when the
// owner's time is up.
func TestPortoutPolicies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ before, after, atOnce, atLast string }{
		{"refuse", "refuse", "held", "refused"},
		{"approve", "approve", "held", "approved"},
		{"refuse", "notify", "held", "approved"},
		{"notify", "refuse", "approved", "approved"},
	} {
		clock := admissiontest.NewClock(time.Now())
		s := &server{t: t, data: filepath.Join(t.TempDir(), "data"), client: &http.Client{Timeout: patience}}
		begin := func(policy string) *program.Program {
			p := program.Begin(t, clock.Now, &s.output, "--listen", "127.0.0.1:0", "--data", s.data, "--log-level", "warn", "--portout-policy", policy)
			s.url = p.URL
			return p
		}
		p := begin(test.before)
		s.token = s.newToken("test")
		var made struct {
			ID    string `json:"_id"`
			State string
		}
		customer := s.newCustomer("Acme", 0)
		s.must("POST", "/numbers", s.json(map[string]any{"number": "+12125550101", "customer": customer}), nil)
		s.must("POST", "/portouts", s.json(map[string]any{"numbers": []string{"+12125550101"}, "gainingCarrier": "Rival", "accountNumber": customer, "requestedDate": "2100-01-01"}), &made)
		if made.State != test.atOnce {
			t.Errorf("with %s it is %s at once, not %s", test.before, made.State, test.atOnce)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		s.client.CloseIdleConnections()
		clock.Advance(49 * time.Hour)
		begin(test.after) // where the job has its first run at once
		until(t, "the request is decided", func() bool {
			s.must("GET", "/portouts/"+made.ID, "", &made)
			return made.State != "held"
		})
		if made.State != test.atLast {
			t.Errorf("with %s and then %s it is %s, not %s", test.before, test.after, made.State, test.atLast)
		}
	}
}
