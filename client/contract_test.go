package client_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"

	"tollkeeper/client"
)

// document is openapi.yaml as far as the tests need it.
type document struct {
	Paths      map[string]map[string]any
	Components struct{ Schemas map[string]schema }
}

type schema struct {
	Ref        string `yaml:"$ref"`
	Type       string
	Format     string
	Enum       []any
	Nullable   bool
	Properties map[string]schema
	AllOf      []schema `yaml:"allOf"`
	Items      *schema
}

func contract(t *testing.T) document {
	t.Helper()
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := yaml.UnmarshalWithOptions(text, &d, yaml.AllowDuplicateMapKey()); err != nil {
		t.Fatal(err)
	}
	return d
}

// properties are the keys of a record, those of the schemas it is made of included.
func (d document) properties(s schema) map[string]schema {
	if s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	all := map[string]schema{}
	for key, property := range s.Properties {
		all[key] = property
	}
	for _, part := range s.AllOf {
		for key, property := range d.properties(part) {
			all[key] = property
		}
	}
	return all
}

// records are the typed records by the names of their schemas.
var records = map[string]reflect.Type{
	"Error":                    reflect.TypeFor[client.Error](),
	"AuthenticationRequest":    reflect.TypeFor[client.AuthenticationRequest](),
	"Totp":                     reflect.TypeFor[client.Totp](),
	"TotpCreate":               reflect.TypeFor[client.TotpCreate](),
	"TotpSecret":               reflect.TypeFor[client.TotpSecret](),
	"TotpConfirm":              reflect.TypeFor[client.TotpConfirm](),
	"TotpRecovery":             reflect.TypeFor[client.TotpRecovery](),
	"PasswordForgetRequest":    reflect.TypeFor[client.PasswordForgetRequest](),
	"PasswordForget":           reflect.TypeFor[client.PasswordForget](),
	"PasswordResetRequest":     reflect.TypeFor[client.PasswordResetRequest](),
	"PasswordReset":            reflect.TypeFor[client.PasswordReset](),
	"Operator":                 reflect.TypeFor[client.Operator](),
	"OperatorCreate":           reflect.TypeFor[client.OperatorCreate](),
	"Setting":                  reflect.TypeFor[client.Setting](),
	"SettingList":              reflect.TypeFor[client.SettingList](),
	"Authentication":           reflect.TypeFor[client.Authentication](),
	"Customer":                 reflect.TypeFor[client.Customer](),
	"CustomersPatch":           reflect.TypeFor[client.CustomersPatch](),
	"CustomersCreateOrPatch":   reflect.TypeFor[client.CustomersCreateOrPatch](),
	"CustomerList":             reflect.TypeFor[client.CustomerList](),
	"Balance":                  reflect.TypeFor[client.Balance](),
	"Usage":                    reflect.TypeFor[client.Usage](),
	"UsageList":                reflect.TypeFor[client.UsageList](),
	"LedgerEntry":              reflect.TypeFor[client.LedgerEntry](),
	"LedgerCreate":             reflect.TypeFor[client.LedgerCreate](),
	"LedgerEntryList":          reflect.TypeFor[client.LedgerEntryList](),
	"Status":                   reflect.TypeFor[client.Status](),
	"StatusPatch":              reflect.TypeFor[client.StatusPatch](),
	"Limits":                   reflect.TypeFor[client.Limits](),
	"LimitsPatch":              reflect.TypeFor[client.LimitsPatch](),
	"CustomerRateDeck":         reflect.TypeFor[client.CustomerRateDeck](),
	"CustomerRateDeckUpdate":   reflect.TypeFor[client.CustomerRateDeckUpdate](),
	"AuditEntry":               reflect.TypeFor[client.AuditEntry](),
	"Change":                   reflect.TypeFor[client.Change](),
	"Event":                    reflect.TypeFor[client.Event](),
	"EventList":                reflect.TypeFor[client.EventList](),
	"Billing":                  reflect.TypeFor[client.Billing](),
	"BillingPatch":             reflect.TypeFor[client.BillingPatch](),
	"RefillCreate":             reflect.TypeFor[client.RefillCreate](),
	"PaymentMethod":            reflect.TypeFor[client.PaymentMethod](),
	"PaymentMethodCreate":      reflect.TypeFor[client.PaymentMethodCreate](),
	"PaymentMethodPatch":       reflect.TypeFor[client.PaymentMethodPatch](),
	"PaymentMethodSetupCreate": reflect.TypeFor[client.PaymentMethodSetupCreate](),
	"PaymentMethodSetup":       reflect.TypeFor[client.PaymentMethodSetup](),
	"PaymentMethodList":        reflect.TypeFor[client.PaymentMethodList](),
	"ProviderReceipt":          reflect.TypeFor[client.ProviderReceipt](),
	"Payment":                  reflect.TypeFor[client.Payment](),
	"PaymentList":              reflect.TypeFor[client.PaymentList](),
	"PaymentRecord":            reflect.TypeFor[client.PaymentRecord](),
	"RefundCreate":             reflect.TypeFor[client.RefundCreate](),
	"Refund":                   reflect.TypeFor[client.Refund](),
	"RefundList":               reflect.TypeFor[client.RefundList](),
	"Invoice":                  reflect.TypeFor[client.Invoice](),
	"InvoiceList":              reflect.TypeFor[client.InvoiceList](),
	"InvoicePatch":             reflect.TypeFor[client.InvoicePatch](),
	"InvoicePay":               reflect.TypeFor[client.InvoicePay](),
	"InvoiceItem":              reflect.TypeFor[client.InvoiceItem](),
	"InvoiceItemList":          reflect.TypeFor[client.InvoiceItemList](),
	"Mail":                     reflect.TypeFor[client.Mail](),
	"Job":                      reflect.TypeFor[client.Job](),
	"JobList":                  reflect.TypeFor[client.JobList](),
	"MailList":                 reflect.TypeFor[client.MailList](),
	"Webhook":                  reflect.TypeFor[client.Webhook](),
	"WebhookWithSecret":        reflect.TypeFor[client.WebhookWithSecret](),
	"WebhookCreate":            reflect.TypeFor[client.WebhookCreate](),
	"WebhookPatch":             reflect.TypeFor[client.WebhookPatch](),
	"WebhookList":              reflect.TypeFor[client.WebhookList](),
	"Delivery":                 reflect.TypeFor[client.Delivery](),
	"DeliveryList":             reflect.TypeFor[client.DeliveryList](),
	"Redelivery":               reflect.TypeFor[client.Redelivery](),
	"AuditEntryList":           reflect.TypeFor[client.AuditEntryList](),
	"UserToken":                reflect.TypeFor[client.UserToken](),
	"UserTokenCreated":         reflect.TypeFor[client.UserTokenCreated](),
	"UserTokenCreate":          reflect.TypeFor[client.UserTokenCreate](),
	"UserTokenPatch":           reflect.TypeFor[client.UserTokenPatch](),
	"UserTokenList":            reflect.TypeFor[client.UserTokenList](),
	"User":                     reflect.TypeFor[client.User](),
	"UsersPatch":               reflect.TypeFor[client.UsersPatch](),
	"UsersCreateOrPatch":       reflect.TypeFor[client.UsersCreateOrPatch](),
	"UserList":                 reflect.TypeFor[client.UserList](),
	"Number":                   reflect.TypeFor[client.Number](),
	"NumberImport":             reflect.TypeFor[client.NumberImport](),
	"NumberCreate":             reflect.TypeFor[client.NumberCreate](),
	"NumberPatch":              reflect.TypeFor[client.NumberPatch](),
	"NumberList":               reflect.TypeFor[client.NumberList](),
	"NumberOwner":              reflect.TypeFor[client.NumberOwner](),
	"NumberOwnerList":          reflect.TypeFor[client.NumberOwnerList](),
	"ListedName":               reflect.TypeFor[client.ListedName](),
	"ListedNameList":           reflect.TypeFor[client.ListedNameList](),
	"CallerNamesImport":        reflect.TypeFor[client.CallerNamesImport](),
	"PortoutLink":              reflect.TypeFor[client.PortoutLink](),
	"PortoutLinkDecision":      reflect.TypeFor[client.PortoutLinkDecision](),
	"Portout":                  reflect.TypeFor[client.Portout](),
	"PortoutCreate":            reflect.TypeFor[client.PortoutCreate](),
	"PortoutPatch":             reflect.TypeFor[client.PortoutPatch](),
	"PortoutDecision":          reflect.TypeFor[client.PortoutDecision](),
	"PortoutList":              reflect.TypeFor[client.PortoutList](),
	"Retention":                reflect.TypeFor[client.Retention](),
	"RetentionPatch":           reflect.TypeFor[client.RetentionPatch](),
	"RetentionPreview":         reflect.TypeFor[client.RetentionPreview](),
	"PurgePreview":             reflect.TypeFor[client.PurgePreview](),
	"Porting":                  reflect.TypeFor[client.Porting](),
	"PortingPatch":             reflect.TypeFor[client.PortingPatch](),
	"Digest":                   reflect.TypeFor[client.Digest](),
	"Server":                   reflect.TypeFor[client.Server](),
	"Barring":                  reflect.TypeFor[client.Barring](),
	"BarringCreate":            reflect.TypeFor[client.BarringCreate](),
	"BarringPatch":             reflect.TypeFor[client.BarringPatch](),
	"BarringImport":            reflect.TypeFor[client.BarringImport](),
	"BarringPlan":              reflect.TypeFor[client.BarringPlan](),
	"BarringList":              reflect.TypeFor[client.BarringList](),
	"ServerCreate":             reflect.TypeFor[client.ServerCreate](),
	"ServerPatch":              reflect.TypeFor[client.ServerPatch](),
	"ServerList":               reflect.TypeFor[client.ServerList](),
	"RateDeck":                 reflect.TypeFor[client.RateDeck](),
	"RateDeckList":             reflect.TypeFor[client.RateDeckList](),
	"RateDeckRollback":         reflect.TypeFor[client.RateDeckRollback](),
	"RateDeckImport":           reflect.TypeFor[client.RateDeckImport](),
	"RateDeckDifference":       reflect.TypeFor[client.RateDeckDifference](),
	"RateDeckDifferenceGroup":  reflect.TypeFor[client.RateDeckDifferenceGroup](),
	"RateChange":               reflect.TypeFor[client.RateChange](),
	"RateTerms":                reflect.TypeFor[client.RateTerms](),
	"Rate":                     reflect.TypeFor[client.Rate](),
	"RateList":                 reflect.TypeFor[client.RateList](),
	"CallAuthorize":            reflect.TypeFor[client.CallAuthorize](),
	"CallCheck":                reflect.TypeFor[client.CallCheck](),
	"CheckedRule":              reflect.TypeFor[client.CheckedRule](),
	"CallChecked":              reflect.TypeFor[client.CallChecked](),
	"CallAnswer":               reflect.TypeFor[client.CallAnswer](),
	"CallExtend":               reflect.TypeFor[client.CallExtend](),
	"CallEnd":                  reflect.TypeFor[client.CallEnd](),
	"CallEndBatch":             reflect.TypeFor[client.CallEndBatch](),
	"CallEndItem":              reflect.TypeFor[client.CallEndItem](),
	"CallEndBatchResult":       reflect.TypeFor[client.CallEndBatchResult](),
	"CallEndOutcome":           reflect.TypeFor[client.CallEndOutcome](),
	"CompactDecision":          reflect.TypeFor[client.CompactDecision](),
	"Media":                    reflect.TypeFor[client.Media](),
	"Decision":                 reflect.TypeFor[client.Decision](),
	"Call":                     reflect.TypeFor[client.Call](),
	"CallList":                 reflect.TypeFor[client.CallList](),
	"Recording":                reflect.TypeFor[client.Recording](),
	"RecordingList":            reflect.TypeFor[client.RecordingList](),
	"RecordingMark":            reflect.TypeFor[client.RecordingMark](),
	"RecordingTimeline":        reflect.TypeFor[client.RecordingTimeline](),
	"RecordingUpload":          reflect.TypeFor[client.RecordingUpload](),
	"RecordingFetch":           reflect.TypeFor[client.RecordingFetch](),
	"RecordingLink":            reflect.TypeFor[client.RecordingLink](),
	"CustomerMedia":            reflect.TypeFor[client.CustomerMedia](),
	"CustomerMediaPatch":       reflect.TypeFor[client.CustomerMediaPatch](),
	"Transcript":               reflect.TypeFor[client.Transcript](),
	"TranscriptList":           reflect.TypeFor[client.TranscriptList](),
	"Cdr":                      reflect.TypeFor[client.Cdr](),
	"CdrList":                  reflect.TypeFor[client.CdrList](),
	"Health":                   reflect.TypeFor[client.Health](),
	"Version":                  reflect.TypeFor[client.Version](),
	"Activity":                 reflect.TypeFor[client.Activity](),
	"Count":                    reflect.TypeFor[client.Count](),
	"CustomerBalance":          reflect.TypeFor[client.CustomerBalance](),
	"CustomerBalanceList":      reflect.TypeFor[client.CustomerBalanceList](),
	"BalanceHistory":           reflect.TypeFor[client.BalanceHistory](),
	"BalancePoint":             reflect.TypeFor[client.BalancePoint](),
	"Ruling":                   reflect.TypeFor[client.Ruling](),
	"RulingList":               reflect.TypeFor[client.RulingList](),
	"View":                     reflect.TypeFor[client.View](),
	"ViewCreate":               reflect.TypeFor[client.ViewCreate](),
	"ViewList":                 reflect.TypeFor[client.ViewList](),
}

// helpers are methods of resources that are no operation of the contract.
var helpers = []string{"All"}

func TestEveryOperationHasItsMethod(t *testing.T) {
	t.Parallel()
	described := map[string]bool{}
	for path, item := range contract(t).Paths {
		for method, operation := range item {
			if fields, ok := operation.(map[string]any); ok && method != "parameters" {
				id, _ := fields["operationId"].(string)
				if id == "" {
					t.Errorf("%s %s has no operationId", method, path)
				}
				described[id] = true
			}
		}
	}
	if len(described) < 40 {
		t.Fatalf("only %d operations were found in the contract", len(described))
	}
	offered := map[string]bool{}
	for _, service := range reflect.VisibleFields(reflect.TypeFor[client.Client]()) {
		if !service.IsExported() {
			continue
		}
		for i := range service.Type.NumMethod() {
			if name := service.Type.Method(i).Name; !slices.Contains(helpers, name) {
				offered[strings.ToLower(service.Name[:1])+service.Name[1:]+name] = true
			}
		}
	}
	same(t, "operation", described, offered)
}

func same(t *testing.T, what string, described, offered map[string]bool) {
	t.Helper()
	for name := range described {
		if !offered[name] {
			t.Errorf("%s %s is in the contract, and not in the client", what, name)
		}
	}
	for name := range offered {
		if !described[name] {
			t.Errorf("%s %s is in the client, and not in the contract", what, name)
		}
	}
}

func TestEverySchemaHasItsRecord(t *testing.T) {
	t.Parallel()
	d := contract(t)
	constants := constantsByType(t)
	for name, s := range d.Components.Schemas {
		properties := d.properties(s)
		if len(properties) == 0 {
			continue // a plain value, such as ObjectId
		}
		record, ok := records[name]
		if !ok {
			t.Errorf("schema %s has no record", name)
			continue
		}
		checkRecord(t, name, properties, record, constants)
	}
	for name := range records {
		if _, ok := d.Components.Schemas[name]; !ok {
			t.Errorf("record %s has no schema", name)
		}
	}
}

func checkRecord(t *testing.T, name string, properties map[string]schema, record reflect.Type, constants map[string][]string) {
	described, offered := map[string]bool{}, map[string]bool{}
	for key := range properties {
		described[key] = true
	}
	for _, field := range reflect.VisibleFields(record) {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if key == "" || key == "-" {
			continue
		}
		offered[key] = true
		if want := fieldName(key); field.Name != want {
			t.Errorf("%s.%s should be named %s, by its key", name, field.Name, want)
		}
		checkType(t, name+"."+key, properties[key], field.Type, constants)
	}
	same(t, "property of "+name, described, offered)
}

func fieldName(key string) string {
	runes := []rune(strings.TrimPrefix(key, "_"))
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

func checkType(t *testing.T, where string, property schema, got reflect.Type, constants map[string][]string) {
	optional := strings.HasPrefix(got.Name(),
		"Optional[")
	if property.Nullable && !optional {
		t.Errorf("%s may be null, but is no Optional", where)
	}
	if optional {
		get, _ := got.MethodByName("Get")
		got = get.Type.Out(0)
	}
	if property.Type == "array" {
		checkType(t, where, *property.Items, got.Elem(), constants)
		return
	}
	kinds := map[string][]reflect.Kind{
		"string": {reflect.String}, "boolean": {reflect.Bool}, "integer": {reflect.Int, reflect.Int64},
	}[property.Type]
	if property.Format == "date-time" {
		kinds = []reflect.Kind{reflect.Struct}
	}
	if property.Format == "int64" {
		kinds = []reflect.Kind{reflect.Int64}
	}
	if kinds != nil && !slices.Contains(kinds, got.Kind()) {
		t.Errorf("%s is of type %s in the contract, and %s in the client", where, property.Type, got)
	}
	if got.PkgPath() != "tollkeeper/client" || len(constants[got.Name()]) == 0 || len(property.Enum) == 0 {
		if len(property.Enum) > 1 && got.PkgPath() == "" && !strings.HasPrefix(where, "Error.") {
			t.Errorf("%s has %d values, but no type of its own", where, len(property.Enum))
		}
		return
	}
	described, offered := map[string]bool{}, map[string]bool{}
	for _, value := range property.Enum {
		described[literal(value)] = true
	}
	for _, value := range constants[got.Name()] {
		offered[value] = true
	}
	same(t, "value of "+where, described, offered)
}

func literal(value any) string {
	if text, ok := value.(string); ok {
		return strconv.Quote(text)
	}
	return strconv.FormatUint(value.(uint64), 10)
}

// constantsByType reads the literals of the package's typed constants.
func constantsByType(t *testing.T) map[string][]string {
	t.Helper()
	files := token.NewFileSet()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(),
			".go") || strings.HasSuffix(entry.Name(),
			"_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		collect(file, found)
	}
	return found
}

func collect(file *ast.File, found map[string][]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		name, isNamed := spec.Type.(*ast.Ident)
		if value, isLiteral := spec.Values[0].(*ast.BasicLit); isNamed && isLiteral {
			found[name.Name] = append(found[name.Name], value.Value)
		}
		return true
	})
}

// TestImports keeps the client importable: it may use the standard library alone.
func TestImports(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(),
			".go") || strings.HasSuffix(entry.Name(),
			"_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			if first, _, _ := strings.Cut(strings.Trim(spec.Path.Value, `"`), "/"); strings.Contains(first, ".") || first == "tollkeeper" {
				t.Errorf("%s imports %s", entry.Name(), spec.Path.Value)
			}
		}
	}
}
