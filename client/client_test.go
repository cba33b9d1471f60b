package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tollkeeper/client"
)

// serve makes a client of a server that answers by handler. It repeats at once.
func serve(t *testing.T, handler http.HandlerFunc, options ...client.Option) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	options = append([]client.Option{client.WithToken("tk_secret"), client.WithBackoff(time.Microsecond, time.Second)}, options...)
	c, err := client.New(server.URL, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", `"7c1f0a52"`)
	io.WriteString(w, body)
}

func fail(w http.ResponseWriter, code int, name, class string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"name":%q,"message":"it failed","code":%d,"className":%q,"errors":["credit: must be an integer"]}`, name, code, class)
}

const customer = `{"_id":"69a555184b1f8c3a5e000003","name":"Harbour","defaultBillMethod":"credit"}`

// roundTripper stands in for a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		code  int
		name  string
		class client.ErrorClass
	}{
		{400, "BadRequest", client.ErrBadRequest},
		{401, "NotAuthenticated", client.ErrNotAuthenticated},
		{403, "Forbidden", client.ErrForbidden},
		{404, "NotFound", client.ErrNotFound},
		{405, "MethodNotAllowed", client.ErrMethodNotAllowed},
		{406, "NotAcceptable", client.ErrNotAcceptable},
		{409, "Conflict", client.ErrConflict},
		{429, "TooManyRequests", client.ErrTooManyRequests},
		{500, "GeneralError", client.ErrGeneralError},
		{503, "Unavailable", client.ErrUnavailable},
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { fail(w, row.code, row.name, string(row.class)) })
		_, err := c.Customers.Get(t.Context(), "69a555184b1f8c3a5e000003")
		var e *client.Error
		if !errors.As(err, &e) || e.Code != row.code || e.Name != row.name || e.Message != "it failed" || len(e.Errors) != 1 || e.Operation != "customersGet" {
			t.Errorf("%d: %+v", row.code, err)
		}
		if !errors.Is(err, row.class) || errors.Is(err, client.ErrorClass("other")) || errors.Is(err, client.ErrForeignAnswer) {
			t.Errorf("%d: is not of its class alone: %v", row.code, err)
		}
	}
}

func TestForeignAnswers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		code   int
		kind   string
		body   string
		target error
	}{
		{"page of a proxy", 502, "text/html", "<h1>Bad Gateway</h1>", client.ErrUnavailable},
		{"captive portal", 200, "text/html", "<h1>Please pay</h1>", client.ErrForeignAnswer},
		{"another server's 404", 404, "text/plain", "404 page not found", client.ErrForeignAnswer},
		{"JSON of another kind", 500, "application/json", `{"error":"boom"}`, client.ErrForeignAnswer},
		{"nothing", 500, "", "", client.ErrForeignAnswer},
		{"redirect", 302, "text/html", "", client.ErrForeignAnswer},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", row.kind)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(row.code)
				io.WriteString(w, row.body+r.Header.Get("Authorization"))
			}, client.WithRetries(0))
			_, err := c.Customers.Create(t.Context(), client.CustomersCreateOrPatch{})
			var e *client.Error
			if !errors.As(err, &e) || e.Code != row.code || !errors.Is(err, row.target) || !errors.Is(err, client.ErrForeignAnswer) || errors.Is(err, client.ErrNotFound) {
				t.Errorf("%v", err)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, e), "tk_secret") {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	tries := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			w.Header().Set("Content-Length", "1000")
		}
		answer(w, customer)
	})
	if _, err := c.Customers.Get(t.Context(), "1"); err != nil || tries != 2 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

func TestRepeats(t *testing.T) {
	t.Parallel()
	const id = "69a555184b1f8c3a5e000003"
	for _, row := range []struct {
		name  string
		code  int
		tries int
		call  func(*testing.T, *client.Client) error
	}{
		{"get", 503, 3, func(t *testing.T, c *client.Client) error { _, err := c.Customers.Get(t.Context(), id); return err }},
		{"get after a fault", 500, 3, func(t *testing.T, c *client.Client) error { _, err := c.Balance.Get(t.Context(), id); return err }},
		{"create", 503, 3, func(t *testing.T, c *client.Client) error {
			_, err := c.Customers.Create(t.Context(), client.CustomersCreateOrPatch{})
			return err
		}},
		{"patch of a user", 502, 3, func(t *testing.T, c *client.Client) error {
			_, err := c.Users.Patch(t.Context(), id, client.UsersPatch{})
			return err
		}},
		{"authorize", 503, 3, func(t *testing.T, c *client.Client) error {
			_, err := c.Calls.Authorize(t.Context(), client.CallAuthorize{})
			return err
		}},
		{"ledger", 503, 3, func(t *testing.T, c *client.Client) error {
			_, err := c.Ledger.Create(t.Context(), id, client.LedgerCreate{})
			return err
		}},
		{"extend with the used time", 503, 3, func(t *testing.T, c *client.Client) error {
			_, err := c.Calls.Extend(t.Context(), "a@b", client.CallExtend{UsedSeconds: client.Set(0)})
			return err
		}},
		{"extend by the server's clock", 503, 1, func(t *testing.T, c *client.Client) error {
			_, err := c.Calls.Extend(t.Context(), "a@b", client.CallExtend{})
			return err
		}},
		{"write without a key", 503, 1, func(t *testing.T, c *client.Client) error {
			_, err := c.Status.Patch(t.Context(), id, client.StatusPatch{})
			return err
		}},
		{"write without a key that was refused", 429, 3, func(t *testing.T, c *client.Client) error {
			_, err := c.Limits.Patch(t.Context(), id, client.LimitsPatch{})
			return err
		}},
		{"import", 429, 1, func(t *testing.T, c *client.Client) error {
			_, err := c.Ratedecks.Import(t.Context(), "default", strings.NewReader("prefix"), client.ImportOptions{})
			return err
		}},
		{"conflict", 409, 1, func(t *testing.T, c *client.Client) error { _, err := c.Customers.Get(t.Context(), id); return err }},
		{"timeout of a proxy that a 4xx tells of", 408, 1, func(t *testing.T, c *client.Client) error { _, err := c.Customers.Get(t.Context(), id); return err }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			tries, keys := 0, map[string]bool{}
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				keys[r.Header.Get("Idempotency-Key")] = true
				body, _ := io.ReadAll(r.Body)
				if r.Method != http.MethodGet && len(body) == 0 {
					t.Error("a try has no body")
				}
				if tries++; tries < 3 {
					fail(w, row.code, "X", "x")
					return
				}
				answer(w, `{}`)
			})
			err := row.call(t, c)
			if (err == nil) != (row.tries == 3) || tries != row.tries || len(keys) != 1 {
				t.Errorf("%d tries with %d keys, want %d tries with one: %v", tries, len(keys), row.tries, err)
			}
		})
	}
}

func TestRepeatsEnd(t *testing.T) {
	t.Parallel()
	tries := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { tries++; fail(w, 503, "Unavailable", "unavailable") }, client.WithRetries(5))
	if _, err := c.Customers.Get(t.Context(), "1"); !errors.Is(err, client.ErrUnavailable) || tries != 6 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c, err := client.New(server.URL, client.WithToken("tk_secret"), client.WithBackoff(time.Microsecond, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Customers.Find(t.Context(), client.Find{Search: "+12125550100"})
	if err == nil || strings.Contains(err.Error(), "2125550100") || strings.Contains(err.Error(), "tk_secret") || !strings.HasPrefix(err.Error(), "customersFind: ") {
		t.Errorf("%v", err)
	}
}

// TestWaits runs on a virtual clock.
func TestWaits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name           string
		retryAfter     string
		deadline       time.Duration
		tries          int
		atLeast, below time.Duration
	}{
		{"back-off", "", time.Hour, 4, 350 * time.Millisecond, 701 * time.Millisecond},
		{"as long as the server says", "2", time.Hour, 4, 6 * time.Second, 6*time.Second + 1},
		{"not as long as it says", "3600", 2 * time.Hour, 1, 0, 1},
		{"not beyond the context", "2", 3 * time.Second, 2, 2 * time.Second, 2*time.Second + 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			network := roundTripper(func(r *http.Request) (*http.Response, error) {
				tries++
				recorder := httptest.NewRecorder()
				recorder.Header().Set("Retry-After", row.retryAfter)
				fail(recorder, 503, "Unavailable", "unavailable")
				return recorder.Result(), nil
			})
			c, err := client.New("http://tollkeeper.test", client.WithHTTPClient(&http.Client{Transport: network}), client.WithTimeout(0))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), row.deadline)
			defer cancel()
			began := time.Now()
			_, err = c.Health.Get(ctx)
			took := time.Since(began)
			if !errors.Is(err, client.ErrUnavailable) || tries != row.tries || took < row.atLeast || took >= row.below {
				t.Errorf("%s: %d tries in %v: %v", row.name, tries, took, err)
			}
		})
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	var match, key string
	requests := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		match, key = r.Header.Get("If-Match"), r.Header.Get("Idempotency-Key")
		answer(w, customer)
	})
	got, err := c.Customers.Get(t.Context(), "69a555184b1f8c3a5e000003")
	if err != nil || got.ETag != `"7c1f0a52"` {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err = c.Customers.Patch(t.Context(), got.Id, client.CustomersPatch{}, client.IfMatch(got.ETag), client.IdempotencyKey("mine")); err != nil || match != got.ETag || key != "mine" {
		t.Errorf("sent %q and %q, %v", match, key, err)
	}
	before := requests
	if _, err = c.Customers.Remove(t.Context(), got.Id, client.IfMatch("")); !errors.Is(err, client.ErrInvalidArgument) || requests != before {
		t.Errorf("an empty tag was sent: %v", err)
	}
}

func TestPathIsEscaped(t *testing.T) {
	t.Parallel()
	var path string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { path = r.URL.EscapedPath(); answer(w, `{}`) })
	if _, err := c.Calls.End(t.Context(), "a/b?c@d", client.CallEnd{}); err != nil || path != "/calls/a%2Fb%3Fc@d/end" {
		t.Errorf("%s, %v", path, err)
	}
	path = ""
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.Customers.Remove(t.Context(), id); !errors.Is(err, client.ErrInvalidArgument) || path != "" {
			t.Errorf("%q was sent: %v", id, err)
		}
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	var logins, valid atomic.Int64
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/authentication" {
			valid.Store(logins.Add(1))
			answer(w, fmt.Sprintf(`{"_id":"1","strategy":"local","username":"u","password":"","accessToken":"token-%d"}`, valid.Load()))
			return
		}
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", valid.Load()) {
			fail(w, 401, "NotAuthenticated", "not-authenticated")
			return
		}
		answer(w, customer)
	}, client.WithLogin("dana@harbour.example", "correct horse"))
	for i, want := range []int64{1, 1, 2, 2} {
		if i == 2 {
			valid.Store(99) // the server forgets the session
		}
		if _, err := c.Customers.Get(t.Context(), "1"); err != nil || logins.Load() != want {
			t.Fatalf("request %d: %d logins, want %d: %v", i, logins.Load(), want, err)
		}
	}
	valid.Store(99)
	if _, err := c.Ratedecks.Import(t.Context(), "default", strings.NewReader("prefix"), client.ImportOptions{}); err != nil || logins.Load() != 3 {
		t.Errorf("an import met an old token: %v", err)
	}
}

func TestLoginThatIsWrong(t *testing.T) {
	t.Parallel()
	tries := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		tries++
		fail(w, 401, "NotAuthenticated", "not-authenticated")
	},
		client.WithLogin("dana@harbour.example", "correct horse"))
	_, err := c.Customers.Get(t.Context(), "1")
	if !errors.Is(err, client.ErrNotAuthenticated) || tries != 1 || strings.Contains(err.Error(), "horse") {
		t.Errorf("%d tries: %v", tries, err)
	}
	if printed := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(printed, "horse") {
		t.Error("printing a client shows its password")
	}
}

func TestTimeoutOfATryIsRepeated(t *testing.T) {
	t.Parallel()
	var tries atomic.Int64
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if tries.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		answer(w, customer)
	}, client.WithTimeout(50*time.Millisecond))
	if _, err := c.Customers.Get(t.Context(), "1"); err != nil || tries.Load() != 2 {
		t.Errorf("%d tries: %v", tries.Load(), err)
	}
}

func TestImportAndExport(t *testing.T) {
	t.Parallel()
	deck := strings.Repeat("4420,London,0.012\n", 50_000)
	var sent atomic.Int64
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "text/csv")
			io.WriteString(w, deck)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if string(body) != deck || r.Header.Get("Content-Type") != "text/csv" || r.URL.Query().Get("dryRun") != "true" || r.URL.Query().Get("effectiveFrom") != "2026-04-01T00:00:00Z" {
			t.Errorf("%d bytes of %s came with %s", len(body), r.Header.Get("Content-Type"), r.URL.RawQuery)
		}
		answer(w, `{"name":"default","rates":50000,"dryRun":true,"difference":{"new":{"count":1,"examples":[{"prefix":"4420","destination":"London","new":{"pricePerMinuteMicros":12000}}]}}}`)
	})
	done, err := c.Ratedecks.Import(t.Context(), "default", strings.NewReader(deck), client.ImportOptions{
		DryRun: true, EffectiveFrom: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Progress: sent.Store,
	})
	if err != nil || done.Difference.New.Examples[0].New.PricePerMinuteMicros != 12000 || done.Difference.New.Examples[0].Old != nil {
		t.Errorf("%+v, %v", done, err)
	}
	if sent.Load() != int64(len(deck)) {
		t.Errorf("progress ended at %d of %d bytes", sent.Load(), len(deck))
	}
	var out strings.Builder
	if err := c.Ratedecks.Export(t.Context(), "default", 1, &out); err != nil || out.String() != deck {
		t.Errorf("%d bytes were exported, %v", out.Len(), err)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "localhost:8080", "ftp://x", "http://", "http://u:horse@h", "http://u:horse@h:x", "http://h?x=1", "http://h#x", "http://%zz"} {
		if _, err := client.New(address); err == nil || strings.Contains(err.Error(), "horse") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := client.New("https://h:1/below/"); err != nil {
		t.Error(err)
	}
}
