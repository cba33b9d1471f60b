package store_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// sample is a stored record as the API shows it. A field that is absent has no
// value.
type sample map[string]query.Value

func (s sample) field(name string) (query.Value, bool) {
	v, ok := s[name]
	return v, ok
}

func (s sample) text(field, v string) { s[field] = query.StringValue(v) }

// optional is text for what is absent when empty.
func (s sample) optional(field, v string) {
	if v != "" {
		s.text(field, v)
	}
}

func (s sample) int(field string, v int64) { s[field] = query.IntegerValue(v) }

func (s sample) bool(field string, v bool) { s.text(field, strconv.FormatBool(v)) }

func (s sample) id(field string, v tollkeeper.ID) {
	if !v.IsZero() {
		s[field] = query.IDValue(v)
	}
}

// asker makes random queries about samples, and knows their right answers:
// query.Find.Match and Less say what a query means.
type asker struct {
	*rand.Rand
	schema  *query.Schema
	fields  []string
	pools   map[string][]query.Value // values that occur in a field, and some that do not
	search  []string                 // texts that occur
	samples []sample
}

func newAsker(seed uint64, schema *query.Schema, samples []sample, searched ...string) *asker {
	a := &asker{Rand: rand.New(rand.NewPCG(seed, 1)), schema: schema, pools: map[string][]query.Value{}, samples: samples}
	for _, s := range samples {
		for field, v := range s {
			a.pools[field] = append(a.pools[field], v)
		}
		for _, field := range searched {
			if v, ok := s[field]; ok {
				a.search = append(a.search, v.Text())
			}
		}
	}
	for field, pool := range a.pools {
		a.fields = append(a.fields, field)
		switch pool[0].Kind() {
		case query.String:
			if text := pool[0].Text(); text == "true" || text == "false" {
				break // there are no other values
			}
			a.pools[field] = append(pool, query.StringValue(""), query.StringValue("\U0010ffff"), query.StringValue("m"), query.StringValue(`"'%_`))
		case query.Integer:
			a.pools[field] = append(pool, query.IntegerValue(0), query.IntegerValue(-1<<63), query.IntegerValue(1<<63-1), query.IntegerValue(1))
		case query.ID:
			a.pools[field] = append(pool, query.IDValue(tollkeeper.ID{}), query.IDValue(tollkeeper.ID{0: 0xff}))
		}
	}
	slices.Sort(a.fields) // the same queries for the same seed
	return a
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// query makes the text of a random query.
func (a *asker) query() string {
	parts := []string{}
	add := func(name, value string) { parts = append(parts, name+"="+url.QueryEscape(value)) }
	if a.IntN(4) > 0 {
		text, err := json.Marshal(a.conditions(1 + a.IntN(4)))
		if err != nil {
			panic(err)
		}
		add("$and", string(text))
	}
	if len(a.search) > 0 && a.IntN(3) == 0 {
		add("$search", a.needle())
	}
	for _, field := range a.Perm(len(a.fields))[:a.IntN(3)] {
		add("$sort["+a.fields[field]+"]", pick(a.Rand, []string{"1", "-1"}))
	}
	if a.IntN(2) == 0 {
		add("$limit", strconv.Itoa(a.IntN(40)))
	}
	if a.IntN(3) == 0 {
		add("$skip", strconv.Itoa(a.IntN(30)))
	}
	return strings.Join(parts, "&")
}

// conditions makes a list that nests as deep as is left.
func (a *asker) conditions(depth int) []map[string]any {
	list := make([]map[string]any, 1+a.IntN(3))
	for i := range list {
		if depth > 1 && a.IntN(3) == 0 {
			list[i] = map[string]any{pick(a.Rand, []string{"$or", "$and"}): a.conditions(depth - 1)}
			continue
		}
		list[i] = map[string]any{}
		for range 1 + a.IntN(2) {
			field := pick(a.Rand, a.fields)
			list[i][field] = a.comparison(field)
		}
	}
	return list
}

func (a *asker) comparison(field string) any {
	switch a.IntN(8) {
	case 0:
		return a.operand(field)
	case 1:
		return map[string]any{"$ne": a.operand(field)}
	case 2, 3:
		list := make([]any, a.IntN(5))
		for i := range list {
			list[i] = a.operand(field)
		}
		return map[string]any{pick(a.Rand, []string{"$in", "$nin"}): list}
	default:
		return map[string]any{pick(a.Rand, []string{"$gt", "$gte", "$lt", "$lte"}): asJSON(pick(a.Rand, a.pools[field]))}
	}
}

func (a *asker) operand(field string) any {
	if a.IntN(6) == 0 {
		return nil
	}
	return asJSON(pick(a.Rand, a.pools[field]))
}

func asJSON(v query.Value) any {
	switch v.Kind() {
	case query.Integer:
		return v.Int()
	case query.Time:
		return v.Time().Format(tollkeeper.TimeLayout)
	case query.ID:
		return strings.ToUpper(v.Text())
	default:
		return v.Text()
	}
}

// needle makes a text to search for: a piece of one that occurs, in another case,
// or one that reaches from the end of a text into another.
func (a *asker) needle() string {
	text := []rune(pick(a.Rand, a.search))
	if a.IntN(8) == 0 {
		text = append(text, []rune(pick(a.Rand, a.search))...)
	}
	if len(text) == 0 {
		return "x"
	}
	from := a.IntN(len(text))
	piece := string(text[from:min(len(text), from+1+a.IntN(6))])
	return pick(a.Rand, []func(string) string{strings.ToUpper, strings.ToLower, strings.Clone})(piece)
}

// check asks n random questions and compares total and page with the oracle's.
func (a *asker) check(t *testing.T, n int, find func(*query.Find) (total int64, ids []string, err error)) {
	t.Helper()
	matched := 0
	for range n {
		text := a.query()
		f, err := query.Parse(text, a.schema)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var want []sample
		for _, s := range a.samples {
			if f.Match(s.field) {
				want = append(want, s)
			}
		}
		slices.SortFunc(want, func(x, y sample) int {
			switch {
			case f.Less(x.field, y.field):
				return -1
			case f.Less(y.field, x.field):
				return 1
			}
			return 0
		})
		matched += len(want)
		total, ids, err := find(f)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if total != int64(len(want)) {
			t.Errorf("%s: total %d, want %d\n%v", unescaped(text), total, len(want), f.Where)
			continue
		}
		want = want[min(f.Skip, len(want)):]
		want = want[:min(f.Limit, len(want))]
		wantIDs := make([]string, len(want))
		for i, s := range want {
			wantIDs[i] = s["_id"].Text()
		}
		if !slices.Equal(ids, wantIDs) {
			t.Errorf("%s:\ngot  %v\nwant %v", unescaped(text), ids, wantIDs)
		}
	}
	if average := matched / n; average == 0 || average == len(a.samples) {
		t.Errorf("the queries match %d records on average: they prove nothing", average)
	}
}

func unescaped(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// idsOf lists the ids of a page.
func idsOf[T any](items []T, id func(T) tollkeeper.ID) []string {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = id(item).String()
	}
	return ids
}
