package tollkeeper

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// CustomerField describes one key of the customer's record. CustomerFields, the
// table of all of them, drives reading, writing, comparing and searching.
type CustomerField struct {
	Name     string
	Required bool   // on create
	ReadOnly bool   // accepted in a request only when it repeats what is stored
	Write    Rights // the right that writing it needs
	Reach    Reach
	// Set puts a client's value into the record, or says what would be right.
	set func(*Customer, Value) (fault string)
	// at returns a pointer to the record's Go field.
	at func(*Customer) any
}

// CustomerFields is the record's 26 keys in the order they are written.
var CustomerFields = []CustomerField{
	{Name: "_id", ReadOnly: true, at: func(c *Customer) any { return &c.ID }},
	{Name: "name", Required: true, Write: WriteAdmin, at: func(c *Customer) any { return &c.Name }, set: setName},
	{Name: "websiteUrl", Write: WriteAdmin, at: func(c *Customer) any { return &c.WebsiteURL }, set: setLink(func(c *Customer) **string { return &c.WebsiteURL })},
	{Name: "logo", Write: WriteAdmin, at: func(c *Customer) any { return &c.Logo }, set: setLink(func(c *Customer) **string { return &c.Logo })},
	{Name: "credit", Write: WriteBilling, Reach: ReachStaff, at: func(c *Customer) any { return &c.Credit }, set: setInt(math.MinInt32, func(c *Customer) *int32 { return &c.Credit })},
	{Name: "adminUserId", Write: WriteAdmin, at: func(c *Customer) any { return &c.AdminUserID }, set: setID(func(c *Customer) *ID { return &c.AdminUserID })},
	{Name: "billingUserId", Write: WriteAdmin, at: func(c *Customer) any { return &c.BillingUserID }, set: setID(func(c *Customer) *ID { return &c.BillingUserID })},
	{Name: "callRecordingUserId", Write: WriteAdmin, at: func(c *Customer) any { return &c.CallRecordingUserID }, set: setID(func(c *Customer) *ID { return &c.CallRecordingUserID })},
	{Name: "supportUserId", Write: WriteAdmin, at: func(c *Customer) any { return &c.SupportUserID }, set: setID(func(c *Customer) *ID { return &c.SupportUserID })},
	{Name: "automaticRefillAmount", Write: WriteBilling, at: func(c *Customer) any { return &c.AutomaticRefillAmount }, set: setInt(0, func(c *Customer) *int32 { return &c.AutomaticRefillAmount })},
	{Name: "lowBalanceAlertAmount", Write: WriteBilling, at: func(c *Customer) any { return &c.LowBalanceAlertAmount }, set: setInt(0, func(c *Customer) *int32 { return &c.LowBalanceAlertAmount })},
	{Name: "internationalCalling", Write: WritePhone, Reach: ReachLower, at: func(c *Customer) any { return &c.InternationalCalling }, set: setFlag(func(c *Customer) *Flag { return &c.InternationalCalling })},
	{Name: "createdByIP", Write: WriteAdmin, Reach: ReachStaff, at: func(c *Customer) any { return &c.CreatedByIP }, set: setAddress},
	{Name: "mediaBypass", Write: WritePhone, at: func(c *Customer) any { return &c.MediaBypass }, set: setFlag(func(c *Customer) *Flag { return &c.MediaBypass })},
	{Name: "accountLock", Write: WriteAdmin, at: func(c *Customer) any { return &c.AccountLock }, set: setFlag(func(c *Customer) *Flag { return &c.AccountLock })},
	{Name: "callRecording", Write: WritePhone, at: func(c *Customer) any { return &c.CallRecording }, set: setFlag(func(c *Customer) *Flag { return &c.CallRecording })},
	{Name: "cdrRetention", Write: WriteAdmin, at: func(c *Customer) any { return &c.CDRRetention }, set: setInt(0, func(c *Customer) *int32 { return &c.CDRRetention })},
	{Name: "cnamLookUps", Write: WritePhone, at: func(c *Customer) any { return &c.CNAMLookUps }, set: setFlag(func(c *Customer) *Flag { return &c.CNAMLookUps })},
	{Name: "holdMusic", Write: WritePhone, at: func(c *Customer) any { return &c.HoldMusic }, set: setFlag(func(c *Customer) *Flag { return &c.HoldMusic })},
	{Name: "transcribeCalls", Write: WritePhone, at: func(c *Customer) any { return &c.TranscribeCalls }, set: setTranscribeCalls},
	{Name: "maxOutboundCallRate", Write: WritePhone, Reach: ReachLower, at: func(c *Customer) any { return &c.MaxOutboundCallRate }, set: setInt(0, func(c *Customer) *int32 { return &c.MaxOutboundCallRate })},
	{Name: "defaultBillMethod", Required: true, Write: WriteBilling, at: func(c *Customer) any { return &c.DefaultBillMethod }, set: setBillMethod},
	{Name: "createdByUserId", ReadOnly: true, at: func(c *Customer) any { return &c.CreatedByUserID }},
	{Name: "updatedByUserId", ReadOnly: true, at: func(c *Customer) any { return &c.UpdatedByUserID }},
	{Name: "createdAt", ReadOnly: true, at: func(c *Customer) any { return &c.CreatedAt }},
	{Name: "updatedAt", ReadOnly: true, at: func(c *Customer) any { return &c.UpdatedAt }},
}

// customerFieldIndex finds a field of the table by its name.
var customerFieldIndex = func() map[string]*CustomerField {
	index := make(map[string]*CustomerField, len(CustomerFields))
	for i := range CustomerFields {
		index[CustomerFields[i].Name] = &CustomerFields[i]
	}
	return index
}()

// At returns a pointer to the Go field that holds this key in c: *string,
// **string, *int32, *Flag, **Flag, *ID, *BillMethod or *time.Time.
func (f *CustomerField) At(c *Customer) any { return f.at(c) }

// AppendJSON appends the field's value as JSON, or reports that it is absent.
func (f *CustomerField) AppendJSON(dst []byte, c *Customer) (_ []byte, present bool) {
	switch v := f.at(c).(type) {
	case *string:
		return appendText(dst, *v), true
	case **string:
		if *v == nil {
			return dst, false
		}
		return appendText(dst, **v), true
	case *int32:
		return strconv.AppendInt(dst, int64(*v), 10), true
	case *Flag:
		return appendFlag(dst, *v), true
	case **Flag:
		if *v == nil {
			return dst, false
		}
		return appendFlag(dst, **v), true
	case *ID:
		if v.IsZero() {
			return dst, false
		}
		return append(append(append(dst, '"'), v.String()...), '"'), true
	case *BillMethod:
		return append(append(append(dst, '"'), *v...), '"'), true
	case *time.Time:
		return AppendTime(dst, *v), true
	default:
		panic(fmt.Sprintf("customer field %s has the unforeseen type %T", f.Name, v))
	}
}

// AppendJSON appends the record as one JSON object. With keep, only the fields
// it approves are written.
func (c *Customer) AppendJSON(dst []byte, keep func(name string) bool) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for i := range CustomerFields {
		f := &CustomerFields[i]
		if keep != nil && !keep(f.Name) {
			continue
		}
		before := len(dst)
		if before > start {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), f.Name...), '"', ':')
		var present bool
		if dst, present = f.AppendJSON(dst, c); !present {
			dst = dst[:before]
		}
	}
	return append(dst, '}')
}

// TimeLayout is how every time is written: UTC with milliseconds (RFC 3339).
const TimeLayout = "2006-01-02T15:04:05.000Z"

// AppendTime appends t as a JSON string in TimeLayout.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return append(t.AppendFormat(append(dst, '"'), TimeLayout), '"')
	}
	hour, minute, second := t.Clock()
	millis := t.Nanosecond() / 1e6
	return append(dst, '"',
		digit(year/1000), digit(year/100), digit(year/10), digit(year), '-', digit(int(month)/10), digit(int(month)), '-',
		digit(day/10), digit(day), 'T', digit(hour/10), digit(hour), ':', digit(minute/10), digit(minute), ':',
		digit(second/10), digit(second), '.', digit(millis/100), digit(millis/10), digit(millis), 'Z', '"')
}

// digit is the last decimal digit of n.
func digit(n int) byte { return byte('0' + n%10) }

func appendFlag(dst []byte, f Flag) []byte {
	if f {
		return append(dst, '1')
	}
	return append(dst, '0')
}

// appendText appends s as a JSON string. Plain text is copied; the rest is left
// to encoding/json, without its escaping of <, > and &.
func appendText(dst []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			var b bytes.Buffer
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			encoder.Encode(s) // a string always encodes
			return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// text checks a string value: its length in code points and that it has no NUL,
// which databases and switches cannot carry.
func (v Value) text(low, high int) (string, string) {
	if v.Kind != StringValue {
		return "", "must be a string"
	}
	n := utf8.RuneCountInString(v.Text)
	switch {
	case strings.ContainsRune(v.Text, 0):
		return "", "must not contain the NUL character"
	case n < low || n > high:
		if low == 0 {
			return "", fmt.Sprintf("must have at most %d characters", high)
		}
		return "", fmt.Sprintf("must have %d to %d characters", low, high)
	}
	return v.Text, ""
}

func setName(c *Customer, v Value) (fault string) {
	text, fault := v.text(1, 45)
	if fault == "" {
		c.Name = text
	}
	return fault
}

func setLink(at func(*Customer) **string) func(*Customer, Value) string {
	return func(c *Customer, v Value) string {
		if v.Kind == NullValue {
			*at(c) = nil
			return ""
		}
		text, fault := v.text(0, 255)
		if fault == "" {
			fault = linkFault(text)
		}
		if fault == "" {
			*at(c) = &text
		}
		return fault
	}
}

func setInt(low int64, at func(*Customer) *int32) func(*Customer, Value) string {
	return func(c *Customer, v Value) string {
		n, fault := v.int32(low, math.MaxInt32)
		if fault == "" {
			*at(c) = n
		}
		return fault
	}
}

func flagValue(v Value) (Flag, string) {
	n, ok := v.Integer()
	if !ok || n != 0 && n != 1 {
		return false, "must be 0 or 1"
	}
	return n == 1, ""
}

func setFlag(at func(*Customer) *Flag) func(*Customer, Value) string {
	return func(c *Customer, v Value) string {
		flag, fault := flagValue(v)
		if fault == "" {
			*at(c) = flag
		}
		return fault
	}
}

func setTranscribeCalls(c *Customer, v Value) string {
	flag, fault := flagValue(v)
	if fault == "" {
		c.TranscribeCalls = &flag
	}
	return fault
}

func setID(at func(*Customer) *ID) func(*Customer, Value) string {
	return func(c *Customer, v Value) string {
		if v.Kind == NullValue {
			*at(c) = ID{}
			return ""
		}
		if v.Kind != StringValue {
			return errID.Error()
		}
		id, err := ParseID(v.Text)
		if err != nil {
			return err.Error()
		}
		*at(c) = id
		return ""
	}
}

func setBillMethod(c *Customer, v Value) string {
	method := BillMethod(v.Text)
	if v.Kind != StringValue || method != BillCredit && method != BillPaymentMethod {
		return `must be "credit" or "paymentmethod"`
	}
	c.DefaultBillMethod = method
	return ""
}

func setAddress(c *Customer, v Value) string {
	const fault = "must be an IPv4 or IPv6 address"
	if v.Kind != StringValue {
		return fault
	}
	address, err := netip.ParseAddr(v.Text)
	if err != nil || address.Zone() != "" {
		return fault
	}
	c.CreatedByIP = WrittenAddress(address)
	return ""
}

// WrittenAddress writes an address with at least 8 characters, because clients
// check that length: a short IPv4 address as ::ffff:1.1.1.1, a short IPv6
// address in full.
func WrittenAddress(address netip.Addr) string {
	address = address.WithZone("")
	written := address.String()
	switch {
	case len(written) >= 8:
		return written
	case address.Is4():
		return "::ffff:" + written
	default:
		return address.StringExpanded()
	}
}

// linkFault accepts http and https addresses and a bare host or path. Any other
// scheme (javascript:, data: ...) would run in the browser of whoever clicks it.
func linkFault(link string) string {
	const fault = "must be an http or https address, or a bare host or path"
	if strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return fault
	}
	lower := strings.ToLower(link)
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(lower, scheme); ok {
			if rest == "" || strings.ContainsAny(rest[:1], "/?#:") {
				return fault
			}
			return ""
		}
	}
	host := lower
	if i := strings.IndexAny(lower, "/?#"); i >= 0 {
		host = lower[:i]
	}
	name, port, hasColon := strings.Cut(host, ":")
	if hasColon && (port == "" || !allDigits(port) || name != "localhost" && !strings.Contains(name, ".")) {
		return fault
	}
	return ""
}

// CustomerFieldJSON returns one field of a record as JSON, "" when it is absent.
func CustomerFieldJSON(c *Customer, name string) string { return customerFieldIndex[name].json(c) }
