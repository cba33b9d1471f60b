package main_test

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// TestFreeSwitchDoor asks for a dialplan as FreeSWITCH does, with a switch's token, and
// as others who may not.
func TestFreeSwitchDoor(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	s.importDeck()
	customer := s.newCustomer("Acme", 100)
	ask := func(call, token string) (int, string) {
		t.Helper()
		form := url.Values{"section": {"dialplan"}, "Caller-Context": {"customers"}, "Unique-ID": {call}, "Caller-Caller-ID-Number": {"+12125550100"},
			"Caller-Destination-Number": {"+442071838750"}, "variable_tollkeeper_customer": {customer}}
		r, err := http.NewRequest("POST", s.url+"/freeswitch/dialplan?context=customers&next=route", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("freeswitch", token)
		response, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	if status, body := ask("u-1", s.newToken("switch", "--kind", "switch")); status != 200 || !strings.Contains(body, `<action application="transfer" data="+442071838750 XML route">`) {
		t.Errorf("a switch: %d %s", status, body)
	}
	if status, body := ask("u-2", s.newToken("elsewhere", "--kind", "switch", "--networks", "192.0.2.0/24")); status != 401 {
		t.Errorf("from elsewhere: %d %s", status, body)
	}
	if status, body := ask("u-3", s.newToken("another", "--kind", "switch", "--customer", s.newCustomer("Other", 0))); status != 200 || !strings.Contains(body, "unknown_customer") {
		t.Errorf("of another customer: %d %s", status, body)
	}
	if status, _, _ := s.do("GET", "//customers", ""); status != 404 {
		t.Errorf("a path that is not in its shortest form answers %d", status)
	}
	if log := s.log.String(); strings.Contains(log, "tk_") {
		t.Error("the log holds a token")
	}
}
