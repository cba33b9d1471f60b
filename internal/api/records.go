package api

import (
	"context"
	"math"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// recordStore reads what has been written down.
type recordStore interface {
	FindTransfers(ctx context.Context, customer tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.Transfer], error)
	FindCalls(context.Context, *query.Find) (tollkeeper.Page[*tollkeeper.Call], error)
	FindCDRs(context.Context, *query.Find) (tollkeeper.Page[*tollkeeper.CDR], error)
	CDR(context.Context, tollkeeper.ID) (*tollkeeper.CDR, error)
	FindDayUsage(ctx context.Context, customer tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.DayUsage], error)
	CDRsAfter(ctx context.Context, f *query.Find, after tollkeeper.ID, limit int) ([]*tollkeeper.CDR, error)
}

func (a *API) findCDRs(x *exchange) error {
	return list(x, query.CDRs, a.findShown(x), cdrBody)
}

func (a *API) getCDR(x *exchange) error {
	record, err := a.cdr(x)
	if err != nil {
		return err
	}
	return x.answer(cdrBody(record, nil))
}

// cdr reads the call record that the path names, if the caller may see it.
func (a *API) cdr(x *exchange) (*tollkeeper.CDR, error) {
	id, err := x.pathID("call record")
	if err != nil {
		return nil, err
	}
	record, err := a.Store.CDR(x.r.Context(), id)
	if err != nil {
		return nil, err
	}
	lowest, err := a.shown(x.r.Context(), &x.who)
	if err == nil && (!x.mine(record.Customer) || string(id[:]) < string(lowest[:])) {
		err = noSuch("call record", id.String())
	}
	return record, err
}

func cdrBody(r *tollkeeper.CDR, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", r.ID)
	w.text("callId", r.CallID)
	w.text("leg", r.Leg)
	w.id("customer", r.Customer)
	w.id("server", r.Trunk)
	w.text("direction", string(r.Direction))
	w.text("from", r.From)
	w.text("to", r.To)
	w.optional("callerName", r.CallerName.Display)
	w.optional("callerNameFull", r.CallerName.Full)
	w.optional("prefix", r.Tariff.Prefix)
	w.optional("destination", r.Tariff.Destination)
	w.time("startedAt", r.StartedAt)
	w.time("answeredAt", r.AnsweredAt)
	w.time("endedAt", r.EndedAt)
	w.int("durationSeconds", tollkeeper.WholeSeconds(r.Duration))
	w.int("durationMillis", r.Duration.Milliseconds())
	w.int("billedSeconds", min(r.Billed, math.MaxInt32))
	w.micros("pricePerMinuteMicros", r.Tariff.PricePerMinute)
	w.micros("connectFeeMicros", r.Tariff.ConnectFee)
	w.micros("chargeMicros", r.Charge)
	w.text("cause", r.Cause)
	w.bool("emergency", r.Emergency)
	w.bool("expired", r.Expired)
	w.id("corrects", r.Corrects)
	w.bool("wholeCall", r.WholeCall)
	w.optional("billMethod", string(r.Tariff.BillMethod))
	if r.Tariff.Prefix != "" {
		w.int("minimumSeconds", int64(r.Tariff.MinimumSeconds))
		w.int("incrementSeconds", int64(r.Tariff.IncrementSeconds))
	}
	w.deck(&r.Tariff)
	w.media(&r.Media, &noUpload)
	return w.end()
}
