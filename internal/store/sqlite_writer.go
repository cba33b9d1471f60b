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
// committed is the next, so that one fsync serves them all. Work that fails is
// undone by its savepoint and does not touch the rest of its group.
type groupWriter struct {
	queue    chan *writing
	closing  chan struct{}
	stopped  chan struct{}
	once     sync.Once
	conn     *sqliteConn // owned by the loop; nil after a failure it could not mend
	reopen   func() (*sqliteConn, error)
	fault    func(operation string) error
	logPages atomic.Int64
}

// writing is one piece of work and its outcome.
type writing struct {
	work func(tx) error
	err  error
	done chan struct{}
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

func newGroupWriter(conn *sqliteConn, reopen func() (*sqliteConn, error), fault func(string) error) *groupWriter {
	w := &groupWriter{
		queue: make(chan *writing, maxWriteQueue), closing: make(chan struct{}), stopped: make(chan struct{}),
		conn: conn, reopen: reopen, fault: fault,
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
func (w *groupWriter) do(work func(tx) error) error {
	one := &writing{work: work, done: make(chan struct{})}
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
			group = w.gather(append(group[:0], one))
			w.commit(group)
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

func (w *groupWriter) gather(group []*writing) []*writing {
	for len(group) < maxWriteGroup {
		select {
		case one := <-w.queue:
			group = append(group, one)
		default:
			return group
		}
	}
	return group
}

// commit runs a group in one transaction. When the transaction itself fails,
// every writing of the group fails with it, and the connection is opened anew:
// after a failed fsync nothing it has cached can be trusted.
func (w *groupWriter) commit(group []*writing) {
	err := w.transact(group)
	if err == nil {
		return
	}
	for _, one := range group {
		one.err = err
	}
	if w.conn != nil {
		w.conn.close()
	}
	if w.conn, err = w.reopen(); err != nil {
		w.conn = nil
		return
	}
	w.watchLog()
}

func (w *groupWriter) transact(group []*writing) error {
	if w.conn == nil {
		return unavailable(errors.New("the database could not be opened again"))
	}
	if _, err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		return unavailable(err)
	}
	w.conn.changes = w.conn.changes[:0]
	for _, one := range group {
		if err := w.runOne(one, len(group) == 1); err != nil {
			w.conn.exec("ROLLBACK")
			return err
		}
	}
	if len(group) == 1 && group[0].err != nil {
		_, err := w.conn.exec("ROLLBACK")
		return err
	}
	if err := flushIndexes(w.conn, w.conn.changes); err != nil {
		w.conn.exec("ROLLBACK")
		return domainError(err)
	}
	if w.fault != nil {
		if err := w.fault("before"); err != nil {
			w.conn.exec("ROLLBACK")
			return unavailable(err)
		}
	}
	if _, err := w.conn.exec("COMMIT"); err != nil {
		w.conn.exec("ROLLBACK")
		return unavailable(err)
	}
	if w.fault != nil {
		if err := w.fault("after"); err != nil {
			return unavailable(err)
		}
	}
	return w.shortenLog()
}

// runOne runs one writing, inside a savepoint unless it is alone. The error it
// returns is the transaction's; the writing's own is kept with it.
func (w *groupWriter) runOne(one *writing, alone bool) error {
	if !alone {
		if _, err := w.conn.exec("SAVEPOINT one"); err != nil {
			return unavailable(err)
		}
	}
	noted := len(w.conn.changes)
	one.err = one.work(w.conn)
	if w.conn.conn.GetAutocommit() { // SQLite has rolled all of it back: disk full, I/O error
		return domainError(errors.Join(errors.New("the transaction was rolled back"), one.err))
	}
	if alone {
		return nil
	}
	if one.err != nil {
		w.conn.changes = w.conn.changes[:noted]
		if _, err := w.conn.exec("ROLLBACK TO one"); err != nil {
			return unavailable(err)
		}
	}
	if _, err := w.conn.exec("RELEASE one"); err != nil {
		return unavailable(err)
	}
	return nil
}

// shortenLog checkpoints from the writer when the background cannot keep up. The
// commit before it stands whatever comes of it.
func (w *groupWriter) shortenLog() error {
	if w.logPages.Load() > hardLogPages {
		w.conn.query(func(row) error { return nil }, "PRAGMA wal_checkpoint(RESTART)")
	}
	return nil
}

func (w *groupWriter) close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.stopped
	if w.conn == nil {
		return nil
	}
	_, err := w.conn.exec("PRAGMA optimize")
	if closeErr := w.conn.close(); closeErr != nil {
		err = errors.Join(err, fmt.Errorf("close the database: %w", closeErr))
	}
	return err
}
