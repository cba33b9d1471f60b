package load_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper/internal/bench/load"
)

// serve answers every request with the handler, and counts them.
func serve(t *testing.T, handler http.HandlerFunc) (address string, requests *atomic.Int64) {
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), requests
}

func ok(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) }

func get(int) load.Operation {
	request := load.Message{Method: "GET", Target: "/"}.Request()
	return func(c *load.Conn) error {
		_, err := c.Expect(request)
		return err
	}
}

func TestRunCounts(t *testing.T) {
	t.Parallel()
	address, requests := serve(t, ok)
	var opened, closed atomic.Int64
	got, err := load.Run(t.Context(), load.Plan{
		Addresses: []string{address}, Connections: 4, Warmup: 20 * time.Millisecond, Measured: 50 * time.Millisecond,
		Window: func() func() {
			opened.Store(requests.Load())
			return func() { closed.Store(requests.Load()) }
		},
	}, get)
	if err != nil {
		t.Fatal(err)
	}
	if got.All != requests.Load() {
		t.Errorf("%d operations, but %d requests", got.All, requests.Load())
	}
	// At either end of the window each connection has one request under way.
	if seen := closed.Load() - opened.Load(); got.Latency.Count() < seen-8 || got.Latency.Count() > seen+8 || seen == 0 {
		t.Errorf("%d counted in the window, %d seen by the server", got.Latency.Count(), seen)
	}
	if got.Elapsed < 50*time.Millisecond || got.PerSecond() <= 0 {
		t.Errorf("%v, %v/s", got.Elapsed, got.PerSecond())
	}
}

func TestRunEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	address, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		w.Write([]byte(`{"code":500}`))
	})
	began := time.Now()
	_, err := load.Run(t.Context(), load.Plan{Addresses: []string{address}, Connections: 3, Measured: time.Minute}, get)
	if err == nil || !strings.Contains(err.Error(), `GET /: status 500: {"code":500}`) {
		t.Errorf("%v", err)
	}
	if requests.Load() > 3 || time.Since(began) > 30*time.Second {
		t.Errorf("%d requests in %v", requests.Load(), time.Since(began))
	}
}

func TestRunEndsWithTheContext(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, ok)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := load.Run(ctx, load.Plan{Addresses: []string{address}, Connections: 2, Measured: time.Minute}, get)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestRunWithoutServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if _, err := load.Run(t.Context(), load.Plan{Addresses: []string{listener.Addr().String()}, Connections: 1, Measured: time.Minute}, get); err == nil {
		t.Error("no error")
	}
}

func TestRepeatDoesItAll(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 4, 6, 11} {
		address, requests := serve(t, ok)
		if err := load.Repeat(t.Context(), load.Plan{Addresses: []string{address}, Connections: 4}, n, get); err != nil || requests.Load() != int64(n) {
			t.Errorf("%d operations: %d requests, %v", n, requests.Load(), err)
		}
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	r := load.Message{Method: "POST", Target: "/calls", Token: "secret", ContentType: "application/json", Body: []byte(`{"n":"####"}`)}.Request()
	load.Digits(r.Slot("####"), 70042)
	want := "POST /calls HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n" +
		"Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"n\":\"0042\"}"
	if string(r) != want {
		t.Errorf("%q", r)
	}
	for _, placeholder := range []string{"????", "\r\n"} {
		t.Run(fmt.Sprintf("%q", placeholder), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			r.Slot(placeholder)
		})
	}
}
