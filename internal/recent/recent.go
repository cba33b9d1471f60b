// Package recent remembers what has happened a short while ago, in bounded memory: the
// doors that are asked again where an answer got lost keep their answers here.
package recent

import (
	"sync"
	"time"
)

// Map remembers values for one to two turns. What is old is forgotten as a whole, so
// that it needs no times of its own and no search. It is not safe for concurrent use.
type Map[K comparable, V any] struct {
	Turn  time.Duration
	Limit int // of what one turn remembers; with more the turn is shorter

	young, old map[K]V
	turned     time.Time
}

// turn forgets what is older than the turn before this one.
func (m *Map[K, V]) turn(now time.Time) {
	if m.young == nil || len(m.young) >= m.Limit || now.Sub(m.turned) >= m.Turn {
		m.old, m.young, m.turned = m.young, map[K]V{}, now
	}
}

// Get returns what is remembered.
func (m *Map[K, V]) Get(key K, now time.Time) (V, bool) {
	m.turn(now)
	v, known := m.young[key]
	if !known {
		v, known = m.old[key]
	}
	return v, known
}

// Put remembers a value from now on.
func (m *Map[K, V]) Put(key K, v V, now time.Time) {
	m.turn(now)
	delete(m.old, key)
	m.young[key] = v
}

// Forget forgets a value.
func (m *Map[K, V]) Forget(key K) {
	delete(m.young, key)
	delete(m.old, key)
}

// Answers remembers what requests were answered.
type Answers[K comparable, A any] struct {
	mu      sync.Mutex // guards answers
	answers Map[K, *A]
}

// NewAnswers remembers answers for one to two turns, and so many of a turn.
func NewAnswers[K comparable, A any](turn time.Duration, limit int) *Answers[K, A] {
	return &Answers[K, A]{answers: Map[K, *A]{Turn: turn, Limit: limit}}
}

// Begin reports whether a request is new. One that is not gets its answer; nil while
// that is being made.
func (a *Answers[K, A]) Begin(key K, now time.Time) (answer *A, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer, known := a.answers.Get(key, now); known {
		return answer, false
	}
	a.answers.Put(key, nil, now)
	return nil, true
}

// Done remembers the answer to a request that has begun; nil forgets the request, so
// that it is taken up when it comes again.
func (a *Answers[K, A]) Done(key K, answer *A, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer == nil {
		a.answers.Forget(key)
	} else {
		a.answers.Put(key, answer, now)
	}
}
