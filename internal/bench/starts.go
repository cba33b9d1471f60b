package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"tollkeeper/internal/bench/report"
)

// starts is how often a start is measured; the middle one counts.
const starts = 5

// emptyStart measures the first start on a folder that does not exist yet.
func (b *bench) emptyStart(ctx context.Context) error {
	b.say("start on an empty folder")
	median, err := b.medianStart(ctx, func(i int) string { return filepath.Join(b.folder, fmt.Sprintf("empty-%d", i)) })
	if err != nil {
		return err
	}
	b.report.AddFigure(report.Figure{Key: "start.emptyMillis", Name: "start on an empty folder", Value: report.Millis(median), Unit: "ms"})
	return nil
}

// medianStart starts and stops the server several times, each on its folder.
func (b *bench) medianStart(ctx context.Context, folder func(i int) string) (time.Duration, error) {
	took := make([]time.Duration, starts)
	for i := range took {
		s, err := b.start(ctx, folder(i))
		if err != nil {
			return 0, err
		}
		took[i] = s.started
		if err := s.stop(); err != nil {
			return 0, err
		}
	}
	slices.Sort(took)
	return took[starts/2], nil
}
