package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/schollz/progressbar/v3"

	"tollkeeper/internal/store"
)

type copyCommand struct {
	From place `help:"Database to copy: a folder, or postgres://... The server that uses it must be stopped." required:"" placeholder:"DIR|URL"`
	To   place `help:"New database to copy to: postgres://..., or a folder." required:"" placeholder:"URL|DIR"`
}

// place is a folder with an embedded database, or the address of one in PostgreSQL.
type place string

func (p place) config() store.Config {
	if strings.HasPrefix(string(p), "postgres://") || strings.HasPrefix(string(p), "postgresql://") {
		return store.Config{Database: string(p)}
	}
	return store.Config{Folder: string(p)}
}

// lock keeps servers out of a folder.
func (p place) lock() (unlock func() error, err error) {
	c := p.config()
	if c.Database != "" {
		return func() error { return nil }, nil
	}
	lock, err := lockFolder(c.Folder)
	if err != nil {
		return nil, err
	}
	return lock.Unlock, nil
}

// Run copies and compares, each with a progress bar.
func (c *copyCommand) Run(ctx context.Context) (err error) {
	from, to := c.From.config(), c.To.config()
	if err := (database{Data: from.Folder, Database: from.Database}).mustExist(); err != nil {
		return err
	}
	for _, p := range []place{c.From, c.To} {
		unlock, err := p.lock()
		if err != nil {
			return err
		}
		defer unlock() // the process ends here; the lock would go with it
	}
	bars := map[string]*progressbar.ProgressBar{}
	done, err := store.Copy(ctx, from, to, func(doing string, done, total int64) {
		if bars[doing] == nil {
			bars[doing] = newProgress(doing, total)
		}
		bars[doing].Set64(done)
	})
	for _, bar := range bars {
		bar.Finish()
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; the same command goes on where it stopped")
	}
	if err != nil {
		return err
	}
	fmt.Printf("copied %d rows of %d tables, and compared them all\n", done.Rows, done.Tables)
	return nil
}
