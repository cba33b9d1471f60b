package console

import (
	"context"

	"tollkeeper/client"
)

// ledgerKinds are what makes an entry of the ledger.
var (
	ledgerKinds = []option{
		{"charge", "Charge"}, {"adjustment", "Adjustment"}, {"refill", "Refill"}, {"payment", "Payment"}, {"invoice", "Invoice"}, {"tax", "Tax"},
		{"refund", "Refund"}, {"dispute", "Dispute"}, {"writeoff", "Written off"}, {"service", "Service"}, {"hold", "Hold"}, {"release", "Release"},
		{"expire", "Expired call"}, {"correction", "Correction"}, {"opening", "Opening"}, {"closing", "Closing"},
	}
	ledgerTones = map[string]string{
		"hold": "quiet", "release": "quiet", "charge": "info", "service": "info", "invoice": "info", "tax": "info", "adjustment": "good", "opening": "good",
		"refill": "good", "payment": "good", "expire": "warn", "correction": "warn", "refund": "warn", "writeoff": "warn", "dispute": "bad",
	}
)

// ledger is a customer's ledger.
func (v *visit) ledger(customer string) list[client.LedgerEntry] {
	return list[client.LedgerEntry]{
		Name: "ledger", Search: "Reason or key", Empty: "No money has moved yet.",
		Names: func(e client.LedgerEntry) (string, []string) { return "", []string{userOf(e.Actor)} },
		Find: func(ctx context.Context, f client.Find) (*client.LedgerEntryList, error) {
			return v.api.Ledger.Find(ctx, customer, f)
		},
		All: func(ctx context.Context, f client.Find) seq[client.LedgerEntry] {
			return v.api.Ledger.All(ctx, customer, f)
		},
		Columns: []column[client.LedgerEntry]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, e client.LedgerEntry) cell { return v.time(e.CreatedAt) }},
			{Key: "kind", Title: "What", Cell: func(v *visit, e client.LedgerEntry) cell { return v.named(string(e.Kind), ledgerKinds, ledgerTones) }},
			{Key: "amountMicros", Title: "Amount", Number: true, Cell: func(v *visit, e client.LedgerEntry) cell { return v.moved(e) }},
			{Key: "releasedMicros", Title: "Released", Number: true, Extra: true, Cell: func(v *visit, e client.LedgerEntry) cell { return v.amount(e.ReleasedMicros) }},
			{Key: "postedMicros", Title: "Balance after", Number: true, Cell: func(v *visit, e client.LedgerEntry) cell { return v.amount(e.PostedMicros) }},
			{Key: "heldMicros", Title: "Held after", Number: true, Cell: func(v *visit, e client.LedgerEntry) cell { return v.amount(e.HeldMicros) }},
			{Key: "reason", Title: "Reason", Wrap: true, Cell: func(v *visit, e client.LedgerEntry) cell { return plain(e.Reason) }},
			{Key: "call", Title: "Call", Cell: func(v *visit, e client.LedgerEntry) cell {
				if e.Call == "" || e.Kind == client.LedgerHold {
					return cell{Plain: e.Call}
				}
				return link(v.t("Call record"), "/console/cdrs/"+e.Call).raw(e.Call)
			}},
			{Key: "key", Title: "Key", Extra: true, Cell: func(v *visit, e client.LedgerEntry) cell { return code(e.Key) }},
			{Key: "actor", Title: "By", Extra: true, Cut: true, Cell: func(v *visit, e client.LedgerEntry) cell { return v.by(e.Actor) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, e client.LedgerEntry) cell { return code(e.Id) }},
		},
		Filters: []filter{
			{Field: "kind", Title: "What", Kind: oneOf, Choices: ledgerKinds},
			{Field: "amountMicros", Title: "Amount", Kind: micros},
			{Field: "createdAt", Title: "When", Kind: days},
		},
	}
}

// moved is an entry's amount as the customer sees it: what leaves the account is
// negative.
func (v *visit) moved(e client.LedgerEntry) cell {
	own := func(b client.BookAccount) bool {
		return b == client.BookCustomerCredit || b == client.BookCustomerUnbilled
	}
	if own(e.DebitAccount) && !own(e.CreditAccount) {
		return v.amount(-e.AmountMicros)
	}
	return v.amount(e.AmountMicros)
}

func (v *visit) ledgerPage() error {
	return showWithin(v, v.ledger(v.r.PathValue("id")), "/ledger", action{"POST /customers/{id}/ledger", "Credit or debit", customerLink(v.r.PathValue("id")) + "/ledger/new"})
}

// adjust credits or debits a customer. The form carries the entry's key, so that
// sending it twice moves the money once.
func (v *visit) adjust() error {
	id, key := v.r.PathValue("id"), v.onceKey()
	c, err := v.api.Customers.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Credit or debit %s", c.Name), Submit: v.t("Post to the ledger"), Hidden: []pair{{"key", key}},
		Intro: v.t("The entry is final: a mistake is put right by another entry."),
		Fields: []field{
			{Name: "amountMicros", Label: v.t("Amount"), Kind: "money", Unit: v.Currency, Required: true, Focus: true, Help: v.t("Positive gives credit, negative takes it.")},
			{Name: "reason", Label: v.t("Reason"), Kind: "text", Required: true, Help: v.t("1 to 255 characters; the customer can read it.")},
			{Name: "allowNegative", Label: v.t("More than is available"), Kind: "select", Choices: v.options("0", option{"0", "Refuse a debit of more than is available"}, option{"1", "Let the balance become negative"})},
		},
	}
	return v.ask(f, crumb{c.Name, customerLink(id) + "/ledger"}, func(f *form) (string, error) {
		amount, ok := readMicros(v.typed("amountMicros"))
		if !ok {
			f.fault("amountMicros", v.t("must be an amount of money"))
			return "", nil
		}
		_, err := v.api.Ledger.Create(v.ctx(), id, client.LedgerCreate{
			AmountMicros: amount, Reason: v.r.PostFormValue("reason"), Key: key, AllowNegative: v.r.PostFormValue("allowNegative") == "1",
		})
		return v.t("%s was posted.", v.money(amount)), err
	})
}
