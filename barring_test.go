package tollkeeper_test

import (
	"strconv"
	"testing"

	"tollkeeper"
)

// TestWhichRowDecides gives rows of every kind, and asks which of them is about a number.
func TestWhichRowDecides(t *testing.T) {
	t.Parallel()
	own, other := tollkeeper.ID{1}, tollkeeper.ID{2}
	row := func(customer tollkeeper.ID, prefix, region string, effect tollkeeper.BarringEffect) tollkeeper.Barring {
		return tollkeeper.Barring{Customer: customer, Prefix: prefix, Region: region, Effect: effect}
	}
	none := tollkeeper.ID{}
	table := tollkeeper.NewBarrings([]tollkeeper.Barring{
		row(none, "+44", "", "deny"), row(none, "+4420", "", "allow"), row(none, "", "JM", "allow"), row(none, "", "GB", "premium"),
		row(own, "+447", "", "allow"), row(own, "", "FR", "deny"), row(own, "", "DE", "allow"), row(none, "+1900", "", "deny"),
	})
	number := func(e164, region string, premium bool) tollkeeper.CalledNumber {
		return tollkeeper.CalledNumber{E164: e164, Region: region, Premium: premium}
	}
	for _, r := range []struct {
		customer tollkeeper.ID
		number   tollkeeper.CalledNumber
		want     string // subject and effect of the row
	}{
		{other, number("+441632960001", "GB", false), "+44 deny"},
		{other, number("+442079460001", "GB", false), "+4420 allow"},
		{other, number("+447700900001", "GB", false), "+44 deny"},
		{own, number("+447700900001", "GB", false), "+447 allow"},
		{own, number("+442079460001", "GB", false), "+4420 allow"},
		{own, number("+33123456789", "FR", false), "FR deny"},
		{own, number("+33899000000", "FR", true), "FR deny"},
		{other, number("+33123456789", "FR", false), ""},
		{own, number("+4930123456", "DE", false), "DE allow"},
		{own, number("+49900123456", "DE", true), ""},
		{other, number("+18765550101", "JM", false), "JM allow"},
		{other, number("+19005550101", "US", true), "+1900 deny"},
		{other, number("+12125550101", "US", false), ""},
		{other, number("+4", "", false), ""},
		{other, number("", "", false), ""},
	} {
		got := ""
		if b := table.Find(r.customer, r.number); b != nil {
			got = b.Subject() + " " + string(b.Effect)
		}
		if got != r.want {
			t.Errorf("%s of %v: the row is %q, want %q", r.number.E164, r.customer, got, r.want)
		}
	}
	if (*tollkeeper.Barrings)(nil).Find(own, number("+44", "GB", false)) != nil {
		t.Error("no table has a row")
	}
}

// BenchmarkFindBarring is what a call pays for a table of 100,000 rows.
func BenchmarkFindBarring(b *testing.B) {
	var rows []tollkeeper.Barring
	for i := range 1000 {
		for j := range 100 {
			rows = append(rows, tollkeeper.Barring{Customer: tollkeeper.ID{byte(j)}, Prefix: "+" + strconv.Itoa(i*i), Effect: "deny"})
		}
	}
	table := tollkeeper.NewBarrings(rows)
	n := tollkeeper.CalledNumber{E164: "+447700900001", Region: "GB"}
	for b.Loop() {
		table.Find(tollkeeper.ID{5}, n)
	}
}
