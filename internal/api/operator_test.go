package api_test

import (
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/api"
)

// TestOperatorOfServerWithUsers asks a server that has users for a first one.
func TestOperatorOfServerWithUsers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, code := range []string{"", "AAAA-BBBB"} { // began with users; was made meanwhile
		s.door.Operator = api.Operator{Code: code, Email: "late@example.com"}
		if got := s.ask(t, "GET /operator", ""); got != `{"needed":false}` {
			t.Errorf("with the code %q: %s", code, got)
		}
		answersWith(t, s, "POST /operator", `{"code":"AAAA-BBBB","password":"a fine one, this"}`, 409, "there are users already")
	}
	answersWith(t, s, "POST /operator", `{"code":"","password":"12345678","email":"x","timezone":"Mars","rights":1}`, 400, "password: must not be")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.door.Settings = []tollkeeper.Setting{
		{Name: "grace-seconds", Value: "45", Default: "30", Source: tollkeeper.SettingFile, Unit: "seconds", Help: "Seconds of silence.", IsSet: true},
		{Name: "stripe-key", Source: tollkeeper.SettingEnvironment, Help: "Secret key.", Secret: true, IsSet: true},
	}
	got := s.ask(t, "GET /settings?$skip=1", "")
	if !strings.Contains(got, `"total":2`) || !strings.Contains(got, `"data":[{"name":"stripe-key","source":"environment","help":"Secret key.","secret":true,"set":true}]`) {
		t.Error(got)
	}
}
