package console

import (
	"cmp"
	"encoding/json"
	"strings"

	"tollkeeper/client"
)

// change is one field as it was, unless it is new, and as it is.
type change struct{ Field, From, To string }

// changedTexts are fields beside the record's by the names that the console has for them.
var changedTexts = map[string]text{
	"postedMicros": "Balance", "status": "State", "reason": "Reason", "kind": "Kind", "networks": "Networks", "user": "User", "customer": "Customer",
	"maxConcurrentCalls": "Concurrent calls", "maxPricePerMinuteMicros": "Price cap", "dailySpendMicros": "Daily spend", "unbilledMicros": "Unbilled limit",
	"email": "E-mail", "first": "First name", "last": "Last name", "timezone": "Time zone", "language": "Language", "password": "Password",
	"adminPermission": "May: account", "billingPermission": "May: money", "phonePermission": "May: calls",
	"legalHold": "Legal hold", "holdReason": "Reason of the hold", "label": "Label", "host": "Address", "url": "Address", "enabled": "In use", "accountNumber": "Account number",
	"pin": "PIN", "isDefault": "Default", "consent": "Consent to recording", "consentPrompt": "Announcement", "callerId": "Calling number", "digestUser": "Digest user",
	"number": "Number", "provider": "By", "due": "Due", "amount": "Amount", "state": "State", "outboundBarred": "Outbound calls barred",
	"note": "Note", "total": "Total", "paid": "Paid", "tax": "Tax", "availableMicros": "Available", "thresholdMicros": "Alert below", "spentMicros": "Spent", "limitMicros": "Limit", "chargeMicros": "Charge",
	"gainingCarrier": "Carrier that asks", "numbers": "Numbers", "reasons": "Reason", "decideBy": "Decide by", "undecided": "If not decided", "protectedUntil": "Protected until", "notifyOnly": "Only gives notice", "effect": "Calls are", "prefix": "Prefix", "region": "Region",
	"callId": "Call id", "from": "From", "to": "To", "records": "Call records", "recordings": "Recordings", "durationMillis": "Milliseconds", "last4": "Ends with", "reference": "Reference",
	"inboundPricePerMinuteMicros": "Inbound price", "inboundMinimumSeconds": "Minimum", "inboundIncrementSeconds": "Step", "attempts": "Attempts", "version": "Version", "names": "Caller names",
}

// inCents are amounts beside the record's that the API has in cents.
var inCents = map[string]bool{"amount": true, "total": true, "due": true, "paid": true, "tax": true, "refunded": true, "disputed": true}

func (v *visit) changes(all []client.Change) (changes []change) {
	for _, c := range all {
		is := change{Field: v.fieldName(c.Field), To: v.value(c.Field, c.To)}
		if c.From != nil {
			is.From = v.value(c.Field, c.From)
		}
		changes = append(changes, is)
	}
	return changes
}

// fieldName is a field by the name that the console has for it, or else by its own.
func (v *visit) fieldName(field string) string {
	if f := findRecordField(field); f != nil {
		return v.t(f.Label)
	}
	if known := changedTexts[field]; known != "" {
		return v.t(known)
	}
	return field
}

// words are the values that a field may have by their names, where those of several
// resources are the same.
var words = map[string][][]option{
	"status": {statuses, invoiceStates, numberStates}, "state": {portoutStates, paymentStates}, "effect": {barringEffects},
	"undecided": {portoutStates}, "reasons": {portoutReasons}, "purpose": {paymentPurposes}, "kind": {invoiceKinds, methodKinds}, "provider": {providers},
}

// word is a value of a field by its name, or else as it is. Reasons may be several.
func (v *visit) word(field, value string) string {
	if reasons := strings.Fields(value); field == "reasons" && len(reasons) > 1 {
		for i, reason := range reasons {
			reasons[i] = v.word(field, reason)
		}
		return strings.Join(reasons, "; ")
	}
	for _, names := range words[field] {
		for _, o := range names {
			if o.Value == value {
				return v.t(o.Title)
			}
		}
	}
	return value
}

// namesUser reports whether a field holds the id of a user.
func namesUser(name string) bool {
	f := findRecordField(name)
	return name == "user" || f != nil && f.Kind == "user"
}

// changedUsers are the users that changes name.
func changedUsers(changes []client.Change) (ids []string) {
	for _, c := range changes {
		if namesUser(c.Field) {
			for _, raw := range []json.RawMessage{c.From, c.To} {
				var id string
				json.Unmarshal(raw, &id) // what is no text names nobody
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// value is a JSON value for people.
func (v *visit) value(field string, raw json.RawMessage) string {
	if raw == nil || string(raw) == "null" {
		return "–"
	}
	if f := findRecordField(field); f != nil {
		var n int
		switch {
		case f.Kind == "money" && json.Unmarshal(raw, &n) == nil:
			return v.cents(n)
		case f.Kind == "flag":
			return v.flag(readFlag(string(raw))).Text
		}
	}
	var micros int64
	if inCents[field] && json.Unmarshal(raw, &micros) == nil {
		return v.owed(micros).Text
	}
	if strings.HasSuffix(field, "Micros") && json.Unmarshal(raw, &micros) == nil {
		return v.money(client.Micros(micros))
	}
	var yes bool
	if json.Unmarshal(raw, &yes) == nil {
		return v.yesNo(yes).Text
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	if namesUser(field) {
		return cmp.Or(v.userNames[text], text)
	}
	if field == "customer" {
		return cmp.Or(v.customerNames[text], text)
	}
	return v.word(field, text)
}
