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
	// committers is how many batches may be under way: while one is being made
	// durable the next stands ready, and takes all that has arrived when its turn
	// comes.
	committers = 3
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

func (p *pool) start(commit func() (int, bool), observe func(int, time.Duration)) {
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
func (p *pool) run(commit func() (commands int, closed bool), observe func(int, time.Duration)) {
	for range p.wake {
		began := time.Now()
		commands, closed := commit()
		if commands > 0 && observe != nil {
			observe(commands, time.Since(began))
		}
		if closed {
			p.signal() // to the next of the loops
			return
		}
	}
}

// take returns the next batch. Closed says that no command will come any more.
func (p *pool) take() (batch []*command, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.waiting), maxBatch)
	batch = p.waiting[:n:n]
	p.waiting = p.waiting[n:]
	if len(p.waiting) > 0 {
		p.signal()
	}
	return batch, p.closed && len(p.waiting) == 0
}

// idle reports that there is nothing to commit, and whether nothing will come.
func (p *pool) idle() (idle, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) == 0, p.closed
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

// commit runs the next batch in one transaction and wakes its callers. The batch
// is taken when the transaction has begun, so that it holds all who waited for
// that. A command that fails by its own fault has left the book as it was; a
// transaction that fails fails them all.
func (l *Ledger) commit() (commands int, closed bool) {
	if idle, closed := l.pool.idle(); idle {
		return 0, closed
	}
	var batch []*command
	var records []*tollkeeper.CDR
	taken := false
	err := l.store.Transact(context.Background(), func() (touch Touch) {
		if !taken {
			batch, closed = l.pool.take()
			taken = true
		}
		for _, c := range batch {
			touch.Customers = append(touch.Customers, c.touch.Customers...)
			touch.Calls = append(touch.Calls, c.touch.Calls...)
			touch.Trunks = append(touch.Trunks, c.touch.Trunks...)
		}
		return touch
	}, func(b *Book) error {
		b.Now, b.newID, b.limits = l.now(), l.newID, l.policy.Limits
		for _, c := range batch {
			c.err = c.work(b)
		}
		records = b.Records
		return nil
	})
	if err == nil && l.ended != nil {
		for _, record := range records {
			l.ended(*record)
		}
	}
	if !taken { // the transaction did not begin
		batch, closed = l.pool.take()
	}
	for _, c := range batch {
		if err != nil {
			c.err = err
		}
		close(c.done)
	}
	return len(batch), closed
}
