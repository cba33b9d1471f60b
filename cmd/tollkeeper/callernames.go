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
	verb := "are the list now"
	if result.DryRun {
		verb = "not imported, this was a dry run"
	}
	fmt.Printf("%d names: %s\n", result.Names, verb)
	return nil
}
