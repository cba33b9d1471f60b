package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresSession is the connection of a node's writes other than batches of calls.
type postgresSession struct {
	postgresTx
	engine *postgres
}

// begin waits for the turn to write, with the first statement.
func (s *postgresSession) begin() error {
	s.queue, s.failed = s.queue[:0], nil
	s.later(nil, "BEGIN")
	return s.later(nil, takeTurn)
}

const takeTurn = "SELECT id FROM turn WHERE id = 1 FOR UPDATE"

func (s *postgresSession) commit() error {
	_, err := s.exec("COMMIT")
	if err != nil {
		s.rollback()
	}
	return err
}

func (s *postgresSession) written() int64              { return s.sent }
func (s *postgresSession) lost() error                 { return s.failed }
func (s *postgresSession) noted() *notes               { return &s.notes }
func (s *postgresSession) domainError(err error) error { return s.engine.domainError(err) }
func (s *postgresSession) spoiled() bool               { return s.conn.IsClosed() }
func (s *postgresSession) close() error                { return s.conn.Close(context.Background()) }

// repeatable is what the database has answered with an error, and what it was not
// asked to commit when the connection broke.
func (s *postgresSession) repeatable(err error, asked, alone bool) bool {
	var failure *pgconn.PgError
	switch {
	case asked && !errors.As(err, &failure):
		return false
	case alone:
		return inTheWay(err)
	default:
		return true
	}
}
