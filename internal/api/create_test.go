package api_test

import (
	"strings"
	"testing"
)

// accepted makes a row of a create request with members beside the required ones.
func accepted(members, want string) row {
	return row{name: "accepts " + members, request: "POST /customers", body: `{"name":"Acme","defaultBillMethod":"credit",` + members + `}`, want: record(want)}
}

// refused is accepted for members that are at fault.
func refused(members string, faults ...string) row {
	return row{name: "refuses " + members, request: "POST /customers", body: `{"name":"Acme","defaultBillMethod":"credit",` + members + `}`,
		status: 400, want: invalid(faults...)}
}

const (
	notText    = "must be a string"
	notInteger = "must be an integer"
	notFlag    = "must be 0 or 1"
	notID      = "must be an ObjectId of 24 hex digits"
	notAddress = "must be an IPv4 or IPv6 address"
	notLink    = "must be an http or https address, or a bare host or path"
	notNatural = "must be an integer from 0 to 2147483647"
	notInt32   = "must be an integer from -2147483648 to 2147483647"
)

func TestCreateDefaults(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	user := s.operator.ID.String()
	s.run(t, []row{
		{name: "every default", request: "POST /customers", body: `{"name":"Acme","defaultBillMethod":"credit"}`,
			want: record(`"createdByUserId":"{user}","updatedByUserId":"{user}","createdAt":"2026-03-02T09:15:04.000Z","updatedAt":"2026-03-02T09:15:04.000Z"`)},
		{name: "every key", request: "POST /customers", body: `{"name":"Acme","websiteUrl":"https://acme.example","logo":"acme.example/l.png",
"credit":5,"adminUserId":"{user}","billingUserId":"{user}","callRecordingUserId":"{user}","supportUserId":"{user}","automaticRefillAmount":1,
"lowBalanceAlertAmount":2,"internationalCalling":1,"createdByIP":"192.0.2.44","mediaBypass":1,"accountLock":0,"callRecording":1,"cdrRetention":3,
"cnamLookUps":1,"holdMusic":1,"transcribeCalls":1,"maxOutboundCallRate":9,"defaultBillMethod":"paymentmethod"}`,
			want: record(`"websiteUrl":"https://acme.example","logo":"acme.example/l.png",
"credit":5,"adminUserId":"{user}","billingUserId":"{user}","callRecordingUserId":"{user}","supportUserId":"{user}","automaticRefillAmount":1,
"lowBalanceAlertAmount":2,"internationalCalling":1,"createdByIP":"192.0.2.44","mediaBypass":1,"accountLock":0,"callRecording":1,"cdrRetention":3,
"cnamLookUps":1,"holdMusic":1,"transcribeCalls":1,"maxOutboundCallRate":9,"defaultBillMethod":"paymentmethod"`)},
		{name: "the order of keys is nothing", request: "POST /customers", body: `{"cdrRetention":3,"defaultBillMethod":"credit","credit":7,"name":"Acme"}`,
			want: record(`"cdrRetention":3,"credit":7`)},
		{name: "every flag the other way", request: "POST /customers", body: `{"name":"Acme","defaultBillMethod":"credit","internationalCalling":0,"mediaBypass":0,
"accountLock":1,"callRecording":0,"cnamLookUps":0,"holdMusic":0,"transcribeCalls":0}`, want: record(`"transcribeCalls":0`)},
		{name: "null clears what may be absent", request: "POST /customers", body: `{"name":"Acme","defaultBillMethod":"credit","websiteUrl":null,"logo":null,
"adminUserId":null,"billingUserId":null,"callRecordingUserId":null,"supportUserId":null}`, want: record("")},
		{name: "ids in upper case", request: "POST /customers", body: `{"name":"Acme","defaultBillMethod":"credit","adminUserId":"` + strings.ToUpper(user) + `"}`,
			want: record(`"adminUserId":"{user}"`)},
	}, "{user}", user)
}

func TestCreateStrings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	emoji := strings.Repeat("😀", 45)
	name := func(text string) string { return `{"defaultBillMethod":"credit","name":` + text + `}` }
	const length = "name: must have 1 to 45 characters"
	long := "example.com/" + strings.Repeat("é", 243)
	s.run(t, []row{
		{request: "POST /customers", body: name(`"x"`), want: record(`"name":"x"`)},
		{request: "POST /customers", body: name(`" "`), want: record(`"name":" "`)},
		{request: "POST /customers", body: name(`"` + emoji + `"`), want: record(`"name":"` + emoji + `"`)},
		{request: "POST /customers", body: name(`"` + emoji + `x"`), status: 400, want: invalid(length)},
		{request: "POST /customers", body: name(`"` + strings.Repeat("x", 45) + `"`), want: record(`"name":"` + strings.Repeat("x", 45) + `"`)},
		{request: "POST /customers", body: name(`"` + strings.Repeat("x", 46) + `"`), status: 400, want: invalid(length)},
		{request: "POST /customers", body: name(`"\ud83d\ude00"`), want: record(`"name":"😀"`)},
		{request: "POST /customers", body: name(`"e\u0301"`), want: record(`"name":"e` + "\u0301" + `"`)},
		{request: "POST /customers", body: name(`"<b>&\"\\\n\u001f\u2028"`), want: record(`"name":"<b>&\"\\\n\u001f\u2028"`)},
		{request: "POST /customers", body: name(`""`), status: 400, want: invalid(length)},
		{request: "POST /customers", body: name(`"a\u0000b"`), status: 400, want: invalid("name: must not contain the NUL character")},
		{request: "POST /customers", body: name(`null`), status: 400, want: invalid("name: " + notText)},
		{request: "POST /customers", body: name(`7`), status: 400, want: invalid("name: " + notText)},
		{request: "POST /customers", body: name(`true`), status: 400, want: invalid("name: " + notText)},
		{request: "POST /customers", body: name(`["x"]`), status: 400, want: invalid("name: " + notText)},
		{request: "POST /customers", body: name(`{"x":1}`), status: 400, want: invalid("name: " + notText)},
		accepted(`"websiteUrl":""`, `"websiteUrl":""`),
		accepted(`"websiteUrl":"`+long+`"`, `"websiteUrl":"`+long+`"`),
		refused(`"websiteUrl":"`+long+`é"`, "websiteUrl: must have at most 255 characters"),
		refused(`"logo":"`+long+`é"`, "logo: must have at most 255 characters"),
		refused(`"logo":1`, "logo: "+notText),
		refused(`"websiteUrl":"a\u0000b"`, "websiteUrl: must not contain the NUL character"),
		accepted(`"defaultBillMethod2":0`, ``).but(`"defaultBillMethod2":0`, 400, invalid("defaultBillMethod2: is not a field of a customer")),
	})
}

// but turns a row into one that is refused.
func (r row) but(name string, status int, want string) row {
	r.name, r.status, r.want = "refuses "+name, status, want
	return r
}

func TestCreateLinks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var rows []row
	for _, link := range []string{
		"http://acme.example", "https://acme.example:8443/a?b=c#d", "HTTPS://ACME.EXAMPLE", "acme.example", "acme.example/logo.png",
		"acme.example:8080", "acme.example:8080/path", "//acme.example/logo.png", "/logo.png", "logo.png", "localhost:8080", "acme.example/a:b",
		"?a=b:c", "https://münchen.example/ü",
	} {
		rows = append(rows, accepted(`"websiteUrl":"`+link+`"`, `"websiteUrl":"`+link+`"`), accepted(`"logo":"`+link+`"`, `"logo":"`+link+`"`))
	}
	for _, link := range []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\\tscript:alert(1)", "java\\nscript:alert(1)", " javascript:alert(1)", "\\u0001javascript:alert(1)",
		"data:text/html,x", "vbscript:x", "ftp://acme.example", "mailto:a@acme.example", "file:///etc/passwd", "tel:911", "http:", "http://", "https:///x",
		"http:acme.example", "host:80a0/path", "host:", "host:8080/path", "a b", "http:\\\\\\\\acme.example", "blob:https://acme.example",
	} {
		rows = append(rows, refused(`"websiteUrl":"`+link+`"`, "websiteUrl: "+notLink), refused(`"logo":"`+link+`"`, "logo: "+notLink))
	}
	s.run(t, rows)
}

func TestCreateIntegers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	rows := []row{
		accepted(`"credit":2147483647`, `"credit":2147483647`),
		accepted(`"credit":-2147483648`, `"credit":-2147483648`),
		accepted(`"credit":1.0`, `"credit":1`),
		accepted(`"credit":1e2`, `"credit":100`),
		accepted(`"credit":1E+2`, `"credit":100`),
		accepted(`"credit":1200e-2`, `"credit":12`),
		accepted(`"credit":-0`, `"credit":0`),
		accepted(`"credit":-0.0`, `"credit":0`),
		accepted(`"credit":0e999999999999`, `"credit":0`),
		accepted(`"credit":2147483647.000000000000000000000`, `"credit":2147483647`),
		refused(`"credit":2147483648`, "credit: "+notInt32),
		refused(`"credit":-2147483649`, "credit: "+notInt32),
		refused(`"credit":9223372036854775808`, "credit: "+notInt32),
		refused(`"credit":18446744073709551616`, "credit: "+notInt32),
		refused(`"credit":2147483648.0`, "credit: "+notInt32),
		refused(`"credit":1e400`, "credit: "+notInteger),
		refused(`"credit":1e999999999999`, "credit: "+notInteger),
		refused(`"credit":1.5`, "credit: "+notInteger),
		refused(`"credit":1e-1`, "credit: "+notInteger),
		refused(`"credit":1.00000000000000000000000000001`, "credit: "+notInteger),
	}
	for _, field := range []string{"automaticRefillAmount", "lowBalanceAlertAmount", "cdrRetention", "maxOutboundCallRate"} {
		rows = append(rows,
			accepted(`"`+field+`":0`, `"`+field+`":0`), accepted(`"`+field+`":2147483647`, `"`+field+`":2147483647`),
			refused(`"`+field+`":-1`, field+": "+notNatural), refused(`"`+field+`":2147483648`, field+": "+notNatural))
	}
	for _, field := range []string{"credit", "automaticRefillAmount", "lowBalanceAlertAmount", "cdrRetention", "maxOutboundCallRate"} {
		for _, wrong := range []string{`null`, `"1"`, `true`, `[1]`, `{}`, `""`} {
			rows = append(rows, refused(`"`+field+`":`+wrong, field+": "+notInteger))
		}
	}
	for _, field := range []string{"internationalCalling", "mediaBypass", "accountLock", "callRecording", "cnamLookUps", "holdMusic", "transcribeCalls"} {
		rows = append(rows, accepted(`"`+field+`":1.0`, `"`+field+`":1`), accepted(`"`+field+`":0`, `"`+field+`":0`))
		for _, wrong := range []string{`null`, `2`, `-1`, `true`, `"1"`, `0.5`} {
			rows = append(rows, refused(`"`+field+`":`+wrong, field+": "+notFlag))
		}
	}
	s.run(t, rows)
}

func TestCreateIDsAndAddresses(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var rows []row
	for _, field := range []string{"adminUserId", "billingUserId", "callRecordingUserId", "supportUserId"} {
		rows = append(rows,
			accepted(`"`+field+`":"{user}"`, `"`+field+`":"{user}"`),
			refused(`"`+field+`":"69a555184b1f8c3a5e000003"`, field+": must be the id of an existing user"),
			refused(`"`+field+`":"69a555184b1f8c3a5e00000"`, field+": "+notID), refused(`"`+field+`":"69a555184b1f8c3a5e00000g"`, field+": "+notID),
			refused(`"`+field+`":""`, field+": "+notID), refused(`"`+field+`":7`, field+": "+notID))
	}
	for given, written := range map[string]string{
		"1.1.1.1": "::ffff:1.1.1.1", "1.1.1.11": "1.1.1.11", "192.0.2.44": "192.0.2.44", "::1": "0000:0000:0000:0000:0000:0000:0000:0001",
		"::": "0000:0000:0000:0000:0000:0000:0000:0000", "2001:DB8::1": "2001:db8::1", "::ffff:1.1.1.1": "::ffff:1.1.1.1",
	} {
		rows = append(rows, accepted(`"createdByIP":"`+given+`"`, `"createdByIP":"`+written+`"`))
	}
	for _, wrong := range []string{`"fe80::1%eth0"`, `"1.1.1"`, `"1.1.1.256"`, `"01.1.1.1"`, `""`, `"localhost"`, `"1.1.1.1:80"`, `"[::1]"`, `null`, `16843009`} {
		rows = append(rows, refused(`"createdByIP":`+wrong, "createdByIP: "+notAddress))
	}
	for _, field := range []string{"_id", "createdByUserId", "updatedByUserId"} {
		rows = append(rows, refused(`"`+field+`":"69a555184b1f8c3a5e000003"`, field+": is read-only"), accepted(`"`+field+`":null`, ""))
	}
	for _, field := range []string{"createdAt", "updatedAt"} {
		rows = append(rows, refused(`"`+field+`":"2026-03-02T09:15:04.000Z"`, field+": is read-only"),
			refused(`"`+field+`":"0001-01-01T00:00:00Z"`, field+": is read-only"), refused(`"`+field+`":7`, field+": is read-only"))
	}
	for _, wrong := range []string{`"Credit"`, `"CREDIT"`, `""`, `null`, `1`, `"credit "`} {
		rows = append(rows, row{request: "POST /customers", body: `{"name":"Acme","defaultBillMethod":` + wrong + `}`, status: 400,
			want: invalid(`defaultBillMethod: must be "credit" or "paymentmethod"`)})
	}
	s.run(t, rows, "{user}", s.operator.ID.String())
}

func TestCreateListsEveryFault(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.run(t, []row{
		{request: "POST /customers", body: `{}`, status: 400, want: invalid("name: is required", "defaultBillMethod: is required")},
		{request: "POST /customers", body: `{"name":"x"}`, status: 400, want: invalid("defaultBillMethod: is required")},
		{name: "all at once", request: "POST /customers", body: `{"_id":"x","name":"","websiteUrl":"data:x","logo":1,"credit":1.5,"adminUserId":"x","automaticRefillAmount":-1,
"internationalCalling":2,"createdByIP":"x","cdrRetention":"1","shoeSize":1,"$where":1}`, status: 400,
			want: invalid("_id: is read-only", "name: must have 1 to 45 characters", "websiteUrl: "+notLink, "logo: "+notText, "credit: "+notInteger, "adminUserId: "+notID,
				"automaticRefillAmount: "+notNatural, "internationalCalling: "+notFlag, "createdByIP: "+notAddress, "cdrRetention: "+notInteger,
				"shoeSize: is not a field of a customer", "$where: is not a field of a customer", "defaultBillMethod: is required")},
		{name: "all contacts at once", request: "POST /customers", body: `{"name":"x","defaultBillMethod":"credit","adminUserId":"69a555184b1f8c3a5e000003","billingUserId":"69a555184b1f8c3a5e000003",
"callRecordingUserId":"69a555184b1f8c3a5e000003","supportUserId":"69a555184b1f8c3a5e000003"}`, status: 400,
			want: invalid("adminUserId: must be the id of an existing user", "billingUserId: must be the id of an existing user",
				"callRecordingUserId: must be the id of an existing user", "supportUserId: must be the id of an existing user")},
		{name: "a long unknown key is cut", request: "POST /customers", body: `{"name":"x","defaultBillMethod":"credit","` + strings.Repeat("k", 5000) + `":1}`, status: 400,
			want: invalid(strings.Repeat("k", 64) + "...: is not a field of a customer")},
		{name: "keys are case-sensitive", request: "POST /customers", body: `{"Name":"x","name":"x","defaultBillMethod":"credit"}`, status: 400,
			want: invalid("Name: is not a field of a customer")},
	})
}
