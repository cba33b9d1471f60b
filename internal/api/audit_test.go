package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/api"
	"tollkeeper/internal/metrics"
	"tollkeeper/internal/store"
)

func TestTrail(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	s.ask(t, "PATCH /customers/"+id, `{"name":"Other"}`, "User-Agent: probe/1.0")
	mine := `{"_id":"{id}","customer":"` + id + `","subject":"` + id + `","actor":"user:` + s.operator.ID.String() + `","actorType":"user",
"action":"customer.patch","address":"127.0.0.1","userAgent":"probe/1.0","createdAt":"{time}","changes":[{"field":"name","from":"Acme","to":"Other"}]}`
	s.run(t, []row{
		{name: "the newest", request: "GET /audit?$limit=1", want: `{"total":6,"limit":1,"skip":0,"data":[` + mine + `]}`},
		{name: "by action", request: "GET /audit?action=customer.patch", want: `{"total":1,"limit":25,"skip":0,"data":[` + mine + `]}`},
		{name: "by search", request: "GET /audit?$search=PROBE", want: `{"total":1,"limit":25,"skip":0,"data":[` + mine + `]}`},
		{name: "of the server", request: "GET /audit?actorType=server&$limit=0", want: `{"total":3,"limit":0,"skip":0,"data":[]}`},
		{name: "an unknown field", request: "GET /audit?hash=x", status: 400, want: invalid("hash: unknown field")},
	})
}

// TestTrailExport checks the lines the way anybody can who has nothing but them.
func TestTrailExport(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const customers = 1_100 // more than two pages
	var makers sync.WaitGroup
	for range 11 {
		makers.Go(func() {
			draft := tollkeeper.NewCustomer()
			draft.Name, draft.DefaultBillMethod = "Ünïcode \"quoted\"", tollkeeper.BillCredit
			for range customers / 11 {
				if _, err := s.store.CreateCustomer(context.Background(), tollkeeper.Write{}, draft); err != nil {
					t.Error(err)
				}
			}
		})
	}
	makers.Wait()
	id := s.customer(t, "")
	s.clock.advance(time.Hour)
	s.ask(t, "PATCH /customers/"+id, `{"name":"Other"}`)
	all := s.do(t, "GET /audit/export", "")
	if all.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("the export is %q", all.header.Get("Content-Type"))
	}
	lines := strings.SplitAfter(all.body, "\n")
	lines = lines[:len(lines)-1]
	previous := strings.Repeat("0", 64)
	for i, line := range lines {
		var e struct {
			Sequence       int
			Previous, Hash string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		sealed, _, _ := strings.Cut(line, `,"hash"`)
		hash := sha256.Sum256([]byte(sealed))
		if e.Sequence != i+1 || e.Previous != previous || e.Hash != hex.EncodeToString(hash[:]) {
			t.Fatalf("line %d does not continue the one before: %s", i+1, line)
		}
		previous = e.Hash
	}
	if len(lines) != customers+6 {
		t.Fatalf("%d lines", len(lines))
	}
	part := func(query string) string { return s.ask(t, "GET /audit/export?"+query, "") }
	last := lines[len(lines)-1]
	for query, want := range map[string]string{
		"from=2026-03-02T10:15:04Z":                         last,
		"from=2026-03-02T10:15:04.001Z":                     "",
		"to=2026-03-02T10:15:04%2B00:00":                    strings.Join(lines[:len(lines)-1], ""),
		"to=2026-03-02T09:15:04Z":                           "",
		"after=" + member(t, lines[999], "_id").(string):    strings.Join(lines[1000:], ""),
		"from=2026-03-02T10:00:00Z&to=2026-03-02T12:00:00Z": last,
		"after=ffffffffffffffffffffffff":                    "",
		"from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z": "",
	} {
		if got := part(query); got != want {
			t.Errorf("%s exports %d bytes, want %d", query, len(got), len(want))
		}
	}
	s.do(t, "GET /audit/export?from=yesterday&after=x&limit=3&to=2026-03-02T09:15:04Z&to=2026-03-02T09:15:04Z", "").
		expectFaults(t, "from: must be a time such as 2026-04-01T00:00:00Z (RFC 3339)", "after: must be an ObjectId of 24 hex digits",
			"limit: is not known here", "to: must not be given twice")
}

func TestTrailIsForStaff(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	customer, err := tollkeeper.ParseID(s.customer(t, ""))
	must(t, err)
	u, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "user@acme.example", Customer: customer}, operatorHash())
	must(t, err)
	token := s.tokenOf(t, u)
	for _, path := range []string{"/audit", "/audit/export", "/mails"} {
		if a := s.do(t, "GET "+path, "", "Authorization: "+token); a.status != 403 {
			t.Errorf("%s answers the user of a customer %d %s", path, a.status, a.body)
		}
	}
}

// expectFaults wants a 400 with faults in any order.
func (a answer) expectFaults(t testing.TB, faults ...string) {
	t.Helper()
	for _, fault := range faults {
		if a.status != 400 || !strings.Contains(a.body, `"`+fault+`"`) {
			t.Errorf("answered %d %s, without %q", a.status, a.body, fault)
		}
	}
}

// failingTrail is a store whose disk fails after the first page of the trail.
type failingTrail struct{ *store.Store }

func (f failingTrail) TrailAfter(ctx context.Context, after tollkeeper.ID, _ int) ([]*tollkeeper.SealedEntry, error) {
	if !after.IsZero() {
		return nil, errors.New("the disk failed")
	}
	return f.Store.TrailAfter(ctx, after, 1)
}

// TestCutExport makes sure that nobody takes a part of the trail for all of it.
func TestCutExport(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	counters := metrics.New(s.store)
	cut := httptest.NewServer(api.New(api.Config{Store: failingTrail{s.store}, Now: s.clock.now, Metrics: counters, Log: slog.New(slog.DiscardHandler)}))
	defer cut.Close()
	r, err := http.NewRequest("GET", cut.URL+"/audit/export", nil)
	must(t, err)
	r.Header.Set("Authorization", s.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return // cut before the first line was sent
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("the export ends as if it were whole: %d %s", response.StatusCode, body)
	}
}

// TestRefusals makes sure that failed sign-ins are told of, and that no flood of them
// fills the trail.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const secret = "a password in the wrong field"
	for _, attempt := range []string{operatorEmail, secret, operatorEmail, operatorEmail, secret} {
		s.do(t, "POST /authentication", `{"strategy":"local","email":"`+attempt+`","password":"wrong"}`, "User-Agent: probe/1.0").
			expect(t, 401, failure(401, "the login is wrong"))
	}
	s.ask(t, "POST /authentication", `{"strategy":"local","email":"`+operatorEmail+`","password":"`+operatorPassword+`"}`)
	for _, want := range []int{2, 0} {
		if got, err := s.door.RecordRefusals(t.Context()); got != want || err != nil {
			t.Errorf("%d entries recorded (%v), want %d", got, err, want)
		}
	}
	entry := func(attempts, subject string) string {
		return `{"total":1,"limit":25,"skip":0,"data":[{"_id":"{id}","subject":"` + subject + `","actor":"anonymous","actorType":"anonymous",
"action":"login.refuse","address":"127.0.0.1","userAgent":"probe/1.0","createdAt":"{time}","changes":[{"field":"attempts","to":` + attempts + `}]}]}`
	}
	operator := s.operator.ID.String()
	s.do(t, "GET /audit?action=login.refuse&subject="+operator, "").expect(t, 200, entry("3", operator))
	s.do(t, "GET /audit?actorType=anonymous&subject[$ne]="+operator, "").expect(t, 200, entry("2", ""))
	if exported := s.ask(t, "GET /audit/export", ""); strings.Contains(exported, secret) || strings.Contains(exported, "wrong") {
		t.Errorf("the trail shows what was typed: %s", exported)
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const networks, each = 150, 3
	for i := range networks * each {
		address := netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, byte(i % networks), 15: byte(i)})
		s.door.NoteRefusal(tollkeeper.Principal{Address: address}, tollkeeper.User{}, s.clock.now())
	}
	s.door.NoteRefusal(tollkeeper.Principal{Address: netip.MustParseAddr("::ffff:192.0.2.1")}, tollkeeper.User{}, s.clock.now())
	if got, err := s.door.RecordRefusals(t.Context()); got != 101 || err != nil {
		t.Errorf("%d entries (%v), want 100 and one for all the rest", got, err)
	}
	var found struct {
		Data []struct {
			Changes []struct{ To int }
		}
	}
	must(t, json.Unmarshal([]byte(s.ask(t, "GET /audit?$and[0]={%22action%22:%22login.refuse%22,%22address%22:null}", "")), &found))
	if len(found.Data) != 1 || found.Data[0].Changes[0].To != 50*each+1 {
		t.Errorf("the rest is %+v", found)
	}
}

// TestRefusalsOutliveAFailure keeps what could not be written for the next time.
func TestRefusalsOutliveAFailure(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	who := tollkeeper.Principal{Address: netip.MustParseAddr("192.0.2.1")}
	s.door.NoteRefusal(who, s.operator, s.clock.now())
	s.failWrites.Store(true)
	if got, err := s.door.RecordRefusals(t.Context()); got != 0 || err == nil {
		t.Errorf("%d entries recorded on a failing disk (%v)", got, err)
	}
	s.failWrites.Store(false)
	s.door.NoteRefusal(who, s.operator, s.clock.now())
	if got, err := s.door.RecordRefusals(t.Context()); got != 1 || err != nil {
		t.Errorf("%d entries recorded (%v)", got, err)
	}
	if found := s.ask(t, "GET /audit?action=login.refuse", ""); !strings.Contains(found, `{"field":"attempts","to":2}`) {
		t.Errorf("the trail has %s", found)
	}
}

// TestTokenAppears tells of the networks that a token is used from, once for each,
// and writes nothing else about requests.
func TestTokenAppears(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	use := func(address string) int {
		r := httptest.NewRequest("GET", "/ratedecks", nil)
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(address), 4711).String()
		r.Header.Set("Authorization", s.token)
		w := httptest.NewRecorder()
		s.door.ServeHTTP(w, r)
		return w.Code
	}
	for _, address := range []string{"192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::2", "192.0.2.2", "2001:db8::1", "192.0.2.1"} {
		if status := use(address); status != 200 {
			t.Fatalf("from %s: %d", address, status)
		}
	}
	s.failWrites.Store(true)
	if use("192.0.2.1") != 200 || use("192.0.2.2") != 200 {
		t.Error("a request from a known address writes")
	}
	if status := use("192.0.2.3"); status != 503 {
		t.Errorf("a use that could not be recorded was answered %d", status)
	}
	s.failWrites.Store(false)
	var found struct {
		Data []struct{ Address, Actor, Subject string }
	}
	must(t, json.Unmarshal([]byte(s.ask(t, "GET /audit?action=token.appear&$sort=_id", "")), &found))
	var addresses []string
	for _, e := range found.Data {
		addresses = append(addresses, e.Address)
	}
	if got := strings.Join(addresses, " "); got != "192.0.2.1 2001:db8::1 192.0.2.2 127.0.0.1" {
		t.Errorf("the trail tells of %s", got)
	}
}

// TestTokenPlacesAreBounded forgets the network that was seen first.
func TestTokenPlacesAreBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	use := func(n int) {
		w := tollkeeper.Write{Principal: tollkeeper.Principal{Token: tollkeeper.ID{1}}}
		must(t, s.store.TokenUsed(t.Context(), w, netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})))
	}
	recorded := func() string { return s.ask(t, "GET /audit?action=token.appear&$limit=0&actorType=token", "") }
	for n := range 101 {
		use(n)
	}
	if got := recorded(); !strings.Contains(got, `"total":101,`) {
		t.Error(got)
	}
	use(100)
	use(1)
	if got := recorded(); !strings.Contains(got, `"total":101,`) {
		t.Errorf("a known network was recorded again: %s", got)
	}
	use(0)
	if got := recorded(); !strings.Contains(got, `"total":102,`) {
		t.Errorf("a forgotten network was not: %s", got)
	}
}
