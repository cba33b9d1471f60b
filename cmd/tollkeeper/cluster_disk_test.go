package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tollkeeper/internal/store/storetest"
)

// TestPostgresDiskFull fills the disk under PostgreSQL while two nodes work: what cannot
// be stored is refused, emergency calls pass, and with space again, PostgreSQL restarted
// if it has given up, everything that was answered is there.
func TestPostgresDiskFull(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for PostgreSQL to give up and come back")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=160m,mode=0755"); err != nil {
		t.Skipf("a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(filepath.Dir(disk), 0o755); err != nil { // PostgreSQL runs as another user
		t.Fatal(err)
	}
	database := storetest.NewProcessIn(t, disk)
	environment := []string{"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password, "TOLLKEEPER_DATABASE=" + database.URL()}
	c := &carrier{t: t}
	for i := range 2 {
		node := launch(t, filepath.Join(t.TempDir(), "node"), environment)
		node.serving()
		if i == 0 {
			node.token = node.newToken("test", "--database", database.URL())
			node.importDeck()
		} else {
			node.token = c.nodes[0].token
		}
		c.nodes = append(c.nodes, node)
	}
	for range 5 {
		c.create()
	}
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	var stop atomic.Bool
	var refused atomic.Int64
	var wait sync.WaitGroup
	for range crashWorkers {
		wait.Go(func() {
			for !stop.Load() {
				if !c.work() {
					refused.Add(1)
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}
	until(t, "a full disk takes no write", func() bool { return refused.Load() >= 50 })
	_, customer := c.customer()
	status, answer, err := c.node().do("POST", "/calls", strings.Replace(callBody(customer, "help"), "+442071838750", "911", 1))
	if err != nil || status != 200 || granted(answer) == 0 {
		t.Errorf("an emergency call on a full disk: %d %s %v", status, answer, err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	database.Kill() // as its keeper would restart it
	if err := database.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "service is back", func() bool { return c.send(&c.newCall().begin) })
	stop.Store(true)
	wait.Wait()
	c.ask(mark{})
	c.audit()
	if output, code := tool(t, "verify", "--database", database.URL()); code != 0 {
		t.Errorf("verify ends with %d: %s", code, output)
	}
	t.Logf("%d calls, %d requests refused", len(c.calls), refused.Load())
}
