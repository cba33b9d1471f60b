package freeswitch

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// Variables that the door sets on the channel of a call that it let through. They
// come back with the channel's events and its record.
const (
	customerVariable = "tollkeeper_customer" // whose call it is
	reasonVariable   = "tollkeeper_reason"
)

// taskGroup begins the name of the scheduled task that ends a call with its grant.
const taskGroup = "tollkeeper-"

// heartbeatSeconds is how often FreeSWITCH tells of a call that goes on. The first
// slice must be longer, so that it can be extended in time.
const heartbeatSeconds = 20

// dialplan decides about the call that FreeSWITCH asks a dialplan for. The address in
// gateway-url says in which context that is so (context), where calls go on that are
// let through (next), and whether they reach the customer (direction=inbound).
func (d *Door) dialplan(r *http.Request, who tollkeeper.Principal) (answer, error) {
	body, err := read(r)
	if err != nil {
		return answer{}, err
	}
	lookup, err := readLookup(r.URL.Query(), body)
	if err != nil {
		return answer{}, err
	}
	if !lookup.ours() {
		return document(notFound), nil
	}
	attempt, err := lookup.attempt()
	if err != nil {
		return answer{}, err
	}
	if !who.IsStaff() {
		attempt.Only = who.Customer
	}
	decision, err := d.Calls.Authorize(r.Context(), attempt)
	if err != nil {
		return answer{}, err
	}
	d.Observe("authorize", decision)
	return document(section{Name: "dialplan", Context: &dialContext{Name: lookup.context, Extension: extension{
		Name: "tollkeeper", Actions: lookup.actions(&decision),
	}}}), nil
}

// attempt is the call that a lookup is about. The channel's unique id names it; the
// variables customerVariable, sip_auth_username and sip_network_ip say whose it is.
func (l *lookup) attempt() (admission.Attempt, error) {
	a := admission.Attempt{
		Authorization: tollkeeper.Authorization{
			CallKey: tollkeeper.CallKey{CallID: l.value("Unique-ID")}, Direction: l.direction,
			From: l.value("Caller-Caller-ID-Number"), To: l.value("Caller-Destination-Number"),
		},
		User: l.value("variable_sip_auth_username"), NoName: l.value("Caller-Privacy-Hide-Number") == "true",
	}
	var faults []string
	for _, key := range []string{"Unique-ID", "Caller-Destination-Number"} {
		if n := len(l.value(key)); n < 1 || n > 255 {
			faults = append(faults, key+": must have 1 to 255 characters")
		}
	}
	port, _ := strconv.ParseUint(l.value("variable_sip_network_port"), 10, 16)
	a.Port = uint16(port)
	a.Source, _ = netip.ParseAddr(first(l.value("variable_sip_network_ip"), l.value("Caller-Network-Addr")))
	if named := l.value("variable_" + customerVariable); named != "" {
		id, err := tollkeeper.ParseID(named)
		if err != nil {
			faults = append(faults, customerVariable+": must be a customer's id, 24 hexadecimal digits")
		}
		a.Customer = id
	}
	if faults != nil {
		return a, tollkeeper.Invalid(faults...)
	}
	return a, nil
}

// actions make FreeSWITCH do what was decided.
func (l *lookup) actions(d *tollkeeper.Decision) []action {
	if !d.Allowed {
		return []action{
			set(reasonVariable, string(d.Reason)),
			{"respond", fmt.Sprintf("%d %s", d.Reason.SIPCode(), phrases[d.Reason.SIPCode()])},
		}
	}
	actions := []action{
		set(customerVariable, d.Customer.String()),
		set(reasonVariable, string(d.Reason)),
		set("enable_heartbeat_events", fmt.Sprint(heartbeatSeconds)),
		// The call ends with its grant also when nobody is left to extend it.
		set("api_on_answer", "sched_api +"+fmt.Sprint(d.GrantedSeconds)+" "+taskGroup+"${uuid} uuid_kill ${uuid} ALLOTTED_TIMEOUT"),
		set("hangup_after_bridge", "true"),
		set("bypass_media", fmt.Sprint(d.Media.Bypass)),
	}
	if d.CallerID != "" {
		actions = append(actions, set("effective_caller_id_number", clean(d.CallerID)))
	}
	if d.CallerName.Display != "" {
		actions = append(actions, set("effective_caller_id_name", strings.ReplaceAll(d.CallerName.Display, "$", "")),
			set("tollkeeper_caller_name_full", strings.ReplaceAll(d.CallerName.Full, "$", "")))
	}
	if d.Media.HoldMusic != "" {
		actions = append(actions, set("hold_music", playable(d.Media.HoldMusic)))
	}
	if d.Media.Record {
		actions = append(actions, set("tollkeeper_upload", d.Upload.URL), set("tollkeeper_consent", d.Media.Consent.String()),
			set("tollkeeper_prompt", strings.ReplaceAll(d.Media.Prompt, "$", "")), set("RECORD_STEREO", "true"), set("media_bug_answer_req", "true"),
			action{"record_session", "${recordings_dir}/${uuid}.wav"})
	}
	return append(actions, action{"transfer", clean(d.To) + " XML " + l.next})
}

// playable is an address as FreeSWITCH plays it: it knows those of the web by
// mod_http_cache.
func playable(address string) string {
	if strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://") {
		return "http_cache://" + address
	}
	return address
}

// phrases are the reason phrases of the statuses that denials send (RFC 3261, section
// 21).
var phrases = map[int]string{
	402: "Payment Required", 403: "Forbidden", 404: "Not Found", 484: "Address Incomplete", 486: "Busy Here", 503: "Service Unavailable",
}

// set makes the action that sets a variable.
func set(name, value string) action { return action{"set", name + "=" + value} }

// clean leaves of a number or URI what FreeSWITCH takes literally: it expands
// variables, and a space ends the number.
func clean(number string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune("${}|\\\"'`", r) {
			return -1
		}
		return r
	}, number)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// The documents that mod_xml_curl understands.
type (
	section struct {
		Name    string       `xml:"name,attr"`
		Context *dialContext `xml:"context"`
		Domain  *domain      `xml:"domain"`
		Result  *result      `xml:"result"`
	}
	dialContext struct {
		Name      string    `xml:"name,attr"`
		Extension extension `xml:"extension"`
	}
	extension struct {
		Name    string   `xml:"name,attr"`
		Actions []action `xml:"condition>action"`
	}
	action struct {
		Application string `xml:"application,attr"`
		Data        string `xml:"data,attr"`
	}
	result struct {
		Status string `xml:"status,attr"`
	}
)

// notFound makes FreeSWITCH look into its own files.
var notFound = section{Name: "result", Result: &result{"not found"}}

func document(s section) answer {
	body, err := xml.MarshalIndent(struct {
		XMLName xml.Name `xml:"document"`
		Type    string   `xml:"type,attr"`
		Section section  `xml:"section"`
	}{Type: "freeswitch/xml", Section: s}, "", "  ")
	if err != nil {
		return refusal(err)
	}
	return answer{http.StatusOK, "text/xml", append([]byte(xml.Header), body...)}
}
