package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tollkeeper"
)

// postgresTx gathers statements and sends them together: with the next one whose
// answer the work waits for, or with the end of the transaction.
type postgresTx struct {
	ctx       context.Context // nil: every round trip has roundTrip
	conn      *pgx.Conn
	verbs     *placeholders
	roundTrip time.Duration
	writes    bool
	queue     []statement
	sent      int64 // statements since the connection was made
	failed    error // that of a statement, which ended the transaction
	given     bool  // the work has been given a row
	notes
}

type statement struct {
	query string
	args  []any
	each  func(row) error // nil: only the number of rows counts
	rows  *int64
}

// maxQueue bounds the statements that wait.
const maxQueue = 2000

func (t *postgresTx) later(each func(row) error, query string, args ...any) error {
	t.queue = append(t.queue, statement{query: query, args: args, each: each})
	t.sent++
	if len(t.queue) >= maxQueue {
		return t.flush()
	}
	return nil
}

func (t *postgresTx) query(each func(row) error, query string, args ...any) error {
	t.queue = append(t.queue, statement{query: query, args: args, each: each})
	return t.flush()
}

func (t *postgresTx) exec(query string, args ...any) (rows int64, err error) {
	t.queue = append(t.queue, statement{query: query, args: args, rows: &rows})
	t.sent++
	err = t.flush()
	return rows, err
}

// flush sends what waits and reads the answers. An error leaves the transaction
// failed, unless it comes from a reader of rows.
func (t *postgresTx) flush() (err error) {
	if len(t.queue) == 0 {
		return nil
	}
	ctx := t.ctx
	if ctx == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.Background(), t.roundTrip)
		defer cancel()
	}
	queue := t.queue
	t.queue = t.queue[:0]
	batch := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, len(queue))}
	for i := range queue {
		batch.Queue(t.verbs.number(queue[i].query), pgArguments(queue[i].args)...)
	}
	results := t.conn.SendBatch(ctx, batch)
	for i := range queue {
		if err = t.answer(results, &queue[i]); err != nil {
			break
		}
	}
	if closeErr := results.Close(); err == nil && closeErr != nil {
		err = closeErr
		t.failed = err
	}
	return err
}

func (t *postgresTx) answer(results pgx.BatchResults, s *statement) error {
	if s.each == nil {
		tag, err := results.Exec()
		if err != nil {
			t.failed = fmt.Errorf("%s: %w", s.query, err)
			return t.failed
		}
		if s.rows != nil {
			*s.rows = tag.RowsAffected()
		}
		return nil
	}
	rows, err := results.Query()
	if err == nil {
		var faults error
		r := &postgresRow{rows: rows}
		for rows.Next() && faults == nil {
			t.given = true
			faults = s.each(r)
		}
		rows.Close()
		if faults != nil {
			return faults
		}
		err = rows.Err()
	}
	if err != nil {
		t.failed = fmt.Errorf("%s: %w", s.query, err)
		return t.failed
	}
	return nil
}

// snapshot runs work that changes nothing, in a transaction that begins so; without one for
// "".
func (t *postgresTx) snapshot(begin string, work func(tx) error) error {
	if begin == "" {
		return errors.Join(work(t), t.flush())
	}
	t.later(nil, begin)
	if err := work(t); err != nil {
		t.queue = nil
		t.exec("ROLLBACK")
		return err
	}
	_, err := t.exec("COMMIT")
	return err
}

// rollback ends the transaction without its statements that still wait.
func (t *postgresTx) rollback() error {
	t.queue = t.queue[:0]
	if t.conn.IsClosed() {
		return nil
	}
	_, err := t.exec("ROLLBACK")
	t.failed = nil
	return err
}

func (t *postgresTx) customerKey(id tollkeeper.ID) (string, []any) { return "id = ?", []any{id} }

func (t *postgresTx) locked() string {
	if t.writes {
		return " FOR UPDATE"
	}
	return ""
}

// pgArguments turns parameters into what the driver knows best.
func pgArguments(args []any) []any {
	values := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case tollkeeper.ID:
			values[i] = v[:]
		case tollkeeper.Micros:
			values[i] = int64(v)
		case int:
			values[i] = int64(v)
		case int32:
			values[i] = int64(v)
		case bool:
			values[i] = int64(0)
			if v {
				values[i] = int64(1)
			}
		case []byte:
			values[i] = v
			if v == nil {
				values[i] = nil
			}
		default:
			values[i] = arg
		}
	}
	return values
}

// placeholders remembers queries with numbered parameters.
type placeholders struct {
	mu    sync.Mutex
	known map[string]string
}

// maxPlaceholders bounds what is remembered: find queries come in countless shapes.
const maxPlaceholders = 2000

// number writes each ? of a query as $1, $2 and so on. No query has a ? in a text.
func (p *placeholders) number(query string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if numbered, known := p.known[query]; known {
		return numbered
	}
	if len(p.known) >= maxPlaceholders || p.known == nil {
		p.known = map[string]string{}
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	p.known[query] = b.String()
	return p.known[query]
}

// postgresRow reads the binary form of the row that rows stand on.
type postgresRow struct {
	rows pgx.Rows
}

func (r *postgresRow) raw(i int) []byte { return r.rows.RawValues()[i] }

func (r *postgresRow) null(i int) bool   { return r.raw(i) == nil }
func (r *postgresRow) text(i int) string { return string(r.raw(i)) }

func (r *postgresRow) int(i int) int64 {
	raw := r.raw(i)
	if raw == nil {
		return 0
	}
	switch r.rows.FieldDescriptions()[i].DataTypeOID {
	case pgtype.Int8OID:
		return int64(binary.BigEndian.Uint64(raw))
	case pgtype.Int4OID:
		return int64(int32(binary.BigEndian.Uint32(raw)))
	case pgtype.Int2OID:
		return int64(int16(binary.BigEndian.Uint16(raw)))
	case pgtype.BoolOID:
		return int64(raw[0])
	case pgtype.NumericOID: // a sum
		var n pgtype.Numeric
		if pgtype.NewMap().Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, raw, &n) == nil {
			if v, err := n.Int64Value(); err == nil {
				return v.Int64
			}
		}
	}
	panic(fmt.Sprintf("column %d is no number", i))
}

func (r *postgresRow) blob(i int) []byte {
	if raw := r.raw(i); raw != nil {
		return append([]byte{}, raw...)
	}
	return nil
}

func (r *postgresRow) id(i int) (id tollkeeper.ID) {
	copy(id[:], r.raw(i))
	return id
}
