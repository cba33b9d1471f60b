package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// schema is a number in a table, which a database that is new does not have.
func (e *postgres) schema(ctx context.Context) (done, known int64, err error) {
	steps, err := schemaSteps("postgres")
	if err != nil {
		return 0, 0, err
	}
	err = e.read(ctx, func(t tx) error {
		made, err := exists(t, "SELECT 1 WHERE to_regclass('schema_version') IS NOT NULL")
		if err == nil && made {
			done, err = count(t, "SELECT COALESCE(MAX(version), 0) FROM schema_version")
		}
		return err
	})
	return done, int64(len(steps)), err
}

// migrationKey is the key of the lock under which schemas are migrated: "toll".
const migrationKey = 0x746F6C6C

// schemaLock bounds how long calls wait behind a change of the schema that waits for a long
// query, and is how long they have before a step is tried again.
const schemaLock = time.Second

// migrate runs the steps that are missing, one transaction each, while other nodes
// that start wait for it.
func (e *postgres) migrate(ctx context.Context) error {
	done, known, err := e.schema(ctx)
	if err != nil {
		return err
	}
	if done > known {
		return schemaTooNew(done, known)
	}
	if done == known {
		return nil
	}
	conn, err := e.connect(ctx, e.alone)
	if err != nil {
		return e.domainError(err)
	}
	defer conn.Close(context.Background())
	if err := migrateLocked(ctx, conn); err != nil {
		return fmt.Errorf("migrate the database: %w", e.domainError(err))
	}
	return nil
}

func migrateLocked(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationKey); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)"); err != nil {
		return err
	}
	var done int64
	if err := conn.QueryRow(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_version").Scan(&done); err != nil {
		return err
	}
	steps, err := schemaSteps("postgres")
	if err != nil {
		return err
	}
	for _, step := range steps[min(int(done), len(steps)):] {
		done++
		err := migrateStep(ctx, conn, step, done)
		for ; inTheWay(err) && ctx.Err() == nil; err = migrateStep(ctx, conn, step, done) {
			time.Sleep(schemaLock) // calls go on meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func migrateStep(ctx context.Context, conn *pgx.Conn, step string, number int64) error {
	return pgx.BeginFunc(ctx, conn, func(pgx.Tx) error {
		t := &postgresTx{ctx: ctx, conn: conn, verbs: &placeholders{}}
		t.later(nil, "SET LOCAL lock_timeout = "+pgMillis(schemaLock))
		if err := runStep(t, step); err != nil {
			return err
		}
		_, err := t.exec("INSERT INTO schema_version (version) VALUES (?)", number)
		return err
	})
}
