package contract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// enum is the list of values that the description allows for a key, or for the members of
// its list.
func enum(t *testing.T, schema, key string) []string {
	t.Helper()
	property := description(t).Components.Schemas[schema].Value.Properties[key]
	if property == nil {
		t.Fatalf("%s has no key %s", schema, key)
	}
	described := property.Value
	if described.Items != nil {
		described = described.Items.Value
	}
	var values []string
	for _, value := range described.Enum {
		values = append(values, fmt.Sprint(value))
	}
	slices.Sort(values)
	return values
}

// texts are the values that the program knows, sorted.
func texts[T ~string](values []T) []string {
	var sorted []string
	for _, value := range values {
		sorted = append(sorted, string(value))
	}
	slices.Sort(sorted)
	return sorted
}

// The description and the program must know the same values.
func TestEnumsAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		schema, key string
		want        []string
	}{
		{"Error", "className", texts(tollkeeper.Codes)},
		{"Status", "status", texts(tollkeeper.Statuses)},
		{"StatusPatch", "status", texts(tollkeeper.Statuses)},
		{"Decision", "reason", texts(tollkeeper.Reasons)},
		{"CheckedRule", "outcome", texts(tollkeeper.RuleOutcomes)},
		{"Event", "type", texts(tollkeeper.EventTypes)},
		{"Portout", "state", texts(tollkeeper.PortoutStates)},
		{"Portout", "reasons", texts(tollkeeper.PortoutReasons)},
		{"Number", "status", texts(tollkeeper.NumberStatuses)},
		{"LedgerEntry", "kind", texts(tollkeeper.TransferKinds)},
		{"LedgerEntry", "debitAccount", texts(tollkeeper.BookAccounts)},
		{"LedgerEntry", "creditAccount", texts(tollkeeper.BookAccounts)},
		{"CallAuthorize", "direction", texts([]tollkeeper.Direction{tollkeeper.Outbound, tollkeeper.Inbound})},
		{"Cdr", "billMethod", texts([]tollkeeper.BillMethod{tollkeeper.BillCredit, tollkeeper.BillPaymentMethod})},
		{"Media", "bypassReason", texts([]tollkeeper.BypassReason{"", tollkeeper.BypassOff, tollkeeper.BypassRecording,
			tollkeeper.BypassTranscription, tollkeeper.BypassHoldMusic})},
	} {
		t.Run(test.schema+"."+test.key, func(t *testing.T) {
			t.Parallel()
			if have := enum(t, test.schema, test.key); !slices.Equal(have, test.want) {
				t.Errorf("the description has %q, the program %q", have, test.want)
			}
		})
	}
}

func TestCustomerHasTheKeysOfTheProgram(t *testing.T) {
	t.Parallel()
	schemas := description(t).Components.Schemas
	for _, name := range []string{"Customer", "CustomersPatch"} {
		properties := schemas[name].Value.Properties
		if len(properties) != len(tollkeeper.CustomerFields) {
			t.Errorf("%s has %d keys, the program %d", name, len(properties), len(tollkeeper.CustomerFields))
		}
		for _, field := range tollkeeper.CustomerFields {
			property := properties[field.Name]
			if property == nil {
				t.Errorf("%s has no key %s", name, field.Name)
			} else if property.Value.ReadOnly != field.ReadOnly {
				t.Errorf("%s.%s: read-only is %t, in the program %t", name, field.Name, property.Value.ReadOnly, field.ReadOnly)
			}
		}
	}
}

// The table of reasons in the text is what operators build their switches to.
func TestReasonTable(t *testing.T) {
	t.Parallel()
	text := description(t).Paths.Value("/calls").Post.Description
	last := -1
	for _, reason := range tollkeeper.Reasons {
		at := strings.Index(text, fmt.Sprintf("| `%s` | %d", reason, reason.SIPCode()))
		if at < 0 {
			t.Errorf("the table has no row for %s with %d", reason, reason.SIPCode())
		} else if at < last {
			t.Errorf("%s stands before the reason that is checked before it", reason)
		}
		last = max(last, at)
	}
}

// What a record of a list requires comes whatever $select says: clients refuse a record
// that lacks it.
func TestRequiredKeysAlwaysCome(t *testing.T) {
	t.Parallel()
	for record, schema := range map[string]*query.Schema{
		"AuditEntry": query.Audit, "Barring": query.Barrings, "Call": query.Calls, "Cdr": query.CDRs, "Customer": query.Customers, "CustomerBalance": query.Balances,
		"Delivery": query.Deliveries, "Event": query.Events, "Invoice": query.Invoices, "InvoiceItem": query.InvoiceItems, "LedgerEntry": query.Ledger,
		"ListedName": query.CallerNames, "Mail": query.Mails, "Number": query.Numbers, "NumberOwner": query.Owners, "Payment": query.Payments,
		"PaymentMethod": query.PaymentMethods, "Portout": query.Portouts, "Recording": query.Recordings, "Refund": query.Refunds, "Ruling": query.Rulings,
		"Server": query.Servers, "Transcript": query.Transcripts, "Usage": query.DayUsage, "User": query.Users, "UserToken": query.Tokens, "Webhook": query.Webhooks,
	} {
		f, err := query.Parse("$select=_id", schema)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range description(t).Components.Schemas[record].Value.Required {
			if !slices.Contains(f.Select, key) {
				t.Errorf("%s requires %s, which $select can leave out", record, key)
			}
		}
	}
}
