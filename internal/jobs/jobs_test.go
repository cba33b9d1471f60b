package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tollkeeper/internal/jobs"
)

func TestRunner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		began := time.Now()
		var ran []time.Duration
		r := jobs.Start(slog.New(slog.NewTextHandler(&log, nil)), jobs.Job{
			Name: "count", After: 30 * time.Second, Every: time.Minute,
			RunOnce: func(context.Context) (int, error) {
				ran = append(ran, time.Since(began))
				if len(ran) == 2 {
					return 0, errors.New("the second fails")
				}
				return len(ran), nil
			},
		})
		time.Sleep(3 * time.Minute)
		r.Stop()
		r.Stop()
		time.Sleep(time.Hour)
		if want := []time.Duration{30 * time.Second, 90 * time.Second, 150 * time.Second}; len(ran) != 3 || ran[0] != want[0] || ran[1] != want[1] || ran[2] != want[2] {
			t.Errorf("ran after %v, want %v", ran, want)
		}
		if text := log.String(); strings.Count(text, "job ran") != 2 || strings.Count(text, "the second fails") != 1 {
			t.Errorf("log: %s", text)
		}
	})
}

func TestStopWaitsForARunUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		finished := false
		r := jobs.Start(slog.New(slog.DiscardHandler), jobs.Job{
			Name: "slow", Every: time.Hour,
			RunOnce: func(ctx context.Context) (int, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				finished = true
				return 0, ctx.Err()
			},
		})
		synctest.Wait()
		r.Stop()
		if !finished {
			t.Error("Stop returned before the run had ended")
		}
	})
}
