package main

import (
	"context"
	"fmt"

	"tollkeeper/internal/store"
)

type migrateCommand struct {
	Status migrateStatusCommand `cmd:"" help:"Tell which steps the schema of the database lacks."`
	Up     migrateUpCommand     `cmd:"" help:"Run the steps that the schema lacks, as a server does when it starts."`
}

type migrateStatusCommand struct {
	database `embed:""`
}

// Run changes nothing.
func (c *migrateStatusCommand) Run(ctx context.Context) error {
	if err := c.mustExist(); err != nil {
		return err
	}
	return c.printSchema(ctx)
}

type migrateUpCommand struct {
	database `embed:""`
}

// Run opens the database, which migrates it.
func (c *migrateUpCommand) Run(ctx context.Context) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	return c.printSchema(ctx)
}

func (d database) printSchema(ctx context.Context) error {
	done, known, err := store.Schema(ctx, d.config())
	switch {
	case err != nil:
		return err
	case done < known:
		fmt.Printf("the schema has run %d of %d steps; a server runs the rest when it starts, or run: tollkeeper migrate up\n", done, known)
	case done > known:
		fmt.Printf("the schema has run %d steps; this release knows %d: it is older than the database\n", done, known)
	default:
		fmt.Printf("the schema is up to date: %d of %d steps\n", done, known)
	}
	return nil
}
