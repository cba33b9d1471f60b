package store_test

import (
	"fmt"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// TestListedNames replaces the list of names, whole, finds names in the one that counts,
// and removes the other.
func TestListedNames(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	list := func(name string, n int) (names []tollkeeper.ListedName) {
		for i := range n {
			names = append(names, tollkeeper.ListedName{Number: fmt.Sprintf("+1212555%04d", i), Name: fmt.Sprintf("%s %d", name, i)})
		}
		return names
	}
	expect := func(number, name string, total int64) {
		t.Helper()
		if got := ok[string](t)(y.ListedName(t.Context(), number)); got != name {
			t.Errorf("%s is %q, not %q", number, got, name)
		}
		for text, want := range map[string]int64{"": total, "number=%2B12125550001": min(1, total), "name=Old 1201": 0, "$search=" + name: total} {
			if name == "" && text != "" {
				continue
			}
			page := ok[tollkeeper.Page[tollkeeper.ListedName]](t)(y.FindListedNames(t.Context(), ok[*query.Find](t)(query.Parse(text, query.CallerNames))))
			if text[:min(1, len(text))] == "$" {
				want = page.Total // as many as have the text in them
			}
			if page.Total != want || page.Total > 0 && (page.Items[0].ID.IsZero() || page.Items[0].Number == "") {
				t.Errorf("%q: %d of %d: %+v", text, page.Total, want, page.Items)
			}
		}
	}
	expect("+12125550001", "", 0)
	for _, step := range []struct {
		name string
		n    int
	}{{"Old", 1201}, {"New", 3}} {
		y.pass(time.Minute)
		if err := y.ListNames(t.Context(), tollkeeper.Write{}, list(step.name, step.n)); err != nil {
			t.Fatal(err)
		}
		expect("+12125550001", step.name+" 1", int64(step.n))
	}
	expect("+12125550100", "", 3)
	if n, err := y.RemoveReplacedNames(t.Context()); n != 0 || err != nil {
		t.Errorf("%d removed, %v, while an import may still be under way", n, err)
	}
	y.pass(2 * time.Hour)
	if n, err := y.RemoveReplacedNames(t.Context()); n != 1201 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	expect("+12125550001", "New 1", 3)
	if err := y.ListNames(t.Context(), tollkeeper.Write{}, nil); err != nil {
		t.Fatal(err)
	}
	expect("+12125550001", "", 0)
}

// TestListingFails leaves the list as it is when an import breaks off, and removes what
// it has left.
func TestListingFails(t *testing.T) {
	t.Parallel()
	y := newYears(t, time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC), tollkeeper.RetentionRules{})
	if err := y.ListNames(t.Context(), tollkeeper.Write{}, []tollkeeper.ListedName{{Number: "+12125550100", Name: "Acme"}}); err != nil {
		t.Fatal(err)
	}
	var names []tollkeeper.ListedName
	for i := range 2000 {
		names = append(names, tollkeeper.ListedName{Number: fmt.Sprintf("+1212556%04d", i), Name: "Other"})
	}
	names = append(names, names[0]) // which the database refuses
	y.pass(time.Minute)
	if err := y.ListNames(t.Context(), tollkeeper.Write{}, names); err == nil {
		t.Error("a number was listed twice")
	}
	if name := ok[string](t)(y.ListedName(t.Context(), "+12125550100")); name != "Acme" {
		t.Errorf("after the failure the name is %q", name)
	}
	y.pass(2 * time.Hour)
	if n, err := y.RemoveReplacedNames(t.Context()); n != 2000 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	if name := ok[string](t)(y.ListedName(t.Context(), "+12125550100")); name != "Acme" {
		t.Errorf("after the removal the name is %q", name)
	}
}
