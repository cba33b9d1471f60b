package api_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/api"
	"tollkeeper/internal/apidoc"
	"tollkeeper/internal/balances"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/contract"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/directory"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/link"
	"tollkeeper/internal/media"
	"tollkeeper/internal/metrics"
	"tollkeeper/internal/notify"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/outbound"
	"tollkeeper/internal/pdf"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// The operator of every test's server.
const (
	operatorEmail    = "operator@example.com"
	operatorPassword = "correct horse"
	holdMusic        = "https://music.example.com/hold.wav"
)

// operatorHash is made once for all tests, because hashing is slow by design.
var operatorHash = sync.OnceValue(func() string { return credential.HashPassword(operatorPassword) })

// worldPlan is the numbering plan of every server; it never changes.
var worldPlan = sync.OnceValues(func() (*numbering.Plan, error) { return numbering.NewPlan(numbering.Options{}) })

// worldLetters are the letters of every server; they never change.
var worldLetters = sync.OnceValue(func() *notify.Letters {
	l, err := notify.NewLetters("", "USD")
	if err != nil {
		panic(err)
	}
	return l
})

// clock stands still until a test moves it.
type clock struct {
	mu sync.Mutex // guards at
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// server is the REST door over a real store and a real ledger.
type server struct {
	url        string
	token      string
	operator   tollkeeper.User
	store      *store.Store
	clock      *clock
	door       *api.API
	failWrites atomic.Bool // makes every commit fail
	secrecy    secrecy
}

func newServer(t testing.TB) *server { return newGuarded(t, api.Guard{}) }

// newGuarded starts a server with defences.
func newGuarded(t testing.TB, defences api.Guard) *server {
	t.Helper()
	ctx := context.Background()
	clock := &clock{at: time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC)}
	s := &server{clock: clock}
	t.Cleanup(func() { s.secrecy.checkLog(t) })
	config := storetest.Config(t)
	config.Now, config.Limits, config.Fault = clock.now, ledger.DefaultPolicy.Limits, s.fault
	config.Retention = retentionRules
	config.Portouts = tollkeeper.PortoutPolicy{DecideWithin: 48 * time.Hour, CoolingOff: time.Hour}
	kept, err := store.Open(ctx, config)
	must(t, err)
	t.Cleanup(func() { must(t, kept.Close()) })
	policy := ledger.DefaultPolicy
	policy.HoldMusicURL = holdMusic
	policy.Consent, policy.ConsentPrompt = tollkeeper.ConsentRules{"*": tollkeeper.ConsentAnnounce}, "notice"
	decider := ledger.New(ledger.Config{Store: kept, Policy: policy, Now: clock.now, NewID: kept.NewIDAfter})
	t.Cleanup(decider.Close)
	plan, err := worldPlan()
	must(t, err)
	counters := metrics.New(kept)
	kinds := newMedia(t, kept)
	sources := outbound.Sources{{Scheme: "https", Host: "pbx.example.com", Path: "/recordings/"}}
	links := &link.Media{Key: link.Key("0123456789abcdef0123456789abcdef"), Base: "https://people.example.com", Now: clock.now}
	door := api.New(api.Config{
		Store: kept, DigestRealm: "test", Media: kinds, CustomerMedia: kinds, Fetcher: &media.Fetcher{Media: kinds, Fetches: kept, Sources: sources}, Links: links,
		Calls: &admission.Admission{Ledger: decider, Plan: plan, Directory: directory.New(kept, clock.now), Links: links}, Trunks: directory.New(kept, clock.now), Plan: plan, Limits: policy.Limits, Retention: retentionRules, Now: clock.now, Letters: worldLetters(),
		Log: slog.New(slog.NewTextHandler(&s.secrecy, nil)), Metrics: counters,
		Taxes: billing.Table{}, Printer: &pdf.Printer{Zone: time.UTC},
		Balances: balances.New(kept, clock.now), Stopping: stopped(),
		Watch:   func(tollkeeper.ID) (<-chan tollkeeper.Ruling, func()) { return nil, func() {} },
		OpenAPI: apidoc.JSON, Docs: apidoc.Page, Exposition: counters.Handler(),
		Version: api.Version{Version: "1.2.3", Go: "go1.26"}, PublicURL: "https://people.example.com/", SessionMinutes: 60, Sign: s.sign, Guard: defences,
	})
	listening := httptest.NewServer(door)
	t.Cleanup(listening.Close)
	s.url, s.store, s.door = listening.URL, kept, door
	s.operator, err = kept.CreateUser(ctx, tollkeeper.Write{}, tollkeeper.User{Email: operatorEmail}.WithAllRights(), operatorHash())
	must(t, err)
	s.token = s.tokenOf(t, s.operator)
	return s
}

// retentionRules keep records for half a year, whatever their customers want.
var retentionRules = tollkeeper.RetentionRules{Floor: 6, Grace: tollkeeper.DefaultRetentionGrace}

// newMedia keeps media in a folder.
func newMedia(t testing.TB, kept *store.Store) *media.Media {
	t.Helper()
	address, err := media.FolderURL(t.TempDir())
	must(t, err)
	bucket, err := media.OpenBucket(context.Background(), address)
	must(t, err)
	t.Cleanup(func() { must(t, bucket.Close()) })
	shared, err := kept.Secret(context.Background(), "media")
	must(t, err)
	return media.New(kept, &media.Vault{Bucket: bucket, Keys: kept, Master: media.Master{Shared: shared}}, maxRecording)
}

// maxRecording is the most that a test's server takes of a recording.
const maxRecording = 1 << 20

func (s *server) fault(string) error {
	if s.failWrites.Load() {
		return errors.New("the disk failed")
	}
	return nil
}

// stopped ends streams as soon as they have begun.
func stopped() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tokenOf makes a token for a user, without the slow way through a password.
func (s *server) tokenOf(t testing.TB, u tollkeeper.User) string {
	t.Helper()
	secret := credential.NewToken()
	_, err := s.store.CreateToken(context.Background(), tollkeeper.Write{},
		tollkeeper.Token{Name: "test", Kind: tollkeeper.TokenUser, User: u.ID}, credential.HashToken(secret))
	must(t, err)
	return secret
}

// answer is what a request was answered, with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do makes a request such as "GET /customers"; every answer is checked against
// the API description. Headers are written "Name: value"; "Name:" takes one away
// that would be set otherwise.
func (s *server) do(t testing.TB, request, body string, headers ...string) answer {
	t.Helper()
	method, target, _ := strings.Cut(request, " ")
	r, err := http.NewRequest(method, s.url+target, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Authorization", s.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		if value = strings.TrimPrefix(value, " "); value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	s.secrecy.learn(body)
	s.secrecy.keep(r.Header.Get("Authorization"))
	a := s.send(t, r)
	s.secrecy.check(t, request, a)
	return a
}

func (s *server) send(t testing.TB, r *http.Request) answer {
	t.Helper()
	response, err := contract.New(t).Client().Do(r)
	must(t, err)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	must(t, err)
	return answer{response.StatusCode, response.Header, string(read)}
}

// ask makes a request that must succeed and returns the answer's body.
func (s *server) ask(t testing.TB, request, body string, headers ...string) string {
	t.Helper()
	a := s.do(t, request, body, headers...)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s answered %d %s", request, body, a.status, a.body)
	}
	return a.body
}

// customer creates a customer and returns its id. Members are added to the
// required ones, or take their place.
func (s *server) customer(t testing.TB, members string) string {
	t.Helper()
	return member(t, s.ask(t, "POST /customers", merge(good, members)), "_id").(string)
}

// sign signs sessions with the key of one node.
func (s *server) sign(said credential.Session, now time.Time) (string, error) {
	key, err := credential.MakeKey()
	if err != nil {
		return "", err
	}
	if err := s.store.AddSessionKey(context.Background(), tollkeeper.Write{}, key.ID, key.Public(), ""); err != nil {
		return "", err
	}
	return key.Sign(said, now)
}
