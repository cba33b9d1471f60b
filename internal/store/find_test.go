package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
)

func TestFindCustomersAgreesWithOracle(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(1, 1))
	users, _ := randomUsers(t, s, r, 5, nil)
	_, samples := randomCustomers(t, s, r, 300, users)
	newAsker(1, query.Customers, samples, "name", "websiteUrl").check(t, 3000, func(f *query.Find) (int64, []string, error) {
		page, err := s.FindCustomers(t.Context(), f)
		return page.Total, idsOf(page.Items, func(a *tollkeeper.Account) tollkeeper.ID { return a.ID }), err
	})
}

func TestFindUsersAgreesWithOracle(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(2, 1))
	staff, samples := randomUsers(t, s, r, 2, nil)
	customers, _ := randomCustomers(t, s, r, 5, staff)
	_, more := randomUsers(t, s, r, 80, customers)
	newAsker(2, query.Users, append(samples, more...), "email", "first", "last").check(t, 1000, func(f *query.Find) (int64, []string, error) {
		page, err := s.FindUsers(t.Context(), f)
		return page.Total, idsOf(page.Items, func(u tollkeeper.User) tollkeeper.ID { return u.ID }), err
	})
}

func TestFindCallsAndRecordsAgreeWithOracle(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(3, 1))
	staff, _ := randomUsers(t, s, r, 2, nil)
	customers, _ := randomCustomers(t, s, r, 5, staff)
	var calls, records []sample
	write(t, s, func(b *ledger.Book) {
		calls, records = nil, nil // the work may run twice
		for range 80 {
			live := randomCall(r, s.NewID(), customers)
			b.Calls[live.CallKey] = &ledger.Call{Live: live, Changed: true}
			over := randomCall(r, s.NewID(), customers)
			record := randomRecord(r, over)
			b.Records = append(b.Records, record)
			calls, records = append(calls, callSample(live)), append(records, recordSample(over, record))
		}
	})
	searched := []string{"callId", "from", "to", "destination"}
	newAsker(3, query.Calls, calls, searched...).check(t, 1500, func(f *query.Find) (int64, []string, error) {
		page, err := s.FindCalls(t.Context(), f)
		return page.Total, idsOf(page.Items, func(c *tollkeeper.Call) tollkeeper.ID { return c.ID }), err
	})
	newAsker(4, query.CDRs, records, searched...).check(t, 1500, func(f *query.Find) (int64, []string, error) {
		page, err := s.FindCDRs(t.Context(), f)
		return page.Total, idsOf(page.Items, func(c *tollkeeper.CDR) tollkeeper.ID { return c.ID }), err
	})
}

func TestFindTransfersAgreesWithOracle(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(5, 1))
	c := tollkeeper.NewCustomer()
	c.Name, c.DefaultBillMethod = "Acme", tollkeeper.BillCredit
	customer := ok[tollkeeper.Account](t)(s.CreateCustomer(t.Context(), tollkeeper.Write{}, c)).ID
	other := ok[tollkeeper.Account](t)(s.CreateCustomer(t.Context(), tollkeeper.Write{}, c)).ID
	var samples []sample
	write(t, s, func(b *ledger.Book) {
		samples = nil
		for range 80 {
			x := randomTransfer(r, s.NewID(), customer)
			b.Transfers = append(b.Transfers, x, randomTransfer(r, s.NewID(), other))
			samples = append(samples, transferSample(x))
		}
	})
	newAsker(5, query.Ledger, samples, "reason", "key").check(t, 1000, func(f *query.Find) (int64, []string, error) {
		page, err := s.FindTransfers(t.Context(), customer, f)
		return page.Total, idsOf(page.Items, func(x tollkeeper.Transfer) tollkeeper.ID { return x.ID }), err
	})
}

func TestFindAuditAgreesWithOracle(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(6, 1))
	staff, _ := randomUsers(t, s, r, 2, nil)
	customers, _ := randomCustomers(t, s, r, 2, staff)
	for range 60 {
		status := pick(r, tollkeeper.Statuses)
		ok[tollkeeper.Account](t)(s.SetStatus(t.Context(), writer(r, staff), pick(r, customers), status, pick(r, texts)))
	}
	everything := &query.Find{Limit: query.MaxLimit, Sort: []query.Order{{Field: "_id"}}}
	var samples []sample
	for _, e := range ok[tollkeeper.Page[tollkeeper.AuditEntry]](t)(s.FindAudit(t.Context(), customers[0], everything)).Items {
		samples = append(samples, auditSample(e))
	}
	newAsker(6, query.Audit, samples, "action", "address", "userAgent").check(t, 1000, func(f *query.Find) (int64, []string, error) {
		page, err := s.FindAudit(t.Context(), customers[0], f)
		return page.Total, idsOf(page.Items, func(e tollkeeper.AuditEntry) tollkeeper.ID { return e.ID }), err
	})
}

// TestFindWidest asks the largest questions that the language allows.
func TestFindWidest(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(7, 1))
	users, _ := randomUsers(t, s, r, 1, nil)
	randomCustomers(t, s, r, 3, users)
	numbers := strings.Repeat("1,", query.MaxList-1) + "1"
	deep := `{"credit":1,"name":"x"}`
	for level := range query.MaxNesting - 1 {
		deep = `{"` + []string{"$or", "$and"}[level%2] + `":[` + deep + `,{"credit":{"$ne":2}}]}`
	}
	for name, text := range map[string]string{
		"500 alternatives": "$or=[" + strings.Repeat(`{"websiteUrl":{"$ne":"x"}},`, 499) + `{"credit":7}]`,
		"500 conditions":   "$and=[" + strings.Repeat(`{"websiteUrl":{"$ne":"x"}},`, 499) + `{"credit":7}]`,
		"two full lists":   `credit={"$in":[` + numbers + `],"$nin":[` + numbers + `]}`,
		"deepest":          "$or=[" + deep + "]",
		"longest sort":     "$sort=name,websiteUrl,logo,credit,adminUserId,billingUserId,holdMusic,-transcribeCalls,createdAt,updatedAt,createdByIP",
		"longest search":   "$search=" + strings.Repeat("x", query.MaxSearch),
	} {
		f := ok[*query.Find](t)(query.Parse(strings.ReplaceAll(text, `"`, "%22"), query.Customers))
		if _, err := s.FindCustomers(t.Context(), f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFindCountsSoFar stops counting where it may, but never before the end of the page.
func TestFindCountsSoFar(t *testing.T) {
	t.Parallel()
	s, r := findStore(t), rand.New(rand.NewPCG(9, 1))
	staff, _ := randomUsers(t, s, r, 1, nil)
	customers, _ := randomCustomers(t, s, r, 1, staff)
	write(t, s, func(b *ledger.Book) {
		for range 20 {
			call := randomCall(r, s.NewID(), customers)
			call.Customer = customers[0]
			b.Records = append(b.Records, randomRecord(r, call))
		}
	})
	customer := "&customer=" + customers[0].String()
	for _, c := range []struct {
		conditions  string
		countTo     int64
		limit, skip int
		total       int64
		atLeast     bool
	}{
		{"", 0, 2, 0, 20, false}, {"", 5, 2, 0, 5, true}, {"", 5, 5, 0, 6, true}, {"", 5, 2, 10, 13, true}, {"", 5, 2, 18, 20, false}, {"", 5, 0, 0, 20, false}, {"", 21, 2, 0, 20, false},
		// What is found by one customer's index is counted, and a fifth looked at.
		{customer, 25, 2, 0, 20, false}, {customer + "&callId[$ne]=x", 25, 2, 0, 5, true}, {customer + "&callId[$ne]=x", 25, 5, 0, 20, false},
		{customer + "&callId[$ne]=x", 25, 2, 10, 20, false}, {customer + "&callId[$ne]=x", 25, 0, 0, 20, false}, {customer + "&callId[$ne]=x", 0, 2, 0, 20, false},
		{customer + "&callId[$ne]=x", 100, 2, 0, 20, false}, {customer + "&callId=x", 25, 2, 0, 0, false}, {customer + "&callId[$ne]=x&startedAt[$lt]=2100-01-01T00:00:00Z", 25, 2, 0, 5, true},
		{customer + "&$or[0][callId]=x&$or[1][callId][$ne]=x", 25, 2, 0, 5, true}, {"&callId[$ne]=x", 25, 2, 0, 20, false},
	} {
		f := ok[*query.Find](t)(query.Parse(fmt.Sprintf("$limit=%d&$skip=%d%s", c.limit, c.skip, c.conditions), query.CDRs))
		f.CountTo = c.countTo
		page, err := s.FindCDRs(t.Context(), f)
		if err != nil || page.Total != c.total || page.AtLeast != c.atLeast || int64(len(page.Items)) != min(int64(c.limit), c.total) {
			t.Errorf("%+v: total %d, at least %t, %d records (%v)", c, page.Total, page.AtLeast, len(page.Items), err)
		}
	}
}
