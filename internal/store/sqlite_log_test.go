package store

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/ncruces/go-sqlite3/vfs"
)

// Whatever is written, read and cut through a logFile, in whatever order, gives
// what the same does to bytes in memory.
func TestLogFileIsAFile(t *testing.T) {
	t.Parallel()
	os := vfs.Find("os").(vfs.VFSFilename)
	under, _, err := os.OpenFilename(nil, vfs.OPEN_READWRITE|vfs.OPEN_CREATE|vfs.OPEN_DELETEONCLOSE|vfs.OPEN_TEMP_DB)
	if err != nil {
		t.Fatal(err)
	}
	const room, longest = 4096, 1500
	f := &logFile{File: under, gathered: make([]byte, 0, 1024)}
	defer f.Close()
	random := rand.New(rand.NewPCG(1, 2))
	var want []byte
	next := 0
	for range 20_000 {
		at := next
		if random.IntN(4) == 0 {
			at = random.IntN(len(want) + 1)
		}
		switch random.IntN(8) {
		case 0:
			got := make([]byte, random.IntN(longest))
			n, _ := f.ReadAt(got, int64(min(at, len(want))))
			if rest := want[min(at, len(want)):]; !bytes.Equal(got[:n], rest[:min(len(rest), len(got))]) {
				t.Fatalf("read %d bytes at %d that were not written", n, at)
			}
		case 1:
			if size, err := f.Size(); err != nil || size != int64(len(want)) {
				t.Fatalf("size %d, %v; want %d", size, err, len(want))
			}
		case 2:
			if err := f.Sync(vfs.SYNC_NORMAL); err != nil {
				t.Fatal(err)
			}
		default:
			p := make([]byte, 1+random.IntN(longest))
			for i := range p {
				p[i] = byte(random.Uint32())
			}
			if at > len(want) {
				at = len(want)
			}
			if n, err := f.WriteAt(p, int64(at)); err != nil || n != len(p) {
				t.Fatal(n, err)
			}
			want = append(want[:at:at], append(p, want[min(len(want), at+len(p)):]...)...)
			next = at + len(p)
		}
		if len(want) > room {
			if err := f.Truncate(0); err != nil {
				t.Fatal(err)
			}
			want, next = nil, 0
		}
	}
}
