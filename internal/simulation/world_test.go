package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// world is the server's store and ledger with everything around them under the
// seed's control: the clock, the disk and the power.
type world struct {
	t        *testing.T
	seed     uint64
	step     int
	random   *rand.Rand
	root     string // holds one folder per life of the disk
	lives    int
	database store.Config
	store    *store.Store
	ledger   *ledger.Ledger

	mu       sync.Mutex // guards now and failures
	now      time.Time
	failures []string // when the next commits fail, "before" or "after" they took effect
}

var errDisk = errors.New("the simulated disk failed")

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), root: t.TempDir(),
		now: time.Date(2026, 5, 31, 23, 50, 0, 0, time.UTC)}
	w.database = storetest.Config(t)
	w.database.Folder, w.database.Now, w.database.Fault = filepath.Join(w.root, "0"), w.clock, w.fault
	w.open()
	t.Cleanup(w.close)
	return w
}

func (w *world) fatalf(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("seed %d, step %d: %s", w.seed, w.step, fmt.Sprintf(format, args...))
}

func (w *world) open() {
	s, err := store.Open(context.Background(), w.database)
	if err != nil {
		w.fatalf("open: %v", err)
	}
	w.store = s
	w.ledger = ledger.New(ledger.Config{Store: s, Policy: policy, Now: w.clock, NewID: s.NewIDAfter})
}

func (w *world) close() {
	w.ledger.Close()
	if err := w.store.Close(); err != nil {
		w.t.Errorf("seed %d, step %d: close: %v", w.seed, w.step, err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(by.Truncate(time.Millisecond))
}

// fault fails a commit where the next planned failure says so.
func (w *world) fault(operation string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.failures) == 0 || w.failures[0] != operation {
		return nil
	}
	w.failures = w.failures[1:]
	return errDisk
}

// planFailures decides, now and then, that the next commits fail.
func (w *world) planFailures() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures = nil
	for w.random.IntN(12) == 0 || len(w.failures) > 0 && len(w.failures) < 3 && w.random.IntN(3) == 0 {
		w.failures = append(w.failures, pick(w.random, "before", "after"))
	}
}

// restart closes and opens everything, or pulls the plug. Then what is on disk of an
// embedded database is copied as it stands, and only the copy is opened; from a server
// the connections are cut, whatever they are about.
func (w *world) restart(crash bool) {
	if !crash {
		w.close()
		w.open()
		return
	}
	if w.database.Database != "" {
		storetest.CutConnections(w.t, w.database)
		w.close()
		w.open()
		return
	}
	w.lives++
	next := filepath.Join(w.root, fmt.Sprint(w.lives))
	w.copyDisk(w.database.Folder, next)
	w.close()
	if err := os.RemoveAll(w.database.Folder); err != nil {
		w.fatalf("remove the old disk: %v", err)
	}
	w.database.Folder = next
	w.open()
}

// copyDisk copies the database and its log. Behind what was committed the log may
// hold the beginning of a commit that never was.
func (w *world) copyDisk(from, to string) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		w.fatalf("make the new disk: %v", err)
	}
	for _, name := range []string{store.DatabaseFile, store.DatabaseFile + "-wal"} {
		content, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			w.fatalf("read the old disk: %v", err)
		}
		if name != store.DatabaseFile && w.random.IntN(2) == 0 {
			for range w.random.IntN(9000) {
				content = append(content, byte(w.random.Uint32()))
			}
		}
		if err := os.WriteFile(filepath.Join(to, name), content, 0o600); err != nil {
			w.fatalf("write the new disk: %v", err)
		}
	}
}

// settled repeats a command until the database says what became of it, and calls
// unsure after each failure. Between two tries the server may be restarted.
func (w *world) settled(command func() error, unsure func()) error {
	w.planFailures()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.failures = nil
	}()
	for range 10 {
		err := command()
		if tollkeeper.ErrorCode(err) != tollkeeper.CodeUnavailable {
			return err
		}
		if unsure != nil {
			unsure()
		}
		if w.random.IntN(4) == 0 {
			w.restart(w.random.IntN(2) == 0)
		}
	}
	w.fatalf("the command never succeeds")
	return nil
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }
