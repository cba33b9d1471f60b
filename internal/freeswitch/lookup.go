package freeswitch

import (
	"net/url"

	"tollkeeper"
)

// lookup is what mod_xml_curl asks: the channel that needs a dialplan, in a form, and
// what its address says of how to answer.
type lookup struct {
	form      url.Values
	context   string // whose calls are decided about
	next      string // where calls go on that are let through
	direction tollkeeper.Direction
}

var errForm = tollkeeper.Invalid("body: must be a form (application/x-www-form-urlencoded)")

func readLookup(address url.Values, body []byte) (*lookup, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errForm
	}
	l := &lookup{form: form, context: address.Get("context"), next: address.Get("next"), direction: tollkeeper.Outbound}
	var faults []string
	if l.context == "" || clean(l.context) != l.context {
		faults = append(faults, "context: must name the dialplan context whose calls are asked for, as in gateway-url ...?context=customers&next=route")
	}
	if l.next == "" || clean(l.next) != l.next || l.next == l.context {
		faults = append(faults, "next: must name another dialplan context, where calls go on that are let through")
	}
	switch d := tollkeeper.Direction(address.Get("direction")); d {
	case "", tollkeeper.Outbound:
	case tollkeeper.Inbound:
		l.direction = d
	default:
		faults = append(faults, `direction: must be "outbound" or "inbound"`)
	}
	if faults != nil {
		return nil, tollkeeper.Invalid(faults...)
	}
	return l, nil
}

func (l *lookup) value(key string) string { return l.form.Get(key) }

// ours reports whether the lookup is for a call in the context. FreeSWITCH asks for
// every context there is.
func (l *lookup) ours() bool {
	return l.value("section") == "dialplan" && l.value("Caller-Context") == l.context
}
