// Package ledger decides about calls and keeps the money they cost: it holds
// credit before a call is let through, takes more as the call goes on, charges
// what it cost when it ends, and frees the rest.
//
// The decisions are pure functions over a Book, the small part of the database
// that a batch of commands touches. Commands that arrive while one batch is being
// committed form the next; each is answered only after its batch is durable.
package ledger

import (
	"context"
	"time"

	"tollkeeper"
)

// Store loads a Book, lets work change it, and makes the changes durable, all in
// one transaction with the accounts and calls it touches locked. Gather is asked
// what to load when the transaction has begun. Both may run more than once. When
// Transact returns an error, nothing was changed or, where the database could not
// tell, repeating the commands is safe.
type Store interface {
	Transact(ctx context.Context, gather func() Touch, work func(*Book) error) error
	// Consider loads a book for work of which nothing is written; it has no calls.
	Consider(ctx context.Context, touch Touch, work func(*Book) error) error
	// ExpiredCalls returns up to limit calls whose ExpiresAt is not after now.
	ExpiredCalls(ctx context.Context, now time.Time, limit int) ([]tollkeeper.CallKey, error)
}

// Touch names what a batch needs loaded: accounts, calls with their accounts, and
// trunks with limits.
type Touch struct {
	Customers []tollkeeper.ID
	Calls     []tollkeeper.CallKey
	Trunks    []TrunkKey // whose customers are among Customers; those of Calls come with them
}

// Policy is what the carrier has settled for every customer.
type Policy struct {
	FirstSliceSeconds int64 // granted by authorize
	MaxSliceSeconds   int64 // slices double up to this
	MaxCallSeconds    int64 // longest grant for a whole call, and for an emergency call
	RingSeconds       int64 // how long a call may ring before silence ends it
	GraceSeconds      int64 // silence allowed after a grant has run out
	Limits            tollkeeper.EffectiveLimits
	FailOpenSeconds   int64  // granted to a domestic call while the database is gone; 0 refuses it
	HoldMusicURL      string // the carrier's hold music; "" for none
	Consent           tollkeeper.ConsentRules
	ConsentPrompt     string // the announcement where a customer has none of its own
}

// DefaultPolicy holds what a server without settings uses.
var DefaultPolicy = Policy{
	FirstSliceSeconds: 60,
	MaxSliceSeconds:   600,
	MaxCallSeconds:    4 * 3600,
	RingSeconds:       180, // Timer C of a SIP proxy (RFC 3261, section 16.6)
	GraceSeconds:      30,
	Limits:            tollkeeper.EffectiveLimits{Unbilled: 100 * tollkeeper.Unit},
}

// Ledger answers switches. Its methods are safe for concurrent use.
type Ledger struct {
	store  Store
	policy Policy
	now    func() time.Time
	newID  func(after tollkeeper.ID) tollkeeper.ID
	ended  func(tollkeeper.CDR)
	spool  Spool
	pool   pool
}

// Config is what a Ledger is made of.
type Config struct {
	Store   Store
	Policy  Policy
	Now     func() time.Time
	NewID   func(after tollkeeper.ID) tollkeeper.ID // makes an id that is higher than another
	Observe func(commands int, took time.Duration)  // called after every batch; nil for none
	Ended   func(tollkeeper.CDR)                    // called for every new call record once it is durable; nil for none
	Spool   Spool                                   // required with Policy.FailOpenSeconds
}

// New makes a Ledger and starts its loop. Close stops it.
func New(config Config) *Ledger {
	l := &Ledger{store: config.Store, policy: config.Policy, now: config.Now, newID: config.NewID, ended: config.Ended, spool: config.Spool}
	l.pool.start(l.commit, config.Observe)
	return l
}

// Close lets the commands under way finish and stops the loop. Commands that
// arrive afterwards are refused. It may be called more than once.
func (l *Ledger) Close() { l.pool.stop() }

// Authorize asks whether a call may be placed, and holds the price of its first
// slice when it may. A denial is a Decision, not an error. Repeating the
// question repeats the answer; another question under the same call id is a
// conflict. An emergency call is let through even when nothing can be stored.
func (l *Ledger) Authorize(ctx context.Context, q tollkeeper.Authorization) (tollkeeper.Decision, error) {
	var decision tollkeeper.Decision
	touch := touchAttempt(q)
	err := l.do(ctx, touch, func(b *Book) (err error) {
		decision, err = l.policy.authorize(b, q)
		return err
	})
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeUnavailable && q.Called.Emergency {
		return l.policy.unrecordedEmergency(q), nil
	}
	if err == errFull {
		return deny(q, tollkeeper.ReasonOverloaded), nil
	}
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeUnavailable {
		return l.failOpen(q, err)
	}
	return decision, err
}

// Answer notes that the called party has answered.
func (l *Ledger) Answer(ctx context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	return l.report(ctx, r, l.policy.answer)
}

// Extend takes the next slice of a call that goes on.
func (l *Ledger) Extend(ctx context.Context, r tollkeeper.Report) (tollkeeper.Decision, error) {
	return l.report(ctx, r, l.policy.extend)
}

func (l *Ledger) report(ctx context.Context, r tollkeeper.Report, rule func(*Book, tollkeeper.Report) (tollkeeper.Decision, error)) (tollkeeper.Decision, error) {
	var decision tollkeeper.Decision
	err := l.do(ctx, touchCall(r), func(b *Book) (err error) {
		decision, err = rule(b, r)
		return err
	})
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeUnavailable {
		return l.goOn(r, err)
	}
	return decision, err
}

// End charges a call that is over, frees what it did not use and writes its call
// record. Repeated, it returns the record already written. A call that had
// expired and turns out to have lasted longer gets a record of what was missing.
func (l *Ledger) End(ctx context.Context, r tollkeeper.Report) (tollkeeper.CDR, error) {
	var record *tollkeeper.CDR
	err := l.do(ctx, touchCall(r), func(b *Book) (err error) {
		record, err = l.policy.end(b, r)
		return err
	})
	if err != nil {
		return tollkeeper.CDR{}, err
	}
	return *record, nil
}

func touchAttempt(q tollkeeper.Authorization) Touch {
	touch := Touch{Customers: []tollkeeper.ID{q.Customer}, Calls: []tollkeeper.CallKey{q.CallKey}}
	if q.TrunkLimited {
		touch.Trunks = []TrunkKey{{q.Customer, q.Trunk}}
	}
	return touch
}

func touchCall(r tollkeeper.Report) Touch {
	touch := Touch{Calls: []tollkeeper.CallKey{r.CallKey}}
	if !r.Customer.IsZero() {
		touch.Customers = []tollkeeper.ID{r.Customer}
	}
	return touch
}

// expireBatch bounds how many silent calls one command ends, so that switches'
// commands get their turn in between.
const expireBatch = 200

// Expire ends the calls that have been silent for longer than their grant and the
// grace, and returns how many.
func (l *Ledger) Expire(ctx context.Context) (int, error) {
	total := 0
	for {
		keys, err := l.store.ExpiredCalls(ctx, l.now(), expireBatch)
		if err != nil || len(keys) == 0 {
			return total, err
		}
		ended, faults := 0, error(nil)
		err = l.do(ctx, Touch{Calls: keys}, func(b *Book) error {
			ended, faults = l.policy.expireAll(b, keys)
			return nil
		})
		if err != nil {
			return total, err
		}
		total += ended
		if len(keys) < expireBatch || ended == 0 {
			return total, faults
		}
	}
}
