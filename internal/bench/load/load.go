// Package load drives an HTTP server over keep-alive connections and counts what
// it can do. It shares its processors with the server it measures, so its loops
// write prepared bytes, read into reused buffers and allocate nothing.
package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Plan says how hard and how long to drive a server.
type Plan struct {
	Addresses   []string // host:port of each node; connections are spread over them
	Connections int
	Warmup      time.Duration // driven, but not counted
	Measured    time.Duration

	// Every is how often each connection does its operation. An operation that is
	// late counts from when it should have begun. 0: without a pause.
	Every time.Duration

	// Window is called when counting begins; what it returns, when counting
	// ends. Nil: nobody wants to know.
	Window func() (closed func())
}

// Operation does one thing over the connection and checks its answer. An error
// ends the whole run.
type Operation func(*Conn) error

// Result is what a run counted.
type Result struct {
	Latency Histogram     // of the operations that ended in the window
	Elapsed time.Duration // how long the window was open
	All     int64         // operations from the first to the last, warm-up included
}

// PerSecond is how many operations ended in a second.
func (r *Result) PerSecond() float64 { return float64(r.Latency.Count()) / r.Elapsed.Seconds() }

// The phases of a run.
const (
	warmingUp int32 = iota
	measuring
	over
)

// Run repeats the operation of each worker on a connection of its own, one after
// the other without a pause. It returns the first error of any of them, or the
// context's.
func Run(ctx context.Context, p Plan, prepare func(worker int) Operation) (Result, error) {
	var phase atomic.Int32
	c := newCrew(ctx, p, prepare)
	defer c.cancel(nil)
	c.start(func(w *worker) error { return w.until(&phase, p.pace(w.number)) })

	c.pause(p.Warmup)
	closed := func() {}
	if p.Window != nil {
		closed = p.Window()
	}
	began := time.Now()
	phase.Store(measuring)
	c.pause(p.Measured)
	phase.Store(over)
	elapsed := time.Since(began)
	closed()
	return c.result(elapsed)
}

// pace is when a worker's operations begin, one after the other; nil: at once. The
// workers do not begin together.
func (p Plan) pace(worker int) func() time.Time {
	if p.Every == 0 {
		return nil
	}
	next := time.Now().Add(p.Every * time.Duration(worker) / time.Duration(p.Connections))
	return func() time.Time {
		began := next
		next = next.Add(p.Every)
		time.Sleep(time.Until(began))
		return began
	}
}

// Repeat does n operations in all, each worker its share, and counts none of
// them. It prepares what a Run needs.
func Repeat(ctx context.Context, p Plan, n int, prepare func(worker int) Operation) error {
	c := newCrew(ctx, p, prepare)
	defer c.cancel(nil)
	c.start(func(w *worker) error { return w.times(c.ctx, n/p.Connections+min(1, max(0, n%p.Connections-w.number))) })
	_, err := c.result(0)
	return err
}

// crew is the workers of one run.
type crew struct {
	ctx       context.Context // ends with the first error, which is its cause
	cancel    context.CancelCauseFunc
	addresses []string
	workers   []*worker
	running   sync.WaitGroup
}

func newCrew(ctx context.Context, p Plan, prepare func(int) Operation) *crew {
	c := &crew{addresses: p.Addresses, workers: make([]*worker, p.Connections)}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	for i := range c.workers {
		c.workers[i] = &worker{number: i, operation: prepare(i)}
	}
	return c
}

// start sets every worker to work on a connection of its own.
func (c *crew) start(work func(*worker) error) {
	for _, w := range c.workers {
		c.running.Go(func() {
			if err := w.connect(c.addresses[w.number%len(c.addresses)], work); err != nil {
				c.cancel(err)
			}
		})
	}
}

// pause waits, but not for workers that have failed.
func (c *crew) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}

// result waits for the workers and adds up what they counted.
func (c *crew) result(elapsed time.Duration) (Result, error) {
	c.running.Wait()
	if c.ctx.Err() != nil {
		return Result{}, context.Cause(c.ctx)
	}
	r := Result{Elapsed: elapsed}
	for _, w := range c.workers {
		r.Latency.Merge(&w.latency)
		r.All += w.all
	}
	return r, nil
}
