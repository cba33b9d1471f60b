package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"tollkeeper/client"
)

type barringsCommand struct {
	List   barringsListCommand   `cmd:"" help:"List the barring table of a running server."`
	Set    barringsSetCommand    `cmd:"" help:"Make a row, or replace the one for the same customer and prefix or region."`
	Remove barringsRemoveCommand `cmd:"" help:"Delete a row, so that the numbering plan applies again."`
	Plan   barringsPlanCommand   `cmd:"" help:"List what the numbering plan says of each region where the table has no row."`
	Import barringsImportCommand `cmd:"" help:"Make or replace rows from a CSV file with the columns prefix, region, customer, effect and note."`
	Export barringsExportCommand `cmd:"" help:"Write the table as CSV, as an import takes it."`
}

var barringColumns = []column[client.Barring]{
	{"ID", func(b client.Barring) string { return b.Id }},
	{"ABOUT", func(b client.Barring) string { return b.Prefix + b.Region }},
	{"EFFECT", func(b client.Barring) string { return string(b.Effect) }},
	{"CUSTOMER", func(b client.Barring) string { return b.Customer }},
	{"NOTE", func(b client.Barring) string { return b.Note }},
	{"SINCE", func(b client.Barring) string { return day(b.CreatedAt) }},
}

type barringsListCommand struct {
	remote   `embed:""`
	listing  `embed:""`
	Customer string `help:"Only the rows about this customer." env:"-" placeholder:"ID"`
}

// Run lists rows.
func (c *barringsListCommand) Run(ctx context.Context) error {
	return list(c.remote, c.listing, barringColumns, func(s *client.Client) (*client.List[client.Barring], error) {
		f := c.find()
		f.Where = ofCustomer(c.Customer)
		return s.Barrings.Find(ctx, f)
	})
}

// barringSubject says which row is meant.
type barringSubject struct {
	About    string `arg:"" help:"A prefix such as +252, or a region such as JM (ISO 3166-1 alpha-2)."`
	Customer string `help:"The only customer whose calls it is about; everybody's when absent." env:"-" placeholder:"ID"`
}

// split tells a prefix from a region.
func (b *barringSubject) split() (prefix, region string) {
	if strings.ContainsAny(b.About, "+0123456789") {
		return b.About, ""
	}
	return "", b.About
}

type barringsSetCommand struct {
	remote         `embed:""`
	barringSubject `embed:""`
	Effect         string `arg:"" help:"allow or deny; for everybody also international or premium." enum:"allow,deny,international,premium"`
	Note           string `help:"Why, at most 200 characters." env:"-" placeholder:"TEXT"`
	JSON           bool   `name:"json" help:"Print JSON for scripts." env:"-"`
}

// Run makes a row.
func (c *barringsSetCommand) Run(ctx context.Context) error {
	row := client.BarringCreate{Customer: c.Customer, Effect: client.BarringEffect(c.Effect), Note: c.Note}
	row.Prefix, row.Region = c.split()
	return show(c.remote, c.JSON, barringColumns, func(s *client.Client) (*client.Barring, error) { return s.Barrings.Create(ctx, row) })
}

type barringsRemoveCommand struct {
	remote         `embed:""`
	barringSubject `embed:""`
	JSON           bool `name:"json" help:"Print JSON for scripts." env:"-"`
}

// Run deletes the row, which is found by what it is about.
func (c *barringsRemoveCommand) Run(ctx context.Context) error {
	where := ofCustomer(c.Customer)
	if c.Customer == "" {
		where = []client.Condition{client.Absent("customer")}
	}
	if prefix, region := c.split(); prefix != "" {
		where = append(where, client.Eq("prefix", prefix))
	} else {
		where = append(where, client.Eq("region", region))
	}
	return show(c.remote, c.JSON, barringColumns, func(s *client.Client) (*client.Barring, error) {
		found, err := s.Barrings.Find(ctx, client.Find{Limit: 1, Where: where})
		if err != nil {
			return nil, err
		}
		if len(found.Data) == 0 {
			return nil, fmt.Errorf("there is no such row about %s", c.About)
		}
		return s.Barrings.Remove(ctx, found.Data[0].Id)
	})
}

// planned is what the numbering plan says of some numbers.
type planned struct{ about, effect string }

var plannedColumns = []column[planned]{
	{"ABOUT", func(p planned) string { return p.about }}, {"EFFECT", func(p planned) string { return p.effect }},
}

type barringsPlanCommand struct {
	remote `embed:""`
	JSON   bool `name:"json" help:"Print JSON for scripts instead of a table." env:"-"`
}

// Run lists what the plan says.
func (c *barringsPlanCommand) Run(ctx context.Context) error {
	server, err := c.client()
	if err != nil {
		return err
	}
	plan, err := server.Barrings.Plan(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(os.Stdout, plan)
	}
	page := client.List[planned]{Data: []planned{{"premium rate", plan.Premium}, {"no region", plan.Unknown}}}
	for _, region := range slices.Sorted(maps.Keys(plan.Regions)) {
		page.Data = append(page.Data, planned{region, plan.Regions[region]})
	}
	return printList(os.Stdout, false, &page, plannedColumns)
}

type barringsImportCommand struct {
	remote `embed:""`
	DryRun bool   `help:"Only check the file."`
	File   string `arg:"" help:"CSV file; - reads standard input." type:"existingfile"`
}

// Run sends the file.
func (c *barringsImportCommand) Run(ctx context.Context) error {
	result, err := send(c.remote, c.File, func(server *client.Client, file io.Reader, sent func(int64)) (*client.BarringImport, error) {
		return server.Barrings.Import(ctx, file, c.DryRun, sent)
	})
	if err != nil {
		return err
	}
	said := "rows new or changed"
	if result.DryRun {
		said = "rows that would be new or changed, not imported by this dry run"
	}
	fmt.Printf("%s: %d of %d\n", said, result.Changed, result.Rows)
	return nil
}

type barringsExportCommand struct {
	remote   `embed:""`
	Customer string `help:"Only the rows about this customer." env:"-" placeholder:"ID"`
	File     string `arg:"" optional:"" help:"File to write; standard output when absent."`
}

// Run writes the table.
func (c *barringsExportCommand) Run(ctx context.Context) (err error) {
	server, err := c.client()
	if err != nil {
		return err
	}
	out := os.Stdout
	if c.File != "" {
		if out, err = newFile(c.File, "name another file"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
	}
	return server.Barrings.Export(ctx, out, ofCustomer(c.Customer)...)
}
