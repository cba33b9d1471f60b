package load

import (
	"context"
	"sync/atomic"
	"time"
)

// worker is one connection's share of a run.
type worker struct {
	number    int
	operation Operation
	conn      *Conn
	latency   Histogram
	all       int64
}

// connect runs work on a fresh connection.
func (w *worker) connect(address string, work func(*worker) error) error {
	conn, err := Dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	w.conn = conn
	return work(w)
}

// until repeats the operation until the run is over. What ends in the window
// counts, whenever it began: the rate is then right even where an operation
// takes a good part of the window.
func (w *worker) until(phase *atomic.Int32, pace func() time.Time) error {
	began := time.Now()
	for phase.Load() != over {
		if pace != nil {
			began = pace()
		}
		if err := w.operation(w.conn); err != nil {
			return err
		}
		ended := time.Now()
		if phase.Load() == measuring {
			w.latency.Record(ended.Sub(began))
		}
		w.all++
		began = ended
	}
	return nil
}

// times repeats the operation n times.
func (w *worker) times(ctx context.Context, n int) error {
	for range n {
		if ctx.Err() != nil {
			return nil // another worker failed, and said why
		}
		if err := w.operation(w.conn); err != nil {
			return err
		}
	}
	return nil
}
