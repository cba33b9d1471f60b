package load_test

import (
	"testing"
	"time"

	"tollkeeper/internal/bench/load"
)

// TestPace drives two connections 50 times a second each.
func TestPace(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, ok)
	began := time.Now()
	result, err := load.Run(t.Context(), load.Plan{Addresses: []string{address, address}, Connections: 2, Measured: 300 * time.Millisecond, Every: 20 * time.Millisecond}, get)
	if err != nil {
		t.Fatal(err)
	}
	if most := 2 * (time.Since(began)/(20*time.Millisecond) + 1); result.All < 4 || result.All > int64(most) {
		t.Errorf("%d requests in %v, want at most %d", result.All, time.Since(began), most)
	}
}
