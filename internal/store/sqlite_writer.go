package store

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"

	"tollkeeper"
)

// groupWriter commits work in groups: what arrives while one group is being
// committed is the next, so that one fsync serves them all. Work that fails after
// it has written something is rare; the transaction is then rolled back and run
// again without it. A savepoint for each would copy every page that it changes.
type groupWriter struct {
	queue    chan *writing
	closing  chan struct{}
	stopped  chan struct{}
	once     sync.Once
	conn     *sqliteConn // owned by the loop; nil after a failure it could not mend
	reopen   func() (*sqliteConn, error)
	fault    func(operation string) error
	audit    *auditChain
	logPages atomic.Int64
	finish   atomic.Bool // a checkpoint in the background is done but for what came in meanwhile
}

// writing is one piece of work and its outcome.
type writing struct {
	work  func(tx) error
	whole bool // an error fails the transaction; there is no savepoint
	err   error
	done  chan struct{}
}

// A full queue refuses at once; the group is bounded so that nobody waits long.
const (
	maxWriteQueue = 1024
	maxWriteGroup = 256
)

var (
	errWriterFull   = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "too many writes at once; try again")
	errWriterClosed = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the server is shutting down")
)

func newGroupWriter(conn *sqliteConn, reopen func() (*sqliteConn, error), fault func(string) error, audit *auditChain) *groupWriter {
	w := &groupWriter{
		queue: make(chan *writing, maxWriteQueue), closing: make(chan struct{}), stopped: make(chan struct{}),
		conn: conn, reopen: reopen, fault: fault, audit: audit,
	}
	w.watchLog()
	go w.run()
	return w
}

func (w *groupWriter) watchLog() {
	w.conn.conn.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error {
		w.logPages.Store(int64(pages))
		return nil
	})
}

// do runs work and returns when it is durable. The work runs to its end even
// when its caller has gone.
func (w *groupWriter) do(one *writing) error {
	one.done = make(chan struct{})
	select {
	case <-w.closing:
		return errWriterClosed
	default:
	}
	select {
	case w.queue <- one:
	default:
		return errWriterFull
	}
	select {
	case <-one.done:
		return one.err
	case <-w.stopped:
		select {
		case <-one.done:
			return one.err
		default:
			return errWriterClosed
		}
	}
}

func (w *groupWriter) run() {
	defer close(w.stopped)
	group := make([]*writing, 0, maxWriteGroup)
	for {
		select {
		case one := <-w.queue:
			group = w.commit(append(group[:0], one))
			for _, one := range group {
				close(one.done)
			}
		case <-w.closing:
			if len(w.queue) == 0 {
				return
			}
		}
	}
}

// commit runs a group, and whatever else arrives while it does, in one
// transaction. It returns the group. When the transaction itself fails, every
// writing of the group fails with it, and the connection is opened anew: after a
// failed fsync nothing it has cached can be trusted.
func (w *groupWriter) commit(group []*writing) []*writing {
	group, err := w.transact(group)
	if err == nil {
		return group
	}
	for _, one := range group {
		one.err = err
	}
	if w.conn != nil {
		w.conn.close()
	}
	if w.conn, err = w.reopen(); err != nil {
		w.conn = nil
		return group
	}
	w.watchLog()
	return group
}

func (w *groupWriter) transact(group []*writing) ([]*writing, error) {
	if w.conn == nil {
		return group, unavailable(errors.New("the database could not be opened again"))
	}
	group, err := w.runAll(group)
	if err == nil {
		err = flushIndexes(w.conn, w.conn.changes)
	}
	if err == nil {
		err = w.audit.flush(w.conn, w.conn.entries)
	}
	if err == nil && w.fault != nil {
		if err = w.fault("before"); err != nil {
			err = unavailable(err)
		}
	}
	if err != nil {
		w.conn.exec("ROLLBACK")
		return group, domainError(err)
	}
	if _, err := w.conn.exec("COMMIT"); err != nil {
		w.conn.exec("ROLLBACK")
		return group, unavailable(err)
	}
	if w.fault != nil {
		if err := w.fault("after"); err != nil {
			return group, unavailable(err)
		}
	}
	w.shortenLog()
	return group, nil
}

// runAll begins a transaction, runs the group, and lets in what arrives meanwhile
// until nothing waits or the group is full: the next caller then shares this
// commit instead of waiting for it. An error is the transaction's own.
func (w *groupWriter) runAll(group []*writing) ([]*writing, error) {
	if err := w.begin(); err != nil {
		return group, err
	}
	for i := 0; i < len(group); i++ {
		clean, err := w.runOne(group[i])
		if err != nil {
			return group, err
		}
		if !clean {
			if err := w.rerun(group[:i]); err != nil {
				return group, err
			}
		}
		if len(group) == cap(group) {
			continue
		}
		select {
		case one := <-w.queue:
			group = append(group, one)
		default:
		}
	}
	return group, nil
}

func (w *groupWriter) begin() error {
	w.conn.changes, w.conn.entries = w.conn.changes[:0], w.conn.entries[:0]
	if _, err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		return unavailable(err)
	}
	return nil
}

// rerun begins again after a writing that left something behind, and repeats those
// before it that had succeeded. One that does not succeed again fails the
// transaction.
func (w *groupWriter) rerun(before []*writing) error {
	if _, err := w.conn.exec("ROLLBACK"); err != nil {
		return unavailable(err)
	}
	if err := w.begin(); err != nil {
		return err
	}
	for _, one := range before {
		if one.err != nil {
			continue
		}
		if clean, err := w.runOne(one); err != nil || !clean {
			return unavailable(errors.Join(errors.New("a write did not succeed when it was repeated"), err, one.err))
		}
	}
	return nil
}

// runOne runs one writing. It is clean when it succeeded, or failed before it had
// written anything. The error is the transaction's; the writing's own is kept with
// it.
func (w *groupWriter) runOne(one *writing) (clean bool, err error) {
	written, changes, entries := w.conn.conn.TotalChanges(), len(w.conn.changes), len(w.conn.entries)
	one.err = one.work(w.conn)
	if w.conn.conn.GetAutocommit() { // SQLite has rolled all of it back: disk full, I/O error
		return false, domainError(errors.Join(errors.New("the transaction was rolled back"), one.err))
	}
	if one.err == nil {
		return true, nil
	}
	if one.whole {
		return false, one.err
	}
	w.conn.changes, w.conn.entries = w.conn.changes[:changes], w.conn.entries[:entries]
	return w.conn.conn.TotalChanges() == written, nil
}

// shortenLog finishes a checkpoint. Nothing is written meanwhile, so the log is
// then copied whole and the next commit begins it anew. When the background has
// done nothing for long, the writer does all of it.
func (w *groupWriter) shortenLog() {
	if w.finish.Load() || w.logPages.Load() > 10*checkpointPages {
		w.conn.query(func(row) error { return nil }, "PRAGMA wal_checkpoint(PASSIVE)")
		w.logPages.Store(0)
		w.finish.Store(false)
	}
}

func (w *groupWriter) close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.stopped
	if w.conn == nil {
		return nil
	}
	if err := w.conn.close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
