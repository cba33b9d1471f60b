package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"tollkeeper"
)

//go:embed schema
var schemas embed.FS

// migrate brings the schema up to date, one transaction per step. Steps are
// only ever added, and each works with the previous release still running.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := fs.Glob(schemas, "schema/sqlite/*.sql")
	if err != nil {
		return err
	}
	var done int64
	err = s.engine.read(ctx, func(t tx) (err error) {
		done, err = count(t, "PRAGMA user_version")
		return err
	})
	if err != nil {
		return err
	}
	if done > int64(len(steps)) {
		return tollkeeper.Errorf(tollkeeper.CodeConflict,
			"the database was made by a newer release (schema %d; this one knows %d)", done, len(steps))
	}
	for i := done; i < int64(len(steps)); i++ {
		step, err := schemas.ReadFile(steps[i])
		if err != nil {
			return err
		}
		err = s.engine.write(ctx, func(t tx) error { return runStep(t, string(step), i+1) })
		if err != nil {
			return fmt.Errorf("migration %s: %w", steps[i], err)
		}
	}
	return nil
}

func runStep(t tx, step string, version int64) error {
	for statement := range strings.SplitSeq(step, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := t.exec(statement + ";"); err != nil {
			return err
		}
	}
	_, err := t.exec(fmt.Sprintf("PRAGMA user_version = %d", version))
	return err
}
