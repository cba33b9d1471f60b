package freeswitch_test

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
	"time"

	"tollkeeper/internal/freeswitch"
)

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"variables":{"uuid":"a","tollkeeper_customer":"69a555184b1f8c3a5e000003","billmsec":"1","hangup_cause":"NORMAL%5fCLEARING"}}`))
	f.Add([]byte(`cdr=%7B%22variables%22%3A%7B%7D%7D`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, ours, err := freeswitch.ReadRecord(body)
		if err != nil || !ours {
			return
		}
		if r.CallID == "" || len(r.CallID) > 255 || len(r.Cause) > 64 || *r.Used < 0 || *r.Used > 31*24*time.Hour {
			t.Errorf("%q is read as %+v", body, r)
		}
	})
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte("Event-Name: CHANNEL_ANSWER\nUnique-ID: a\nEvent-Date-Timestamp: 1\nCaller-Channel-Answered-Time: 1\nvariable_tollkeeper_customer: 69a555184b1f8c3a5e000003\n\n"))
	f.Add([]byte("a: %zz\n\n"))
	f.Fuzz(func(t *testing.T, event []byte) {
		if fields, err := freeswitch.ReadEvent(event); err == nil && fields > strings.Count(string(event), ":") {
			t.Errorf("%q has %d fields", event, fields)
		}
	})
}

// FuzzDialplan lets callers name themselves and others as they like: what is called stays one
// word, so that it cannot go on in another context.
func FuzzDialplan(f *testing.F) {
	f.Add("+442071838750", "+12125550100")
	f.Add("1 XML secret", "${system rm}")
	f.Add("</action>", "\x00")
	f.Fuzz(func(t *testing.T, to, from string) {
		body := url.Values{"Unique-ID": {"a"}, "Caller-Destination-Number": {to}, "Caller-Caller-ID-Number": {from}}.Encode()
		answer, err := freeswitch.Dialplan(url.Values{"context": {"customers"}, "next": {"route"}}, []byte(body))
		if err != nil {
			return
		}
		var document struct {
			Actions []struct {
				Application string `xml:"application,attr"`
				Data        string `xml:"data,attr"`
			} `xml:"section>context>extension>condition>action"`
		}
		if err := xml.Unmarshal(answer, &document); err != nil {
			t.Fatalf("%v in %q", err, answer)
		}
		for _, a := range document.Actions {
			words := strings.Fields(a.Data)
			if a.Application == "transfer" && len(words) > 0 && (len(words) > 3 || words[len(words)-1] != "route") {
				t.Errorf("a call to %q goes on to %q", to, a.Data)
			}
			if strings.Contains(a.Data, "${") && !strings.Contains(a.Data, "${uuid}") {
				t.Errorf("FreeSWITCH is made to expand %q", a.Data)
			}
		}
	})
}
