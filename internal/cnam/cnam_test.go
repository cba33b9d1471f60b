package cnam_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tollkeeper"
	"tollkeeper/internal/cnam"
)

// provider answers as a test wants, and counts what it is asked.
type provider struct {
	asked atomic.Int64
	name  func(ctx context.Context, e164 string) (string, error)
}

func (p *provider) Name(ctx context.Context, e164 string) (string, error) {
	p.asked.Add(1)
	return p.name(ctx, e164)
}

func says(name string) *provider {
	return &provider{name: func(context.Context, string) (string, error) { return name, nil }}
}

func hangs() *provider {
	return &provider{name: func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() }}
}

// book is a store in memory. What it writes down, the first stands.
type book struct {
	mu   sync.Mutex
	dips map[tollkeeper.ID]tollkeeper.Dip
	slow time.Duration
	err  error
}

func (b *book) Dip(_ context.Context, _, call tollkeeper.ID) (tollkeeper.Dip, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, found := b.dips[call]
	return d, found, b.err
}

func (b *book) RecordDip(_ context.Context, d tollkeeper.Dip) error {
	time.Sleep(b.slow)
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, found := b.dips[d.Call]; !found {
		b.dips[d.Call] = d
	}
	return nil
}

// paid is what all dips cost.
func (b *book) paid() (sum tollkeeper.Micros) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.dips {
		sum += d.Price
	}
	return sum
}

// outcomes counts what became of look-ups.
type outcomes struct {
	mu    sync.Mutex
	count map[cnam.Outcome]int
}

func (o *outcomes) observe(_ string, outcome cnam.Outcome, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count[outcome]++
}

// desk is Names over one source, with a deadline of 300 ms.
type desk struct {
	*cnam.Names
	book     *book
	outcomes *outcomes
}

func newDesk(terms cnam.Terms, providers ...*provider) desk {
	d := desk{book: &book{dips: map[tollkeeper.ID]tollkeeper.Dip{}}, outcomes: &outcomes{count: map[cnam.Outcome]int{}}}
	terms.Name, terms.Now, terms.Observe, terms.Log = "test", time.Now, d.outcomes.observe, slog.New(slog.DiscardHandler)
	d.Names = &cnam.Names{Store: d.book, Within: 300 * time.Millisecond, Log: terms.Log}
	for _, p := range providers {
		d.Sources = append(d.Sources, cnam.NewSource(p, terms))
	}
	return d
}

const caller = "+12125550100"

// call asks for the name of a caller for the nth call.
func (d desk) call(t *testing.T, n int, e164 string) string {
	t.Helper()
	id := tollkeeper.ID{byte(n >> 8), byte(n)}
	return d.CallerName(t.Context(), tollkeeper.Decision{Customer: tollkeeper.ID{9}, Call: id}, e164).Display
}

func TestNameIsChargedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := says("Müller & Söhne GmbH")
		d := newDesk(cnam.Terms{Price: 4000}, p)
		for range 3 {
			if name := d.call(t, 1, caller); name != "MULLER & SOHNE" {
				t.Errorf("the name is %q", name)
			}
		}
		d.call(t, 2, caller)
		if asked := p.asked.Load(); asked != 2 || d.book.paid() != 8000 {
			t.Errorf("%d dips, %d paid", asked, d.book.paid())
		}
		if dip := d.book.dips[tollkeeper.ID{0, 1}]; dip.Full != "Müller & Söhne GmbH" || dip.Provider != "test" {
			t.Errorf("written down: %+v", dip)
		}
	})
}

func TestWhoAnswersIsPaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fails := &provider{name: func(context.Context, string) (string, error) { return "", errors.New("down") }}
		for _, row := range []struct {
			what      string
			terms     cnam.Terms
			providers []*provider
			name      string
			paid      tollkeeper.Micros
		}{
			{"a name", cnam.Terms{Price: 5}, []*provider{says("Acme")}, "ACME", 5},
			{"no name", cnam.Terms{Price: 5}, []*provider{says("")}, "", 5},
			{"no name, for nothing", cnam.Terms{Price: 5, FreeMiss: true}, []*provider{says("")}, "", 0},
			{"a name that no telephone can show", cnam.Terms{Price: 5}, []*provider{says("?!")}, "", 5},
			{"a failure", cnam.Terms{Price: 5}, []*provider{fails}, "", 0},
			{"no time", cnam.Terms{Price: 5}, []*provider{hangs()}, "", 0},
			{"the second knows", cnam.Terms{Price: 5, FreeMiss: true}, []*provider{says(""), says("Acme")}, "ACME", 5},
			{"the first fails", cnam.Terms{Price: 5}, []*provider{fails, says("Acme")}, "ACME", 5},
			{"the first knows", cnam.Terms{Price: 5}, []*provider{says("Acme"), hangs()}, "ACME", 5},
		} {
			d := newDesk(row.terms, row.providers...)
			if name := d.call(t, 1, caller); name != row.name || d.book.paid() != row.paid {
				t.Errorf("%s: the name is %q for %d, not %q for %d", row.what, name, d.book.paid(), row.name, row.paid)
			}
			d.Close()
		}
	})
}

// TestCache keeps answers as long as it may, those without a name an hour at most, and
// a kept answer costs nothing.
func TestCache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		knows, knowsNot := says("Acme"), says("")
		d, miss := newDesk(cnam.Terms{Price: 5, KeepFor: 24 * time.Hour}, knows), newDesk(cnam.Terms{Price: 5, KeepFor: 24 * time.Hour}, knowsNot)
		for n := range 25 { // at 0:00, 1:00 ... 24:00
			if name := d.call(t, n, caller); name != "ACME" {
				t.Errorf("after %d hours the name is %q", n, name)
			}
			miss.call(t, n, caller)
			time.Sleep(30 * time.Minute)
			miss.call(t, 100+n, caller)
			time.Sleep(30 * time.Minute)
		}
		if n := knows.asked.Load(); n != 2 || d.book.paid() != 10 || d.outcomes.count[cnam.Cached] != 23 {
			t.Errorf("%d dips, %d paid, %v", n, d.book.paid(), d.outcomes.count)
		}
		if n := knowsNot.asked.Load(); n != 25 || miss.book.paid() != 125 {
			t.Errorf("without a name: %d dips, %d paid", n, miss.book.paid())
		}
	})
}

// TestSharedDip has many calls of one caller share a dip, which one of them pays for.
func TestSharedDip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{name: func(context.Context, string) (string, error) { time.Sleep(100 * time.Millisecond); return "Acme", nil }}
		d := newDesk(cnam.Terms{Price: 5}, p)
		var calls sync.WaitGroup
		for n := range 100 {
			calls.Go(func() {
				if name := d.call(t, n, caller); name != "ACME" {
					t.Errorf("call %d: the name is %q", n, name)
				}
			})
		}
		calls.Wait()
		if p.asked.Load() != 1 || d.book.paid() != 5 || d.outcomes.count[cnam.Shared] != 99 {
			t.Errorf("%d dips, %d paid, %v", p.asked.Load(), d.book.paid(), d.outcomes.count)
		}
	})
}

// TestProviderHangs has a thousand calls meet a provider that never answers. None waits
// longer than the deadline; after some failures the provider is left alone, and none
// waits at all; once it answers again, names come back.
func TestProviderHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var well atomic.Bool
		p := &provider{}
		p.name = func(ctx context.Context, _ string) (string, error) {
			if well.Load() {
				return "Acme", nil
			}
			<-ctx.Done()
			return "", ctx.Err()
		}
		d := newDesk(cnam.Terms{Price: 5}, p)
		number := func(n int) string {
			return "+1212555" + string([]byte{'0' + byte(n/1000), '0' + byte(n/100%10), '0' + byte(n/10%10), '0' + byte(n%10)})
		}
		var calls sync.WaitGroup
		for n := range 1000 {
			calls.Go(func() {
				begun := time.Now()
				if name := d.call(t, n, number(n)); name != "" || time.Since(begun) > 300*time.Millisecond {
					t.Errorf("call %d: %q after %s", n, name, time.Since(begun))
				}
			})
		}
		calls.Wait()
		if n := p.asked.Load(); n != 256 {
			t.Errorf("it was asked %d times at once", n)
		}
		begun := time.Now()
		for n := range 100 {
			d.call(t, 2000+n, number(n))
		}
		if took := time.Since(begun); took > 0 {
			t.Errorf("calls wait %s for a provider that is left alone", took)
		}
		well.Store(true)
		time.Sleep(11 * time.Second)
		if name := d.call(t, 3000, caller); name != "ACME" || d.book.paid() != 5 {
			t.Errorf("after the rest the name is %q, %d paid", name, d.book.paid())
		}
		d.Close()
	})
}

// TestSlowStore tells a name in time whose record is not written yet, and writes it
// down all the same.
func TestSlowStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(cnam.Terms{Price: 5}, says("Acme"))
		d.book.slow = 2 * time.Second
		begun := time.Now()
		if name := d.call(t, 1, caller); name != "ACME" || time.Since(begun) != 300*time.Millisecond {
			t.Errorf("%q after %s", name, time.Since(begun))
		}
		d.Close()
		if d.book.paid() != 5 {
			t.Errorf("%d paid", d.book.paid())
		}
	})
}

// TestStoreFails asks nobody when the look-up could not be charged.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := says("Acme")
		d := newDesk(cnam.Terms{Price: 5}, p)
		d.book.err = errors.New("the database is gone")
		if name := d.call(t, 1, caller); name != "" || p.asked.Load() != 0 {
			t.Errorf("%q after %d dips", name, p.asked.Load())
		}
	})
}
