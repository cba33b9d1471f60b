package main

import (
	"context"
	"fmt"

	"github.com/schollz/progressbar/v3"
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
	file, size, err := openInput(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	server, err := c.client()
	if err != nil {
		return err
	}
	bar := newProgress("import", size, progressbar.OptionShowBytes(true))
	result, err := server.Callernames.Import(ctx, file, c.DryRun, func(sent int64) { bar.Set64(sent) })
	bar.Finish()
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
