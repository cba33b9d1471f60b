package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"tollkeeper/internal/bench/report"
)

// minSearched is so many customers that some searches find few of them.
const minSearched = 10_000

// million measures what may not depend on the number of customers: the start of
// the server, and finding some of them.
func (b *bench) million(ctx context.Context) error {
	folder := filepath.Join(b.folder, "million")
	if err := b.seed(ctx, folder); err != nil {
		return err
	}
	if b.settings.wants("start") {
		if err := b.fullStart(ctx, folder); err != nil {
			return err
		}
	}
	if !b.settings.wants("find", "search") {
		return nil
	}
	return b.serve(ctx, folder, func(s *system, session *session) error {
		f := &finds{bench: b, system: s, session: session}
		return f.run(ctx)
	})
}

// seed fills a folder without a server, which takes less time.
func (b *bench) seed(ctx context.Context, folder string) error {
	b.say("seeding %d customers", b.settings.customers)
	began := time.Now()
	p, err := b.command(ctx, folder, "seed", "--data", folder, "--customers", fmt.Sprint(b.settings.customers))
	if err != nil {
		return err
	}
	if err := p.cmd.Run(); err != nil {
		return fmt.Errorf("seed: %w: %s", err, p.said)
	}
	b.report.AddFigure(report.Figure{
		Key: "seed.seconds", Name: fmt.Sprintf("seeding of %d customers", b.settings.customers), Value: time.Since(began).Seconds(), Unit: "s",
	})
	return nil
}

func (b *bench) fullStart(ctx context.Context, folder string) error {
	b.say("start with %d customers", b.settings.customers)
	median, err := b.medianStart(ctx, func(int) string { return folder })
	if err != nil {
		return err
	}
	b.report.AddFigure(report.Figure{
		Key: "start.fullMillis", Name: fmt.Sprintf("start with %d customers", b.settings.customers), Value: report.Millis(median), Unit: "ms",
	})
	return nil
}
