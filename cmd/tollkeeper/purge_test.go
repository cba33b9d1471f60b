package main_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/store"
)

// agedCalls fills a folder with calls of a customer that began long ago, are invoiced, and
// have outlived their retention of a month.
func agedCalls(t *testing.T, data string, calls int) tollkeeper.ID {
	t.Helper()
	long := func() time.Time { return time.Now().AddDate(0, -3, 0) }
	s, err := store.Open(t.Context(), store.Config{Folder: data, Now: long, Limits: ledger.DefaultPolicy.Limits})
	must(t, err)
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.CDRRetention = "Acme", tollkeeper.BillCredit, 1
	customer, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	must(t, err)
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: long, NewID: s.NewIDAfter})
	var placing sync.WaitGroup
	for n := range 32 {
		placing.Go(func() {
			for i := n; i < calls; i += 32 {
				d, err := l.Authorize(t.Context(), tollkeeper.Authorization{
					CallKey: tollkeeper.CallKey{CallID: strconv.Itoa(i)}, Customer: customer.ID, Direction: tollkeeper.Inbound, From: "+12125550100", To: "+12125550123",
					Caller: tollkeeper.CallingNumber{Shown: "+12125550100"}, Called: tollkeeper.CalledNumber{E164: "+12125550123"},
				})
				if err != nil || !d.Allowed {
					t.Errorf("authorize: %+v %v", d, err)
					return
				}
				used := time.Second
				if _, err := l.End(t.Context(), tollkeeper.Report{CallKey: d.CallKey, Used: &used}); err != nil {
					t.Errorf("end: %v", err)
				}
			}
		})
	}
	placing.Wait()
	l.Close()
	must(t, s.Close())
	s, err = store.Open(t.Context(), store.Config{Folder: data, Now: time.Now, Limits: ledger.DefaultPolicy.Limits})
	must(t, err)
	_, err = (&billing.Invoicer{Ledger: s, Taxes: billing.Table{}}).RunMonths(t.Context())
	must(t, err)
	must(t, s.Close())
	return customer.ID
}

// TestPurgeIsKilled kills the server while it deletes old call records, and starts it
// anew. It goes on where it was: nothing stays, nothing is counted twice, and no number is
// left in the folder.
func TestPurgeIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the leases of nodes that were killed")
	}
	const calls, kills = 4000, 2
	data := filepath.Join(t.TempDir(), "data")
	customer := agedCalls(t, data, calls)
	s := start(t, data)
	if files := holding(t, data, []byte("+12125550100")); len(files) == 0 {
		t.Fatal("the number is not found where it must be; the test is blind")
	}
	oldest := func() string { // "" when no record is left
		t.Helper()
		var page struct {
			Data []struct {
				ID string `json:"_id"`
			}
		}
		s.must("GET", "/cdrs?$limit=1&$sort[_id]=1&customer="+customer.String(), "", &page)
		if len(page.Data) == 0 {
			return ""
		}
		return page.Data[0].ID
	}
	run := "/jobs/" + url.PathEscape("delete old call records") + "/run"
	var asking sync.WaitGroup
	for range kills {
		before := oldest()
		if before == "" {
			break
		}
		asking.Go(func() { s.do("POST", run, "") }) // is answered when the job is done
		for deadline := time.Now().Add(2 * patience); oldest() == before; {
			if time.Now().After(deadline) {
				t.Fatal("nothing is deleted")
			}
			time.Sleep(5 * time.Millisecond)
		}
		s.kill()
		asking.Wait()
		s = s.again(nil)
		if oldest() == "" {
			t.Log("all was deleted before the server was killed")
			break
		}
	}
	s.must("POST", run, "", nil)
	until(t, "all records are deleted", func() bool { return oldest() == "" })
	var trail struct {
		Data []struct {
			Changes []struct {
				Field string
				To    any
			}
		}
	}
	until(t, "the audit trail tells of it", func() bool {
		s.must("GET", "/audit?action=cdrs.purge", "", &trail)
		return len(trail.Data) > 0
	})
	if told := fmt.Sprint(trail.Data); told != fmt.Sprintf("[{[{records %d} {recordings 0} {recordMonths 1} {recordingMonths 1} {reason retention}]}]", calls) {
		t.Errorf("the audit trail tells %s", told)
	}
	if code := s.terminate(); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	verified(t, data)
	if files := holding(t, data, []byte("+12125550100")); len(files) > 0 {
		t.Errorf("the number is still in %v", files)
	}
}
