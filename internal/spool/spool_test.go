package spool_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/spool"
)

func through(id string) ledger.LetThrough {
	return ledger.LetThrough{At: time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC), Seconds: 600, Authorization: tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: id, Leg: "a"}, Customer: tollkeeper.ID{1, 2, 3}, Direction: tollkeeper.Outbound, From: "1", To: "2",
		Called: tollkeeper.CalledNumber{E164: "+12", Domestic: true}, Caller: tollkeeper.CallingNumber{Shown: "+11"},
	}}
}

func waiting(t *testing.T, s *spool.File, want ...ledger.LetThrough) {
	t.Helper()
	got, err := s.Waiting()
	if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("waiting: %v %+v, want %+v", err, got, want)
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := spool.Open(folder)
	waiting(t, s)
	for _, id := range []string{"one", "two", "three"} {
		if err := s.Keep(through(id)); err != nil {
			t.Fatal(err)
		}
	}
	waiting(t, spool.Open(folder), through("one"), through("two"), through("three"))
	if err := s.Forget(2); err != nil {
		t.Fatal(err)
	}
	waiting(t, spool.Open(folder), through("three"))
	if err := s.Forget(1); err != nil {
		t.Fatal(err)
	}
	waiting(t, s)
}

// TestCutOff leaves half a line in the file, as a crash does.
func TestCutOff(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := spool.Open(folder)
	if err := s.Keep(through("one")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "let-through.jsonl")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(content, content[:len(content)/2]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(through("two")); err != nil {
		t.Fatal(err)
	}
	waiting(t, s, through("one"), through("two"))
}
