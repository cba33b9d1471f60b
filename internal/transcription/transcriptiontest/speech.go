// Package transcriptiontest has speech for tests, and a real engine that writes it down.
package transcriptiontest

import (
	"bufio"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What Speech has said in its left channel, and in its right.
const (
	CallerSays = "how much money do you want"
	CalledSays = "where is my order"
)

// Speech makes a call of two people in two channels, with real tools, or skips the test
// where they are missing.
func Speech(t testing.TB) []byte {
	t.Helper()
	folder := t.TempDir()
	for _, command := range [][]string{
		{"espeak-ng", "-v", "en-us", "-s", "150", "-w", "left.wav", CallerSays},
		{"espeak-ng", "-v", "en-us", "-s", "120", "-w", "right.wav", CalledSays},
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
	if err != nil {
		t.Fatal(err)
	}
	return call
}

//go:embed engine.py
var engine string

// Engine starts PocketSphinx as an endpoint, by a Python that has it, and returns where it
// listens.
func Engine(t testing.TB, python string) (address string) {
	t.Helper()
	run := exec.Command(python, "-")
	run.Stdin = strings.NewReader(engine)
	out, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Process.Kill(); run.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}
