package api

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

func (a *API) findLedger(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	return list(x, query.Ledger, func(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Transfer], error) {
		return a.Store.FindTransfers(ctx, id, f)
	}, transferBody)
}

func (a *API) createLedgerEntry(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	var j tollkeeper.Adjustment
	if _, given := o.value("amountMicros"); !given {
		o.fault("amountMicros", "is required")
	} else if amount := o.integer("amountMicros", -maxMicros, maxMicros); amount != nil {
		if j.Amount = tollkeeper.Micros(*amount); j.Amount == 0 {
			o.fault("amountMicros", "must not be 0")
		}
	}
	j.Reason, j.Key, j.AllowNegative = o.text("reason", 1, 255), o.visible("key", 1, 255), o.bool("allowNegative")
	if err := o.done(); err != nil {
		return err
	}
	entry, err := a.Store.Adjust(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, j)
	if err != nil {
		return err
	}
	return x.answer(transferBody(entry, nil))
}

func transferBody(t tollkeeper.Transfer, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", t.ID)
	w.id("customer", t.Customer)
	w.text("kind", string(t.Kind))
	w.text("debitAccount", string(t.Debit))
	w.text("creditAccount", string(t.Credit))
	w.micros("amountMicros", t.Amount)
	w.micros("releasedMicros", t.Released)
	w.micros("postedMicros", t.PostedAfter)
	w.micros("heldMicros", t.HeldAfter)
	w.id("call", t.Call)
	w.optional("reason", t.Reason)
	w.optional("key", t.Key)
	w.optional("actor", t.Actor)
	w.time("createdAt", t.CreatedAt)
	return w.end()
}
