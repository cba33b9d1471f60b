package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tollkeeper"
)

// app is a user's authenticator app.
type app struct {
	server *server
	path   string
	secret string
	codes  []string // for recovery
}

// newApp gives the operator a second factor.
func newApp(t *testing.T, s *server) *app {
	t.Helper()
	a := &app{server: s, path: "/users/" + s.operator.ID.String() + "/totp"}
	a.secret = member(t, s.ask(t, "POST "+a.path, `{"password":"`+operatorPassword+`"}`), "secret").(string)
	s.secrecy.keep(a.secret)
	var answer struct{ RecoveryCodes []string }
	must(t, json.Unmarshal([]byte(s.ask(t, "POST "+a.path+"/confirm", `{"totpCode":"`+a.code(t)+`"}`)), &answer))
	a.codes = answer.RecoveryCodes
	for _, code := range a.codes {
		s.secrecy.keep(code)
	}
	s.clock.advance(30 * time.Second) // the code was used
	return a
}

func (a *app) code(t testing.TB) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, a.server.clock.now())
	must(t, err)
	return code
}

// wrong is a code that is right neither now nor half a minute off.
func (a *app) wrong(t testing.TB) string {
	t.Helper()
	for _, guess := range []string{"000000", "111111", "222222", "333333"} {
		near := false
		for _, off := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			code, err := totp.GenerateCode(a.secret, a.server.clock.now().Add(off))
			must(t, err)
			near = near || code == guess
		}
		if !near {
			return guess
		}
	}
	panic("four codes are right at once")
}

func (s *server) signIn(t testing.TB, members string) answer {
	return s.do(t, "POST /authentication", merge(`{"strategy":"local","email":"`+operatorEmail+`","password":"`+operatorPassword+`"}`, members), "Authorization:")
}

const (
	codeNeeded    = "this user has a second factor: send totpCode, or recoveryCode"
	codeWrong     = "the code is wrong, or was used already"
	recoveryWrong = "the recovery code is wrong, or was used already"
)

func (a answer) expectCodeFault(t *testing.T, message, fault string) {
	t.Helper()
	a.expect(t, 401, failure(401, message, fault))
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := newApp(t, s)
	user := s.operator.ID.String()
	s.do(t, "GET "+a.path, "").expect(t, 200, `{"user":"`+user+`","enabled":true,"recoveryCodesLeft":10}`)

	s.signIn(t, "").expectCodeFault(t, codeNeeded, "totpCode: is required")
	s.signIn(t, `"totpCode":"`+a.wrong(t)+`"`).expectCodeFault(t, codeWrong, "totpCode: is wrong, or was used already")
	s.signIn(t, `"password":"wrong","totpCode":"`+a.code(t)+`"`).expect(t, 401, failure(401, "the login is wrong"))
	s.signIn(t, `"totpCode":"12345"`).expect(t, 400, invalid("totpCode: must have 6 digits"))
	s.signIn(t, `"totpCode":"12345x"`).expect(t, 400, invalid("totpCode: must have 6 digits"))
	s.signIn(t, `"totpCode":"123456","recoveryCode":"x"`).expect(t, 400, invalid("recoveryCode: must be absent when totpCode is given"))

	code := a.code(t)
	if got := s.signIn(t, `"totpCode":"`+code+`"`); got.status != 200 {
		t.Fatalf("a right code: %d %s", got.status, got.body)
	}
	s.signIn(t, `"totpCode":"`+code+`"`).expectCodeFault(t, codeWrong, "totpCode: is wrong, or was used already")

	shouted := strings.ToUpper(strings.ReplaceAll(a.codes[3], "-", " "))
	if got := s.signIn(t, `"recoveryCode":"`+shouted+`"`); got.status != 200 {
		t.Fatalf("a recovery code: %d %s", got.status, got.body)
	}
	s.signIn(t, `"recoveryCode":"`+a.codes[3]+`"`).expectCodeFault(t, recoveryWrong, "recoveryCode: is wrong, or was used already")
	s.do(t, "GET "+a.path, "").expect(t, 200, `{"user":"`+user+`","enabled":true,"recoveryCodesLeft":9}`)

	s.do(t, "POST "+a.path, `{"password":"`+operatorPassword+`"}`).expect(t, 409, failure(409, "there is a second factor already; remove it first"))
	s.do(t, "POST "+a.path+"/disable", `{"password":"wrong password"}`).expect(t, 400, invalid("password: is wrong"))
	s.do(t, "DELETE "+a.path, "").expect(t, 403, failure(403, "one's own second factor is removed with the password, by POST /users/{id}/totp/disable"))
	s.do(t, "POST "+a.path+"/disable", `{"password":"`+operatorPassword+`"}`).expect(t, 200, `{"user":"`+user+`","enabled":false,"recoveryCodesLeft":0}`)
	s.do(t, "POST "+a.path+"/disable", `{"password":"`+operatorPassword+`"}`).expect(t, 409, failure(409, "there is no second factor"))
	s.login(t, operatorPassword)

	for action, total := range map[string]string{"totp.enrol": "1", "totp.confirm": "1", "totp.remove": "1", "recoverycode.use": "1"} {
		if found := s.ask(t, "GET /audit?subject="+user+"&$limit=0&action="+action, ""); !strings.Contains(found, `"total":`+total+",") {
			t.Errorf("the trail has %s of %s", found, action)
		}
	}
	for _, kind := range []string{"second-factor-added", "second-factor-removed"} {
		if found := s.ask(t, "GET /mails?to="+operatorEmail+"&$limit=0&kind="+kind, ""); !strings.Contains(found, `"total":1,`) {
			t.Errorf("%s: %s", kind, found)
		}
	}
}

// TestUnconfirmedFactor asks for no code before the user has shown to have one.
func TestUnconfirmedFactor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := &app{server: s, path: "/users/" + s.operator.ID.String() + "/totp"}
	s.do(t, "POST "+a.path+"/confirm", `{"totpCode":"123456"}`).expect(t, 409, failure(409, "there is no second factor"))
	s.do(t, "POST "+a.path, `{"password":"wrong password"}`).expect(t, 400, invalid("password: is wrong"))
	a.secret = member(t, s.ask(t, "POST "+a.path, `{"password":"`+operatorPassword+`"}`), "secret").(string)
	a.secret = member(t, s.ask(t, "POST "+a.path, `{"password":"`+operatorPassword+`"}`), "secret").(string) // the first was never confirmed
	s.do(t, "POST "+a.path+"/confirm", `{"totpCode":"`+a.wrong(t)+`"}`).expect(t, 400, invalid("totpCode: is wrong; check the clock of the device"))
	s.do(t, "POST "+a.path+"/confirm", `{}`).expect(t, 400, invalid("totpCode: is required"))
	s.login(t, operatorPassword)
	s.do(t, "GET "+a.path, "").expect(t, 200, `{"user":"`+s.operator.ID.String()+`","enabled":false,"recoveryCodesLeft":0}`)
}

// TestGuessingCodes leaves who has the password few guesses, and the owner a way in.
func TestGuessingCodes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := newApp(t, s)
	for range 5 {
		s.signIn(t, `"totpCode":"`+a.wrong(t)+`"`).expectCodeFault(t, codeWrong, "totpCode: is wrong, or was used already")
	}
	locked := s.signIn(t, `"totpCode":"`+a.code(t)+`"`)
	if locked.status != http.StatusTooManyRequests || locked.header.Get("Retry-After") != "900" {
		t.Errorf("the sixth guess: %d %s", locked.status, locked.body)
	}
	if got := s.signIn(t, `"recoveryCode":"`+a.codes[0]+`"`); got.status != 200 {
		t.Errorf("the owner is locked out: %d %s", got.status, got.body)
	}
	s.clock.advance(15 * time.Minute)
	if got := s.signIn(t, `"totpCode":"`+a.code(t)+`"`); got.status != 200 {
		t.Errorf("after a quarter of an hour: %d %s", got.status, got.body)
	}
}

// TestCodeCountsOnce tries one code many times at once.
func TestCodeCountsOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := newApp(t, s)
	code := a.code(t)
	var let atomic.Int64
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if s.signIn(t, `"totpCode":"`+code+`"`).status == 200 {
				let.Add(1)
			}
		})
	}
	wait.Wait()
	if let.Load() != 1 {
		t.Errorf("one code opened %d times", let.Load())
	}
}

// TestLostFactor lets those who may write a user remove the factor, and nobody else.
func TestLostFactor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := newApp(t, s)
	token := func(u tollkeeper.User) string {
		made, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, u, "")
		must(t, err)
		return s.tokenOf(t, made)
	}
	customer, err := tollkeeper.ParseID(s.customer(t, ""))
	must(t, err)
	for name, row := range map[string]struct {
		token   string
		request string
		status  int
	}{
		"fewer rights":         {token(tollkeeper.User{Email: "a@example.com", AdminPermission: "rw"}), "DELETE " + a.path, 403},
		"another's factor":     {token(tollkeeper.User{Email: "b@example.com"}.WithAllRights()), "POST " + a.path + "/disable", 403},
		"a customer's user":    {token(tollkeeper.User{Email: "c@example.com", Customer: customer}.WithAllRights()), "DELETE " + a.path, 404},
		"a customer's look":    {token(tollkeeper.User{Email: "d@example.com", Customer: customer}.WithAllRights()), "GET " + a.path, 404},
		"nobody of that id":    {s.token, "GET /users/69a555184b1f8c3a5e0000ff/totp", 404},
		"staff with all right": {token(tollkeeper.User{Email: "e@example.com"}.WithAllRights()), "GET " + a.path, 200},
	} {
		body := ""
		if strings.HasPrefix(row.request, "POST") {
			body = `{"password":"x"}`
		}
		if got := s.do(t, row.request, body, "Authorization: "+row.token); got.status != row.status {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, row.status)
		}
	}
	s.do(t, "DELETE "+a.path, "", "Authorization: "+token(tollkeeper.User{Email: "f@example.com"}.WithAllRights())).
		expect(t, 200, `{"user":"`+s.operator.ID.String()+`","enabled":false,"recoveryCodesLeft":0}`)
	s.login(t, operatorPassword)
}
