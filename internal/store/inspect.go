package store

import (
	"context"
	"errors"
	"time"
)

// Condition is what a look at a database has found, without opening it for work.
type Condition struct {
	Engine       string    // SQLite or PostgreSQL
	Version      string    // of the engine
	Steps, Known int64     // steps of the schema that were run, and that this release has
	Clock        time.Time // of the database server; zero where it has none of its own
	Forgets      []string  // settings by which a crash of the machine loses what was answered
}

// Inspect looks at a database, and changes nothing.
func Inspect(ctx context.Context, config Config) (c Condition, err error) {
	e, err := openEngine(ctx, config, nil)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if c.Steps, c.Known, err = e.schema(ctx); err != nil {
		return c, err
	}
	return c, e.inspect(ctx, &c)
}

func (e *sqlite) inspect(ctx context.Context, c *Condition) error {
	c.Engine = "SQLite"
	return e.read(ctx, func(t tx) error {
		return t.query(func(r row) error { c.Version = r.text(0); return nil }, "SELECT sqlite_version()")
	})
}

// durability are the settings of PostgreSQL without which an answer may be lost.
var durability = []string{"fsync", "synchronous_commit", "full_page_writes"}

func (e *postgres) inspect(ctx context.Context, c *Condition) error {
	c.Engine = "PostgreSQL"
	return e.read(ctx, func(t tx) error {
		c.Forgets = nil
		return t.query(func(r row) error {
			c.Version, c.Clock = r.text(0), fromMillis(r.int(1))
			for i, setting := range durability {
				if r.text(2+i) == "off" {
					c.Forgets = append(c.Forgets, setting)
				}
			}
			return nil
		}, `SELECT current_setting('server_version'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
 current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')`)
	})
}
