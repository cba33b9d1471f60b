package freeswitch

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
)

// record takes a record that mod_json_cdr sends when a channel is gone, and ends its
// call. FreeSWITCH keeps a record that is not answered with 200 and sends it again.
// Records of channels that no decision was about are taken and ignored.
func (d *Door) record(r *http.Request, who tollkeeper.Principal) (answer, error) {
	body, err := read(r)
	if err != nil {
		return answer{}, err
	}
	report, ours, err := readRecord(body)
	if err != nil {
		return answer{}, err
	}
	if ours && !who.IsStaff() && report.Customer != who.Customer {
		return answer{}, tollkeeper.Errorf(tollkeeper.CodeForbidden, "the token may speak of another customer only")
	}
	if ours {
		_, err := d.Calls.End(r.Context(), report)
		if err != nil && tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound { // a customer or call that is gone stays so
			return answer{}, err
		}
	}
	return answer{http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n")}, nil
}

// readRecord reads a record, bare or as the field cdr of a form. Ours is false when
// the channel is not that of a call which the door let through.
func readRecord(body []byte) (report tollkeeper.Report, ours bool, err error) {
	text := bytes.TrimSpace(body)
	if !bytes.HasPrefix(text, []byte("{")) {
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("cdr") == "" {
			return report, false, tollkeeper.Invalid("body: must be a record in JSON, or a form whose field cdr is one")
		}
		text = []byte(form.Get("cdr"))
	}
	var cdr struct {
		Variables map[string]any `json:"variables"`
	}
	if err := json.Unmarshal(text, &cdr); err != nil || cdr.Variables == nil {
		return report, false, tollkeeper.Invalid("variables: must be an object; is this a record of mod_json_cdr?")
	}
	value := func(name string) string {
		text, _ := cdr.Variables[name].(string)
		return unescaped(text)
	}
	if value(customerVariable) == "" {
		return report, false, nil
	}
	report, err = reportOf(value, value("uuid"))
	return report, true, err
}

// reportOf makes the report of a call's end of its channel's variables.
func reportOf(variable func(string) string, uuid string) (r tollkeeper.Report, err error) {
	var faults []string
	if r.CallID = uuid; uuid == "" || len(uuid) > 255 {
		faults = append(faults, "uuid: must have 1 to 255 characters")
	}
	if r.Customer, err = tollkeeper.ParseID(variable(customerVariable)); err != nil {
		faults = append(faults, customerVariable+": must be a customer's id, 24 hexadecimal digits")
	}
	millis, err := strconv.ParseInt(variable("billmsec"), 10, 64)
	if err != nil || millis < 0 || millis > maxCallMillis {
		faults = append(faults, "billmsec: must be the milliseconds since the answer, at most 31 days")
	}
	if faults != nil {
		return r, tollkeeper.Invalid(faults...)
	}
	used := time.Duration(millis) * time.Millisecond
	r.Used, r.Cause = &used, strings.ToLower(variable("hangup_cause"))
	if len(r.Cause) > maxCause {
		r.Cause = r.Cause[:maxCause]
	}
	return r, nil
}

// Bounds of what is reported, which are those of the REST API.
const (
	maxCallMillis = 31 * 86400 * 1000
	maxCause      = 64
)

// unescaped undoes the percent-encoding of values in records and events.
func unescaped(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
