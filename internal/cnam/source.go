package cnam

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/singleflight"

	"tollkeeper"
)

// Terms are how a provider is asked, and what that costs.
type Terms struct {
	Name     string // of the provider, in metrics and in the log
	Price    tollkeeper.Micros
	FreeMiss bool          // only an answer with a name costs something
	KeepFor  time.Duration // how long an answer may be used again; 0: never
	Now      func() time.Time
	Observe  func(provider string, outcome Outcome, took time.Duration) // 0 where it was not asked
	Log      *slog.Logger
}

// Outcome is what became of one look-up.
type Outcome string

// The outcomes. The first four are dips: the provider was asked.
const (
	Hit     Outcome = "hit"     // it knows a name
	Miss    Outcome = "miss"    // it knows none
	Timeout Outcome = "timeout" // it did not answer in time
	Failure Outcome = "error"   // it could not be asked, or its answer makes no sense
	Cached  Outcome = "cached"  // an answer was still kept
	Shared  Outcome = "shared"  // another call asked for the same number at this moment
	Skipped Outcome = "skipped" // it was not asked, because it failed or is busy
)

// Limits of what one provider is asked.
const (
	// mostAtOnce keeps a provider that hangs from holding ever more connections.
	mostAtOnce = 256
	// mostKept bounds the memory of answers, to some 20 MB.
	mostKept = 100_000
	// mostMissKept is how long an answer without a name is kept at most: names are added
	// more often than they change.
	mostMissKept = time.Hour
	// failuresInARow is after how many failures a provider is left alone, and restFor
	// for how long. Then one look-up tries whether it answers again.
	failuresInARow = 5
	restFor        = 10 * time.Second
)

var errBusy = errors.New("the provider has enough to answer")

// Source is a provider with its terms.
type Source struct {
	Terms
	provider Provider
	asking   singleflight.Group
	breaker  *gobreaker.CircuitBreaker[string]
	turns    chan struct{}

	mu      sync.Mutex // guards all below
	kept    map[string]answer
	failure error // the last one
}

// answer is what a provider said of a number.
type answer struct {
	said  string
	until time.Time
}

// NewSource makes a source of a provider.
func NewSource(p Provider, t Terms) *Source {
	s := &Source{Terms: t, provider: p, turns: make(chan struct{}, mostAtOnce), kept: map[string]answer{}}
	s.breaker = gobreaker.NewCircuitBreaker[string](gobreaker.Settings{
		Name: t.Name, Timeout: restFor,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failuresInARow },
		IsExcluded:    func(err error) bool { return errors.Is(err, errBusy) },
		OnStateChange: func(_ string, _, to gobreaker.State) { s.turned(to) },
	})
	return s
}

// ask returns what the provider says, and what the call pays for it: nothing for an
// answer that was kept, or that another call pays for.
func (s *Source) ask(ctx context.Context, e164 string) (said string, price tollkeeper.Micros, err error) {
	if said, kept := s.recall(e164); kept {
		s.Observe(s.Name, Cached, 0)
		return said, 0, nil
	}
	asked := false
	result, err, _ := s.asking.Do(e164, func() (any, error) {
		asked = true
		return s.dip(ctx, e164)
	})
	if err != nil {
		return "", 0, err
	}
	said = result.(string)
	if !asked {
		s.Observe(s.Name, Shared, 0)
		return said, 0, nil
	}
	if said == "" && s.FreeMiss {
		return said, 0, nil
	}
	return said, s.Price, nil
}

// dip asks the provider, unless it has failed or is busy.
func (s *Source) dip(ctx context.Context, e164 string) (string, error) {
	begun := s.Now()
	said, err := s.breaker.Execute(func() (string, error) {
		select {
		case s.turns <- struct{}{}:
			defer func() { <-s.turns }()
		default:
			return "", errBusy
		}
		said, err := s.provider.Name(ctx, e164)
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failure = err
		}
		return said, err
	})
	outcome := outcomeOf(said, err)
	took := s.Now().Sub(begun)
	if outcome == Skipped {
		took = 0
	}
	s.Observe(s.Name, outcome, took)
	if err == nil {
		s.keep(e164, said)
	}
	return said, err
}

func outcomeOf(said string, err error) Outcome {
	switch {
	case errors.Is(err, errBusy), errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return Skipped
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case err != nil:
		return Failure
	case said == "":
		return Miss
	}
	return Hit
}

// turned tells that the provider is left alone for a while, or asked again.
func (s *Source) turned(to gobreaker.State) {
	switch to {
	case gobreaker.StateOpen:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.Log.Warn("caller names: the provider failed again and again, and is not asked for a while", "provider", s.Name, "err", s.failure)
	case gobreaker.StateClosed:
		s.Log.Info("caller names: the provider answers again", "provider", s.Name)
	}
}

func (s *Source) recall(e164 string) (said string, kept bool) {
	if s.KeepFor == 0 {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, found := s.kept[e164]
	return a.said, found && s.Now().Before(a.until)
}

func (s *Source) keep(e164, said string) {
	keepFor := s.KeepFor
	if said == "" {
		keepFor = min(keepFor, mostMissKept)
	}
	if keepFor == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= mostKept {
		clear(s.kept)
	}
	s.kept[e164] = answer{said, s.Now().Add(keepFor)}
}
