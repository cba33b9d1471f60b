package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"tollkeeper"
)

//go:embed schema
var schemas embed.FS

// schemaSteps are the files of an engine's schema, in their order. Steps are only
// ever added, and each works with the previous release still running.
func schemaSteps(engine string) ([]string, error) { return fs.Glob(schemas, "schema/"+engine+"/*.sql") }

// runStep runs the statements of one step.
func runStep(t tx, name string) error {
	step, err := schemas.ReadFile(name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(step), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := t.exec(statement); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}

// schemaTooNew is the error about a database that a newer release has migrated.
func schemaTooNew(is, known int64) error {
	return tollkeeper.Errorf(tollkeeper.CodeConflict, "the database was made by a newer release (schema %d; this one knows %d)", is, known)
}

// Schema reports how many steps the schema of a database has run, and how many this
// release knows. It changes nothing.
func Schema(ctx context.Context, config Config) (done, known int64, err error) {
	e, err := openEngine(ctx, config, nil)
	if err != nil {
		return 0, 0, err
	}
	done, known, err = e.schema(ctx)
	return done, known, errors.Join(err, e.close())
}

// schema is a number that SQLite keeps in its file.
func (e *sqlite) schema(ctx context.Context) (done, known int64, err error) {
	steps, err := schemaSteps("sqlite")
	if err != nil {
		return 0, 0, err
	}
	err = e.read(ctx, func(t tx) (err error) {
		done, err = count(t, "PRAGMA user_version")
		return err
	})
	return done, int64(len(steps)), err
}

// migrate runs the steps that are missing, one transaction each.
func (e *sqlite) migrate(ctx context.Context) error {
	steps, err := schemaSteps("sqlite")
	if err != nil {
		return err
	}
	done, known, err := e.schema(ctx)
	if err != nil {
		return err
	}
	if done > known {
		return schemaTooNew(done, known)
	}
	for _, step := range steps[done:] {
		done++
		err = e.write(ctx, func(t tx) error {
			if err := runStep(t, step); err != nil {
				return err
			}
			_, err := t.exec(fmt.Sprintf("PRAGMA user_version = %d", done))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
