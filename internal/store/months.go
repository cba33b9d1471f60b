package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tollkeeper"
)

// PrepareMonths makes room for the records of this month and the next ones, and gives
// up months that are empty again. It returns how many tables it has made and dropped.
// The embedded database keeps its records in the order of their ids, and has none.
func (s *Store) PrepareMonths(ctx context.Context) (changed int, err error) {
	now := s.now()
	return s.engine.prepareMonths(ctx, now, now)
}

func (e *sqlite) prepareMonths(context.Context, time.Time, time.Time) (int, error) { return 0, nil }

const (
	// monthsAhead is so many that a job which does not run for weeks does no harm.
	monthsAhead = 3
	// maxMonths bounds how many months are made for old records; what is older goes to
	// the rest.
	maxMonths = 240
)

// month is a part of a table that is divided by the ids of its rows.
type month struct {
	table string
	begin time.Time
}

func monthOf(table string, t time.Time) month {
	t = t.UTC()
	return month{table, time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)}
}

func (m month) after(n int) month { return month{m.table, m.begin.AddDate(0, n, 0)} }
func (m month) name() string      { return m.table + m.begin.Format("_2006_01") }

// bound is the id that a month begins with, as SQL.
func (m month) bound() string {
	id := tollkeeper.IDAt(m.begin)
	return `'\x` + hex.EncodeToString(id[:]) + "'"
}

func (e *postgres) prepareMonths(ctx context.Context, from, now time.Time) (changed int, err error) {
	var missing, over []month
	plan := func(t tx) (err error) {
		missing, over, err = planMonths(t, from, now)
		return err
	}
	if err := e.look(ctx, plan); err != nil || len(missing)+len(over) == 0 {
		return 0, err
	}
	conn, err := e.connect(ctx, e.alone)
	if err != nil {
		return 0, e.domainError(err)
	}
	defer conn.Close(context.Background())
	err = pgx.BeginFunc(ctx, conn, func(pgx.Tx) error {
		t := &postgresTx{ctx: ctx, conn: conn, verbs: &e.verbs}
		t.later(nil, "SET LOCAL lock_timeout = "+pgMillis(schemaLock))
		t.later(nil, takeTurn)
		if err := plan(t); err != nil {
			return err
		}
		changed, err = changeMonths(t, missing, over)
		return err
	})
	return changed, e.domainError(err)
}

func changeMonths(t tx, missing, over []month) (changed int, err error) {
	for _, m := range missing {
		if err := m.make(t); err != nil {
			return changed, err
		}
		changed++
	}
	for _, m := range over {
		dropped, err := m.drop(t)
		if err != nil {
			return changed, err
		}
		if dropped {
			changed++
		}
	}
	return changed, nil
}

// planMonths finds the months that are to be made, and those that are over and may be
// empty. A call that began in the last month may still end.
func planMonths(t tx, from, now time.Time) (missing, over []month, err error) {
	tables, err := monthTables(t)
	for table, known := range tables {
		this := monthOf(table, now)
		first := monthOf(table, from)
		if earliest := this.after(-maxMonths); first.begin.Before(earliest.begin) {
			first = earliest
		}
		for m := first; m.begin.Before(this.after(monthsAhead).begin); m = m.after(1) {
			if !known[m.name()] {
				missing = append(missing, m)
			}
		}
		for name := range known {
			begin, err := time.Parse("_2006_01", strings.TrimPrefix(name, table))
			if m := (month{table, begin}); err == nil && begin.Before(this.after(-1).begin) {
				used, err := m.used(t)
				if err != nil {
					return nil, nil, err
				}
				if !used {
					over = append(over, m)
				}
			}
		}
	}
	return missing, over, err
}

// monthTables finds the tables that are divided by months, and their parts.
func monthTables(t tx) (map[string]map[string]bool, error) {
	tables := map[string]map[string]bool{}
	return tables, t.query(func(r row) error {
		table := r.text(0)
		if tables[table] == nil {
			tables[table] = map[string]bool{}
		}
		tables[table][r.text(1)] = true
		return nil
	}, `SELECT p.relname::text, c.relname::text FROM pg_partitioned_table d JOIN pg_class p ON p.oid = d.partrelid
 JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
 WHERE d.partstrat = 'r' AND p.relnamespace = current_schema()::regnamespace`)
}

// make makes a month beside the table and then a part of it, which takes no lock that
// the table's readers and writers would wait for.
func (m month) make(t tx) error {
	if _, err := t.exec(fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)", m.name(), m.table)); err != nil {
		return err
	}
	_, err := t.exec(fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)", m.table, m.name(), m.bound(), m.after(1).bound()))
	return err
}

func (m month) used(t tx) (bool, error) { return exists(t, "SELECT 1 FROM "+m.name()+" LIMIT 1") }

// drop drops a month unless it has got a row. Whatever would still belong there goes to
// the rest.
func (m month) drop(t tx) (bool, error) {
	if _, err := t.exec("LOCK TABLE " + m.name() + " IN ACCESS EXCLUSIVE MODE"); err != nil {
		return false, err
	}
	if used, err := m.used(t); err != nil || used {
		return false, err
	}
	_, err := t.exec("DROP TABLE " + m.name())
	return err == nil, err
}
