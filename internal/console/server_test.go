package console_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/docs"
	"tollkeeper/internal/activity"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/api"
	"tollkeeper/internal/apidoc"
	"tollkeeper/internal/balances"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/console"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/link"
	"tollkeeper/internal/media"
	"tollkeeper/internal/metrics"
	"tollkeeper/internal/notify"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/pdf"
	"tollkeeper/internal/store"
)

// Who signs in. The password is everybody's.
const (
	operatorEmail = "operator@example.com"
	password      = "correct horse"
)

var passwordHash = sync.OnceValue(func() string { return credential.HashPassword(password) })

// site is a console over a real API, ledger and store.
type site struct {
	t     testing.TB
	url   string
	store *store.Store
	clock *clock
	asked *asked
	pages http.Handler // the console, to be asked without a connection
}

// asked counts what the console asks of the API.
type asked struct {
	api     http.Handler
	instead map[string]http.HandlerFunc // of the API, by method and path

	mu     sync.Mutex // guards counts
	counts map[string]int
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation := r.Method + " " + r.URL.Path
	a.mu.Lock()
	a.counts[operation]++
	a.mu.Unlock()
	if other := a.instead[operation]; other != nil {
		other(w, r)
		return
	}
	a.api.ServeHTTP(w, r)
}

func (a *asked) times(operation string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts[operation]
}

// clock goes on from where a test puts it.
type clock struct {
	mu    sync.Mutex // guards ahead
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// newSite starts a console on an empty folder, with an operator.
func newSite(t testing.TB) *site {
	s := openSite(t, t.TempDir())
	s.user(tollkeeper.User{Email: operatorEmail, First: "Olive", Timezone: "America/New_York"}.WithAllRights())
	return s
}

// operatorCode is what makes the first user of a site without any.
const operatorCode = "K7QF-M2XA-3RTZ-5WVD-C6JN"

// openSite starts a console on a folder. Change may alter the API behind it.
func openSite(t testing.TB, folder string, change ...func(*api.Config)) *site {
	t.Helper()
	ctx, clock := context.Background(), &clock{}
	kept, err := store.Open(ctx, store.Config{Folder: folder, Now: clock.now, Limits: ledger.DefaultPolicy.Limits})
	must(t, err)
	t.Cleanup(func() { must(t, kept.Close()) })
	decider := ledger.New(ledger.Config{Store: kept, Policy: ledger.DefaultPolicy, Now: clock.now, NewID: kept.NewIDAfter})
	t.Cleanup(decider.Close)
	plan, err := numbering.NewPlan(numbering.Options{})
	must(t, err)
	letters, err := notify.NewLetters("", "USD")
	must(t, err)
	key, err := credential.MakeKey()
	must(t, err)
	must(t, kept.AddSessionKey(ctx, tollkeeper.Write{}, key.ID, key.Public(), ""))
	counters := metrics.New(kept)
	address, err := media.FolderURL(t.TempDir())
	must(t, err)
	bucket, err := media.OpenBucket(ctx, address)
	must(t, err)
	t.Cleanup(func() { must(t, bucket.Close()) })
	shared, err := kept.Secret(ctx, "media")
	must(t, err)
	kinds := media.New(kept, &media.Vault{Bucket: bucket, Keys: kept, Master: media.Master{Shared: shared}}, 1<<20)
	links := &link.Media{Key: link.Key("0123456789abcdef0123456789abcdef"), Now: clock.now}
	recorder := activity.New(kept, clock.now, kept.NewID)
	stopping := make(chan struct{})
	quiet := slog.New(slog.DiscardHandler)
	config := api.Config{
		Store: kept, Calls: &admission.Admission{Ledger: decider, Plan: plan, Links: links, Decided: recorder.Decided}, Plan: plan, Limits: ledger.DefaultPolicy.Limits, Now: clock.now, Letters: letters,
		Log: quiet, Metrics: counters, OpenAPI: apidoc.JSON, Docs: apidoc.Page, Exposition: counters.Handler(),
		Balances: balances.New(kept, clock.now), SessionMinutes: 60, Sign: key.Sign, Taxes: billing.Table{}, Printer: &pdf.Printer{Zone: time.UTC}, Media: kinds, CustomerMedia: kinds, Links: links, Watch: recorder.Watch, Stopping: stopping,
		Operator: api.Operator{Code: operatorCode, Email: operatorEmail}, Settings: []tollkeeper.Setting{
			{Name: "grace-seconds", Value: "45", Default: "30", Source: tollkeeper.SettingFile, Unit: "seconds", Help: "Seconds of silence allowed after a grant.", IsSet: true},
			{Name: "stripe-key", Source: tollkeeper.SettingEnvironment, Help: "Secret key of the Stripe account.", Secret: true, IsSet: true},
			{Name: "tax-url", Source: tollkeeper.SettingDefault, Help: "Program that is asked for the taxes."},
		},
	}
	for _, alter := range change {
		alter(&config)
	}
	door := api.New(config)
	secret, err := kept.Secret(ctx, "console")
	must(t, err)
	s := &site{t: t, store: kept, clock: clock, asked: &asked{api: door, counts: map[string]int{}}}
	pages, err := console.New(console.Config{
		API: s.asked, Secret: secret, Idle: 30 * time.Minute, Currency: "USD", Address: "http://tollkeeper.example", Switches: docs.Switches, Now: clock.now, Log: quiet,
	})
	must(t, err)
	s.pages = pages
	mux := http.NewServeMux()
	mux.Handle("/console/", pages)
	mux.Handle("/", door)
	listening := httptest.NewServer(mux)
	t.Cleanup(listening.Close)
	ticks := time.NewTicker(20 * time.Millisecond)
	var flusher sync.WaitGroup
	flusher.Go(func() {
		for {
			select {
			case <-stopping:
				return
			case <-ticks.C:
				recorder.Flush(ctx)
			}
		}
	})
	t.Cleanup(func() { close(stopping); flusher.Wait() })
	s.url, links.Base = listening.URL, listening.URL
	return s
}

// with is the site in a part of its test.
func (s *site) with(t testing.TB) *site {
	part := *s
	part.t = t
	return &part
}

func (s *site) user(u tollkeeper.User) tollkeeper.User {
	s.t.Helper()
	made, err := s.store.CreateUser(context.Background(), tollkeeper.Write{}, u, passwordHash())
	must(s.t, err)
	return made
}

func (s *site) customer(name string, change func(*tollkeeper.Customer)) tollkeeper.Account {
	s.t.Helper()
	c := tollkeeper.NewCustomer()
	c.Name, c.DefaultBillMethod = name, tollkeeper.BillCredit
	if change != nil {
		change(&c)
	}
	made, err := s.store.CreateCustomer(context.Background(), tollkeeper.Write{}, c)
	must(s.t, err)
	return made
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// visitor is a browser without script.
type visitor struct {
	*site
	client *http.Client
}

// answer is a page as it came.
type answer struct {
	t      testing.TB
	status int
	url    *url.URL // after redirects
	header http.Header
	body   string
}

func (s *site) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &visitor{s, &http.Client{Jar: jar}}
}

// signedIn is a visitor with a session.
func (s *site) signedIn(email string) *visitor {
	s.t.Helper()
	v := s.visitor()
	v.post("/console/sign-in", url.Values{"email": {email}, "password": {password}}).at("/console/")
	return v
}

func (v *visitor) get(path string) *answer { return v.send(http.MethodGet, path, "", nil) }

func (v *visitor) post(path string, form url.Values) *answer {
	return v.send(http.MethodPost, path, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}})
}

func (v *visitor) send(method, path, body string, header http.Header) *answer {
	v.t.Helper()
	request, err := http.NewRequest(method, v.url+path, strings.NewReader(body))
	must(v.t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := v.client.Do(request)
	must(v.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	must(v.t, err)
	return &answer{v.t, response.StatusCode, response.Request.URL, response.Header, string(content)}
}

func (a *answer) is(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s answers %d, not %d: %.600s", a.url, a.status, status, a.body)
	}
	return a
}

// at checks where the visitor was led to.
func (a *answer) at(path string) *answer {
	a.t.Helper()
	if a.url.Path != path {
		a.t.Fatalf("led to %s, not to %s: %d %.600s", a.url, path, a.status, a.body)
	}
	return a
}

func (a *answer) has(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s lacks %q", a.url, text)
		}
	}
	return a
}

func (a *answer) lacks(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%s has %q", a.url, text)
		}
	}
	return a
}
