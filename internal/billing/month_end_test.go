package billing_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// TestMonthEnds lets usage come a second before and a second after the end of March where
// each customer is: the first is in the month's invoice, which is made ten minutes after
// its end, the second is not.
func TestMonthEnds(t *testing.T) {
	t.Parallel()
	for zone, end := range map[string]string{
		"": "2026-04-01T00:00:00Z", "Pacific/Auckland": "2026-03-31T11:00:00Z", "Asia/Kolkata": "2026-03-31T18:30:00Z", "America/New_York": "2026-04-01T04:00:00Z",
		"Pacific/Honolulu": "2026-04-01T10:00:00Z",
	} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			over, err := time.Parse(time.RFC3339, end)
			must(t, err)
			w := newWorld(t)
			id := w.customer(func(c *tollkeeper.Customer) {
				c.DefaultBillMethod, c.AutomaticRefillAmount, c.Credit = tollkeeper.BillPaymentMethod, 0, 0
			})
			_, err = w.store.SetBilling(t.Context(), tollkeeper.Write{}, id, func(b *tollkeeper.Billing) error { b.Timezone = zone; return nil })
			must(t, err)
			invoices := func() []tollkeeper.Invoice {
				t.Helper()
				_, err := w.invoicer.RunMonths(t.Context())
				must(t, err)
				f, err := query.Parse("$sort[_id]=1", query.Invoices)
				must(t, err)
				page, err := w.store.FindInvoices(t.Context(), f)
				must(t, err)
				return page.Items
			}
			w.wait(over.Add(-time.Second).Sub(w.now()))
			w.use(id, "before", 3*tollkeeper.Unit)
			w.wait(2 * time.Second)
			w.use(id, "after", 4*tollkeeper.Unit)
			if made := invoices(); len(made) != 0 {
				t.Errorf("a second after its end there are %d invoices for the month", len(made))
			}
			w.wait(10 * time.Minute)
			made := invoices()
			if len(made) != 1 || made[0].Total != 300 || !made[0].PeriodEnd.Equal(over) {
				t.Fatalf("March has the invoices %+v, want one of 300 cents until %s", made, end)
			}
			if again := invoices(); len(again) != 1 {
				t.Errorf("once more there are %d invoices", len(again))
			}
			w.wait(31 * 24 * time.Hour)
			if made = invoices(); len(made) != 2 || made[1].Total != 400 || !made[1].PeriodStart.Equal(over) || made[1].Number != "INV-000002" {
				t.Errorf("with April there are the invoices %+v, want a second of 400 cents from %s", made, end)
			}
			w.verified()
		})
	}
}

// TestMonthAfter looks at months that end while clocks are put forward or back, and at the
// ends of years.
func TestMonthAfter(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ zone, at, want string }{
		{"America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T04:00:00Z"}, // clocks go back two hours later
		{"America/New_York", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"},
		{"America/New_York", "2026-03-01T04:59:59Z", "2026-03-01T05:00:00Z"},
		{"Africa/Cairo", "2026-04-20T00:00:00Z", "2026-04-30T21:00:00Z"},
		{"Pacific/Apia", "2026-12-31T09:00:00Z", "2026-12-31T11:00:00Z"},
		{"UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"},
	} {
		zone, err := time.LoadLocation(row.zone)
		must(t, err)
		at, err := time.Parse(time.RFC3339, row.at)
		must(t, err)
		if got := tollkeeper.MonthAfter(at, zone).Format(time.RFC3339); got != row.want {
			t.Errorf("after %s in %s a month begins at %s, want %s", row.at, row.zone, got, row.want)
		}
	}
}
