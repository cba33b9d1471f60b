package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestDiskFull fills the disk under a running server: what cannot be stored is
// refused and can be tried again, what was answered is kept, emergency calls go
// through, and with space the server goes on by itself.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	s := start(t, filepath.Join(disk, "data"))
	s.importDeck()
	id := s.newCustomer("Acme", 10_000)
	s.must("POST", "/calls", callBody(id, "before"), nil)

	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	posted := int64(10_000 * 10_000)
	refused := 0
	for i := 0; i < 5000 && refused < 5; i++ {
		if post(s, id, i) {
			posted += 10_000
		} else {
			refused++
		}
	}
	if refused == 0 {
		t.Fatal("a full disk takes every write")
	}
	if status, answer, err := s.do("POST", "/calls", callBody(id, "during")); status != 503 {
		t.Errorf("a call on a full disk: %d %s %v", status, answer, err)
	}
	emergency := fmt.Sprintf(`{"callId":"help","customer":%q,"direction":"outbound","from":"+12125550100","to":"911"}`, id)
	if status, answer, err := s.do("POST", "/calls", emergency); status != 200 || granted(answer) == 0 {
		t.Errorf("an emergency call on a full disk: %d %s %v", status, answer, err)
	}
	var have balance
	s.must("GET", "/customers/"+id+"/balance", "", &have)
	if have.PostedMicros != posted || have.HeldMicros != 10_000 {
		t.Errorf("on the full disk the balance is %+v, want %d with 10000 held", have, posted)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	until(t, "the server takes writes with space again", func() bool { return post(s, id, 1_000_000) })
	s.must("POST", "/calls", callBody(id, "during"), nil)
	s.must("POST", "/calls/before/end", `{"durationSeconds":61}`, nil)
	s.must("GET", "/customers/"+id+"/balance", "", &have)
	if want := (balance{posted + 10_000 - 20_000, 10_000, posted - 20_000}); have != want {
		t.Errorf("afterwards the balance is %+v, want %+v", have, want)
	}
	if code := s.terminate(); code != 0 {
		t.Errorf("the server ends with %d: %s", code, s.log.String())
	}
	verified(t, s.data)
}

// post credits a cent and reports whether it was stored; if not, the server must
// have said that it can be tried again.
func post(s *server, id string, n int) bool {
	status, answer, err := s.do("POST", "/customers/"+id+"/ledger", fmt.Sprintf(`{"amountMicros":10000,"reason":"top-up","key":"k%d"}`, n))
	if status != 200 && status != 503 {
		s.t.Errorf("a write on a full disk: %d %s %v", status, answer, err)
	}
	return status == 200
}

// fill takes what is left of a disk.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4096} {
		for block := make([]byte, size); ; {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
	}
}
