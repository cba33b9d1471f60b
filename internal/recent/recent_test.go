package recent_test

import (
	"testing"
	"time"

	"tollkeeper/internal/recent"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	answers := recent.NewAnswers[int, string](time.Minute, 100)
	now := time.Now()
	said := "yes"
	if _, first := answers.Begin(1, now); !first {
		t.Fatal("a new request is not new")
	}
	if answer, first := answers.Begin(1, now); first || answer != nil {
		t.Error("a request under way is begun twice")
	}
	answers.Done(1, &said, now)
	if answer, first := answers.Begin(1, now.Add(59*time.Second)); first || answer != &said {
		t.Error("an answer is not remembered")
	}
	answers.Begin(2, now)
	answers.Done(2, nil, now)
	if _, first := answers.Begin(2, now); !first {
		t.Error("a request without an answer is not taken up again")
	}
	answers.Begin(3, now.Add(time.Minute))
	if _, first := answers.Begin(1, now.Add(time.Minute)); first {
		t.Error("an answer is forgotten after one turn")
	}
	answers.Begin(4, now.Add(2*time.Minute))
	if _, first := answers.Begin(1, now.Add(2*time.Minute)); !first {
		t.Error("an answer is remembered after two turns")
	}
}

// TestLimit: a flood of requests makes the turns shorter, and not the memory larger.
func TestLimit(t *testing.T) {
	t.Parallel()
	m := recent.Map[int, int]{Turn: time.Hour, Limit: 10}
	now := time.Now()
	for i := range 1000 {
		m.Put(i, i, now)
	}
	known := 0
	for i := range 1000 {
		if _, is := m.Get(i, now); is {
			known++
		}
	}
	if known < 10 || known > 20 {
		t.Errorf("%d are remembered, not 10 to 20", known)
	}
	if _, is := m.Get(999, now); !is {
		t.Error("the last is forgotten")
	}
	if m.Forget(999); func() bool { _, is := m.Get(999, now); return is }() {
		t.Error("what was to be forgotten is remembered")
	}
}
