package admission

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tollkeeper"
)

// Reports tells the ledger what a switch's events say, beside the events that go on
// coming in. The ledger takes them in any order. Doors whose switch waits for the
// outcome have no use for it.
type Reports struct {
	log   *slog.Logger
	queue chan Event
	stop  context.CancelFunc
	wait  sync.WaitGroup
}

// Event is what the ledger is to be told of a call.
type Event struct {
	CallID string
	Last   bool                        // the end of the call, which is told until it is stored
	Tell   func(context.Context) error // tells it
}

const (
	// maxReports bounds the events that wait while the ledger cannot store them.
	maxReports = 10_000
	// tellers tell side by side; the ledger commits what comes together at once.
	tellers = 32
	// repeatAfter is the time between two attempts to tell of an end.
	repeatAfter = time.Second
)

// NewReports makes a queue of reports and starts its tellers. Close stops them.
func NewReports(log *slog.Logger) *Reports {
	ctx, stop := context.WithCancel(context.Background())
	rs := &Reports{log: log, queue: make(chan Event, maxReports), stop: stop}
	for range tellers {
		rs.wait.Go(func() { rs.run(ctx) })
	}
	return rs
}

var errFull = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "too many reports of calls wait to be stored")

// Put queues an event. A full queue refuses it: a call that is not extended ends with
// its grant, and one whose end is lost ends by silence.
func (rs *Reports) Put(e Event) error {
	select {
	case rs.queue <- e:
		return nil
	default:
		return errFull
	}
}

func (rs *Reports) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-rs.queue:
			rs.tell(ctx, e)
		}
	}
}

// tell tells of a call. Only its end is told again: after others come more of their
// kind.
func (rs *Reports) tell(ctx context.Context, e Event) {
	for {
		err := e.Tell(ctx)
		if err == nil {
			return
		}
		code := tollkeeper.ErrorCode(err)
		if again := code == tollkeeper.CodeUnavailable || code == tollkeeper.CodeInternal; !e.Last || !again {
			rs.log.Error("report of a call", "call", e.CallID, "error", err.Error())
			return
		}
		select {
		case <-ctx.Done():
			rs.log.Error("the end of a call was not stored", "call", e.CallID)
			return
		case <-time.After(repeatAfter):
		}
	}
}

// Close tells what waits, if that is possible at once, and stops. It may be called
// more than once.
func (rs *Reports) Close() {
	for deadline := time.Now().Add(repeatAfter); len(rs.queue) > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	rs.stop()
	rs.wait.Wait()
}
