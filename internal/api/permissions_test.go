package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// everybody are the kinds of caller there are, with what each may do.
var everybody = []struct {
	name   string
	user   tollkeeper.User
	kind   tollkeeper.TokenKind
	tenant bool // of the customer that the requests are about
	other  bool // of another customer
}{
	{name: "operator", user: tollkeeper.User{}.WithAllRights(), kind: tollkeeper.TokenUser},
	{name: "staff without permissions", kind: tollkeeper.TokenUser},
	{name: "staff with admin r", user: tollkeeper.User{AdminPermission: "r"}, kind: tollkeeper.TokenUser},
	{name: "staff with admin rw", user: tollkeeper.User{AdminPermission: "rw"}, kind: tollkeeper.TokenUser},
	{name: "staff with billing rw", user: tollkeeper.User{BillingPermission: "rw"}, kind: tollkeeper.TokenUser},
	{name: "staff with phone rw", user: tollkeeper.User{PhonePermission: "rw"}, kind: tollkeeper.TokenUser},
	{name: "customer without permissions", kind: tollkeeper.TokenUser, tenant: true},
	{name: "customer with admin r", user: tollkeeper.User{AdminPermission: "r"}, kind: tollkeeper.TokenUser, tenant: true},
	{name: "customer with admin rw", user: tollkeeper.User{AdminPermission: "rw"}, kind: tollkeeper.TokenUser, tenant: true},
	{name: "customer with billing r", user: tollkeeper.User{BillingPermission: "r"}, kind: tollkeeper.TokenUser, tenant: true},
	{name: "customer with billing rw", user: tollkeeper.User{BillingPermission: "rw"}, kind: tollkeeper.TokenUser, tenant: true},
	{name: "customer with phone r", user: tollkeeper.User{PhonePermission: "r"}, kind: tollkeeper.TokenUser, tenant: true},
	{name: "customer with phone rw", user: tollkeeper.User{PhonePermission: "rw"}, kind: tollkeeper.TokenUser, tenant: true},
	{name: "customer with all", user: tollkeeper.User{}.WithAllRights(), kind: tollkeeper.TokenUser, tenant: true},
	{name: "another customer with all", user: tollkeeper.User{}.WithAllRights(), kind: tollkeeper.TokenUser, other: true},
	{name: "switch", kind: tollkeeper.TokenSwitch},
	{name: "switch of the customer", kind: tollkeeper.TokenSwitch, tenant: true},
	{name: "switch of another customer", kind: tollkeeper.TokenSwitch, other: true},
}

// TestWhoMayDoWhat asks every operation as every kind of caller, and expects what
// the table of rules says.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	other := s.customer(t, "")
	for i, caller := range everybody {
		t.Run(caller.name, func(t *testing.T) {
			own := s.customer(t, "") // which those who may will delete
			who := caller.user
			who.Email = fmt.Sprintf("caller%d@example.com", i)
			var customer tollkeeper.ID
			if caller.tenant {
				customer, _ = tollkeeper.ParseID(own)
			}
			if caller.other {
				customer, _ = tollkeeper.ParseID(other)
			}
			who.Customer = customer
			token := tollkeeper.Token{Name: "t", Kind: caller.kind, Customer: customer}
			if caller.kind == tollkeeper.TokenUser {
				made, err := s.store.CreateUser(context.Background(), tollkeeper.Write{}, who, "")
				must(t, err)
				token.User, token.Customer = made.ID, tollkeeper.ID{}
			}
			secret := credential.NewToken()
			_, err := s.store.CreateToken(context.Background(), tollkeeper.Write{}, token, credential.HashToken(secret))
			must(t, err)
			for _, rule := range tollkeeper.Rules {
				request := strings.NewReplacer("/customers/{id}", "/customers/"+own, "{id}", "69a555184b1f8c3a5e0000ff", "{name}", "none",
					"{version}", "1", "{callId}", "none").Replace(rule.Operation)
				got := s.do(t, request, `{"nonsense":1}`, "Authorization: "+secret, "Accept: */*").status
				principal := tollkeeper.Principal{Customer: customer, Rights: who.Rights()}
				if caller.kind == tollkeeper.TokenSwitch {
					principal.Rights = tollkeeper.SwitchOnly
				}
				_, let := principal.May(&rule)
				stranger := caller.other && strings.HasPrefix(request, "GET /customers/"+own)
				switch {
				case !let && got != http.StatusForbidden:
					t.Errorf("%s answered %d, want 403", request, got)
				case let && stranger && got != http.StatusNotFound:
					t.Errorf("%s of another customer answered %d, want 404", request, got)
				case let && got == http.StatusForbidden, got >= 500, got == http.StatusUnauthorized:
					t.Errorf("%s answered %d", request, got)
				}
			}
		})
	}
}

// TestWhoMayWriteWhichField changes every field of the record as every kind of
// caller, and repeats what is stored.
func TestWhoMayWriteWhichField(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	values := map[string][2]string{ // a value to begin with, and another; for counts the second is higher
		"name": {`"A"`, `"B"`}, "websiteUrl": {`"a.example"`, `"b.example"`}, "logo": {`"a.example/a"`, `"a.example/b"`}, "credit": {`100`, `200`},
		"adminUserId": {`null`, `"` + s.operator.ID.String() + `"`}, "billingUserId": {`null`, `"` + s.operator.ID.String() + `"`},
		"callRecordingUserId": {`null`, `"` + s.operator.ID.String() + `"`}, "supportUserId": {`null`, `"` + s.operator.ID.String() + `"`},
		"automaticRefillAmount": {`1`, `2`}, "lowBalanceAlertAmount": {`1`, `2`}, "internationalCalling": {`0`, `1`},
		"createdByIP": {`"127.0.0.1"`, `"127.0.0.2"`}, "mediaBypass": {`0`, `1`}, "accountLock": {`0`, `1`}, "callRecording": {`0`, `1`},
		"cdrRetention": {`1`, `2`}, "cnamLookUps": {`0`, `1`}, "holdMusic": {`0`, `1`}, "transcribeCalls": {`0`, `1`},
		"maxOutboundCallRate": {`1`, `2`}, "defaultBillMethod": {`"credit"`, `"paymentmethod"`},
	}
	for i, caller := range everybody {
		if caller.kind == tollkeeper.TokenSwitch || caller.other {
			continue
		}
		id := s.customer(t, "")
		customer, _ := tollkeeper.ParseID(id)
		who := caller.user
		who.Email = fmt.Sprintf("writer%d@example.com", i)
		if caller.tenant {
			who.Customer = customer
		}
		made, err := s.store.CreateUser(context.Background(), tollkeeper.Write{}, who, "")
		must(t, err)
		secret := s.tokenOf(t, made)
		for _, f := range tollkeeper.CustomerFields {
			if f.ReadOnly {
				continue
			}
			pair, known := values[f.Name]
			if !known {
				t.Fatalf("no values for %s", f.Name)
			}
			write := func(value, auth string) answer {
				return s.do(t, "PATCH /customers/"+id, `{"`+f.Name+`":`+value+`}`, "Authorization: "+auth)
			}
			for _, step := range []struct {
				from, to string
				raises   bool
			}{{pair[0], pair[1], true}, {pair[1], pair[0], false}, {pair[0], pair[0], false}} {
				if a := write(step.from, s.token); a.status != http.StatusOK {
					t.Fatalf("%s: %s", f.Name, a.body)
				}
				may := who.Rights()&f.Write != 0
				if caller.tenant {
					may = may && (f.Reach == tollkeeper.ReachAll || f.Reach == tollkeeper.ReachLower && !step.raises)
				}
				want := http.StatusForbidden
				if may || step.from == step.to {
					want = http.StatusOK
				}
				a := write(step.to, secret)
				if a.status != want || want == http.StatusForbidden && !strings.Contains(a.body, f.Name+": ") {
					t.Errorf("%s: %s from %s to %s answered %d, want %d: %s", caller.name, f.Name, step.from, step.to, a.status, want, a.body)
				}
			}
		}
	}
}

// No limit at all is the highest rate.
func TestARateOfNoneIsTheHighest(t *testing.T) {
	t.Parallel()
	p := tollkeeper.Principal{Customer: tollkeeper.ID{1}, Rights: tollkeeper.WritePhone}
	for _, row := range []struct {
		from, to string
		ok       bool
	}{{"0", "5", true}, {"5", "0", false}, {"5", "4", true}, {"4", "5", false}} {
		err := p.CheckChanges([]tollkeeper.Change{{Field: "maxOutboundCallRate", From: row.from, To: row.to}})
		if (err == nil) != row.ok {
			t.Errorf("from %s to %s: %v", row.from, row.to, err)
		}
	}
}

// What belongs to one customer is not there for another's users, in any list.
func TestListsShowOneCustomerOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	token := map[string]string{}
	ids := []string{s.customer(t, `"credit":1000,"maxOutboundCallRate":0`), s.customer(t, `"credit":1000,"maxOutboundCallRate":0`)}
	for i, id := range ids {
		customer, _ := tollkeeper.ParseID(id)
		u, err := s.store.CreateUser(context.Background(), tollkeeper.Write{}, tollkeeper.User{Email: fmt.Sprintf("u%d@example.com", i), Customer: customer}.WithAllRights(), "")
		must(t, err)
		token[id] = s.tokenOf(t, u)
		for _, call := range []string{"live", "over"} {
			s.ask(t, "POST /calls", `{"callId":"`+call+id+`","customer":"`+id+`","direction":"outbound","from":"+12125550100","to":"`+domestic+`"}`)
		}
		s.ask(t, "POST /calls/over"+id+"/end", `{"durationSeconds":10}`)
	}
	for _, list := range []string{"/customers", "/users", "/usertokens", "/calls", "/cdrs", "/events"} {
		for i, id := range ids {
			for _, query := range []string{"", "?$or[0][_id][$ne]=69a555184b1f8c3a5e000003&$limit=1000", "?_id[$ne]=69a555184b1f8c3a5e000003"} {
				body := s.ask(t, "GET "+list+query, "", "Authorization: "+token[id])
				if strings.Contains(body, ids[1-i]) || !strings.Contains(body, `"data":[{`) {
					t.Errorf("%s%s: %s", list, query, body)
				}
			}
		}
	}
	// The other's records by their ids, and the other's call by its callId.
	record := member(t, s.ask(t, "GET /cdrs?customer="+ids[0], ""), "data").([]any)[0].(map[string]any)["_id"].(string)
	user := member(t, s.ask(t, "GET /users?customer="+ids[0], ""), "data").([]any)[0].(map[string]any)["_id"].(string)
	theirs := member(t, s.ask(t, "GET /usertokens?customer="+ids[0], ""), "data").([]any)[0].(map[string]any)["_id"].(string)
	for _, request := range []string{"GET /customers/" + ids[0], "PATCH /customers/" + ids[0], "GET /customers/" + ids[0] + "/balance",
		"GET /customers/" + ids[0] + "/ledger", "GET /customers/" + ids[0] + "/usage", "GET /customers/" + ids[0] + "/audit", "GET /cdrs/" + record, "GET /users/" + user,
		"PATCH /users/" + user, "DELETE /users/" + user, "GET /usertokens/" + theirs, "PATCH /usertokens/" + theirs, "DELETE /usertokens/" + theirs,
		"POST /calls/live" + ids[0] + "/end", "POST /calls/live" + ids[0] + "/extend", "POST /calls/live" + ids[0] + "/answer"} {
		if a := s.do(t, request, `{}`, "Authorization: "+token[ids[1]]); a.status != http.StatusNotFound {
			t.Errorf("%s answered %d %s", request, a.status, a.body)
		}
	}
	// Nor may the other be called for.
	s.do(t, "POST /calls", `{"callId":"x","customer":"`+ids[0]+`","direction":"outbound","to":"`+domestic+`"}`, "Authorization: "+token[ids[1]]).
		expect(t, 200, strings.ReplaceAll(denial("x", domestic, "unknown_customer", 403), "{customer}", ids[0]))
	// Oneself need not be named.
	if d := s.ask(t, "POST /calls", `{"callId":"y","direction":"outbound","to":"`+domestic+`"}`, "Authorization: "+token[ids[1]]); member(t, d, "customer") != ids[1] || member(t, d, "decision") != "allow" {
		t.Error(d)
	}
}

func TestTokensOfUsersAndSwitches(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.run(t, []row{
		{name: "everything wrong", request: "POST /usertokens", body: `{"name":"","kind":"server","expiresInYears":11,"x":1}`, status: 400,
			want: invalid("name: must have 1 to 45 characters", `kind: must be "user" or "switch"`, "expiresInYears: must be an integer from 1 to 10", "x: is not known here")},
		{name: "networks", request: "POST /usertokens", body: `{"name":"e","kind":"switch","networks":["192.0.2.1/24"],"expiresInYears":1}`, status: 400,
			want: invalid("networks: must be a list of at most 100 addresses or networks such as 192.0.2.0/24")},
		{name: "nobody's", request: "POST /usertokens", body: `{"name":"e","user":"69a555184b1f8c3a5e000003","expiresInYears":1}`, status: 400,
			want: invalid("user: must be the id of an existing user")},
		{name: "of no customer", request: "POST /usertokens", body: `{"name":"e","kind":"switch","customer":"69a555184b1f8c3a5e000003","expiresInYears":1}`, status: 400,
			want: invalid("customer: must be the id of an existing customer")},
	})
	made := s.ask(t, "POST /usertokens", `{"name":"edge","kind":"switch","networks":["127.0.0.1","2001:db8::/32"],"expiresInYears":2}`)
	id, secret := member(t, made, "_id").(string), member(t, made, "token").(string)
	if body := s.ask(t, "GET /usertokens/"+id, ""); strings.Contains(body, secret) || !strings.Contains(body, `"networks":["127.0.0.1/32","2001:db8::/32"]`) {
		t.Error(body)
	}
	end := func(auth string) int { return s.do(t, "POST /calls/none/end", "", "Authorization: "+auth).status }
	if got := end(secret); got != http.StatusNotFound {
		t.Errorf("the switch's token answered %d", got)
	}
	far := s.ask(t, "POST /usertokens", `{"name":"far","kind":"switch","networks":["192.0.2.0/24"],"expiresInYears":2}`)
	if got := end(member(t, far, "token").(string)); got != http.StatusUnauthorized {
		t.Errorf("from another network: %d", got)
	}
	s.ask(t, "PATCH /usertokens/"+id, `{"status":0,"name":"edge 1"}`)
	s.clock.advance(2 * time.Second)
	if got := end(secret); got != http.StatusUnauthorized {
		t.Errorf("taken away: %d", got)
	}
	s.ask(t, "PATCH /usertokens/"+id, `{"status":1}`)
	s.clock.advance(2 * time.Second)
	if got := end(secret); got != http.StatusNotFound {
		t.Errorf("given back: %d", got)
	}
	s.ask(t, "DELETE /usertokens/"+id, "")
	s.clock.advance(2 * time.Second)
	if got := end(secret); got != http.StatusUnauthorized {
		t.Errorf("deleted: %d", got)
	}
	mine := s.ask(t, "POST /usertokens", `{"name":"mine","expiresInYears":1}`)
	s.clock.advance(366 * 24 * time.Hour)
	if got := s.do(t, "GET /customers", "", "Authorization: "+member(t, mine, "token").(string)).status; got != http.StatusUnauthorized {
		t.Errorf("expired: %d", got)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := member(t, s.ask(t, "POST /users", `{"email":"ann@example.com","password":"first-of-many","adminPermission":"rw"}`), "_id").(string)
	login := func(password string) string {
		t.Helper()
		return member(t, s.ask(t, "POST /authentication", `{"strategy":"local","email":"ann@example.com","password":"`+password+`"}`), "accessToken").(string)
	}
	status := func(secret string) int { return s.do(t, "GET /users/"+id, "", "Authorization: Bearer "+secret).status }
	one := login("first-of-many")
	if got := status(one); got != 200 || strings.Count(one, ".") != 2 {
		t.Fatalf("the session answered %d", got)
	}
	own := "Authorization: " + one
	s.run(t, []row{
		{name: "without the old one", request: "PATCH /users/{user}", body: `{"password":"second-of-many"}`, headers: []string{own}, status: 400, want: invalid("oldPassword: is required to change one's own password")},
		{name: "with a wrong one", request: "PATCH /users/{user}", body: `{"password":"second-of-many","oldPassword":"x"}`, headers: []string{own}, status: 400, want: invalid("oldPassword: is wrong")},
		{name: "a common one", request: "PATCH /users/{user}", body: `{"password":"Iloveyou22","oldPassword":"first-of-many"}`, headers: []string{own}, status: 400,
			want: invalid("password: must not be one of the passwords that are guessed first")},
	}, "{user}", id)
	s.ask(t, "PATCH /users/"+id, `{"password":"second-of-many","oldPassword":"first-of-many"}`, own)
	s.clock.advance(2 * time.Second)
	if got := status(one); got != http.StatusUnauthorized {
		t.Errorf("after another password: %d", got)
	}
	two := login("second-of-many")
	s.ask(t, "PATCH /users/"+id, `{"adminPermission":null}`)
	s.clock.advance(2 * time.Second)
	if got := s.do(t, "POST /users", `{}`, "Authorization: "+two).status; got != http.StatusForbidden {
		t.Errorf("without the permission: %d", got)
	}
	s.clock.advance(61 * time.Minute)
	if got := status(two); got != http.StatusUnauthorized {
		t.Errorf("after an hour: %d", got)
	}
	three := login("second-of-many")
	s.ask(t, "DELETE /users/"+id, "")
	s.clock.advance(2 * time.Second)
	if got := status(three); got != http.StatusUnauthorized {
		t.Errorf("of a user who is gone: %d", got)
	}
}

// TestSignOut ends one session of two, for the node that is asked and for another.
func TestSignOut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := member(t, s.ask(t, "POST /users", `{"email":"ann@example.com","password":"first-of-many"}`), "_id").(string)
	login := func() string {
		t.Helper()
		return member(t, s.ask(t, "POST /authentication", `{"strategy":"local","email":"ann@example.com","password":"first-of-many"}`), "accessToken").(string)
	}
	status := func(secret string) int { return s.do(t, "GET /users/"+id, "", "Authorization: Bearer "+secret).status }
	one := login()
	s.clock.advance(time.Second)
	other := login()
	ended := `{"_id":"` + id + `","strategy":"local","username":"ann@example.com","password":""}`
	s.do(t, "DELETE /authentication", "", "Authorization: "+one).expect(t, 200, ended)
	if got := status(one); got != http.StatusUnauthorized {
		t.Errorf("the session that was ended answered %d", got)
	}
	if got := status(other); got != 200 {
		t.Errorf("the other session answered %d", got)
	}
	s.do(t, "DELETE /authentication", "", "Authorization: "+one).expect(t, 401, failure(401, "the token is missing, unknown or expired"))
	s.do(t, "DELETE /authentication", "").expect(t, 400, invalid("Authorization: must be a session; a token is taken away at /usertokens/{id}"))
	entries := s.ask(t, "GET /audit?action=login.end", "")
	if got := fmt.Sprint(member(t, entries, "total")); got != "1" {
		t.Errorf("audit: %v", entries)
	}
	s.clock.advance(2 * time.Hour)
	if _, err := s.store.DeleteExpired(context.Background()); err != nil {
		t.Error(err)
	}
	if got := status(one); got != http.StatusUnauthorized {
		t.Errorf("after it had expired the ended session answered %d", got)
	}
}

// Nobody gives what they do not have.
func TestPermissionsAreNotMade(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	customer, _ := tollkeeper.ParseID(id)
	admin, err := s.store.CreateUser(context.Background(), tollkeeper.Write{}, tollkeeper.User{Email: "admin@example.com", Customer: customer, AdminPermission: "rw"}, "")
	must(t, err)
	full, err := s.store.CreateUser(context.Background(), tollkeeper.Write{}, tollkeeper.User{Email: "full@example.com", Customer: customer}.WithAllRights(), "")
	must(t, err)
	own := "Authorization: " + s.tokenOf(t, admin)
	const forbidden = "some fields may not be changed"
	no := func(fields ...string) string {
		for i := range fields {
			fields[i] += ": you cannot give what you do not have"
		}
		return failure(403, forbidden, fields...)
	}
	s.run(t, []row{
		{name: "to oneself", request: "PATCH /users/" + admin.ID.String(), body: `{"billingPermission":"rw"}`, headers: []string{own}, status: 403, want: no("billingPermission")},
		{name: "to a new user", request: "POST /users", body: `{"email":"n@example.com","password":"quite-long-enough","phonePermission":"r"}`, headers: []string{own}, status: 403, want: no("phonePermission")},
		{name: "by a token", request: "POST /usertokens", body: `{"name":"t","user":"` + full.ID.String() + `","expiresInYears":1}`, headers: []string{own}, status: 403,
			want: failure(403, "the user may do what you may not")},
		{name: "by another's password", request: "PATCH /users/" + full.ID.String(), body: `{"password":"quite-long-enough"}`, headers: []string{own}, status: 403,
			want: failure(403, "the user may do what you may not")},
		{name: "by taking the other away", request: "DELETE /users/" + full.ID.String(), headers: []string{own}, status: 403,
			want: failure(403, "the user may do what you may not")},
		{name: "as staff", request: "PATCH /users/" + admin.ID.String(), body: `{"customer":null}`, headers: []string{own}, status: 400, want: invalid("customer: must be the id of an existing customer")},
		{name: "to another customer's new user", request: "POST /users", body: `{"email":"n@example.com","password":"quite-long-enough","customer":"69a555184b1f8c3a5e000003"}`, headers: []string{own}, status: 400,
			want: invalid("customer: must be the id of an existing customer")},
		{name: "a new user of one's own customer", request: "POST /users", body: `{"email":"n@example.com","password":"quite-long-enough","adminPermission":"rw"}`, headers: []string{own},
			want: `{"_id":"{id}","email":"n@example.com","timezone":"America/New_York","customer":"{customer}","adminPermission":"rw","createdAt":"{time}","updatedAt":"{time}"}`},
	}, "{customer}", id)
}

// BenchmarkLetIn is what a known token costs a request.
func BenchmarkLetIn(b *testing.B) {
	s := newServer(b)
	r, err := http.NewRequest("GET", "/customers/69a555184b1f8c3a5e000003", nil)
	must(b, err)
	r.Header.Set("Authorization", "Bearer "+s.token)
	for b.Loop() {
		must(b, s.door.LetIn(r, "GET /customers/{id}"))
	}
}
