// Package demo fills an empty folder with a carrier to look at: its customers and
// their people, prices, sixty days of calls with the money they cost, and calls
// in progress. Everything goes through the store and the ledger, as it would have
// on the day, only by a clock that runs through those days in seconds.
//
// What is made depends on the time it ends at and on nothing else, save the ids.
// Names end in .example (RFC 2606), addresses are those of RFC 5737, and numbers
// come from the ranges kept free for fiction wherever a country has them.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tollkeeper"
	"tollkeeper/internal/store"
)

// Days is how far the calls reach back.
const Days = 60

// Showcase is the name of a customer who may call anywhere and has credit for it.
const Showcase = "Northgate Travel"

// Config says what to fill, and for whom.
type Config struct {
	Folder       string // of the embedded database; made when absent
	Now          time.Time
	Operator     string                // e-mail address of the first user
	PasswordHash string                // of the operator, as package credential makes it
	Progress     func(done, total int) // hears of calls; nil for none
}

// Summary counts what was made.
type Summary struct {
	Customers, Users int
	Calls            int                       // let through, those in progress included
	Live             int                       // in progress
	Denied           map[tollkeeper.Reason]int // refused, which leaves no record
}

// partial is where a database is filled before it takes its place.
const partial = "demo.partial"

// Fill makes the demonstration in a folder without a database; in one that has a
// database it does nothing, and filled is false. The caller holds the folder's
// lock. A fill that is cut off leaves no database behind: it appears with the
// last step.
func Fill(ctx context.Context, c Config) (summary Summary, filled bool, err error) {
	target := filepath.Join(c.Folder, store.DatabaseFile)
	if _, err := os.Lstat(target); !errors.Is(err, os.ErrNotExist) {
		return summary, false, err
	}
	workshop := filepath.Join(c.Folder, partial)
	if err := os.RemoveAll(workshop); err != nil {
		return summary, false, fmt.Errorf("remove the rest of an earlier demonstration: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(workshop)) }()
	if summary, err = fillFolder(ctx, c, workshop); err != nil {
		return summary, false, fmt.Errorf("make the demonstration: %w", err)
	}
	if err := os.Rename(filepath.Join(workshop, store.DatabaseFile), target); err != nil {
		return summary, false, fmt.Errorf("put the demonstration in place: %w", err)
	}
	return summary, true, nil
}

// fillFolder lets the whole history happen in a new database.
func fillFolder(ctx context.Context, c Config, folder string) (Summary, error) {
	clock := &clock{}
	clock.set(c.Now.Add(-age))
	tally := newTally(c.Now)
	s, err := store.Open(ctx, store.Config{Folder: folder, Now: clock.now, Moved: tally.moved})
	if err != nil {
		return Summary{}, err
	}
	h, err := newHistory(c, s, clock, tally)
	if err != nil {
		return Summary{}, errors.Join(err, s.Close())
	}
	err = h.happen(ctx)
	h.close()
	if err == nil {
		err = tally.write(ctx, s)
	}
	return h.summary(), errors.Join(err, s.Close())
}
