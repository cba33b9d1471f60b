package query_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// row is a record by field.
type row map[string]query.Value

func (r row) field(name string) (query.Value, bool) {
	value, present := r[name]
	return value, present
}

func id(t *testing.T, hex string) query.Value {
	t.Helper()
	parsed, err := tollkeeper.ParseID(hex)
	if err != nil {
		t.Fatal(err)
	}
	return query.IDValue(parsed)
}

func TestMatch(t *testing.T) {
	t.Parallel()
	full := row{
		"_id": id(t, idA), "name": query.StringValue("Acme Straße K"), "credit": query.IntegerValue(5),
		"adminUserId": id(t, idB), "createdAt": query.TimeValue(time.Date(2024, 1, 1, 0, 0, 0, 1e6+999, time.UTC)),
	}
	bare := row{"_id": id(t, idB)}
	tests := []struct {
		query             string
		matchesFull, bare bool
	}{
		{"", true, true},
		{"credit=5", true, false},
		{"credit=6", false, false},
		{"credit[$ne]=5", false, true},
		{"credit[$ne]=6", true, true},
		{"credit[$gt]=4", true, false},
		{"credit[$gt]=5", false, false},
		{"credit[$gte]=5", true, false},
		{"credit[$gte]=6", false, false},
		{"credit[$lt]=6", true, false},
		{"credit[$lt]=5", false, false},
		{"credit[$lte]=5", true, false},
		{"credit[$lte]=4", false, false},
		{"credit=null", false, true},
		{"credit[$ne]=null", true, false},
		{"credit[$in]=[4,5]", true, false},
		{"credit[$in]=[4,6]", false, false},
		{"credit[$in]=[4,null]", false, true},
		{"credit[$nin]=[4,5]", false, true},
		{"credit[$nin]=[4,6]", true, true},
		{"credit[$nin]=[4,6,null]", true, false},
		{"credit[$nin]=[4,5,null]", false, false},
		{"credit[$in]=[]", false, false},
		{"credit[$nin]=[]", true, true},
		{"name[$lt]=B", true, false},
		{"name[$lt]=a", true, false}, // bytewise: A before a
		{"name[$gt]=a", false, false},
		{"adminUserId=" + strings.ToUpper(idB), true, false},
		{"createdAt=2024-01-01T00:00:00.001Z", true, false},
		{"createdAt=2024-01-01T00:00:00.0015Z", false, false},
		{"createdAt[$ne]=2024-01-01T00:00:00.0015Z", true, true},
		{"createdAt[$gte]=2024-01-01T00:00:00.0015Z", false, false},
		{"createdAt[$lt]=2024-01-01T00:00:00.0015Z", true, false},
		{"createdAt[$gt]=2023-12-31T23:00:00-01:00", true, false},
		{"credit=5&name=x", false, false},
		{`$or=[{"credit":6},{"credit":null}]`, false, true},
		{`$or=[{"credit":6},{"name":{"$gt":"A"}}]`, true, false},
		{"$search=acme", true, false},
		{"$search=STRASSE", false, false}, // simple folding keeps ß
		{"$search=stra%E1%BA%9Ee+%E2%84%AA", true, false},
		{"$search=acme&credit=6", false, false},
	}
	for _, test := range tests {
		find, err := query.Parse(test.query, customers)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
			continue
		}
		if got := find.Match(full.field); got != test.matchesFull {
			t.Errorf("%s: full record: got %v", test.query, got)
		}
		if got := find.Match(bare.field); got != test.bare {
			t.Errorf("%s: bare record: got %v", test.query, got)
		}
	}
}

func TestLess(t *testing.T) {
	t.Parallel()
	var rows []row
	for i, credit := range []int64{3, -1, 0, 2, 0, 1} { // -1 stands for absent
		r := row{"_id": id(t, fmt.Sprintf("%024x", i))}
		if credit >= 0 {
			r["credit"] = query.IntegerValue(credit)
		}
		rows = append(rows, r)
	}
	for text, want := range map[string]string{
		"":                           "012345",
		"$sort=-_id":                 "543210",
		"$sort=credit":               "124530",
		"$sort=-credit":              "035241",
		"$sort=credit,-_id":          "142530",
		"$sort=name":                 "012345",
		"$sort={name=-1, credit=-1}": "035241",
	} {
		find, err := query.Parse(text, customers)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		shuffled := slices.Clone(rows)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		sort.Slice(shuffled, func(i, j int) bool { return find.Less(shuffled[i].field, shuffled[j].field) })
		var got strings.Builder
		for _, r := range shuffled {
			got.WriteString(r["_id"].Text()[23:])
		}
		if got.String() != want {
			t.Errorf("%s: got %s, want %s", text, got.String(), want)
		}
	}
}

// TestMatchLaws checks on every record of a small world that the operators
// relate to each other as MongoDB's do.
func TestMatchLaws(t *testing.T) {
	t.Parallel()
	worlds := []row{{}}
	for n := int64(-2); n <= 2; n++ {
		worlds = append(worlds, row{"credit": query.IntegerValue(n)})
	}
	matches := func(text string, r row) bool {
		find, err := query.Parse(text, customers)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return find.Match(r.field)
	}
	for _, r := range worlds {
		_, present := r["credit"]
		for a := -2; a <= 2; a++ {
			is := func(op string) bool { return matches(fmt.Sprintf("credit[%s]=%d", op, a), r) }
			equal := matches(fmt.Sprintf("credit=%d", a), r)
			for law, holds := range map[string]bool{
				"$ne is not equal":             is("$ne") == !equal,
				"$gte is $gt or equal":         is("$gte") == (is("$gt") || equal),
				"$lte is $lt or equal":         is("$lte") == (is("$lt") || equal),
				"present has one order":        !present || is("$gt") != is("$lte") && is("$lt") != is("$gte"),
				"absent has no order":          present || !is("$gte") && !is("$lte"),
				"$in of one is equal":          is("$in") == equal,
				"$nin is not $in":              is("$nin") == !is("$in"),
				"$or with null adds absent":    matches(fmt.Sprintf(`$or={"credit":%d}&$or={"credit":null}`, a), r) == (equal || !present),
				"$in with null adds absent":    matches(fmt.Sprintf(`credit[$in]=[%d,null]`, a), r) == (equal || !present),
				"$nin with null drops absent":  matches(fmt.Sprintf(`credit[$nin]=[%d,null]`, a), r) == (!equal && present),
				"$and of both sides is equal":  matches(fmt.Sprintf(`$and=[{"credit":{"$gte":%d}},{"credit":{"$lte":%d}}]`, a, a), r) == equal,
				"an empty alternative matches": matches(fmt.Sprintf(`$or=[{"credit":%d},{}]`, a), r),
			} {
				if !holds {
					t.Errorf("%v, %d: broken: %s", r, a, law)
				}
			}
		}
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	moment := time.Date(2024, 1, 2, 3, 4, 5, 6_000_000, time.FixedZone("", 3600))
	value := query.TimeValue(moment)
	if !value.Time().Equal(moment) || value.Time().Location() != time.UTC || value.Int() != moment.UnixMilli() || value.Kind() != query.Time {
		t.Errorf("got %v", value)
	}
	if got := query.StringValue("a").Text(); got != "a" {
		t.Errorf("got %q", got)
	}
	if got := id(t, strings.ToUpper(idA)); got.Text() != idA || got.Kind() != query.ID {
		t.Errorf("got %v", got)
	}
	if got := query.IntegerValue(-7); got.Int() != -7 || got.Kind() != query.Integer {
		t.Errorf("got %v", got)
	}
}
