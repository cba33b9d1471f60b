package main_test

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
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

// asteriskSwitch plays scenarios as a dialplan of Asterisk does that takes one grant
// for the whole call.
type asteriskSwitch struct {
	t       *testing.T
	address string
}

func newAsteriskSwitch(s *server) *asteriskSwitch {
	s.t.Helper()
	_, after, found := strings.Cut(s.output.String(), "FastAGI scripts are served on ")
	if !found {
		s.t.Fatalf("no FastAGI: %s", s.output.String())
	}
	address, _, _ := strings.Cut(after, "\n")
	return &asteriskSwitch{t: s.t, address: address}
}

// run runs a script. Known are the channel's variables; what the script sets is added.
func (a *asteriskSwitch) run(script string, c *placed, known map[string]string) {
	a.t.Helper()
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		a.t.Fatal(err)
	}
	defer conn.Close()
	presentation := 3 // allowed; of the network
	if c.hidden {
		presentation = 35 // prohibited
	}
	account := cmp.Or(c.customer, c.trunk)
	if c.customer == "" && c.source != "" {
		account = ""
	}
	fmt.Fprintf(conn, "agi_request: agi://x/%s\nagi_uniqueid: %s\nagi_callerid: %s\nagi_callingpres: %d\nagi_accountcode: %s\nagi_extension: %s\n\n",
		script, c.id, c.from, presentation, account, c.to)
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		words := strings.SplitN(lines.Text(), " ", 4)
		switch words[0] {
		case "SET":
			known[words[2]] = strings.Trim(words[3], `"`)
		case "GET":
			if value := known[words[2]]; value != "" {
				fmt.Fprintf(conn, "200 result=1 (%s)\n", value)
				continue
			}
		}
		fmt.Fprint(conn, "200 result=0\n")
	}
}

func (a *asteriskSwitch) authorize(c *placed) verdict {
	set := map[string]string{}
	a.run("authorize?whole=yes&direction="+direction(c)+"&source="+c.source, c, set)
	c.customer = cmp.Or(c.customer, set["TOLLKEEPER_CUSTOMER"]) // the channel keeps it
	return verdictOf(set)
}

func direction(c *placed) string {
	if c.inbound {
		return "inbound"
	}
	return "outbound"
}

// verdictOf reads what the script has set for one grant.
func verdictOf(set map[string]string) verdict {
	code, _ := strconv.Atoi(set["TOLLKEEPER_SIP_CODE"])
	seconds, _ := strconv.ParseInt(set["TOLLKEEPER_SECONDS"], 10, 64)
	allow := set["TOLLKEEPER_DECISION"] == "allow"
	if allow {
		code = 200
	}
	return verdict{allow: allow, seconds: seconds, final: true, sipCode: code, name: set["CALLERID(name)"]}
}

func (a *asteriskSwitch) answer(*placed) {}

func (a *asteriskSwitch) extend(*placed, int64) verdict {
	a.t.Error("a whole grant is extended")
	return verdict{}
}

func (a *asteriskSwitch) end(c *placed, talked int64) {
	left := map[string]string{"TOLLKEEPER_CUSTOMER": c.customer, "DIALSTATUS": "NOANSWER"}
	if talked > 0 {
		left["DIALSTATUS"], left["ANSWEREDTIME_MS"] = "ANSWER", strconv.FormatInt(talked*1000, 10)
	}
	a.run("end", c, left)
}
