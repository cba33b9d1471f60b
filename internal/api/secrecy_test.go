package api_test

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// secrecy watches everything that the servers of these tests say, in answers and in
// their logs, for the passwords and tokens that they were told or have made.
type secrecy struct {
	mu      sync.Mutex // guards all below
	secrets map[string]bool
	log     bytes.Buffer
}

var (
	givenSecret = regexp.MustCompile(`"(?:password|oldPassword|resetToken|recoveryCode|token|accessToken|secret)":"([^"]{8,})"`)
	// handsOut are the requests whose answers show a new secret, once.
	handsOut = map[string]bool{"POST /authentication": true, "POST /usertokens": true}
)

// learn adds the secrets in the body of a request, or of an answer that hands one
// out.
func (s *secrecy) learn(body string) {
	for _, found := range givenSecret.FindAllStringSubmatch(body, -1) {
		s.keep(found[1])
	}
}

func (s *secrecy) keep(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secrets == nil {
		s.secrets = map[string]bool{}
	}
	if secret = strings.TrimSpace(strings.TrimPrefix(secret, "Bearer ")); len(secret) >= 8 {
		s.secrets[secret] = true
	}
}

// check makes sure that an answer shows no secret that was known before it.
func (s *secrecy) check(t testing.TB, request string, a answer) {
	t.Helper()
	s.mu.Lock()
	var said bytes.Buffer
	a.header.Write(&said)
	said.WriteString(a.body)
	for secret := range s.secrets {
		if strings.Contains(said.String(), secret) {
			t.Errorf("the answer to %s shows the secret %s: %s", request, secret, said.String())
		}
	}
	s.mu.Unlock()
	if handsOut[request] && a.status == http.StatusOK {
		s.learn(a.body)
	}
}

// Write takes a line of the log.
func (s *secrecy) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(line)
}

// checkLog makes sure that no secret was logged, even in part.
func (s *secrecy) checkLog(t testing.TB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for secret := range s.secrets {
		if i := strings.Index(s.log.String(), secret); i >= 0 {
			t.Errorf("the log shows the secret %s", secret)
		}
	}
}

// The watch must see what it is there for.
func TestSecrecyIsWatched(t *testing.T) {
	t.Parallel()
	var s secrecy
	s.learn(`{"strategy":"local","password":"correct horse"}`)
	probe := &testing.T{}
	s.check(probe, "GET /users", answer{status: 200, body: `{"hint":"correct horse"}`})
	if !probe.Failed() {
		t.Error("a password in an answer was not seen")
	}
	probe = &testing.T{}
	s.Write([]byte(`{"error":"wrong password correct horse"}`))
	s.checkLog(probe)
	if !probe.Failed() {
		t.Error("a password in the log was not seen")
	}
}
