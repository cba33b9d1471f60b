package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// opensipsModules says where OpenSIPS 3.4 has what opensips.cfg calls; "" is the core, and
// the variables that look like calls.
var opensipsModules = map[string]string{
	"append_hf": "sipmsgops", "append_to_reply": "sipmsgops", "has_totag": "sipmsgops", "is_present_hf": "sipmsgops", "remove_hf": "sipmsgops",
	"has_body": "sipmsgops", "is_method": "sipmsgops", "hdr": "sipmsgops",
	"consume_credentials": "auth", "proxy_challenge": "auth", "pv_proxy_authorize": "auth",
	"create_dialog": "dialog", "dlg_on_answer": "dialog", "dlg_on_hangup": "dialog", "dlg_on_timeout": "dialog",
	"loose_route": "rr", "record_route": "rr", "mf_process_maxfwd_header": "maxfwd", "send_reply": "signaling",
	"rest_append_hf": "rest_client", "rest_get": "rest_client", "rest_post": "rest_client",
	"rtpengine_offer": "rtpengine", "rtpengine_manage": "rtpengine", "rtpengine_delete": "rtpengine", "rtpengine_start_recording": "rtpengine",
	"t_check_trans": "tm", "t_on_failure": "tm", "t_on_reply": "tm", "t_relay": "tm", "t_reply": "tm",
	"async": "", "route": "", "xlog": "", "modparam": "", "var": "", "avp": "", "json": "json", "dlg_val": "dialog",
}

var (
	opensipsOff     = regexp.MustCompile(`(?m)^(\s*)#(.*[;{}])$`) // code that is to be switched on
	opensipsRemark  = regexp.MustCompile(`(?m)(^|\s)#.*$`)
	opensipsText    = regexp.MustCompile(`"(\\.|[^"\\])*"`)
	opensipsLoads   = regexp.MustCompile(`(?m)^\s*loadmodule "(\w+)\.so"`)
	opensipsRoutes  = regexp.MustCompile(`(?m)^\w*route\[(\w+)\]`)
	opensipsGoesTo  = regexp.MustCompile(`(?:route\(|t_on_\w+\("|dlg_on_\w+\("|\)\), )([A-Z_]+)\b`)
	opensipsCalling = regexp.MustCompile(`\b(\w+)\(`)
)

// TestOpenSIPSConfiguration looks at the configuration of the documents as far as one can
// without OpenSIPS, which no package registry has: whether its blocks are closed, its
// routes are there, and the modules of its functions are loaded.
func TestOpenSIPSConfiguration(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/opensips/opensips.cfg")
	must(t, err)
	for name, text := range map[string]string{"as it is": string(raw), "with rtpengine": opensipsOff.ReplaceAllString(string(raw), "$1$2")} {
		text = opensipsRemark.ReplaceAllString(strings.ReplaceAll(text, `#loadmodule`, `loadmodule`), "")
		code := opensipsText.ReplaceAllString(text, `""`)
		for _, pair := range []string{"{}", "()", "[]"} {
			if strings.Count(code, pair[:1]) != strings.Count(code, pair[1:]) {
				t.Errorf("%s: %s are not closed", name, pair)
			}
		}
		loaded := map[string]bool{"": true}
		for _, found := range opensipsLoads.FindAllStringSubmatch(text, -1) {
			loaded[found[1]] = true
		}
		for _, found := range opensipsCalling.FindAllStringSubmatch(strings.ReplaceAll(code, "if (", ""), -1) {
			if module, known := opensipsModules[found[1]]; !known || !loaded[module] {
				t.Errorf("%s: %s is no function of a module that is loaded", name, found[1])
			}
		}
		used := map[string]bool{}
		for _, found := range opensipsGoesTo.FindAllStringSubmatch(text, -1) {
			used[found[1]] = true
		}
		for _, found := range opensipsRoutes.FindAllStringSubmatch(text, -1) {
			if !used[found[1]] {
				t.Errorf("%s: nothing goes to the route %s", name, found[1])
			}
			delete(used, found[1])
		}
		if len(used) > 0 {
			t.Errorf("%s: there are no routes %v", name, used)
		}
	}
}
