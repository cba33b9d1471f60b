package console_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// stream is an open page that decisions come to.
type stream struct {
	t     testing.TB
	lines *bufio.Reader
}

// watch opens the live feed, and waits for it to begin.
func (v *visitor) watch() *stream {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	request, err := http.NewRequestWithContext(ctx, "GET", v.url+"/console/decisions/live", nil)
	must(v.t, err)
	response, err := v.client.Do(request)
	must(v.t, err)
	v.t.Cleanup(func() { cancel(); response.Body.Close() })
	s := &stream{v.t, bufio.NewReader(response.Body)}
	if first, err := s.lines.ReadString('\n'); err != nil || first != "event: beat\n" {
		v.t.Fatalf("the feed begins with %q: %v", first, err)
	}
	return s
}

// row is the next row that comes.
func (s *stream) row() (string, error) {
	for {
		line, err := s.lines.ReadString('\n')
		if row, ok := strings.CutPrefix(line, "data: <tr"); ok || err != nil {
			return row, err
		}
	}
}

// switchToken is the token of a switch.
func (s *site) switchToken(name string) string {
	s.t.Helper()
	secret := credential.NewToken()
	_, err := s.store.CreateToken(context.Background(), tollkeeper.Write{}, tollkeeper.Token{Name: name, Kind: tollkeeper.TokenSwitch}, credential.HashToken(secret))
	must(s.t, err)
	return secret
}

// askAs lets a switch ask about a call.
func (s *site) askAs(token string, c tollkeeper.Account, callID string) {
	s.t.Helper()
	body := `{"callId":"` + callID + `","customer":"` + c.ID.String() + `","direction":"outbound","from":"+12125550100","to":"+12125550123"}`
	request, err := http.NewRequest("POST", s.url+"/calls", strings.NewReader(body))
	must(s.t, err)
	request.Header.Set("Authorization", token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	must(s.t, err)
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("the switch is answered %d", response.StatusCode)
	}
}

// TestDecisionsComeLive watches the feed with many open pages while a switch asks about a
// call. A row is made once for all who read alike, which the questions for the customer's
// name tell, and is another for those who read otherwise.
func TestDecisionsComeLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "eva@example.com", Timezone: "Europe/Madrid", Language: "es-ES"}.WithAllRights())
	s.user(tollkeeper.User{Email: "ben@example.com", Timezone: "America/New_York", Customer: c.ID}.WithAllRights())
	readers := map[string]*visitor{operatorEmail: s.signedIn(operatorEmail), "eva@example.com": s.signedIn("eva@example.com"), "ben@example.com": s.reader("ben@example.com")}
	open := map[string][]*stream{}
	for email, v := range readers {
		for range 8 {
			open[email] = append(open[email], v.watch())
		}
	}
	before := s.asked.times("GET /customers")
	s.ask(c, "first")
	rows := map[string]bool{}
	for email, streams := range open {
		for _, one := range streams {
			row, err := one.row()
			must(t, err)
			rows[row] = true
			refused := map[bool]string{true: "Rechazada", false: "Refused"}[email == "eva@example.com"]
			for _, want := range []string{"Harbour Coffee", refused, "12125550123"} {
				if !strings.Contains(row, want) {
					t.Errorf("the row of %s lacks %q: %s", email, want, row)
				}
			}
		}
	}
	if made := s.asked.times("GET /customers") - before; made != len(readers) {
		t.Errorf("the row was made %d times for %d ways to read it", made, len(readers))
	}
	if len(rows) != 2 { // the operator and the customer's own user read the same words
		t.Errorf("there are %d rows, not one in English and one in Spanish", len(rows))
	}
	v := readers[operatorEmail]
	v.get("/console/decisions").has("Refused", "Harbour Coffee")
	v.get("/console/").has("Decisions")
}

// reader is a customer's user with a session.
func (s *site) reader(email string) *visitor {
	s.t.Helper()
	v := s.visitor()
	v.post("/console/sign-in", map[string][]string{"email": {email}, "password": {password}}).is(200)
	return v
}
