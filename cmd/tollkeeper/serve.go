package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

type serveCommand struct {
	settings `embed:""`
	Demo     bool `help:"Fill an empty folder with customers, prices and calls to look at."`
}

// AfterApply notes where each setting is from, once all are read.
func (c *serveCommand) AfterApply(line *kong.Context) error {
	c.list = listSettings(line, c.Currency)
	return nil
}

// Run serves until the process is told to stop.
func (c *serveCommand) Run(ctx context.Context) error {
	if c.Demo {
		if err := c.fillDemo(ctx, os.Stderr); err != nil {
			return err
		}
	}
	if err := c.refuseKnownPassword(ctx); err != nil {
		return err
	}
	p, err := Start(ctx, c.settings, os.Stdout, os.Stderr)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "Tollkeeper serves on %s, its API is described at %s/docs\n", p.URL, p.URL)
	p.inviteOperator()
	if c.Demo {
		if err := p.introduceDemo(ctx); err != nil {
			return errors.Join(err, p.Close())
		}
	}
	return p.Run(ctx)
}
