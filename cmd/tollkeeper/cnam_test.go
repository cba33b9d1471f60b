package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCallerNameDeadline has a thousand calls at once meet a provider that never
// answers. All are let through, none waits for it much longer than the deadline, 300 ms
// on a machine that does nothing else, and none pays for it.
func TestCallerNameDeadline(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	provider := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer provider.Close()
	defer close(stop)
	s := start(t, filepath.Join(t.TempDir(), "data"), "--cnam-url", provider.URL+"/{e164}?key={secret}", "--cnam-secret", "sesame-open",
		"--cnam-networks", "127.0.0.0/8", "--cnam-price", "0.01")
	var made struct {
		ID string `json:"_id"`
	}
	s.must("POST", "/customers", `{"name":"Acme","credit":100,"cnamLookUps":1,"defaultBillMethod":"credit"}`, &made)
	call := func(n int) time.Duration {
		var d struct{ Decision, CallerName string }
		begun := time.Now()
		s.must("POST", "/calls", fmt.Sprintf(`{"callId":"c%d","customer":%q,"direction":"inbound","from":"+1415555%04d","to":"+12125550101"}`, n, made.ID, n), &d)
		if d.Decision != "allow" || d.CallerName != "" {
			t.Errorf("call %d: %+v", n, d)
		}
		return time.Since(begun)
	}
	if took := call(0); took < 290*time.Millisecond || took > patience {
		t.Errorf("a call waits %s", took)
	}
	const calls = 1000
	took := make([]time.Duration, calls)
	var working sync.WaitGroup
	for n := range took {
		working.Go(func() { took[n] = call(1 + n) })
	}
	working.Wait()
	slices.Sort(took)
	t.Logf("half of the calls were answered within %s, the last one after %s", took[calls/2], took[calls-1])
	if took[calls-1] > patience {
		t.Errorf("a call waits %s", took[calls-1])
	}
	for n := range 20 { // for a provider that is left alone
		call(2000 + n)
	}
	var b struct{ PostedMicros int64 }
	s.must("GET", "/customers/"+made.ID+"/balance", "", &b)
	if b.PostedMicros != 1_000_000 {
		t.Errorf("the balance is %d", b.PostedMicros)
	}
	if _, metrics, err := s.do("GET", "/metrics", ""); err != nil || !strings.Contains(metrics, `tollkeeper_caller_name_lookups_total{outcome="timeout",provider="http"}`) ||
		!strings.Contains(metrics, `tollkeeper_caller_name_lookups_total{outcome="skipped",provider="http"}`) {
		t.Errorf("metrics: %v\n%s", err, metrics)
	}
	if code := s.terminate(); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	log := s.log.String()
	if !strings.Contains(log, "is not asked for a while") || strings.Contains(log, "sesame") || strings.Contains(log, "415555") {
		t.Errorf("the log: %s", log[:min(len(log), 2000)])
	}
	verified(t, s.data)
}

// TestCallerNameSettings refuses settings that make no sense, and tells no secret.
func TestCallerNameSettings(t *testing.T) {
	t.Parallel()
	output, code := tool(t, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--cnam-url", "ftp://names.example/", "--cnam-secret", "sesame-open",
		"--cnam-headers", "no header", "--cnam-pointer", "name", "--cnam-price", "11", "--cnam-deadline-millis", "0", "--cnam-cache-seconds=-1")
	for _, fault := range []string{"cnam-url: must be http", "cnam-url: must have a place", "cnam-headers: must be such as", "cnam-pointer: must be",
		"cnam-price: must be at most 10", "cnam-deadline-millis: must be from 1 to 5000", "cnam-cache-seconds: must be from 0"} {
		if code == 0 || !strings.Contains(output, fault) {
			t.Errorf("%d, without %q: %s", code, fault, output)
		}
	}
	if strings.Contains(output, "sesame") {
		t.Errorf("a secret is told: %s", output)
	}
}

// TestCallerNameList imports the carrier's own list by the command line, all of it or
// nothing, and has a call named by it.
func TestCallerNameList(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := start(t, filepath.Join(folder, "data"), append(asksForNames(t), "--cnam-list-price", "0.001")...)
	file := filepath.Join(folder, "names.csv")
	run := func(csv string, want int, said string, arguments ...string) {
		t.Helper()
		write(t, file, csv)
		output, code := tool(t, append([]string{"callernames", "import", "--server", s.url, "--token", s.token, file}, arguments...)...)
		if code != want || !strings.Contains(output, said) {
			t.Errorf("%d: %s", code, output)
		}
	}
	const good = "number,name\n+12125550177,Zoë's Café\n+12125550178,Acme\n"
	run(good, 0, "names in the file, not imported by this dry run: 2", "--dry-run")
	run(good, 0, "names in the list now: 2")
	run("number,name\n+12125550177,Other\n12,Acme\n", 2, `line 3, column "number":`)
	var page struct {
		Total int64
		Data  []struct{ Number, Name string }
	}
	s.must("GET", "/callernames?number=%2B12125550177", "", &page)
	if page.Total != 1 || page.Data[0].Name != "Zoë's Café" {
		t.Errorf("%+v", page)
	}
	var made struct {
		ID string `json:"_id"`
	}
	s.must("POST", "/customers", `{"name":"Acme","credit":100,"cnamLookUps":1,"defaultBillMethod":"credit"}`, &made)
	for i, row := range []struct{ from, display, full string }{
		{"+12125550177", "ZOES CAFE", "Zoë's Café"},               // for 0.001
		{"+12125550100", "MULLER & SOHNE", "Müller & Söhne GmbH"}, // which the provider knows, for 0.004
		{"+12125550179", "", ""},                                  // which it does not, for 0.004
		{"anonymous", "", ""},
	} {
		var d struct{ Decision, CallerName, CallerNameFull string }
		s.must("POST", "/calls", fmt.Sprintf(`{"callId":"c%d","customer":%q,"direction":"inbound","from":%q,"to":"+12125550101"}`, i, made.ID, row.from), &d)
		if d.Decision != "allow" || d.CallerName != row.display || d.CallerNameFull != row.full {
			t.Errorf("%s: %+v", row.from, d)
		}
	}
	form := url.Values{"section": {"dialplan"}, "Caller-Context": {"public"}, "Unique-ID": {"u-1"}, "Caller-Caller-ID-Number": {"+12125550178"},
		"Caller-Destination-Number": {"+12125550101"}, "variable_tollkeeper_customer": {made.ID}}
	r, err := http.NewRequest("POST", s.url+"/freeswitch/dialplan?context=public&next=route&direction=inbound", strings.NewReader(form.Encode()))
	must(t, err)
	r.SetBasicAuth("freeswitch", s.token)
	answer, err := s.client.Do(r)
	must(t, err)
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); !strings.Contains(string(body), `data="effective_caller_id_name=ACME"`) || !strings.Contains(string(body), `data="tollkeeper_caller_name_full=Acme"`) {
		t.Errorf("FreeSWITCH is told %s", body)
	}
	var ledger struct {
		Data []struct {
			Kind, Reason string
			AmountMicros int64
		}
	}
	s.must("GET", "/customers/"+made.ID+"/ledger?kind=service&$sort[_id]=1", "", &ledger)
	if len(ledger.Data) != 4 || ledger.Data[0].AmountMicros != 1000 || ledger.Data[1].AmountMicros != 4000 || ledger.Data[2].AmountMicros != 4000 || ledger.Data[3].AmountMicros != 1000 || ledger.Data[0].Reason != "caller name" {
		t.Errorf("the ledger: %+v", ledger)
	}
	var trail struct{ Total int }
	s.must("GET", "/audit?action=callernames.import", "", &trail)
	if trail.Total != 1 {
		t.Errorf("%d imports in the audit trail", trail.Total)
	}
	run("number,name\n", 0, "names in the list now: 0")
}
