package load_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tollkeeper/internal/bench/load"
)

// A quantile is never below the exact one, and above it by less than 1/128.
func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, spread := range []int64{100, 300, 10_000, 5_000_000, 1 << 35} {
		var h load.Histogram
		exact := make([]time.Duration, 10_000)
		for i := range exact {
			exact[i] = time.Duration(random.Int64N(spread)) * time.Microsecond
			h.Record(exact[i])
		}
		slices.Sort(exact)
		for _, q := range []float64{0.0001, 0.5, 0.99, 0.999, 1} {
			want := exact[int(q*float64(len(exact)))-1]
			if got := h.Quantile(q); got < want || got > want+want/128 {
				t.Errorf("below %d us: quantile %v is %v, exactly %v", spread, q, got, want)
			}
		}
	}
}

func TestHistogramEdges(t *testing.T) {
	t.Parallel()
	var h load.Histogram
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("median of nothing: %v", got)
	}
	h.Record(-time.Second)
	h.Record(time.Duration(1<<63 - 1))
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("a negative duration counts as %v", got)
	}
	if got := h.Quantile(1); got < 19*time.Hour {
		t.Errorf("the longest duration counts as %v", got)
	}
}

func TestHistogramMerge(t *testing.T) {
	t.Parallel()
	var fast, slow load.Histogram
	for range 99 {
		fast.Record(time.Millisecond)
	}
	slow.Record(time.Second)
	fast.Merge(&slow)
	if fast.Count() != 100 {
		t.Errorf("count %d", fast.Count())
	}
	if got := fast.Quantile(0.99); got > 2*time.Millisecond {
		t.Errorf("p99 %v", got)
	}
	if got := fast.Quantile(1); got < time.Second {
		t.Errorf("longest %v", got)
	}
}

func TestHistogramAllocatesNothing(t *testing.T) {
	var h load.Histogram
	if n := testing.AllocsPerRun(100, func() { h.Record(time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
