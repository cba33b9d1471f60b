package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"tollkeeper/client"
)

// listing are the flags of commands that list records.
type listing struct {
	Search string `help:"Only records that contain this text." env:"-" placeholder:"TEXT"`
	Limit  int    `help:"Records to list, 1 to 1000." default:"50" env:"-" placeholder:"RECORDS"`
	JSON   bool   `name:"json" help:"Print JSON for scripts instead of a table." env:"-"`
}

func (l listing) find() client.Find { return client.Find{Limit: l.Limit, Search: l.Search} }

// showing are the flags of commands about one record.
type showing struct {
	ID   string `arg:"" help:"Its id."`
	JSON bool   `name:"json" help:"Print JSON for scripts." env:"-"`
}

// column is one column of a table about records.
type column[T any] struct {
	name  string
	value func(T) string
}

// list asks a server for a page of records and prints it.
func list[T any](r remote, l listing, columns []column[T], ask func(*client.Client) (*client.List[T], error)) error {
	server, err := r.client()
	if err != nil {
		return err
	}
	page, err := ask(server)
	if err != nil {
		return err
	}
	return printList(os.Stdout, l.JSON, page, columns)
}

// show asks a server for a record and prints it.
func show[T any](r remote, asJSON bool, columns []column[T], ask func(*client.Client) (*T, error)) error {
	server, err := r.client()
	if err != nil {
		return err
	}
	item, err := ask(server)
	if err != nil {
		return err
	}
	return printOne(os.Stdout, asJSON, *item, columns)
}

// printList prints a page as a table, and says when there is more.
func printList[T any](to io.Writer, asJSON bool, page *client.List[T], columns []column[T]) error {
	if asJSON {
		return printJSON(to, page)
	}
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	row := func(value func(column[T]) string) {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = printable(value(c))
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	row(func(c column[T]) string { return c.name })
	for _, item := range page.Data {
		row(func(c column[T]) string { return c.value(item) })
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if more := page.Total - int64(len(page.Data)); more > 0 {
		fmt.Fprintf(to, "... and %d more; ask for them with --limit, or narrow them down with --search\n", more)
	}
	return nil
}

// printOne prints one record, a line for each column that has a value.
func printOne[T any](to io.Writer, asJSON bool, item T, columns []column[T]) error {
	if asJSON {
		return printJSON(to, item)
	}
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, c := range columns {
		if value := c.value(item); value != "" {
			fmt.Fprintf(table, "%s\t%s\n", c.name, printable(value))
		}
	}
	return table.Flush()
}

func printJSON(to io.Writer, v any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// printable keeps what a record holds from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// ofCustomer is the condition that a record is a customer's; none for "".
func ofCustomer(id string) []client.Condition {
	if id == "" {
		return nil
	}
	return []client.Condition{client.Eq("customer", id)}
}
