package store

import (
	"sync"

	"github.com/ncruces/go-sqlite3/vfs"
)

// SQLite writes its log in pieces, two for every page of a commit: a header and
// the page. They follow each other without a gap, so logFile gathers them and
// hands the operating system all of a commit at once, when SQLite asks for the
// fsync. Only the connection that writes uses it. Nobody else looks at what it
// gathers: SQLite tells of a commit's pages when they have been synced.

// logSystem is the file system of the writing connection.
type logSystem struct{ vfs.VFSFilename }

// logSystemName is the name under which SQLite finds logSystem.
var logSystemName = sync.OnceValue(func() string {
	const name = "gathered-log"
	vfs.Register(name, logSystem{vfs.Find("os").(vfs.VFSFilename)})
	return name
})

// OpenFilename opens a file, and the log as a logFile.
func (s logSystem) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, opened, err := s.VFSFilename.OpenFilename(name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = &logFile{File: file, gathered: make([]byte, 0, maxGathered)}
	}
	return file, opened, err
}

// maxGathered is more than most commits write.
const maxGathered = 512 << 10

// logFile gathers writes that follow each other.
type logFile struct {
	vfs.File
	gathered []byte
	offset   int64 // of the first byte gathered
}

// WriteAt adds to what is gathered, or begins anew elsewhere.
func (f *logFile) WriteAt(p []byte, offset int64) (int, error) {
	if offset != f.offset+int64(len(f.gathered)) || len(f.gathered)+len(p) > cap(f.gathered) {
		if err := f.flush(); err != nil {
			return 0, err
		}
		f.offset = offset
	}
	if len(p) > cap(f.gathered) {
		return f.File.WriteAt(p, offset)
	}
	f.gathered = append(f.gathered, p...)
	return len(p), nil
}

func (f *logFile) flush() error {
	if len(f.gathered) == 0 {
		return nil
	}
	_, err := f.File.WriteAt(f.gathered, f.offset)
	f.gathered = f.gathered[:0]
	return err
}

// ReadAt reads what has been written.
func (f *logFile) ReadAt(p []byte, offset int64) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, offset)
}

// Size is that of all that has been written.
func (f *logFile) Size() (int64, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

// Truncate cuts what has been written.
func (f *logFile) Truncate(size int64) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// Sync makes all that has been written durable.
func (f *logFile) Sync(flags vfs.SyncFlag) error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.File.Sync(flags)
}

// Close writes the rest and closes the file.
func (f *logFile) Close() error {
	err := f.flush()
	if closeErr := f.File.Close(); err == nil {
		err = closeErr
	}
	return err
}
