package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// CopyProgress is told how far a copy has come: "copying" and then "comparing" rows.
type CopyProgress func(doing string, done, total int64)

// Copied is what a copy has carried.
type Copied struct {
	Tables, Rows int64
}

// Copy carries everything in one database to another, one of which is in PostgreSQL, and
// then compares every row. Neither is served meanwhile. A copy that was interrupted goes
// on where it stopped; until it is whole, Open refuses it.
func Copy(ctx context.Context, from, to Config, progress CopyProgress) (done Copied, err error) {
	if from.Database == "" && to.Database == "" {
		return done, tollkeeper.Errorf(tollkeeper.CodeInvalid, "copy between an embedded database and PostgreSQL, or between two of PostgreSQL; tollkeeper backup copies an embedded one")
	}
	c := &copying{progress: progress}
	if c.from, err = Open(ctx, from); err != nil {
		return done, fmt.Errorf("open the source: %w", err)
	}
	defer func() { err = errors.Join(err, c.from.Close()) }()
	if c.to, err = openPart(ctx, to); err != nil {
		return done, fmt.Errorf("open the target: %w", err)
	}
	defer func() { err = errors.Join(err, c.to.Close()) }()
	if err := c.plan(ctx, from.Database != ""); err != nil {
		return done, err
	}
	if err := c.begin(ctx, sourceName(from)); err != nil {
		return done, err
	}
	for _, phase := range []func(context.Context) error{c.carry, c.compare, c.finish} {
		if err := phase(ctx); err != nil {
			return done, err
		}
	}
	return Copied{int64(len(c.tables)), c.total}, nil
}

// sourceName tells sources apart without giving away a password.
func sourceName(c Config) string {
	if c.Database == "" {
		return c.Folder
	}
	if _, address, found := strings.Cut(c.Database, "@"); found {
		return address
	}
	return c.Database
}

// copying is one run of Copy.
type copying struct {
	from, to *Store
	progress CopyProgress
	tables   []*copyTable
	total    int64 // rows of all tables
}

// Limits of what is held in memory at a time.
const (
	copyRows  = 1000
	copyBytes = 8 << 20
)

// plan finds out what there is to carry.
func (c *copying) plan(ctx context.Context, fromPostgres bool) (err error) {
	shape, other := c.from, c.to // the keys are those of PostgreSQL
	if !fromPostgres {
		shape, other = c.to, c.from
	}
	if c.tables, err = carriedTables(ctx, shape); err != nil {
		return err
	}
	if err := sameTables(ctx, c.tables, other); err != nil {
		return err
	}
	for _, s := range []*Store{c.from, c.to} {
		if err := s.mustRest(ctx); err != nil {
			return err
		}
	}
	_, toEmbedded := c.to.engine.(*sqlite)
	return c.from.engine.readLong(ctx, func(t tx) error {
		if toEmbedded {
			if err := mustFit(t); err != nil {
				return err
			}
		}
		c.total = 0
		for _, table := range c.tables {
			n, err := count(t, "SELECT COUNT(*) FROM "+table.name)
			if err != nil {
				return err
			}
			c.total += n
		}
		return nil
	})
}

// mustFit makes sure that every customer has a row of the embedded database (rowOf).
func mustFit(t tx) error {
	var alike string
	err := t.query(func(r row) error { alike = r.id(0).String() + " and " + r.id(1).String(); return nil },
		"SELECT MIN(id::text)::bytea, MAX(id::text)::bytea FROM customers GROUP BY substring(id FROM 1 FOR 7) HAVING COUNT(*) > 1 LIMIT 1")
	if err == nil && alike != "" {
		err = tollkeeper.Errorf(tollkeeper.CodeConflict, "the embedded database cannot hold both customers %s: their ids agree in the first 7 bytes", alike)
	}
	return err
}

// mustRest makes sure that no node works with the database.
func (s *Store) mustRest(ctx context.Context) error {
	return s.engine.read(ctx, func(t tx) error {
		busy, err := exists(t, "SELECT 1 FROM leases WHERE until > ?", millis(time.Now()))
		if err == nil && busy {
			err = tollkeeper.Errorf(tollkeeper.CodeConflict, "a server works with the database; stop it first (one that was killed is taken for gone after 15 seconds)")
		}
		return err
	})
}

// begin marks the target, which must be new or marked with the same source. What a new
// one has in it is from its schema, and comes again from the source.
func (c *copying) begin(ctx context.Context, source string) error {
	return c.to.engine.write(ctx, func(t tx) error {
		var marked string
		if err := t.query(func(r row) error { marked = r.text(0); return nil }, "SELECT source FROM copying"); err != nil {
			return err
		}
		if marked == source {
			return nil
		}
		if marked != "" {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the target is an unfinished copy of %s; finish that, or begin with a new database", marked)
		}
		used, err := exists(t, "SELECT 1 FROM users UNION ALL SELECT 1 FROM customers UNION ALL SELECT 1 FROM audit LIMIT 1")
		if err != nil {
			return err
		}
		if used {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the target is in use already; copy to a new database")
		}
		for _, table := range c.tables {
			if err := t.later(nil, "DELETE FROM "+table.name); err != nil {
				return err
			}
		}
		return t.later(nil, "INSERT INTO copying (id, source) VALUES (1, ?)", source)
	})
}

// carry copies table after table, each in the order of its key, so that what is there
// already is always the beginning.
func (c *copying) carry(ctx context.Context) error {
	if err := c.makeMonths(ctx); err != nil {
		return err
	}
	var done int64
	for _, table := range c.tables {
		var after []any
		err := c.to.engine.readLong(ctx, func(t tx) (err error) {
			n, err := count(t, "SELECT COUNT(*) FROM "+table.name)
			done += n
			if err == nil {
				after, err = table.last(t)
			}
			return err
		})
		if err != nil {
			return err
		}
		for {
			rows, err := table.read(ctx, c.from, after)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			if err := c.write(ctx, table, rows); err != nil {
				return fmt.Errorf("copy %s: %w", table.name, err)
			}
			after = table.keyOf(rows[len(rows)-1])
			done += int64(len(rows))
			c.progress("copying", done, c.total)
		}
	}
	return nil
}

// makeMonths makes room for old records where the target divides them by months.
func (c *copying) makeMonths(ctx context.Context) error {
	oldest := c.from.now()
	err := c.from.engine.read(ctx, func(t tx) error {
		for _, table := range []string{"transfers", "cdrs"} {
			err := t.query(func(r row) error {
				if at := r.id(0).Time(); at.Before(oldest) {
					oldest = at
				}
				return nil
			}, "SELECT id FROM "+table+" ORDER BY id LIMIT 1")
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = c.to.engine.prepareMonths(ctx, oldest, c.from.now())
	}
	return err
}

// write adds rows to the target. Customers and transcripts are also made searchable.
func (c *copying) write(ctx context.Context, table *copyTable, rows [][]any) error {
	return c.to.engine.write(ctx, func(t tx) error {
		if table.name == "customers" {
			return writeCustomers(t, table, rows)
		}
		if err := table.rows.insert(t, slices.Concat(rows...)); err != nil || table.name != "transcripts" {
			return err
		}
		customer, id := slices.Index(table.columns, "customer"), slices.Index(table.columns, "id")
		for _, values := range rows {
			if err := t.indexTranscript(tollkeeper.ID(values[customer].([]byte)), tollkeeper.ID(values[id].([]byte))); err != nil {
				return err
			}
		}
		return nil
	})
}

func writeCustomers(t tx, table *copyTable, rows [][]any) error {
	at := func(column string) int { return slices.Index(table.columns, column) }
	id, name, site := at("id"), at("name"), at("website_url")
	for _, values := range rows {
		customer := tollkeeper.ID(values[id].([]byte))
		if err := t.insertAccount(customer, strings.Join(table.columns, ", "), values); err != nil {
			return err
		}
		text := query.Fold(values[name].(string))
		if address, given := values[site].(string); given {
			text += gramSeparator + query.Fold(address)
		}
		if err := t.index(customer, "", text); err != nil {
			return err
		}
	}
	return nil
}

// compare reads both databases again, side by side.
func (c *copying) compare(ctx context.Context) error {
	var done int64
	for _, table := range c.tables {
		for after := []any(nil); ; {
			source, err := table.read(ctx, c.from, after)
			if err != nil {
				return err
			}
			target, err := table.read(ctx, c.to, after)
			if err != nil {
				return err
			}
			if err := table.same(source, target); err != nil {
				return err
			}
			if len(source) == 0 {
				break
			}
			after = table.keyOf(source[len(source)-1])
			done += int64(len(source))
			c.progress("comparing", done, c.total)
		}
	}
	return nil
}

// finish lets servers have the target.
func (c *copying) finish(ctx context.Context) error {
	return c.to.engine.write(ctx, func(t tx) error {
		_, err := t.exec("DELETE FROM copying")
		return err
	})
}

// mustBeWhole refuses a copy that is not finished.
func (s *Store) mustBeWhole(ctx context.Context) error {
	return s.engine.look(ctx, func(t tx) error {
		source := ""
		err := t.query(func(r row) error { source = r.text(0); return nil }, "SELECT source FROM copying")
		if err == nil && source != "" {
			err = tollkeeper.Errorf(tollkeeper.CodeConflict, "the database is an unfinished copy of %s; run tollkeeper copy again to finish it", source)
		}
		return err
	})
}
