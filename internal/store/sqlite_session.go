package store

import (
	"errors"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"
)

// sqliteLog is how far the write-ahead log has grown, and whether it is time to
// finish a checkpoint: one in the background is done but for what came in meanwhile.
type sqliteLog struct {
	pages  atomic.Int64
	finish atomic.Bool
}

// sqliteSession is the connection that writes.
type sqliteSession struct {
	*sqliteConn
	log *sqliteLog
}

func newSQLiteSession(path string, log *sqliteLog) (session, error) {
	conn, err := openWriter(path)
	if err != nil {
		return nil, err
	}
	conn.conn.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error {
		log.pages.Store(int64(pages))
		return nil
	})
	return &sqliteSession{conn, log}, nil
}

func (s *sqliteSession) begin() error    { return s.end("BEGIN IMMEDIATE") }
func (s *sqliteSession) rollback() error { return s.end("ROLLBACK") }

func (s *sqliteSession) end(statement string) error {
	if _, err := s.exec(statement); err != nil {
		return unavailable(err)
	}
	return nil
}

func (s *sqliteSession) commit() error {
	if err := s.end("COMMIT"); err != nil {
		s.exec("ROLLBACK")
		return err
	}
	s.shortenLog()
	return nil
}

// shortenLog finishes a checkpoint. Nothing is written meanwhile, so the log is
// then copied whole and the next commit begins it anew. When the background has
// done nothing for long, the writer does all of it.
func (s *sqliteSession) shortenLog() {
	if s.log.finish.Load() || s.log.pages.Load() > 10*checkpointPages {
		s.query(func(row) error { return nil }, "PRAGMA wal_checkpoint(PASSIVE)")
		s.log.pages.Store(0)
		s.log.finish.Store(false)
	}
}

func (s *sqliteSession) written() int64                    { return s.conn.TotalChanges() }
func (s *sqliteSession) noted() *notes                     { return &s.notes }
func (s *sqliteSession) domainError(err error) error       { return domainError(err) }
func (s *sqliteSession) repeatable(error, bool, bool) bool { return false }

// lost tells when SQLite has rolled back by itself: disk full, I/O error.
func (s *sqliteSession) lost() error {
	if s.conn.GetAutocommit() {
		return errRolledBack
	}
	return nil
}

var errRolledBack = errors.New("the transaction was rolled back")

// spoiled is always so: after a failed fsync nothing that a connection has cached
// can be trusted.
func (s *sqliteSession) spoiled() bool { return true }
