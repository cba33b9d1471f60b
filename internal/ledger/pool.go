package ledger

import (
	"context"
	"sync"
	"time"

	"tollkeeper"
)

// Limits of the queue. A batch is bounded so that its transaction stays short;
// the pool so that a database that has stopped is noticed by callers within a
// few batches instead of by memory running out.
const (
	maxBatch = 256
	maxPool  = 4096
	// committers is how many batches may be under way: while one is decided, the
	// next can join its commit, or on other rows commit beside it.
	committers = 4
)

var (
	errFull   = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "too many calls are being decided at once; try again")
	errClosed = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the server is shutting down")
)

// command is one piece of work on a Book, and its outcome.
type command struct {
	touch Touch
	work  func(*Book) error
	err   error
	done  chan struct{}
}

// pool gathers commands into batches. There is no timer: whatever has arrived
// when a batch is done is the next batch.
type pool struct {
	mu      sync.Mutex // guards waiting and closed
	waiting []*command
	closed  bool
	wake    chan struct{} // holds one token when waiting is not empty, or closed is set
	stopped chan struct{}
}

func (p *pool) start(commit func([]*command), observe func(int, time.Duration)) {
	p.wake, p.stopped = make(chan struct{}, 1), make(chan struct{})
	var running sync.WaitGroup
	for range committers {
		running.Go(func() { p.run(commit, observe) })
	}
	go func() {
		running.Wait()
		close(p.stopped)
	}()
}

// run commits batches until the pool is closed and empty.
func (p *pool) run(commit func([]*command), observe func(int, time.Duration)) {
	for range p.wake {
		batch, more, closed := p.take()
		if more || closed {
			p.signal()
		}
		if len(batch) == 0 {
			if closed {
				return
			}
			continue
		}
		began := time.Now()
		commit(batch)
		for _, c := range batch {
			close(c.done)
		}
		if observe != nil {
			observe(len(batch), time.Since(began))
		}
	}
}

func (p *pool) take() (batch []*command, more, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.waiting), maxBatch)
	batch = p.waiting[:n:n]
	p.waiting = p.waiting[n:]
	return batch, len(p.waiting) > 0, p.closed
}

func (p *pool) add(c *command) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return errClosed
	case len(p.waiting) >= maxPool:
		return errFull
	}
	p.waiting = append(p.waiting, c)
	p.signal()
	return nil
}

func (p *pool) signal() {
	select {
	case p.wake <- struct{}{}:
	default: // a token is there already
	}
}

func (p *pool) stop() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.signal()
	<-p.stopped
}

// do queues work and waits until it is durable. A caller who hangs up does not
// undo it: the command runs to its end either way.
func (l *Ledger) do(_ context.Context, touch Touch, work func(*Book) error) error {
	c := &command{touch: touch, work: work, done: make(chan struct{})}
	if err := l.pool.add(c); err != nil {
		return err
	}
	<-c.done
	return c.err
}

// commit runs a batch in one transaction. A command that fails by its own fault
// has left the book as it was; a transaction that fails fails them all.
func (l *Ledger) commit(batch []*command) {
	var touch Touch
	for _, c := range batch {
		touch.Customers = append(touch.Customers, c.touch.Customers...)
		touch.Calls = append(touch.Calls, c.touch.Calls...)
	}
	err := l.store.Transact(context.Background(), touch, func(b *Book) error {
		b.Now, b.newID = l.now(), l.newID
		for _, c := range batch {
			c.err = c.work(b)
		}
		return nil
	})
	if err != nil {
		for _, c := range batch {
			c.err = err
		}
	}
}
