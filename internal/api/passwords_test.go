package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tollkeeper"
)

const asked = `{"message":"if the address is a user's, a mail with a link is on its way"}`

// forget asks for a link for an address and returns the token of the mail that was
// written; "" when none was.
func (s *server) forget(t *testing.T, email string) string {
	t.Helper()
	s.do(t, "POST /authentication/reset", `{"email":"`+email+`"}`, "Authorization:").expect(t, 200, asked)
	m, found, err := s.store.ClaimMail(t.Context())
	must(t, err)
	if !found {
		return ""
	}
	m.State = tollkeeper.MailSent
	must(t, s.store.SettleMail(t.Context(), m))
	_, token, ok := strings.Cut(m.Secret, "https://people.example.com/password#")
	if !ok || m.To != operatorEmail || m.Kind != "password-reset" {
		t.Fatalf("the mail is %+v", m)
	}
	return token
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const another = "another good password"
	session := s.login(t, operatorPassword)
	reset := func(token, password string) answer {
		return s.do(t, "POST /authentication/password", `{"resetToken":"`+token+`","password":"`+password+`"}`, "Authorization:")
	}
	unknown := invalid("resetToken: is unknown, used or expired; ask for another")

	token := s.forget(t, "OPERATOR@example.com")
	if token == "" || s.forget(t, operatorEmail) != "" {
		t.Error("no mail, or two within five minutes")
	}
	reset("tk_other", another).expect(t, 400, unknown)
	reset(token, "0123456789").expect(t, 400, invalid("password: must not be one of the passwords that are guessed first"))
	reset(token, "").expect(t, 400, invalid("password: must have 8 to 255 characters"))
	s.ask(t, "GET /customers", "", "Authorization: "+session) // nothing has ended it yet
	reset(token, another).expect(t, 200, `{"_id":"{id}","username":"operator@example.com"}`)
	reset(token, "a third good password").expect(t, 400, unknown)
	s.clock.advance(2 * time.Second)
	if a := s.do(t, "GET /customers", "", "Authorization: "+session); a.status != http.StatusUnauthorized {
		t.Errorf("a session outlives its password: %d", a.status)
	}
	s.do(t, "POST /authentication", `{"strategy":"local","email":"`+operatorEmail+`","password":"`+operatorPassword+`"}`).
		expect(t, 401, failure(401, "the login is wrong"))
	s.login(t, another)

	m, found, err := s.store.ClaimMail(t.Context())
	if must(t, err); !found || m.Kind != "password-changed" || m.To != operatorEmail || m.Secret != "" ||
		!strings.Contains(m.Text, "on 2026-03-02 04:15 EST from the address 127.0.0.1. All") {
		t.Errorf("the user is told %+v", m)
	}
	for _, want := range []string{`"total":1,`, `"subject":"` + s.operator.ID.String()} {
		for _, action := range []string{"password.forget", "password.reset"} {
			if found := s.ask(t, "GET /audit?action="+action, ""); !strings.Contains(found, want) || strings.Contains(found, token) {
				t.Errorf("the trail has %s", found)
			}
		}
	}
	if shown := s.ask(t, "GET /mails?$select=text&$limit=1", ""); !strings.Contains(shown, `"text":`) || strings.Contains(shown, `"html":`) || strings.Contains(shown, token) {
		t.Errorf("with only its text a mail is %s", shown)
	}
	if shown := s.ask(t, "GET /mails", ""); strings.Contains(shown, token) || !strings.Contains(shown, "[hidden]") {
		t.Errorf("staff are shown %s", shown)
	}
}

// TestResetTokensEnd tries tokens whose time is over, that were replaced, or whose user
// has another password already.
func TestResetTokensEnd(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ended := func(what, token string) {
		t.Helper()
		a := s.do(t, "POST /authentication/password", `{"resetToken":"`+token+`","password":"another good password"}`, "Authorization:")
		if token == "" || a.status != 400 {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	first := s.forget(t, operatorEmail)
	s.clock.advance(5 * time.Minute)
	second := s.forget(t, operatorEmail)
	ended("replaced", first)
	s.clock.advance(30 * time.Minute)
	ended("expired", second)
	third := s.forget(t, operatorEmail)
	s.ask(t, "PATCH /users/"+s.operator.ID.String(), `{"password":"a password by hand","oldPassword":"`+operatorPassword+`"}`)
	ended("overtaken", third)
}

// TestForgettingTellsNothing compares the answers for a user and for nobody.
func TestForgettingTellsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var took [2]time.Duration
	for i, email := range []string{operatorEmail, "nobody@example.com"} {
		began := time.Now()
		s.do(t, "POST /authentication/reset", `{"email":"`+email+`"}`).expect(t, 200, asked)
		if took[i] = time.Since(began); took[i] < 250*time.Millisecond {
			t.Errorf("%s is answered after %s", email, took[i])
		}
	}
	s.run(t, []row{
		{name: "no address", request: "POST /authentication/reset", body: `{}`, status: 400, want: invalid("email: is required")},
		{name: "all faults", request: "POST /authentication/password", body: `{"password":"x","email":"y"}`, status: 400,
			want: invalid("resetToken: is required", "password: must have 8 to 255 characters", "email: is not known here")},
	})
}

// TestPasswordPage makes sure that the page's own script runs, and no other.
func TestPasswordPage(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.do(t, "GET /password", "", "Authorization:", "Accept: text/html")
	if a.status != 200 || a.header.Get("Content-Type") != "text/html; charset=utf-8" || a.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("answered %d %v", a.status, a.header)
	}
	for _, element := range []string{"script", "style"} {
		content := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(a.body, -1)
		if len(content) != 1 {
			t.Fatalf("%d inline %ss", len(content), element)
		}
		hash := sha256.Sum256([]byte(content[0][1]))
		want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
		if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy is %s, without %s", policy, want)
		}
	}
	if loads := regexp.MustCompile(`(?i)(src|href)\s*=|https?://|\son[a-z]+=`).FindString(a.body); loads != "" {
		t.Errorf("the page has %q", loads)
	}
}

// login signs the operator in.
func (s *server) login(t *testing.T, password string) string {
	t.Helper()
	body := `{"strategy":"local","email":"` + operatorEmail + `","password":"` + password + `"}`
	return member(t, s.ask(t, "POST /authentication", body, "Authorization:"), "accessToken").(string)
}
