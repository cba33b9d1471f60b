package store

import (
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"tollkeeper"
)

// sqliteConn is one connection with its prepared statements. It serves one
// goroutine at a time.
type sqliteConn struct {
	conn       *sqlite3.Conn
	statements map[string]*sqlite3.Stmt
	notes
}

// maxStatements bounds the prepared statements of a connection. Find queries
// come in countless shapes; when the bound is reached all are made anew.
const maxStatements = 500

func (c *sqliteConn) prepare(query string) (*sqlite3.Stmt, error) {
	if s := c.statements[query]; s != nil {
		return s, nil
	}
	if len(c.statements) >= maxStatements {
		for _, s := range c.statements {
			s.Close()
		}
		clear(c.statements)
	}
	s, tail, err := c.conn.PrepareFlags(query, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	if tail != "" {
		return nil, errors.Join(fmt.Errorf("prepare %q: more than one statement", query), s.Close())
	}
	c.statements[query] = s
	return s, nil
}

func (c *sqliteConn) exec(query string, args ...any) (int64, error) {
	s, err := c.bound(query, args)
	if err != nil {
		return 0, err
	}
	for s.Step() {
	}
	if err := s.Reset(); err != nil {
		return 0, fmt.Errorf("%s: %w", query, err)
	}
	return c.conn.Changes(), nil
}

func (c *sqliteConn) query(each func(row) error, query string, args ...any) error {
	s, err := c.bound(query, args)
	if err != nil {
		return err
	}
	for s.Step() {
		if err := each(sqliteRow{s}); err != nil {
			s.Reset()
			return err
		}
	}
	if err := s.Reset(); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}

// later waits for nothing: there is no round trip to spare.
func (c *sqliteConn) later(each func(row) error, query string, args ...any) error {
	if each == nil {
		_, err := c.exec(query, args...)
		return err
	}
	return c.query(each, query, args...)
}

func (c *sqliteConn) bound(query string, args []any) (*sqlite3.Stmt, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	for i, arg := range args {
		if err := bind(s, i+1, arg); err != nil {
			return nil, fmt.Errorf("%s: parameter %d: %w", query, i+1, err)
		}
	}
	return s, nil
}

func bind(s *sqlite3.Stmt, i int, arg any) error {
	switch v := arg.(type) {
	case nil:
		return s.BindNull(i)
	case int64:
		return s.BindInt64(i, v)
	case int:
		return s.BindInt64(i, int64(v))
	case int32:
		return s.BindInt64(i, int64(v))
	case tollkeeper.Micros:
		return s.BindInt64(i, int64(v))
	case bool:
		return s.BindBool(i, v)
	case string:
		return s.BindText(i, v)
	case []byte:
		if v == nil {
			return s.BindNull(i)
		}
		return s.BindBlob(i, v)
	case tollkeeper.ID:
		return s.BindBlob(i, v[:])
	}
	return fmt.Errorf("unforeseen type %T", arg)
}

func (c *sqliteConn) close() error {
	for _, s := range c.statements {
		s.Close()
	}
	return c.conn.Close()
}

// sqliteRow reads the row its statement stands on.
type sqliteRow struct{ s *sqlite3.Stmt }

func (r sqliteRow) null(i int) bool   { return r.s.ColumnType(i) == sqlite3.NULL }
func (r sqliteRow) int(i int) int64   { return r.s.ColumnInt64(i) }
func (r sqliteRow) text(i int) string { return r.s.ColumnText(i) }

func (r sqliteRow) blob(i int) []byte {
	if raw := r.s.ColumnRawBlob(i); raw != nil {
		return append([]byte{}, raw...)
	}
	return nil
}

func (r sqliteRow) id(i int) (id tollkeeper.ID) {
	copy(id[:], r.s.ColumnRawBlob(i))
	return id
}
