package tollkeeper_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"tollkeeper"
)

// TestRateWindow lets calls come at random times, under a clock that steps: in no
// second, by a clock that cannot step, may more than the limit be let through,
// and while the clock runs truly none may be refused without that many before it.
func TestRateWindow(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		limit := 1 + random.Int32N(12)
		steps := seed%2 == 1
		var window tollkeeper.RateWindow
		var admitted []int64                   // true time in milliseconds
		var slow, wall int64 = 0, 1700_000_000 // the clock lags behind the truth by more and more
		for range 400 {
			pass := random.Int64N(1 + 2000/int64(limit))
			if random.IntN(4) == 0 {
				pass = 0
			}
			slow, wall = slow+pass, wall+pass
			if steps && random.IntN(40) == 0 {
				wall -= random.Int64N(5000)
			}
			recent := 0
			for _, at := range admitted {
				if at > slow-1000 {
					recent++
				}
			}
			next, ok := window.Admit(time.UnixMilli(wall), limit)
			switch {
			case ok && recent >= int(limit):
				t.Fatalf("seed %d: call %d of a second with a limit of %d was let through", seed, recent+1, limit)
			case !ok && recent < int(limit) && !steps:
				t.Fatalf("seed %d: refused after %d calls in a second with a limit of %d", seed, recent, limit)
			case !ok && !bytes.Equal(next, window):
				t.Fatalf("seed %d: a refusal changed the window", seed)
			case ok:
				admitted = append(admitted, slow)
			}
			window = next
		}
	}
}

// TestRateWindowStaysSmall fills a window with a high limit.
func TestRateWindowStaysSmall(t *testing.T) {
	t.Parallel()
	var window tollkeeper.RateWindow
	at := time.UnixMilli(1700_000_000_000)
	for i := range 20_000 {
		next, ok := window.Admit(at.Add(time.Duration(i)*100*time.Microsecond), 50_000)
		if !ok {
			t.Fatalf("call %d was refused", i)
		}
		if window = next; len(window) > 4096 {
			t.Fatalf("the window takes %d bytes after %d calls", len(window), i)
		}
	}
}

func TestRateWindowLimitFalls(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700_000_000_000)
	var window tollkeeper.RateWindow
	for range 5 {
		window, _ = window.Admit(at, 5)
	}
	for _, limit := range []int32{5, 1, 0, -1} {
		if _, ok := window.Admit(at.Add(999*time.Millisecond), limit); ok {
			t.Errorf("a sixth call was let through with a limit of %d", limit)
		}
	}
	if _, ok := window.Admit(at.Add(time.Second), 1); !ok {
		t.Error("a call in the next second was refused")
	}
}

// FuzzRateWindow reads damaged windows. They must not crash, nor let through more
// calls than the limit in one moment.
func FuzzRateWindow(f *testing.F) {
	f.Add([]byte{}, int64(1700_000_000_000), int32(3))
	f.Add([]byte{0x80}, int64(5), int32(3))
	f.Add([]byte{2, 1}, int64(1), int32(3))                                                                    // a count below zero
	f.Add([]byte{2, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 2, 2, 2}, int64(1), int32(3))  // the largest count
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 1, 2}, int64(-1<<62), int32(3))   // the first of all times
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2}, int64(9), int32(12)) // too long a number
	f.Fuzz(func(t *testing.T, damaged []byte, at int64, limit int32) {
		window := tollkeeper.RateWindow(damaged)
		limit %= 50
		now := time.UnixMilli(at % (1 << 50)) // 35,000 years either way
		for admitted := int32(0); ; admitted++ {
			next, ok := window.Admit(now, limit)
			if !ok {
				return
			}
			if admitted >= limit {
				t.Fatalf("%d calls in one moment with a limit of %d", admitted+1, limit)
			}
			window = next
		}
	})
}
