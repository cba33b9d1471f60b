package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"

	"tollkeeper/internal/bench/load"
	"tollkeeper/internal/bench/report"
)

// finds is the part about lists of customers.
type finds struct {
	*bench
	system  *system
	session *session
}

func (f *finds) run(ctx context.Context) error {
	names, err := f.sampleNames()
	if err != nil {
		return err
	}
	if f.settings.wants("find") {
		if err := f.filters(ctx, names); err != nil {
			return err
		}
	}
	if f.settings.wants("search") {
		if err := f.searches(ctx, names); err != nil {
			return err
		}
	}
	f.reportMemory()
	return nil
}

// filters measures lists without a filter and by indexed fields.
func (f *finds) filters(ctx context.Context, names []string) error {
	byName := make([]string, len(names))
	for i, name := range names {
		byName[i] = "name=" + url.QueryEscape(name)
	}
	for _, q := range []struct {
		key, name string
		filters   []string
	}{
		{"find.all", "find 25, unfiltered", []string{"$limit=25"}},
		{"find.name", "find 25, by name", byName},
		{"find.flag", "find 25, by mediaBypass=1", []string{"mediaBypass=1"}},
	} {
		if err := f.find(ctx, q.key, q.name, q.filters); err != nil {
			return err
		}
	}
	return nil
}

// searches measures $search with terms of some hundred hits and of many.
func (f *finds) searches(ctx context.Context, names []string) error {
	found, err := f.findTerms(names)
	if err != nil {
		return err
	}
	for _, q := range []struct {
		key, name string
		terms     []string
	}{
		{"search.rare", fmt.Sprintf("$search 25 of %d hits", found.rareHits), found.rare},
		{"search.common", fmt.Sprintf("$search 25 of %d hits", found.commonHits), found.common},
	} {
		filters := make([]string, len(q.terms))
		for i, term := range q.terms {
			filters[i] = "$search=" + url.QueryEscape(term)
		}
		if err := f.find(ctx, q.key, q.name, filters); err != nil {
			return err
		}
	}
	return nil
}

// query is a find with the beginning of its answer, which does not change while
// nobody writes: the total and the first record.
type query struct {
	request load.Request
	answer  []byte
}

// find measures lists with the filters in turn.
func (f *finds) find(ctx context.Context, key, name string, filters []string) error {
	queries := make([]query, len(filters))
	for i, filter := range filters {
		var err error
		if queries[i], err = f.learn(filter); err != nil {
			return err
		}
	}
	_, err := f.measure(ctx, f.system, operation{key, name, func(worker int) load.Operation {
		next := worker
		return func(c *load.Conn) error {
			q := &queries[next%len(queries)]
			next++
			body, err := c.Expect(q.request)
			if err == nil && !bytes.HasPrefix(body, q.answer) {
				err = load.Wrong(q.request, fmt.Sprintf("answered %q before, and now", q.answer), body)
			}
			return err
		}
	}})
	return err
}

// learn asks once. There must be something to find.
func (f *finds) learn(filter string) (query, error) {
	q := query{request: f.session.request("GET", "/customers?"+filter, "")}
	body, err := f.session.conn.Expect(q.request)
	if err != nil {
		return q, err
	}
	if integerAfter(body, `"total":`) < 1 {
		return q, load.Wrong(q.request, "nothing found", body)
	}
	first, _, _ := bytes.Cut(body, []byte("}"))
	q.answer = bytes.Clone(first)
	return q, nil
}

// reportMemory sums up what the rows say of memory.
func (f *finds) reportMemory() {
	var most int64
	for _, row := range f.report.Rows {
		if strings.HasPrefix(row.Key, "find.") || strings.HasPrefix(row.Key, "search.") {
			most = max(most, row.RSSBytes)
		}
	}
	f.report.AddFigure(report.Figure{
		Key: "find.rssMegabytes", Name: fmt.Sprintf("RSS while searching %d customers", f.settings.customers), Value: float64(most) / 1e6, Unit: "MB",
	})
}
