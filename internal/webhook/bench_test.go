package webhook_test

import (
	"syscall"
	"testing"
	"time"

	"tollkeeper"
)

// BenchmarkDelivery measures an event from its queue to the endpoint's answer and the
// note of it, of 50 customers side by side, with the endpoint in the same process.
func BenchmarkDelivery(b *testing.B) {
	c := newCarrier(b)
	e := newEndpoint(b)
	var customers []tollkeeper.ID
	for range 50 {
		customers = append(customers, c.customer(b))
	}
	c.hook(b, tollkeeper.ID{}, e.URL)
	c.run(b)
	for i := range b.N {
		c.lock(b, customers[i%len(customers)], []string{"0", "1"}[i/len(customers)%2])
	}
	e.took()
	began := processorTime(b)
	b.ResetTimer()
	c.run(b)
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-began).Microseconds())/float64(b.N), "cpu-µs/event")
	if got := len(e.took()); got != b.N {
		b.Errorf("%d of %d arrived", got, b.N)
	}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
