package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/ext/fts5"

	"tollkeeper"
)

// sqlite is the embedded engine: one connection writes, several read. The
// write-ahead log with synchronous=FULL makes every commit durable.
type sqlite struct {
	path    string
	writer  *groupWriter
	log     sqliteLog
	lookers chan *sqliteConn // for single look-ups, which no long query may keep waiting
	readers chan *sqliteConn
	stop    context.CancelFunc
	stopped sync.WaitGroup
	once    sync.Once
}

// Sizes of the embedded database. Page caches are private to a connection; the
// operating system's cache stands behind them.
const (
	// The writer's cache is searched whole by every commit that split a page of a
	// tree, so a larger one costs more than the reads it spares.
	writerCacheKiB = 4 << 10
	readerCacheKiB = 4 << 10
	busyMillis     = 10_000
	// readTimeout bounds how long a query may run, and how long it may wait for its
	// turn.
	readTimeout = 10 * time.Second

	// A checkpoint copies the log into the database from this many pages on, most of
	// it in the background. The writer does the small rest, so that it can begin the
	// log anew: writing over it costs half of what making it longer does.
	checkpointPages = 6_000
	checkpointEvery = 20 * time.Millisecond
)

func readerCount() int { return max(2, runtime.GOMAXPROCS(0)) }

func openSQLite(path string, h hooks, audit *auditChain) (*sqlite, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	e := &sqlite{path: path, lookers: make(chan *sqliteConn, readerCount()), readers: make(chan *sqliteConn, readerCount())}
	open := func() (session, error) { return newSQLiteSession(path, &e.log) }
	writes, err := open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := errors.Join(fillPool(e.lookers, path), fillPool(e.readers, path)); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), writes.close())
	}
	e.writer = newGroupWriter(writes, open, h, audit)
	ctx, cancel := context.WithCancel(context.Background())
	e.stop = cancel
	e.stopped.Go(func() { e.checkpoint(ctx) })
	return e, nil
}

func openWriter(path string) (*sqliteConn, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	uri := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: "vfs=" + logSystemName()}
	return openConn(uri.String(), sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE|sqlite3.OPEN_URI,
		"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=1", "PRAGMA wal_autocheckpoint=0",
		"PRAGMA secure_delete=ON", // what is deleted shall not be found in the file
		fmt.Sprintf("PRAGMA cache_size=-%d", writerCacheKiB))
}

func openConn(path string, flags sqlite3.OpenFlag, pragmas ...string) (*sqliteConn, error) {
	c, err := sqlite3.OpenFlags(path, flags|sqlite3.OPEN_EXRESCODE|sqlite3.OPEN_NOFOLLOW)
	if err != nil {
		return nil, err
	}
	conn := &sqliteConn{conn: c, statements: map[string]*sqlite3.Stmt{}}
	if err := errors.Join(fts5.RegisterCustom(c, registerGrams), registerContains(c)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	pragmas = append([]string{fmt.Sprintf("PRAGMA busy_timeout=%d", busyMillis), "PRAGMA temp_store=MEMORY"}, pragmas...)
	for _, pragma := range pragmas {
		if err := c.Exec(pragma); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", pragma, err), c.Close())
		}
	}
	return conn, nil
}

// reader takes a connection of a pool for at most readTimeout, and gives the
// function that puts it back. A query that runs longer is interrupted.
func reader(ctx context.Context, pool chan *sqliteConn) (*sqliteConn, func(), error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	select {
	case conn := <-pool:
		conn.conn.SetInterrupt(ctx)
		return conn, func() {
			conn.conn.SetInterrupt(context.Background())
			cancel()
			pool <- conn
		}, nil
	case <-ctx.Done():
		cancel()
		return nil, nil, unavailable(ctx.Err())
	}
}

// look runs single look-ups, which are too short to be interrupted.
func (e *sqlite) look(ctx context.Context, work func(tx) error) error {
	select {
	case conn := <-e.lookers:
		defer func() { e.lookers <- conn }()
		return domainError(work(conn))
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

func (e *sqlite) read(ctx context.Context, work func(tx) error) error {
	conn, release, err := reader(ctx, e.readers)
	if err != nil {
		return err
	}
	defer release()
	return givenUp(ctx, snapshot(conn, work))
}

func (e *sqlite) readLong(ctx context.Context, work func(tx) error) error {
	conn, err := openConn(e.path, sqlite3.OPEN_READWRITE, "PRAGMA query_only=1")
	if err != nil {
		return domainError(err)
	}
	conn.conn.SetInterrupt(ctx)
	return givenUp(ctx, errors.Join(snapshot(conn, work), conn.close()))
}

// givenUp says of a read that was interrupted for who has given up that he has.
func givenUp(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return unavailable(ctx.Err())
	}
	return err
}

func snapshot(conn *sqliteConn, work func(tx) error) error {
	if _, err := conn.exec("BEGIN"); err != nil {
		return domainError(err)
	}
	err := work(conn)
	conn.conn.SetInterrupt(context.Background()) // what is interrupted cannot end its transaction either
	if _, endErr := conn.exec("COMMIT"); endErr != nil {
		conn.exec("ROLLBACK")
	}
	return domainError(err)
}

func (e *sqlite) write(_ context.Context, work func(tx) error) error {
	return e.writer.do(&writing{work: work})
}

func (e *sqlite) writeWhole(_ context.Context, work func(tx) error) error {
	return e.writer.do(&writing{work: work, whole: true})
}

// checkpoint copies the log into the database while the writer goes on, and then
// asks the writer to copy what has been added meanwhile.
func (e *sqlite) checkpoint(ctx context.Context) {
	conn, err := openConn(e.path, sqlite3.OPEN_READWRITE, "PRAGMA synchronous=FULL")
	if err != nil {
		return // the writer's own limit keeps the log bounded
	}
	defer conn.close()
	file, err := os.Open(e.path)
	if err != nil {
		return
	}
	defer file.Close()
	ticker := time.NewTicker(checkpointEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if e.log.pages.Load() > checkpointPages && !e.log.finish.Load() {
				conn.query(func(row) error { return nil }, "PRAGMA wal_checkpoint(PASSIVE)")
				file.Sync() // SQLite leaves that to whoever copies the last page: the writer, who shall not wait for it
				e.log.finish.Store(true)
			}
		}
	}
}

// scrub empties the log, which has the pages as they were before rows were deleted. It
// waits for nobody, because calls would wait behind it: while somebody reads an old
// state, the log stays, and is written over in time.
func (e *sqlite) scrub(context.Context) error {
	conn, err := openConn(e.path, sqlite3.OPEN_READWRITE, "PRAGMA busy_timeout=0", "PRAGMA wal_checkpoint(PASSIVE)")
	if err != nil {
		return domainError(err)
	}
	err = conn.query(func(row) error { return nil }, "PRAGMA wal_checkpoint(TRUNCATE)")
	if errors.Is(err, sqlite3.BUSY) {
		err = nil
	}
	return domainError(errors.Join(err, conn.close()))
}

func (e *sqlite) backup(ctx context.Context, path string, progress func(done, total int)) (err error) {
	if _, err := os.Lstat(path); !isMissing(err) {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "%s exists already; name a new file", path)
	}
	source, err := openConn(e.path, sqlite3.OPEN_READWRITE)
	if err != nil {
		return fmt.Errorf("open %s: %w", e.path, err)
	}
	defer source.close()
	return copyDatabase(ctx, source.conn, path, progress)
}

func (e *sqlite) close() (err error) {
	e.once.Do(func() {
		e.stop()
		e.stopped.Wait()
		err = errors.Join(e.writer.close(), e.closeReaders())
	})
	return err
}

// fillPool opens a pool's connections.
func fillPool(pool chan *sqliteConn, path string) error {
	for range cap(pool) {
		conn, err := openConn(path, sqlite3.OPEN_READWRITE, fmt.Sprintf("PRAGMA cache_size=-%d", readerCacheKiB), "PRAGMA query_only=1")
		if err != nil {
			return err
		}
		pool <- conn
	}
	return nil
}

// closeReaders closes the connections of both pools, and waits for reads that are
// under way.
func (e *sqlite) closeReaders() (err error) {
	for _, pool := range []chan *sqliteConn{e.lookers, e.readers} {
		for range cap(pool) {
			select {
			case conn := <-pool:
				err = errors.Join(err, conn.close())
			case <-time.After(readTimeout):
				return errors.Join(err, errors.New("a read is still under way"))
			}
		}
	}
	return err
}

// unavailable marks a failure of the database itself.
func unavailable(err error) error {
	return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the database cannot be reached or written; try again", Err: err}
}

// domainError keeps errors that are meant for the caller, and marks those of
// SQLite by their result code.
func domainError(err error) error {
	var domain *tollkeeper.Error
	var code sqlite3.ErrorCode
	switch {
	case err == nil, errors.As(err, &domain):
		return err
	case errors.Is(err, sqlite3.FULL):
		return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the disk is full", Err: err}
	case errors.As(err, &code):
		switch code {
		case sqlite3.INTERRUPT:
			return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the query took too long; narrow it down", Err: err}
		case sqlite3.BUSY, sqlite3.LOCKED, sqlite3.IOERR, sqlite3.CANTOPEN, sqlite3.PROTOCOL, sqlite3.NOMEM:
			return unavailable(err)
		}
	}
	return tollkeeper.Internal("database", err)
}
