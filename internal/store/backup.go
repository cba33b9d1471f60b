package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ncruces/go-sqlite3"
)

// backupPages is how many pages are copied at a time: few enough that progress
// shows, many enough that the copy is not slowed.
const backupPages = 2_000

// copyDatabase copies what is committed in source to a new file. The copy is
// made under another name first, so that a file with the right name is whole.
func copyDatabase(ctx context.Context, source *sqlite3.Conn, path string, progress func(done, total int)) (err error) {
	partial := path + ".partial"
	if err := os.Remove(partial); err != nil && !isMissing(err) {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(partial)
		}
	}()
	// One read transaction over the whole copy: writers go on, and the copy is of
	// one moment.
	if err := source.Exec("BEGIN; SELECT 1 FROM sqlite_schema"); err != nil {
		return fmt.Errorf("begin the copy: %w", err)
	}
	defer source.Exec("ROLLBACK")
	b, err := source.BackupInit("main", partial)
	if err != nil {
		return fmt.Errorf("begin the copy: %w", err)
	}
	for done := false; !done && err == nil; {
		if done, err = b.Step(backupPages); progress != nil {
			progress(b.PageCount()-b.Remaining(), b.PageCount())
		}
		err = errors.Join(err, ctx.Err())
	}
	if err = errors.Join(err, b.Close()); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := syncFile(partial); err != nil {
		return err
	}
	return os.Rename(partial, path)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
