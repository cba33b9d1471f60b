package console

import (
	"context"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tollkeeper/client"
)

// seq are records one after the other, until an error.
type seq[T any] = iter.Seq2[T, error]

// list is a kind of record that is shown as a table: searched, filtered, sorted,
// turned over and taken away as CSV, all by the find language of the API.
type list[T any] struct {
	Name    string // of its CSV file and its saved views
	Columns []column[T]
	Filters []filter
	Sort    string                          // a key, with - before it for falling; "" leaves it to the API
	Search  text                            // what the API searches in; "" where it cannot
	Whole   func(string) []client.Condition // what finds a text more quickly than a search does; nil where nothing
	Find    func(context.Context, client.Find) (*client.List[T], error)
	All     func(context.Context, client.Find) seq[T]
	Link    func(T) string                            // the page of a record; nil where it has none
	Empty   text                                      // what it means that there are none, and what to do
	Names   func(T) (customer string, users []string) // whom a record names by id
}

// column is one field of the records.
type column[T any] struct {
	Key    string // of the API's field, to sort by
	Title  text
	Number bool // set to the right
	Extra  bool // shown only to those who choose it
	Fixed  bool // cannot be sorted by
	Wrap   bool // long texts
	Cut    bool // cut short where there is little room
	Cell   func(*visit, T) cell
}

// pageSizes are how many rows a page may have.
var pageSizes = []int{25, 50, 100, 200}

const defaultPageSize = 50

// table is one page of a list, ready to be shown.
type table struct {
	Name, Action   string
	Search, Query  string // placeholder and content of the search box; no box without a placeholder
	Filters        []filterView
	Filtered       int // how many filters are set
	Headings       []heading
	Rows           []row
	Hidden         []pair // what the form must repeat
	Choices        []choice
	Range          string
	AsOf           cell // the time that the rows are of, where it is not now
	Previous, Next string
	CSV, Reset     string
	Sizes          []choice
	Empty          string
	Unfiltered     bool
	Views          []savedView
	View, Here     string // the query that is looked at, and its address
	CanKeep        bool
	Charts         bool // there are charts of what the list finds
}

type heading struct {
	Title, Link, Sorted string // Sorted: ascending or descending
	Number              bool
}

type row struct {
	Link  string
	Cells []tableCell
}

// tableCell is a cell with what it takes of its column.
type tableCell struct {
	cell
	Title  string
	Number bool
	Wrap   bool
	Cut    bool
}

type pair struct{ Name, Value string }

// choice is one of several, in a filter or a select.
type choice struct {
	Value, Title string
	Chosen       bool
}

// query is what the visitor wants of a list.
type query struct {
	values url.Values
	find   client.Find
	sort   string
	page   int
	size   int
}

func (l *list[T]) query(v *visit) query {
	q := query{values: v.r.URL.Query(), size: defaultPageSize, page: 1}
	if n, err := strconv.Atoi(q.values.Get("size")); err == nil && slices.Contains(pageSizes, n) {
		q.size = n
	}
	if n, err := strconv.Atoi(q.values.Get("page")); err == nil && n > 1 && n < 1_000_000 {
		q.page = n
	}
	q.sort = l.Sort
	if s := q.values.Get("sort"); s != "" && slices.ContainsFunc(l.Columns, func(c column[T]) bool { return !c.Fixed && c.Key == strings.TrimPrefix(s, "-") }) {
		q.sort = s
	}
	q.find = client.Find{Limit: q.size, Skip: (q.page - 1) * q.size}
	if l.Search != "" {
		q.find.Search = strings.TrimSpace(q.values.Get("q"))
	}
	if l.Whole != nil {
		if q.find.Where = l.Whole(q.find.Search); q.find.Where != nil {
			q.find.Search = ""
		}
	}
	q.find.Sort = order(q.sort)
	for _, f := range l.Filters {
		q.find.Where = append(q.find.Where, f.conditions(v, q.values)...)
	}
	return q
}

// with is the address of the list with one parameter changed.
func (q query) with(v *visit, name, value string) string {
	values := url.Values{}
	for key, all := range q.values {
		if key != name && (key != "page" || name == "format") && key != "format" {
			values[key] = all
		}
	}
	if value != "" {
		values.Set(name, value)
	}
	if len(values) == 0 {
		return v.r.URL.Path
	}
	return v.r.URL.Path + "?" + values.Encode()
}

// table reads the page of the list that the visitor asked for. It returns nil when it
// has answered already, with a CSV file.
func (l *list[T]) table(v *visit) (*table, error) {
	q := l.query(v)
	if q.values.Get("format") == "csv" {
		return nil, l.export(v, q)
	}
	found, err := l.Find(v.ctx(), q.find)
	if err != nil {
		return nil, err
	}
	t := &table{
		Name: l.Name, Action: v.r.URL.Path, Here: v.here(), Query: strings.TrimSpace(q.values.Get("q")), CSV: q.with(v, "format", "csv"), Reset: v.r.URL.Path,
		Empty: v.t(l.Empty), Unfiltered: q.find.Search == "" && len(q.find.Where) == 0,
	}
	if l.Search != "" {
		t.Search = v.t(l.Search)
	}
	columns := l.chosen(q.values["col"])
	l.head(v, t, q, columns)
	if err := l.fill(v, t, columns, found.Data); err != nil {
		return nil, err
	}
	if shown := len(found.Data); shown > 0 {
		total := v.count(found.Total)
		if found.AtLeast {
			total = v.t("at least %s", total)
		}
		t.Range = v.t("%s–%s of %s", v.count(int64(q.find.Skip)+1), v.count(int64(q.find.Skip+shown)), total)
	}
	t.turn(v, q, found.Total, len(found.Data))
	t.AsOf = v.time(v.asOf)
	return t, v.views(t, q)
}

// order is a sort key as the client wants it.
func order(sort string) []client.Order {
	switch field, falling := strings.CutPrefix(sort, "-"); {
	case falling:
		return []client.Order{client.Desc(field)}
	case field != "":
		return []client.Order{client.Asc(field)}
	}
	return nil
}

// fill fills in the rows.
func (l *list[T]) fill(v *visit, t *table, columns []column[T], records []T) error {
	if l.Names != nil {
		if err := l.learn(v, records); err != nil {
			return err
		}
	}
	for _, record := range records {
		r := row{}
		if l.Link != nil {
			r.Link = l.Link(record)
		}
		for _, c := range columns {
			r.Cells = append(r.Cells, tableCell{c.Cell(v, record), v.t(c.Title), c.Number, c.Wrap, c.Cut})
		}
		t.Rows = append(t.Rows, r)
	}
	if t.Headings == nil {
		for _, c := range columns {
			t.Headings = append(t.Headings, heading{Title: v.t(c.Title), Number: c.Number})
		}
	}
	return nil
}

// head fills in what stands above the rows.
func (l *list[T]) head(v *visit, t *table, q query, columns []column[T]) {
	for _, f := range l.Filters {
		view := f.view(v, q.values)
		if view.Set {
			t.Filtered++
		}
		t.Filters = append(t.Filters, view)
	}
	for _, c := range columns {
		h := heading{Title: v.t(c.Title), Number: c.Number}
		if !c.Fixed {
			h.Link = q.with(v, "sort", c.Key)
			switch q.sort {
			case c.Key:
				h.Sorted, h.Link = "ascending", q.with(v, "sort", "-"+c.Key)
			case "-" + c.Key:
				h.Sorted = "descending"
			}
		}
		t.Headings = append(t.Headings, h)
	}
	for _, c := range l.Columns {
		shown := slices.ContainsFunc(columns, func(s column[T]) bool { return s.Key == c.Key })
		t.Choices = append(t.Choices, choice{c.Key, v.t(c.Title), shown})
	}
	if sort := q.values.Get("sort"); sort != "" {
		t.Hidden = append(t.Hidden, pair{"sort", sort})
	}
	for _, n := range pageSizes {
		t.Sizes = append(t.Sizes, choice{strconv.Itoa(n), strconv.Itoa(n), n == q.size})
	}
}

// turn fills in the ways to the pages before and after.
func (t *table) turn(v *visit, q query, total int64, shown int) {
	if q.page > 1 {
		t.Previous = q.with(v, "page", strconv.Itoa(q.page-1))
	}
	if int64(q.find.Skip+shown) < total && shown > 0 {
		t.Next = q.with(v, "page", strconv.Itoa(q.page+1))
	}
}

// chosen are the columns to show: those named, or those that are not extra.
func (l *list[T]) chosen(names []string) (columns []column[T]) {
	for _, c := range l.Columns {
		if slices.Contains(names, c.Key) || len(names) == 0 && !c.Extra {
			columns = append(columns, c)
		}
	}
	if columns == nil {
		return l.chosen(nil)
	}
	return columns
}
