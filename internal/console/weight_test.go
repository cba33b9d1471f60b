package console_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tollkeeper"
)

// many is how many customers a large carrier has.
const many = 100_000

// fill makes customers with names as long as they may be.
func (s *site) fill(customers int) {
	s.t.Helper()
	drafts := func(yield func(tollkeeper.Customer) bool) {
		for i := range customers {
			c := tollkeeper.NewCustomer()
			c.Name = fmt.Sprintf("Customer %06d of a carrier with long names", i)
			c.DefaultBillMethod, c.Credit = tollkeeper.BillCredit, int32(i*7919%1_000_000)
			if i%3 == 0 {
				c.LowBalanceAlertAmount = 20_000
			}
			if !yield(c) {
				return
			}
		}
	}
	must(s.t, s.store.CreateCustomers(context.Background(), tollkeeper.Write{}, drafts, func(int) {}))
}

// maxWeight is what a page may weigh with all that it needs, in bytes over the wire.
const maxWeight = 150_000

var needs = regexp.MustCompile(`/console/static/[^"#]+`)

// TestPagesAreLight weighs the first page and the table of customers of a large carrier,
// as a browser fetches them that knows nothing yet.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	customers := many
	if testing.Short() {
		customers = 2_000
	}
	s := newSite(t)
	s.fill(customers)
	v := s.signedIn(operatorEmail)
	for _, path := range []string{"/console/", "/console/customers", "/console/customers?sort=credit", "/console/customers?q=carrier", "/console/balances"} {
		zipped := http.Header{"Accept-Encoding": {"gzip"}}
		page := v.send("GET", path, "", zipped).is(200)
		weight, fetched := len(page.body), map[string]bool{}
		for _, address := range needs.FindAllString(page.body, -1) {
			if !fetched[address] {
				fetched[address] = true
				weight += len(v.send("GET", address, "", zipped).is(200).body)
			}
		}
		if len(fetched) < 4 || weight > maxWeight {
			t.Errorf("%s weighs %d bytes with %d files", path, weight, len(fetched))
		}
		t.Logf("%s: %d bytes, of which the page has %d", path, weight, len(page.body))
	}
}

// BenchmarkPages measures how long the pages of a large carrier take: make console-bench.
func BenchmarkPages(b *testing.B) {
	s := newSite(b)
	s.fill(many)
	v := s.signedIn(operatorEmail)
	for _, path := range []string{
		"/console/", "/console/customers", "/console/customers?q=000777", "/console/customers?sort=credit", "/console/customers?sort=-credit&page=1000",
		"/console/customers?sort=credit&callRecording=0", "/console/balances?low=1",
	} {
		b.Run(strings.TrimPrefix(path, "/console"), func(b *testing.B) {
			for b.Loop() {
				b.SetBytes(int64(len(v.get(path).is(200).body)))
			}
		})
	}
}

// consoles is how many open pages are to cost little.
const consoles = 100

// BenchmarkOpenConsoles measures what a decision costs of the processor when it comes to
// many open pages, their reading included.
func BenchmarkOpenConsoles(b *testing.B) {
	s := newSite(b)
	c := s.customer("Harbour Coffee", nil)
	v := s.signedIn(operatorEmail)
	came := make(chan error)
	for range consoles {
		open := v.watch()
		go func() {
			for {
				_, err := open.row()
				select {
				case came <- err:
				case <-b.Context().Done():
					return
				}
				if err != nil {
					return
				}
			}
		}()
	}
	token, n := s.switchToken("switch"), 0
	before := processor(b)
	for b.Loop() {
		n++
		s.askAs(token, c, fmt.Sprint("call-", n))
		for range consoles {
			must(b, <-came)
		}
	}
	b.ReportMetric(float64((processor(b)-before).Microseconds())/float64(n), "cpu-us/decision")
}

// processor is how long the processor has worked for this process.
func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
