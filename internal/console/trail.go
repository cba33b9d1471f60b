package console

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/client"
)

// events are what happened to accounts.
func (v *visit) events() list[client.Event] {
	return list[client.Event]{
		Name: "events", Search: "Type", Find: v.api.Events.Find, All: v.api.Events.All, Empty: "Nothing has happened yet that would be told.",
		Names: func(e client.Event) (string, []string) { return e.Customer, changedUsers(eventChanges(e)) },
		Columns: []column[client.Event]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, e client.Event) cell { return v.time(e.CreatedAt) }},
			{Key: "type", Title: "What", Cell: func(v *visit, e client.Event) cell { return badge(string(e.Type), eventTone(e.Type)) }},
			customerColumn(func(e client.Event) string { return e.Customer }),
			{Key: "data", Title: "Details", Fixed: true, Wrap: true, Cell: func(v *visit, e client.Event) cell { return v.eventData(e) }},
		},
		Filters: []filter{{Field: "type", Title: "What", Kind: exactly}, {Field: "createdAt", Title: "When", Kind: days}},
	}
}

// eventTone colours events by what their names say.
func eventTone(t client.EventType) string {
	switch name := string(t); {
	case strings.HasSuffix(name, "exhausted"), strings.HasSuffix(name, "failed"), strings.HasSuffix(name, "reached"), strings.HasSuffix(name, "disabled"):
		return "bad"
	case strings.HasSuffix(name, "low"), strings.HasSuffix(name, "near"), strings.HasSuffix(name, "requested"):
		return "warn"
	case strings.HasSuffix(name, "cleared"), strings.HasSuffix(name, "succeeded"), strings.HasSuffix(name, "paid"):
		return "good"
	}
	return "quiet"
}

// eventChanges are the fields that an event says were changed; nil where it says none.
func eventChanges(e client.Event) []client.Change {
	var data struct{ Changes []client.Change }
	if json.Unmarshal(e.Data, &data) != nil {
		return nil
	}
	return data.Changes
}

// eventData is what an event tells: what was changed, or all of its data.
func (v *visit) eventData(e client.Event) cell {
	if changes := eventChanges(e); changes != nil {
		return cell{Plain: string(e.Data), Changes: v.changes(changes)}
	}
	return plain(v.eventText(e)).raw(string(e.Data))
}

// eventText is an event's data in one line, amounts as money.
func (v *visit) eventText(e client.Event) string {
	decoder := json.NewDecoder(strings.NewReader(string(e.Data)))
	decoder.UseNumber()
	var data map[string]any
	if decoder.Decode(&data) != nil {
		return ""
	}
	var parts []string
	for _, key := range sortedKeys(data) {
		if shown := v.datum(key, data[key]); shown != "" {
			parts = append(parts, v.fieldName(key)+" "+shown)
		}
	}
	return strings.Join(parts, " · ")
}

// datum is one value that an event tells. Ids and the currency, which say nothing more to
// people, are left out.
func (v *visit) datum(key string, value any) string {
	switch value := value.(type) {
	case json.Number:
		return v.value(key, json.RawMessage(value))
	case string:
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return v.moment(at).Text
		}
		if _, err := tollkeeper.ParseID(value); err == nil || key == "currency" {
			return ""
		}
		return shorten(v.word(key, value))
	case []any:
		var all []string
		for _, one := range value {
			all = append(all, v.word(key, fmt.Sprint(one)))
		}
		return shorten(strings.Join(all, ", "))
	}
	return shorten(fmt.Sprint(value))
}

func (v *visit) eventsPage() error {
	l := v.events()
	return showList(v, &l, listPage{Title: v.t("Events")})
}

func (v *visit) customerEventsPage() error {
	return showWithin(v, within(v.events(), v.r.PathValue("id")), "/events")
}

// trail is who did what: of one customer, or of everything.
func (v *visit) trail() list[client.AuditEntry] {
	return list[client.AuditEntry]{
		Name: "audit", Search: "Action, address or program", Find: v.api.Trail.Find, All: v.api.Trail.All, Empty: "Nothing was done yet.",
		Names: func(e client.AuditEntry) (string, []string) {
			return e.Customer, append(changedUsers(e.Changes), userOf(e.Actor))
		},
		Columns: []column[client.AuditEntry]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, e client.AuditEntry) cell { return v.time(e.CreatedAt) }},
			{Key: "actor", Title: "Who", Fixed: true, Cut: true, Cell: func(v *visit, e client.AuditEntry) cell { return v.actor(e) }},
			{Key: "action", Title: "What", Cell: func(v *visit, e client.AuditEntry) cell { return badge(e.Action, actionTone(e.Action)) }},
			customerColumn(func(e client.AuditEntry) string { return e.Customer }),
			{Key: "changes", Title: "Changes", Fixed: true, Wrap: true, Cell: func(v *visit, e client.AuditEntry) cell {
				raw, _ := json.Marshal(e.Changes)
				return cell{Plain: string(raw), Changes: v.changes(e.Changes)}
			}},
			{Key: "address", Title: "From", Cell: func(v *visit, e client.AuditEntry) cell { return code(e.Address) }},
			{Key: "subject", Title: "Subject", Extra: true, Cut: true, Cell: func(v *visit, e client.AuditEntry) cell { return code(e.Subject) }},
			{Key: "userAgent", Title: "Program", Extra: true, Cell: func(v *visit, e client.AuditEntry) cell { return plain(e.UserAgent) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, e client.AuditEntry) cell { return code(e.Id) }},
		},
		Filters: []filter{
			{Field: "action", Title: "What", Kind: exactly},
			{Field: "actorType", Title: "Who", Kind: oneOf, Choices: []option{{"user", "A user"}, {"token", "A token"}, {"server", "The server"}, {"anonymous", "Nobody known"}}},
			{Field: "createdAt", Title: "When", Kind: days},
		},
	}
}

func actionTone(action string) string {
	switch {
	case strings.HasSuffix(action, ".remove"):
		return "bad"
	case strings.HasSuffix(action, ".create"):
		return "good"
	case strings.HasPrefix(action, "login.refuse"):
		return "warn"
	}
	return "info"
}

func (v *visit) actor(e client.AuditEntry) cell {
	if e.ActorType == client.ActorAnonymous {
		return plain(v.t("Nobody known")).raw(e.Actor)
	}
	return v.by(e.Actor)
}

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
	"gainingCarrier": "Carrier that asks", "numbers": "Numbers", "reasons": "Reason", "decideBy": "Decide by", "effect": "Calls are", "prefix": "Prefix", "region": "Region",
	"callId": "Call id", "from": "From", "to": "To", "records": "Call records", "recordings": "Recordings", "durationMillis": "Milliseconds", "last4": "Ends with", "reference": "Reference",
	"inboundPricePerMinuteMicros": "Inbound price", "inboundMinimumSeconds": "Minimum", "inboundIncrementSeconds": "Step", "attempts": "Attempts", "version": "Version", "names": "Caller names",
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

// words are the values that a field may have by their names, where those of several
// resources are the same.
var words = map[string][][]option{
	"status": {statuses, invoiceStates, numberStates}, "state": {portoutStates, paymentStates}, "effect": {barringEffects},
	"reasons": {portoutReasons}, "purpose": {paymentPurposes}, "kind": {invoiceKinds, methodKinds}, "provider": {providers},
}

// word is a value of a field by its name, or else as it is.
func (v *visit) word(field, value string) string {
	for _, names := range words[field] {
		for _, o := range names {
			if o.Value == value {
				return v.t(o.Title)
			}
		}
	}
	return value
}

// value is a JSON value for people.
func (v *visit) value(field string, raw json.RawMessage) string {
	if raw == nil {
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

func (v *visit) trailPage() error {
	l := v.trail()
	return showList(v, &l, listPage{Title: v.t("Audit trail")})
}

func (v *visit) customerTrailPage() error {
	id, l := v.r.PathValue("id"), v.trail()
	l.Find = func(ctx context.Context, f client.Find) (*client.AuditEntryList, error) {
		return v.api.Audit.Find(ctx, id, f)
	}
	l.All = func(ctx context.Context, f client.Find) seq[client.AuditEntry] { return v.api.Audit.All(ctx, id, f) }
	l.Columns = without(l.Columns, "customer")
	return showWithin(v, l, "/audit")
}

var (
	mailStates = []option{{"queued", "Waiting"}, {"sent", "Sent"}, {"kept", "Kept"}, {"failed", "Given up"}}
	mailTones  = map[string]string{"queued": "info", "sent": "good", "kept": "quiet", "failed": "bad"}
)

// mails are what was written to people.
func (v *visit) mails() list[client.Mail] {
	return list[client.Mail]{
		Name: "mails", Search: "Address or subject", Find: v.api.Mails.Find, All: v.api.Mails.All, Empty: "No mail was written yet.",
		Link:  func(m client.Mail) string { return "/console/mails/" + m.Id },
		Names: func(m client.Mail) (string, []string) { return m.Customer, []string{m.User} },
		Columns: []column[client.Mail]{
			{Key: "createdAt", Title: "Written", Cell: func(v *visit, m client.Mail) cell { return v.time(m.CreatedAt) }},
			{Key: "to", Title: "To", Cell: func(v *visit, m client.Mail) cell { return plain(m.To) }},
			{Key: "subject", Title: "Subject", Cut: true, Cell: func(v *visit, m client.Mail) cell { return link(m.Subject, "/console/mails/"+m.Id) }},
			{Key: "state", Title: "State", Cell: func(v *visit, m client.Mail) cell { return v.named(string(m.State), mailStates, mailTones) }},
			customerColumn(func(m client.Mail) string { return m.Customer }),
			{Key: "attempts", Title: "Attempts", Number: true, Cell: func(v *visit, m client.Mail) cell { return plain(v.count(m.Attempts)) }},
			{Key: "kind", Title: "Kind", Extra: true, Cell: func(v *visit, m client.Mail) cell { return plain(m.Kind) }},
			{Key: "error", Title: "Error", Extra: true, Cell: func(v *visit, m client.Mail) cell { return plain(m.Error) }},
		},
		Filters: []filter{{Field: "state", Title: "State", Kind: oneOf, Choices: mailStates}, {Field: "kind", Title: "Kind", Kind: exactly}, {Field: "createdAt", Title: "Written", Kind: days}},
	}
}

func (v *visit) mailsPage() error {
	l := v.mails()
	return showList(v, &l, listPage{Title: v.t("Mails"), Intro: v.t("What the server wrote to people. Secrets in them are hidden. Without a mail server they are kept and can be read here.")})
}

func (v *visit) mailPage() error {
	found, err := v.api.Mails.Find(v.ctx(), client.Find{Limit: 1, Where: []client.Condition{client.Eq("_id", v.r.PathValue("id"))}})
	if err != nil {
		return err
	}
	if len(found.Data) == 0 {
		return &client.Error{Code: 404, ClassName: client.ErrNotFound, Message: v.t("No mail has this id.")}
	}
	m := found.Data[0]
	if v.customerNames, err = v.accounts(m.Customer); err != nil {
		return err
	}
	if v.userNames, err = v.people(m.User); err != nil {
		return err
	}
	p := detailPage{Title: m.Subject, Back: crumb{v.t("Mails"), "/console/mails"}, Text: m.Text, Groups: []detailGroup{{v.t("Mail"), []detail{
		{v.t("To"), plain(m.To), ""}, {v.t("User"), v.person(m.User), ""}, {v.t("Customer"), v.customer(m.Customer), ""}, {v.t("State"), v.named(string(m.State), mailStates, mailTones), ""},
		{v.t("Written"), v.time(m.CreatedAt), ""}, {v.t("Sent"), v.time(m.SentAt), ""}, {v.t("Attempts"), plain(v.count(m.Attempts)), ""},
		{v.t("Next attempt"), v.time(m.NextAt), ""}, {v.t("Error"), plain(m.Error), ""},
	}}}}
	return v.show("detail", p.Title, p)
}
