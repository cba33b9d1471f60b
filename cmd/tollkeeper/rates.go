package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"tollkeeper/client"
)

type ratesCommand struct {
	Import ratesImportCommand `cmd:"" help:"Import a rate deck from a CSV file."`
}

type ratesImportCommand struct {
	remote        `embed:""`
	Name          string    `help:"Name of the deck." default:"default" env:"-" placeholder:"NAME"`
	EffectiveFrom time.Time `help:"When the deck comes into force, a time (RFC 3339) or a day; at once when absent." placeholder:"TIME"`
	DryRun        bool      `help:"Only show what would change."`
	File          string    `arg:"" help:"CSV file; - reads standard input." type:"existingfile"`
}

// Run sends the file and shows the difference to the deck in force.
func (c *ratesImportCommand) Run(ctx context.Context) error {
	result, err := send(c.remote, c.File, func(server *client.Client, file io.Reader, sent func(int64)) (*client.RateDeckImport, error) {
		return server.Ratedecks.Import(ctx, c.Name, file, client.ImportOptions{DryRun: c.DryRun, EffectiveFrom: c.EffectiveFrom, Progress: sent})
	})
	if err != nil {
		return err
	}
	return printImport(os.Stdout, result)
}

// send hands a file to a server, and shows how far it has come.
func send[T any](to remote, name string, by func(server *client.Client, file io.Reader, sent func(int64)) (*T, error)) (*T, error) {
	file, size, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	server, err := to.client()
	if err != nil {
		return nil, err
	}
	bar := newProgress("import", size, progressbar.OptionShowBytes(true))
	defer bar.Finish()
	return by(server, file, func(bytes int64) { bar.Set64(bytes) })
}

// openInput opens a file, or standard input for "-", whose size is not known.
func openInput(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return os.Stdin, -1, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// printImport shows an import as a table of what it changes.
func printImport(to io.Writer, result *client.RateDeckImport) error {
	verb := "imported as version " + fmt.Sprint(result.Version)
	if result.DryRun {
		verb = "not imported, this was a dry run"
	}
	fmt.Fprintf(to, "%s: %d rates, %s\n", result.Name, result.Rates, verb)
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	d := result.Difference
	for _, row := range []struct {
		name  string
		count int
	}{{"new", d.New.Count}, {"dearer", d.Dearer.Count}, {"cheaper", d.Cheaper.Count}, {"changed", d.Changed.Count},
		{"gone", d.Gone.Count}, {"unchanged", d.Unchanged}} {
		fmt.Fprintf(table, "%s\t%d\n", row.name, row.count)
	}
	return table.Flush()
}
