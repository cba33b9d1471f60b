package main_test

import (
	"encoding/json"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper/internal/store/storetest"
)

// TestUpgrade lets a node of an earlier build, whose schema had fewer steps, and one of
// this build serve the same database at once. The new one migrates it under load, and is
// killed and started again; then the old one goes. Nothing that either has answered may
// be missing or be answered otherwise.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds an earlier program")
	}
	earlier := buildEarlier(t)
	database := storetest.NewProcess(t)
	environment := []string{"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password, "TOLLKEEPER_DATABASE=" + database.URL()}
	old := launchProgram(t, earlier, filepath.Join(t.TempDir(), "old"), environment)
	old.serving()
	c := &carrier{t: t, nodes: []*server{old}, same: saysStill}
	made, err := exec.Command(earlier, "token", "create", "--data", old.data, "--name", "test", "--database", database.URL()).Output()
	if err != nil {
		t.Fatal(err)
	}
	old.token = strings.TrimSpace(string(made))
	old.importDeck()
	for range 5 {
		c.create()
	}
	var stop atomic.Bool
	var wait sync.WaitGroup
	for range crashWorkers {
		wait.Go(func() {
			for !stop.Load() {
				if !c.work() {
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	node := launch(t, filepath.Join(t.TempDir(), "new"), environment)
	node.token = old.token
	node.serving()
	c.mu.Lock()
	c.nodes = append(c.nodes, node)
	c.mu.Unlock()
	time.Sleep(time.Second)
	node.kill()
	node = node.again(environment)
	c.mu.Lock()
	c.nodes[1] = node
	c.mu.Unlock()
	time.Sleep(time.Second)
	c.mu.Lock()
	c.nodes = c.nodes[1:]
	c.mu.Unlock()
	if code := old.terminate(); code != 0 {
		t.Errorf("the old node ends with %d: %s", code, old.log.String())
	}
	stop.Store(true)
	wait.Wait()
	if n := strings.Count(old.log.String(), `"status":500`); n > 0 {
		t.Errorf("the old node failed %d times: %s", n, old.log.String())
	}
	c.ask(mark{})
	c.audit()
	if output, code := tool(t, "verify", "--database", database.URL()); code != 0 {
		t.Errorf("verify ends with %d: %s", code, output)
	}
	t.Logf("%d customers, %d adjustments and %d calls", len(c.customers), len(c.posts), len(c.calls))
}

// saysStill reports whether an answer says all that an earlier one did. It may say more.
func saysStill(before, after string) bool {
	var was, is map[string]any
	if json.Unmarshal([]byte(before), &was) != nil || json.Unmarshal([]byte(after), &is) != nil {
		return before == after
	}
	for key, value := range was {
		if !reflect.DeepEqual(value, is[key]) {
			return false
		}
	}
	return true
}

const schemaFolder = "internal/store/schema/postgres"

// buildEarlier builds the last commit whose schema is the beginning of this one's.
func buildEarlier(t *testing.T) (program string) {
	t.Helper()
	commit := earlierCommit(t)
	if commit == "" {
		t.Skip("needs the history of the repository, with a commit whose schema has fewer steps")
	}
	folder := t.TempDir()
	archive := filepath.Join(folder, "archive.tar")
	git(t, "archive", "--output", archive, commit)
	if out, err := exec.Command("tar", "-xf", archive, "-C", folder).CombinedOutput(); err != nil {
		t.Fatalf("unpack %s: %v: %s", commit, err, out)
	}
	program = filepath.Join(folder, "earlier")
	build := exec.Command("go", "build", "-o", program, "./cmd/tollkeeper")
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v: %s", commit, err, out)
	}
	t.Logf("the earlier build is %s", commit)
	return program
}

func earlierCommit(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil || exec.Command("git", "rev-parse", "--git-dir").Run() != nil {
		return ""
	}
	now := stepsOf(t, "HEAD")
	for _, commit := range strings.Fields(git(t, "log", "--format=%H", "--", schemaFolder)) {
		if exec.Command("git", "rev-parse", "--verify", "--quiet", commit+"^").Run() != nil {
			return "" // the first one, or the history is cut off here
		}
		before := stepsOf(t, commit+"^")
		if n := len(before); n > 0 && n < len(now) && slices.Equal(before, now[:n]) {
			return strings.TrimSpace(git(t, "rev-parse", commit+"^"))
		}
	}
	return ""
}

// stepsOf lists the names and contents of the steps that a commit's schema has.
func stepsOf(t *testing.T, commit string) (steps []string) {
	t.Helper()
	for line := range strings.Lines(git(t, "ls-tree", "--full-tree", commit, schemaFolder+"/")) {
		fields := strings.Fields(line)
		steps = append(steps, path.Base(fields[3])+" "+fields[2])
	}
	slices.Sort(steps)
	return steps
}

func git(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.Command("git", arguments...)
	command.Dir = filepath.Join("..", "..") // the repository's
	out, err := command.Output()
	if err != nil {
		t.Fatalf("git %s: %v", strings.Join(arguments, " "), err)
	}
	return string(out)
}
