package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"tollkeeper"
)

// postgres is the engine that any number of nodes share. Batches of calls lock the
// accounts they touch, in the order of their ids, and run side by side. All other
// writes take turns, over all nodes, as they do on the embedded engine.
type postgres struct {
	reads   *pgxpool.Pool
	batches *pgxpool.Pool
	writer  *groupWriter
	fault   func(operation string) error
	down    breaker
	verbs   placeholders
	alone   *pgx.ConnConfig // for work that takes a connection of its own
}

// Limits of the work with PostgreSQL.
const (
	// batchConns are two: while one batch is being made durable, the next is decided.
	// With more, batches are smaller and cost more in all.
	batchConns = 2
	readConns  = 8
	// connectTimeout and roundTrip bound how long a database that does not answer
	// keeps a caller waiting.
	connectTimeout = 2 * time.Second
	batchRoundTrip = 2 * time.Second
	writeRoundTrip = 10 * time.Second
	// idleTransaction ends a transaction of a node that has fallen silent in it.
	idleTransaction = 20 * time.Second
	// lockTimeout ends a deadlock of a write with a batch of calls before the
	// database looks for one. The write is then repeated alone.
	lockTimeout = 200 * time.Millisecond
	// restAfterFailure is how long nothing is asked of a database that is gone.
	restAfterFailure = 300 * time.Millisecond
	// lookPatience is how long who gives up must have waited for a single look-up, which
	// takes milliseconds, so that the database counts as gone.
	lookPatience = time.Second
)

func openPostgres(ctx context.Context, address string, h hooks, audit *auditChain) (*postgres, error) {
	e := &postgres{fault: h.fault}
	reads, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, tollkeeper.Invalid("database: must be like postgres://user:password@host:5432/name?sslmode=verify-full")
	}
	settle := func(c *pgx.ConnConfig, name string, parameters map[string]string) {
		c.ConnectTimeout = connectTimeout
		for key, value := range parameters {
			c.RuntimeParams[key] = value
		}
		if c.RuntimeParams["application_name"] == "" {
			c.RuntimeParams["application_name"] = "tollkeeper " + name
		}
	}
	batches, alone := reads.Copy(), reads.ConnConfig.Copy()
	writes := alone.Copy()
	settle(alone, "report", nil)
	settle(writes, "write", map[string]string{"lock_timeout": pgMillis(lockTimeout)})
	settle(reads.ConnConfig, "read", map[string]string{"statement_timeout": pgMillis(readTimeout), "default_transaction_read_only": "on"})
	// Whatever a batch asks for it finds by a key. Statistics of a table that was
	// empty a minute ago must not make the database think otherwise.
	settle(batches.ConnConfig, "calls", map[string]string{
		"lock_timeout": pgMillis(batchRoundTrip), "idle_in_transaction_session_timeout": pgMillis(idleTransaction), "jit": "off", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
		"plan_cache_mode": "force_generic_plan",
	})
	reads.MaxConns, reads.MinIdleConns, batches.MaxConns, batches.MinIdleConns = readConns, 1, batchConns, 1
	e.alone = alone
	if e.reads, err = pgxpool.NewWithConfig(ctx, reads); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if e.batches, err = pgxpool.NewWithConfig(ctx, batches); err != nil {
		e.reads.Close()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	open := func() (session, error) {
		conn, err := e.connect(context.Background(), writes)
		if err != nil {
			return nil, e.domainError(err)
		}
		return &postgresSession{postgresTx: postgresTx{conn: conn, verbs: &e.verbs, roundTrip: writeRoundTrip, writes: true}, engine: e}, nil
	}
	first, err := open()
	if err != nil {
		e.reads.Close()
		e.batches.Close()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	e.writer = newGroupWriter(first, open, h, audit)
	return e, nil
}

func pgMillis(d time.Duration) string { return itoa(d.Milliseconds()) }

func (e *postgres) connect(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return pgx.ConnectConfig(ctx, config)
}

// breaker keeps callers of a database that is gone from waiting for it one after
// the other.
type breaker struct{ until atomic.Int64 } // in nanoseconds since 1970

func (b *breaker) open() bool { return time.Now().UnixNano() < b.until.Load() }
func (b *breaker) trip()      { b.until.Store(time.Now().Add(restAfterFailure).UnixNano()) }

var errResting = tollkeeper.Errorf(tollkeeper.CodeUnavailable, "the database cannot be reached; try again")

// beginSnapshot begins a transaction that sees one state of the database.
const beginSnapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

func (e *postgres) look(ctx context.Context, work func(tx) error) error {
	return e.reading(ctx, "", work)
}

func (e *postgres) read(ctx context.Context, work func(tx) error) error {
	return e.reading(ctx, beginSnapshot, work)
}

// reading runs work that changes nothing. A connection that turns out to be dead,
// after a restart of the database, is replaced once, unless the work has been given rows
// by then: it does not run twice. A caller who gives up says nothing of the database,
// unless it was a look-up that kept him waiting for long.
func (e *postgres) reading(ctx context.Context, begin string, work func(tx) error) error {
	if e.down.open() {
		return errResting
	}
	begun := time.Now()
	within, cancel := context.WithTimeout(ctx, readTimeout+connectTimeout) // the database itself ends a query before
	defer cancel()
	err := e.readOnce(within, begin, work)
	if ctx.Err() != nil && (begin != "" || time.Since(begun) < lookPatience) {
		return translated(err)
	}
	return e.domainError(err)
}

func (e *postgres) readOnce(ctx context.Context, begin string, work func(tx) error) error {
	for first := true; ; first = false {
		conn, err := e.acquireReader(ctx)
		if err != nil {
			return err
		}
		t := &postgresTx{ctx: ctx, conn: conn.Conn(), verbs: &e.verbs}
		err = t.snapshot(begin, work)
		dead := conn.Conn().IsClosed()
		conn.Release()
		if err == nil || !dead || !first || t.given || ctx.Err() != nil {
			return err
		}
		e.reads.Reset()
	}
}

// acquireReader waits for its turn at most as long as a query may run. Where nobody else
// has a connection, it is the database that keeps it waiting.
func (e *postgres) acquireReader(ctx context.Context) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	conn, err := e.reads.Acquire(waiting)
	if errors.Is(err, context.DeadlineExceeded) && e.reads.Stat().AcquiredConns() > 0 {
		return nil, tollkeeper.Errorf(tollkeeper.CodeUnavailable, "no connection to the database came free within %s; try again", readTimeout)
	}
	return conn, err
}

func (e *postgres) readLong(ctx context.Context, work func(tx) error) error {
	err := e.readAlone(ctx, work)
	if ctx.Err() != nil {
		return translated(err)
	}
	return e.domainError(err)
}

func (e *postgres) readAlone(ctx context.Context, work func(tx) error) error {
	conn, err := e.connect(ctx, e.alone)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	t := &postgresTx{ctx: ctx, conn: conn, verbs: &e.verbs}
	return t.snapshot(beginSnapshot, work)
}

func (e *postgres) write(_ context.Context, work func(tx) error) error {
	if e.down.open() {
		return errResting
	}
	return e.writer.do(&writing{work: work})
}

// writeWhole runs a batch of calls on a connection of its own. It is repeated when
// another batch or a write was in its way, and when the connection was dead before
// anything was committed.
func (e *postgres) writeWhole(_ context.Context, work func(tx) error) error {
	if e.down.open() {
		return errResting
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*batchRoundTrip)
	defer cancel()
	for n := 0; ; n++ {
		conn, err := e.acquireBatch(ctx)
		if err != nil {
			return e.domainError(err)
		}
		t := &postgresTx{conn: conn.Conn(), verbs: &e.verbs, roundTrip: batchRoundTrip, writes: true}
		committing, err := e.batch(t, work)
		dead := conn.Conn().IsClosed()
		conn.Release()
		switch {
		case err == nil:
			return nil
		case n >= maxRepeats || ctx.Err() != nil || committing && dead:
			return e.domainError(err)
		case dead && n == 0:
			e.batches.Reset()
			if errors.Is(err, context.DeadlineExceeded) { // it is there, and silent
				return e.domainError(err)
			}
		case !inTheWay(err) && !isState(err, stateUnique): // two nodes let the same call id in
			return e.domainError(err)
		}
	}
}

// acquireBatch takes a connection for a batch. One that was idle is asked first whether it
// is there, which takes a round trip.
func (e *postgres) acquireBatch(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, batchRoundTrip)
	defer cancel()
	return e.batches.Acquire(ctx)
}

// batch runs work in a transaction. Committing says that the database was asked to
// commit, so that an error may leave the outcome unknown.
func (e *postgres) batch(t *postgresTx, work func(tx) error) (committing bool, err error) {
	t.later(nil, "BEGIN")
	err = work(t)
	if err == nil && e.fault != nil {
		if err = e.fault("before"); err != nil {
			err = unavailable(err)
		}
	}
	if err != nil {
		t.rollback()
		return false, err
	}
	if _, err := t.exec("COMMIT"); err != nil {
		t.rollback()
		return true, err
	}
	if e.fault != nil {
		if err := e.fault("after"); err != nil {
			return true, unavailable(err)
		}
	}
	return true, nil
}

func (e *postgres) backup(context.Context, string, func(done, total int)) error {
	return tollkeeper.Errorf(tollkeeper.CodeConflict, "back up a PostgreSQL database by its own tools: pg_dump, or pg_basebackup with archived logs")
}

// scrub has nothing to do: deleted rows lie in the tables until autovacuum has made room
// of them, and a month whose last row is gone is dropped with its files.
func (e *postgres) scrub(context.Context) error { return nil }

func (e *postgres) close() error {
	err := e.writer.close()
	e.batches.Close()
	e.reads.Close()
	return err
}

// SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	stateUnique        = "23505"
	stateDeadlock      = "40P01"
	stateSerialization = "40001"
	stateLockTimeout   = "55P03"
	stateCanceled      = "57014"
	stateIdle          = "25P03"
	stateDiskFull      = "53100"
	stateReadOnly      = "25006"
	stateNoDatabase    = "3D000"
	stateNoPrivilege   = "42501"
)

func isState(err error, states ...string) bool {
	var failure *pgconn.PgError
	if !errors.As(err, &failure) {
		return false
	}
	for _, state := range states {
		if failure.Code == state {
			return true
		}
	}
	return false
}

// inTheWay reports that a transaction failed only because of another.
func inTheWay(err error) bool {
	return isState(err, stateDeadlock, stateSerialization, stateLockTimeout)
}

// domainError translates an error. When the database cannot be reached, or does not
// answer, the breaker trips. A connection that broke says nothing yet: the next may be
// made.
func (e *postgres) domainError(err error) error {
	var domain *tollkeeper.Error
	var failure *pgconn.PgError
	var unreachable *pgconn.ConnectError
	told := errors.As(err, &domain) || errors.As(err, &failure)
	if !told && (errors.As(err, &unreachable) || errors.Is(err, context.DeadlineExceeded)) {
		e.down.trip()
	}
	return translated(err)
}

// translated keeps errors that are meant for the caller, and marks those of the database.
func translated(err error) error {
	var domain *tollkeeper.Error
	var failure *pgconn.PgError
	switch {
	case err == nil, errors.As(err, &domain):
		return err
	case errors.As(err, &failure):
		switch {
		case failure.Code == stateCanceled:
			return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the query took too long; narrow it down", Err: err}
		case failure.Code == stateDiskFull:
			return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the disk is full", Err: err}
		case failure.Code == stateNoDatabase, failure.Code == stateNoPrivilege, strings.HasPrefix(failure.Code, "28"): // authorization
			return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "PostgreSQL refuses: " + failure.Message, Err: err}
		case inTheWay(err), failure.Code == stateReadOnly, failure.Code == stateIdle,
			strings.HasPrefix(failure.Code, "08"), strings.HasPrefix(failure.Code, "53"),
			strings.HasPrefix(failure.Code, "57P"), strings.HasPrefix(failure.Code, "58"): // connection, resources, shutdown, I/O
			return unavailable(err)
		}
		return tollkeeper.Internal("database", err)
	}
	return unavailable(err)
}
