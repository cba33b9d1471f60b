package main

import (
	"context"
	"fmt"
	"io"

	"tollkeeper/client"
)

type callerNamesCommand struct {
	Import callerNamesImportCommand `cmd:"" help:"Replace the carrier's list of callers' names by a CSV file with the columns number and name."`
}

type callerNamesImportCommand struct {
	remote `embed:""`
	DryRun bool   `help:"Only check the file."`
	File   string `arg:"" help:"CSV file; - reads standard input." type:"existingfile"`
}

// Run sends the file.
func (c *callerNamesImportCommand) Run(ctx context.Context) error {
	result, err := send(c.remote, c.File, func(server *client.Client, file io.Reader, sent func(int64)) (*client.CallerNamesImport, error) {
		return server.Callernames.Import(ctx, file, c.DryRun, sent)
	})
	if err != nil {
		return err
	}
	said := "names in the list now"
	if result.DryRun {
		said = "names in the file, not imported by this dry run"
	}
	fmt.Printf("%s: %d\n", said, result.Names)
	return nil
}
