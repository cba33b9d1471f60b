package transcription_test

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tollkeeper/internal/transcription"
)

// TestRealEngine has speech of two people written down by a real engine.
func TestRealEngine(t *testing.T) {
	t.Parallel()
	python := os.Getenv("POCKETSPHINX")
	if python == "" {
		t.Skip("needs POCKETSPHINX, a Python with that package; make test sets it")
	}
	folder := t.TempDir()
	for _, command := range [][]string{
		{"espeak-ng", "-v", "en-us", "-s", "150", "-w", "left.wav", "how much money do you want"},
		{"espeak-ng", "-v", "en-us", "-s", "120", "-w", "right.wav", "where is my order"},
		{"sox", "-M", "left.wav", "right.wav", "-r", "16000", "-b", "16", "call.wav"},
	} {
		if _, err := exec.LookPath(command[0]); err != nil {
			t.Skipf("needs %s (Debian: %s)", command[0], command[0])
		}
		run := exec.Command(command[0], command[1:]...)
		run.Dir = folder
		if said, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", command, err, said)
		}
	}
	call, err := os.ReadFile(filepath.Join(folder, "call.wav"))
	must(t, err)
	w := newWorld(t, call)
	w.worker.Engine = &transcription.OpenAI{URL: engine(t, python) + "/v1/audio/transcriptions", Client: http.DefaultClient}
	if n, err := w.worker.RunOnce(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d transcripts, %v", n, err)
	}
	got := w.transcript(t)
	t.Logf("heard %q", got.Text)
	for _, word := range []string{"money", "where"} {
		if w.search(t, word) != 1 {
			t.Errorf("%q is not found in %q (%s)", word, got.Text, got.Error)
		}
	}
	if len(got.Segments) != 2 || got.Segments[0].Channel != 1 || !strings.Contains(got.Segments[0].Text, "money") || !strings.Contains(got.Segments[1].Text, "where") {
		t.Errorf("the segments are %+v", got.Segments)
	}
}

// engine starts the endpoint and returns where it listens.
func engine(t *testing.T, python string) string {
	t.Helper()
	run := exec.Command(python, "testdata/engine.py")
	out, err := run.StdoutPipe()
	must(t, err)
	must(t, run.Start())
	t.Cleanup(func() { run.Process.Kill(); run.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	return strings.TrimSpace(address)
}
