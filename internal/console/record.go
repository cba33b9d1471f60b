package console

import (
	"strings"

	"tollkeeper"
	"tollkeeper/client"
)

// recordField is one field of the customer's record as the console explains it.
type recordField struct {
	Name        string
	Label, Help text // Help is one sentence with its unit
	Kind        string
	Unit        text
	Options     []option
	get         func(*client.Customer) string // as it stands in an input
	set         func(*client.CustomersPatch, string) (fault text)
}

// recordGroup are fields that are about the same.
type recordGroup struct {
	Title  text
	Fields []recordField
}

// record is every field of the customer's record.
var record = []recordGroup{
	{"Account", []recordField{
		textField(recordField{Name: "name", Label: "Name", Help: "Who the customer is; 1 to 45 characters."}, func(c *client.Customer) string { return c.Name }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.Name }),
		optionalField(recordField{Name: "websiteUrl", Label: "Website", Help: "An http or https address, or a bare host; shown here and on invoices."}, func(c *client.Customer) string { return c.WebsiteUrl }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.WebsiteUrl }),
		optionalField(recordField{Name: "logo", Label: "Logo", Help: "Address of a picture. One uploaded under Media is shown here and on invoices; of another only the address is kept."}, func(c *client.Customer) string { return c.Logo }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.Logo }),
		flagField(recordField{Name: "accountLock", Label: "Account lock", Help: "On: a request to port numbers away is held until the owner decides. It never touches calls."}, func(c *client.Customer) client.Flag { return c.AccountLock }, func(p *client.CustomersPatch) *client.Optional[client.Flag] { return &p.AccountLock }),
	}},
	{"Money", []recordField{
		{Name: "defaultBillMethod", Label: "Billed by", Kind: "select", Help: "Prepaid credit: calls draw on it and are refused without it. Invoice: usage accrues up to the unbilled limit and is invoiced.",
			Options: []option{{"credit", "Prepaid credit"}, {"paymentmethod", "Invoice"}},
			get:     func(c *client.Customer) string { return string(c.DefaultBillMethod) },
			set: func(p *client.CustomersPatch, s string) text {
				p.DefaultBillMethod = client.Set(client.BillMethod(s))
				return ""
			}},
		centsField(recordField{Name: "credit", Label: "Credit", Help: "Prepaid balance. Writing it posts the difference to the ledger as an adjustment."}, func(c *client.Customer) int { return c.Credit }, func(p *client.CustomersPatch) *client.Optional[int] { return &p.Credit }),
		centsField(recordField{Name: "lowBalanceAlertAmount", Label: "Alert below", Help: "The billing user is told once when available credit falls below this; 0 is off."}, func(c *client.Customer) int { return c.LowBalanceAlertAmount }, func(p *client.CustomersPatch) *client.Optional[int] { return &p.LowBalanceAlertAmount }),
		centsField(recordField{Name: "automaticRefillAmount", Label: "Automatic refill", Help: "Charged to the payment method when available credit falls below the alert amount, or below the server's own trigger without one; 0 is off."}, func(c *client.Customer) int { return c.AutomaticRefillAmount }, func(p *client.CustomersPatch) *client.Optional[int] { return &p.AutomaticRefillAmount }),
	}},
	{"Calls", []recordField{
		flagField(recordField{Name: "internationalCalling", Label: "International calls", Help: "Off: outbound calls beyond the domestic regions are refused, by the numbering region of the number called. Emergency numbers always pass."}, func(c *client.Customer) client.Flag { return c.InternationalCalling }, func(p *client.CustomersPatch) *client.Optional[client.Flag] { return &p.InternationalCalling }),
		numberField(recordField{Name: "maxOutboundCallRate", Label: "Call rate", Help: "New outbound calls per second (CPS); 0 is no limit. Inbound and emergency calls are never counted.", Unit: "calls/s"}, func(c *client.Customer) int { return c.MaxOutboundCallRate }, func(p *client.CustomersPatch) *client.Optional[int] { return &p.MaxOutboundCallRate }),
		flagField(recordField{Name: "cnamLookUps", Label: "Caller names", Help: "On: inbound calls come with the caller's name, at most 15 characters."}, func(c *client.Customer) client.Flag { return c.CnamLookUps }, func(p *client.CustomersPatch) *client.Optional[client.Flag] { return &p.CnamLookUps }),
	}},
	{"Media and records", []recordField{
		flagField(recordField{Name: "mediaBypass", Label: "Media bypass", Help: "On: media flows directly between the endpoints, unless recording, transcripts or hold music need it on the switch."}, func(c *client.Customer) client.Flag { return c.MediaBypass }, func(p *client.CustomersPatch) *client.Optional[client.Flag] { return &p.MediaBypass }),
		flagField(recordField{Name: "callRecording", Label: "Recording", Help: "On: the switch is told to record, and recordings are kept with the call records."}, func(c *client.Customer) client.Flag { return c.CallRecording }, func(p *client.CustomersPatch) *client.Optional[client.Flag] { return &p.CallRecording }),
		flagField(recordField{Name: "transcribeCalls", Label: "Transcripts", Help: "On: recordings are transcribed; media goes through the switch."}, func(c *client.Customer) client.Flag { return c.TranscribeCalls }, func(p *client.CustomersPatch) *client.Optional[client.Flag] { return &p.TranscribeCalls }),
		flagField(recordField{Name: "holdMusic", Label: "Hold music", Help: "On: decisions carry the address of hold music, the customer's own or the carrier's."}, func(c *client.Customer) client.Flag { return c.HoldMusic }, func(p *client.CustomersPatch) *client.Optional[client.Flag] { return &p.HoldMusic }),
		numberField(recordField{Name: "cdrRetention", Label: "Retention", Help: "Calendar months after which call records, recordings and transcripts are deleted; 0 keeps them until they are deleted by hand.", Unit: "months"}, func(c *client.Customer) int { return c.CdrRetention }, func(p *client.CustomersPatch) *client.Optional[int] { return &p.CdrRetention }),
	}},
	{"People", []recordField{
		userField(recordField{Name: "adminUserId", Label: "Administrator", Help: "Gets account notices, and stands in where billing or recording has nobody."}, func(c *client.Customer) string { return c.AdminUserId }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.AdminUserId }),
		userField(recordField{Name: "billingUserId", Label: "Billing", Help: "Gets invoices and balance alerts."}, func(c *client.Customer) string { return c.BillingUserId }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.BillingUserId }),
		userField(recordField{Name: "callRecordingUserId", Label: "Recordings", Help: "Gets recordings and transcripts."}, func(c *client.Customer) string { return c.CallRecordingUserId }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.CallRecordingUserId }),
		userField(recordField{Name: "supportUserId", Label: "Support", Help: "Answers for support."}, func(c *client.Customer) string { return c.SupportUserId }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.SupportUserId }),
	}},
	{"Origin", []recordField{
		optionalField(recordField{Name: "createdByIP", Label: "Created from", Help: "Address that the account was requested from."}, func(c *client.Customer) string { return c.CreatedByIP }, func(p *client.CustomersPatch) *client.Optional[string] { return &p.CreatedByIP }),
	}},
}

// pageOf are the pages of fields whose change is confirmed there.
var pageOf = map[string]string{"accountLock": "/lock", "cdrRetention": "/retention"}

func findRecordField(name string) *recordField {
	for i := range record {
		for j := range record[i].Fields {
			if record[i].Fields[j].Name == name {
				return &record[i].Fields[j]
			}
		}
	}
	return nil
}

type patchText = func(*client.CustomersPatch) *client.Optional[string]

// textField is the field f, read by get and changed at a place of a request.
func textField(f recordField, get func(*client.Customer) string, at patchText) recordField {
	f.Kind, f.get = "text", get
	f.set = func(p *client.CustomersPatch, s string) text {
		*at(p) = client.Set(s)
		return ""
	}
	return f
}

// optionalField is a text that can be cleared.
func optionalField(f recordField, get func(*client.Customer) string, at patchText) recordField {
	f = textField(f, get, at)
	f.set = func(p *client.CustomersPatch, s string) text {
		*at(p) = client.Set(s)
		if s == "" {
			*at(p) = client.Null[string]()
		}
		return ""
	}
	return f
}

func userField(f recordField, get func(*client.Customer) string, at patchText) recordField {
	f = optionalField(f, get, at)
	f.Kind = "user"
	return f
}

func flagField(f recordField, get func(*client.Customer) client.Flag, at func(*client.CustomersPatch) *client.Optional[client.Flag]) recordField {
	f.Kind, f.Options = "flag", onOff
	f.get = func(c *client.Customer) string { return itoa(int64(get(c))) }
	f.set = func(p *client.CustomersPatch, s string) text {
		*at(p) = client.Set(readFlag(s))
		return ""
	}
	return f
}

func centsField(f recordField, get func(*client.Customer) int, at func(*client.CustomersPatch) *client.Optional[int]) recordField {
	f.Kind = "money"
	f.get = func(c *client.Customer) string { return writeCents(get(c)) }
	f.set = func(p *client.CustomersPatch, s string) text {
		n, ok := readCents(s)
		if !ok {
			return "must be an amount with at most two decimals"
		}
		*at(p) = client.Set(n)
		return ""
	}
	return f
}

func numberField(f recordField, get func(*client.Customer) int, at func(*client.CustomersPatch) *client.Optional[int]) recordField {
	f.Kind = "number"
	f.get = func(c *client.Customer) string { return itoa(int64(get(c))) }
	f.set = func(p *client.CustomersPatch, s string) text {
		n, ok := readInt(s)
		if !ok {
			return "must be a whole number"
		}
		*at(p) = client.Set(int(n))
		return ""
	}
	return f
}

// writable reports whether the API could take a change of a field from the visitor.
// It still may refuse one that raises what may only be lowered.
func (v *visit) writable(name string) bool {
	for i := range tollkeeper.CustomerFields {
		if f := &tollkeeper.CustomerFields[i]; f.Name == name {
			return v.who.Rights&f.Write != 0 && (v.staff() || f.Reach != tollkeeper.ReachStaff)
		}
	}
	return false
}

// recordRow is a field as the customer's page shows it.
type recordRow struct {
	Name, Label, Help string
	Shown             cell
	Editable          bool
	Edit              *form  // set while it is being edited
	Page              string // where it is changed, with a confirmation; "" where it is changed in place
	Meaning           string
}

type recordRows struct {
	Title string
	Rows  []recordRow
}

// recordRows are all fields of a record; the one named in editing becomes a form.
func (v *visit) recordRows(c *client.Customer, people map[string]string, editing *form) (groups []recordRows) {
	for _, g := range record {
		rows := recordRows{Title: v.t(g.Title)}
		for i := range g.Fields {
			f := &g.Fields[i]
			r := recordRow{Name: f.Name, Label: v.t(f.Label), Help: v.t(f.Help), Editable: v.writable(f.Name), Meaning: v.meaning(f.Name, c)}
			r.Shown = v.shown(f, c, people)
			if page := pageOf[f.Name]; page != "" {
				r.Page = customerLink(c.Id) + page
			}
			if editing != nil && len(editing.Fields) > 0 && editing.Fields[0].Name == f.Name {
				r.Edit = editing
			}
			rows.Rows = append(rows.Rows, r)
		}
		groups = append(groups, rows)
	}
	return groups
}

func (v *visit) shown(f *recordField, c *client.Customer, people map[string]string) cell {
	value := f.get(c)
	switch f.Kind {
	case "flag":
		return v.flag(readFlag(value))
	case "money":
		n, _ := readCents(value)
		return plain(v.cents(n))
	case "number":
		n, _ := readInt(value)
		if f.Name == "cdrRetention" {
			return plain(v.months(int(n)))
		}
		return plain(v.count(n) + " " + v.t(f.Unit))
	case "select":
		for _, o := range f.Options {
			if o.Value == value {
				return plain(v.t(o.Title))
			}
		}
	case "user":
		if name := people[value]; name != "" {
			return link(name, userLink(value))
		}
	}
	if f.Name == "websiteUrl" && value != "" {
		return link(value, webAddress(value))
	}
	return plain(value)
}

// webAddress is where a record's website is; the API lets nothing but http and https in.
func webAddress(site string) string {
	if lower := strings.ToLower(site); strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") {
		return site
	}
	return "https://" + site
}

// meaning says what a field comes to, where that depends on others.
func (v *visit) meaning(name string, c *client.Customer) string {
	switch {
	case name == "adminUserId" && c.AdminUserId == "":
		return v.t("Nobody gets this account's notices yet.")
	case name == "lowBalanceAlertAmount" && c.LowBalanceAlertAmount > 0:
		return v.t("One mail when less than %s is available; the next after it has been above that again.", v.cents(c.LowBalanceAlertAmount))
	case name == "automaticRefillAmount" && c.AutomaticRefillAmount > 0 && c.LowBalanceAlertAmount > 0:
		return v.t("When less than %s is available, %s is charged to the payment method.", v.cents(c.LowBalanceAlertAmount), v.cents(c.AutomaticRefillAmount))
	case name == "mediaBypass" && c.MediaBypass == 1 && c.CallRecording == 1:
		return v.t("Has no effect while recording is on.")
	case name == "mediaBypass" && c.MediaBypass == 1 && c.TranscribeCalls == 1:
		return v.t("Has no effect while transcripts are on.")
	case name == "mediaBypass" && c.MediaBypass == 1 && c.HoldMusic == 1:
		return v.t("Has no effect while hold music is on.")
	}
	return ""
}

// read is what was typed into the form of a field, as set wants it.
func (v *visit) read(f *recordField) string {
	if f.Kind == "money" || f.Kind == "number" {
		return v.typed(f.Name)
	}
	return v.r.PostFormValue(f.Name)
}

// fieldForm is the form that edits one field. Users are those to choose from.
func (v *visit) fieldForm(f *recordField, c *client.Customer, users []client.User) form {
	in := field{Name: f.Name, Label: v.t(f.Label), Help: v.t(f.Help), Kind: f.Kind, Value: f.get(c), Unit: v.t(f.Unit), Focus: true}
	switch f.Kind {
	case "flag", "select":
		in.Kind, in.Choices = "select", v.options(in.Value, f.Options...)
	case "money":
		in.Unit, in.Value = v.Currency, v.decimal(in.Value)
	case "user":
		in.Kind, in.Choices = "select", []choice{{"", v.t("Nobody"), in.Value == ""}}
		for _, u := range users {
			in.Choices = append(in.Choices, choice{u.Id, userName(&u) + " · " + u.Email, u.Id == in.Value})
		}
	}
	return form{Action: customerLink(c.Id), Submit: v.t("Save"), Cancel: customerLink(c.Id), Hidden: []pair{{"field", f.Name}, {"etag", c.ETag}}, Fields: []field{in}}
}
