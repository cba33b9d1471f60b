package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"tollkeeper/internal/bench/load"
	"tollkeeper/internal/bench/report"
)

// blockBytes is what each append to the disk writes: a page of the database.
const blockBytes = 4096

// disk measures how often per second the disk can make an append durable: what
// one commit costs at least.
func (b *bench) disk(ctx context.Context) (err error) {
	b.say("appends of 4 KiB, each with fsync")
	file, err := os.Create(filepath.Join(b.folder, "appends"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	var latency load.Histogram
	block := make([]byte, blockBytes)
	began := time.Now()
	for last := began; last.Sub(began) < b.settings.measured()/2 && ctx.Err() == nil; {
		if _, err := file.Write(block); err != nil {
			return err
		}
		if err := file.Sync(); err != nil {
			return err
		}
		now := time.Now()
		latency.Record(now.Sub(last))
		last = now
	}
	b.report.AddFigure(report.Figure{
		Key: "disk.perSecond", Name: "appends of 4 KiB with fsync", Value: float64(latency.Count()) / time.Since(began).Seconds(), Unit: "/s",
	})
	b.report.AddFigure(report.Figure{
		Key: "disk.p99Millis", Name: "append of 4 KiB with fsync, p99", Value: report.Millis(latency.Quantile(0.99)), Unit: "ms",
	})
	return nil
}
