package console_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tollkeeper"
)

// TestOddFormsAreNotFaultsOfTheServer sends every page and form of the console what no
// browser of good will would send, and wants to be told so: no answer may be 5xx.
func TestOddFormsAreNotFaultsOfTheServer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit = 1000 })
	s.ask(c, "refused")
	v := s.signedIn(operatorEmail)
	ids := v.fixtures(c)
	names := sources(t, regexp.MustCompile(`(?:Name: |FormValue\(|readCents\(&f, |readInt\(&f, |cents\(v, |text\(|typed\()"(\w+)"`))
	for _, field := range tollkeeper.CustomerFields {
		names = append(names, field.Name)
	}
	forms := []url.Values{nil}
	for _, odd := range []string{"", "x", "-1", "99999999999999999999", "\x00\xff", "0123456789abcdef01234567", strings.Repeat("ä", 300)} {
		form := url.Values{}
		for _, name := range names {
			form.Set(name, odd)
		}
		forms = append(forms, form)
	}
	for _, route := range sources(t, regexp.MustCompile(`c\.(?:open|route|dangerous)\("((?:GET |POST )?/console[^"]*)"`)) {
		method, pattern, _ := strings.Cut(route, " ")
		if pattern == "" {
			method, pattern = "", route
		}
		if strings.HasSuffix(pattern, "/live") || strings.HasSuffix(pattern, "/sign-out") || pattern == "/console/password" {
			continue // a stream, and what ends the session
		}
		for i, path := range paths(pattern, ids) {
			tried := forms
			if i > 0 {
				tried = forms[:2] // nothing is there, whatever is asked of it
			}
			for _, form := range tried {
				if method != "POST" {
					v.notAtFault("GET", path+"?"+form.Encode(), "", "")
				}
				if method != "GET" {
					v.notAtFault("POST", path, "application/x-www-form-urlencoded", form.Encode())
				}
			}
			if method != "GET" {
				v.notAtFault("POST", path, "application/x-www-form-urlencoded", "%zz&=;")
				v.notAtFault("POST", path, "multipart/form-data; boundary=x", "--x\r\nnonsense")
				v.notAtFault("POST", path, "multipart/form-data", "")
				v.notAtFault("POST", path, "application/json", `{"name":1}`)
			}
		}
	}
}

// sources are what an expression finds in the package's source, each once.
func sources(t *testing.T, expression *regexp.Regexp) (all []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		must(t, err)
		for _, found := range expression.FindAllSubmatch(source, -1) {
			all = append(all, string(found[1]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// paths are the addresses of a pattern: one of something that is there, one of nothing,
// and one that makes no sense.
func paths(pattern string, ids map[string]string) []string {
	pattern = strings.TrimSuffix(pattern, "{$}")
	if !strings.Contains(pattern, "{") {
		return []string{pattern}
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/console/"), "/")
	real := strings.NewReplacer("{id}", ids[kind], "{method}", ids["methods"], "{name}", "default", "{version}", "1")
	return []string{real.Replace(pattern), braces.ReplaceAllString(pattern, "0123456789abcdef01234567"), braces.ReplaceAllString(pattern, "%00z")}
}

var braces = regexp.MustCompile(`\{\w+\}`)

// fixtures are the ids of one of each kind of thing that has a page.
func (v *visitor) fixtures(c tollkeeper.Account) map[string]string {
	v.t.Helper()
	ids := map[string]string{"customers": c.ID.String()}
	own := `"customer":"` + c.ID.String() + `",`
	for _, made := range []struct{ kind, path, body string }{
		{"methods", "/paymentmethods", `{` + own + `"provider":"manual","label":"bank transfer","isDefault":true}`},
		{"payments", "/customers/" + c.ID.String() + "/refills", `{"amount":1000}`},
		{"numbers", "/numbers", `{` + own + `"number":"+12125550100"}`},
		{"trunks", "/servers", `{` + own + `"name":"pbx"}`},
		{"webhooks", "/webhooks", `{"url":"https://hooks.example/","eventTypes":["call.ended"]}`},
		{"users", "/users", `{"email":"other@example.com","password":"a long enough one"}`},
		{"tokens", "/usertokens", `{"name":"sbc-1","kind":"switch","expiresInYears":1}`},
	} {
		ids[made.kind] = v.program("POST", made.path, made.body)
	}
	return ids
}

// program asks the API as a program of the operator does, and returns the id of what was
// made.
func (v *visitor) program(method, path, body string) string {
	v.t.Helper()
	kind := http.Header{"Content-Type": {"application/json"}}
	session := v.send("POST", "/authentication", `{"strategy":"local","email":"`+operatorEmail+`","password":"`+password+`"}`, kind).is(200)
	kind.Set("Authorization", session.header.Get("Authorization"))
	made := v.send(method, path, body, kind).is(200)
	if id := regexp.MustCompile(`"_id":"([0-9a-f]{24})"`).FindStringSubmatch(made.body); id != nil {
		return id[1]
	}
	v.t.Fatalf("%s %s makes nothing: %s", method, path, made.body)
	return ""
}

// notAtFault sends a request without following where it leads.
func (v *visitor) notAtFault(method, path, kind, body string) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, v.url+path, strings.NewReader(body))
	must(v.t, err)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	patient := http.Client{Jar: v.client.Jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := patient.Do(request)
	if err != nil {
		v.t.Errorf("%s %.120s %.120s: %v", method, path, body, err)
		return
	}
	response.Body.Close()
	if response.StatusCode >= 500 {
		v.t.Errorf("%s %.120s with %s %.80q answers %d", method, path, kind, body, response.StatusCode)
	}
	if to := response.Header.Get("Location"); strings.Contains(to, "/sign-in") && !strings.Contains(path, "sign") {
		v.t.Fatalf("%s %.120s ends the session", method, path)
	}
}
