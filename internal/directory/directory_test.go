package directory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tollkeeper"
	"tollkeeper/internal/directory"
)

// silent is a store that knows one trunk, until it falls silent.
type silent struct {
	directory.Store
	quiet bool
}

func (s *silent) DirectoryChanges(ctx context.Context, _ int64) (tollkeeper.DirectoryChanges, error) {
	if s.quiet {
		<-ctx.Done()
		return tollkeeper.DirectoryChanges{}, tollkeeper.Errorf(tollkeeper.CodeUnavailable, "no answer: %v", ctx.Err())
	}
	return tollkeeper.DirectoryChanges{All: true}, nil
}

func (s *silent) Trunks(context.Context) ([]tollkeeper.Trunk, error) {
	return []tollkeeper.Trunk{{ID: tollkeeper.ID{1}, Customer: tollkeeper.ID{2}, Name: "edge", Active: true}}, nil
}

// TestSilentDatabase asks for a trunk that is known while the database does not answer:
// the call that asks waits two seconds, and no other one does.
func TestSilentDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &silent{}
		d := directory.New(s, time.Now)
		for i, want := range []time.Duration{0, 2 * time.Second, 0} {
			began := time.Now()
			trunk, found, err := d.Trunk(t.Context(), tollkeeper.TrunkKey{Name: "edge"})
			if took := time.Since(began); err != nil || !found || trunk.Customer != (tollkeeper.ID{2}) || took != want {
				t.Errorf("call %d: %+v %v (%v) after %v, want %v", i, trunk, found, err, took, want)
			}
			if i == 0 {
				s.quiet = true
				time.Sleep(time.Minute)
			}
		}
	})
}
