package store

import (
	"errors"
	"fmt"
	"sync"

	"tollkeeper"
)

// groupWriter commits work in groups: what arrives while one group is being
// committed is the next, so that one fsync serves them all. Work that fails after
// it has written something is rare; the transaction is then rolled back and run
// again without it. A savepoint for each would cost every one of them.
type groupWriter struct {
	queue   chan *writing
	closing chan struct{}
	stopped chan struct{}
	once    sync.Once
	session session // owned by the loop; nil after a failure it could not mend
	open    func() (session, error)
	hooks
	audit *auditChain
}

// hooks are called around commits. Each may be nil.
type hooks struct {
	fault func(operation string) error
	moved func([]tollkeeper.Transfer)
}

// session is the connection of a groupWriter. Errors of its methods are meant for
// callers.
type session interface {
	tx
	begin() error
	commit() error // durable when nil; an error leaves the outcome unknown
	rollback() error
	written() int64 // rises with everything that the transaction writes
	lost() error    // why the database has given the transaction up; nil when it has not
	noted() *notes
	domainError(error) error
	// repeatable reports that a transaction that failed, before or after it was asked
	// to commit, has committed nothing, and that its work may succeed when it is run
	// again, each alone.
	repeatable(err error, asked, alone bool) bool
	spoiled() bool // after a failure: the connection must be opened anew
	close() error
}

// writing is one piece of work and its outcome.
type writing struct {
	work  func(tx) error
	whole bool // an error fails the transaction
	err   error
	done  chan struct{}
}

// A full queue refuses at once; the group is bounded so that nobody waits long.
const (
	maxWriteQueue = 1024
	maxWriteGroup = 256
	// maxRepeats bounds how often a write is repeated that others were in the way of.
	maxRepeats = 20
)

var (
	errWriterFull   = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "too many writes at once; try again")
	errWriterClosed = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the server is shutting down")
)

func newGroupWriter(first session, open func() (session, error), h hooks, audit *auditChain) *groupWriter {
	w := &groupWriter{
		queue: make(chan *writing, maxWriteQueue), closing: make(chan struct{}), stopped: make(chan struct{}),
		session: first, open: open, hooks: h, audit: audit,
	}
	go w.run()
	return w
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
// writing of the group fails with it, unless the group can be repeated, one by one.
func (w *groupWriter) commit(group []*writing) []*writing {
	group, asked, err := w.transact(group)
	if err == nil {
		return group
	}
	for i, one := range group {
		one.err = err
		asked := asked
		for n := 0; w.session != nil && w.session.repeatable(one.err, asked, n > 0) && n < maxRepeats; n++ {
			var err error
			if _, asked, err = w.transact(group[i : i+1 : i+1]); err != nil {
				one.err = err
			}
		}
	}
	return group
}

// transact runs a group in one transaction. The error is the transaction's, and
// asked says whether the database was asked to commit. The connection is opened anew
// when nothing that it has cached can be trusted.
func (w *groupWriter) transact(group []*writing) (_ []*writing, asked bool, err error) {
	if w.session == nil {
		if w.session, err = w.open(); err != nil {
			return group, false, unavailable(fmt.Errorf("open the database again: %w", err))
		}
	}
	group, asked, err = w.attempt(group)
	if err == nil {
		return group, asked, nil
	}
	err = w.session.domainError(err)
	if w.session.spoiled() {
		w.session.close()
		w.session, _ = w.open()
	}
	return group, asked, err
}

func (w *groupWriter) attempt(group []*writing) (_ []*writing, asked bool, err error) {
	group, err = w.runAll(group)
	if err == nil {
		err = flushIndexes(w.session, w.session.noted().changes)
	}
	if err == nil {
		err = w.audit.flush(w.session, w.session.noted().entries)
	}
	if err == nil && w.fault != nil {
		if err = w.fault("before"); err != nil {
			err = unavailable(err)
		}
	}
	if err != nil {
		w.session.rollback()
		return group, false, err
	}
	if err := w.session.commit(); err != nil {
		return group, true, err
	}
	if w.fault != nil {
		if err := w.fault("after"); err != nil {
			return group, true, unavailable(err)
		}
	}
	if moved := w.session.noted().moved; w.moved != nil && len(moved) > 0 {
		w.moved(moved)
	}
	return group, true, nil
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
	*w.session.noted() = notes{changes: w.session.noted().changes[:0], entries: w.session.noted().entries[:0], moved: w.session.noted().moved[:0]}
	return w.session.begin()
}

// rerun begins again after a writing that left something behind, and repeats those
// before it that had succeeded. One that does not succeed again fails the
// transaction.
func (w *groupWriter) rerun(before []*writing) error {
	if err := w.session.rollback(); err != nil {
		return err
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
	noted := w.session.noted()
	written, changes, entries, moved := w.session.written(), len(noted.changes), len(noted.entries), len(noted.moved)
	one.err = one.work(w.session)
	if err := w.session.lost(); err != nil {
		return false, errors.Join(err, one.err)
	}
	if one.err == nil {
		return true, nil
	}
	if one.whole {
		return false, one.err
	}
	noted.changes, noted.entries, noted.moved = noted.changes[:changes], noted.entries[:entries], noted.moved[:moved]
	one.err = w.session.domainError(one.err)
	return w.session.written() == written, nil
}

func (w *groupWriter) close() error {
	w.once.Do(func() { close(w.closing) })
	<-w.stopped
	if w.session == nil {
		return nil
	}
	if err := w.session.close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
