package api

import (
	"context"
	"math"
	"net/url"
	"strconv"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// retentionStore keeps how long call records are kept.
type retentionStore interface {
	Retention(ctx context.Context, customer tollkeeper.ID) (tollkeeper.Retention, error)
	SetLegalHold(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, hold bool, reason string) (tollkeeper.Retention, error)
	PreviewPurge(ctx context.Context, customer tollkeeper.ID, months int32) (tollkeeper.Purge, error)
	PurgeDue(ctx context.Context, each func(tollkeeper.Purge) error) error
	RemoveCDR(context.Context, tollkeeper.Write, tollkeeper.ID) (*tollkeeper.CDR, error)
}

func (a *API) getRetention(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	r, err := a.Store.Retention(x.r.Context(), id)
	if err != nil {
		return err
	}
	return x.answer(a.retentionBody(x, r))
}

// patchRetention sets a legal hold, or lifts it.
func (a *API) patchRetention(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	hold := o.bool("legalHold")
	reason := o.text("holdReason", 0, 255)
	if reason != "" && !hold {
		o.fault("holdReason", "is for a hold only")
	}
	if err := o.done(); err != nil {
		return err
	}
	r, err := a.Store.SetLegalHold(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, hold, reason)
	if err != nil {
		return err
	}
	return x.answer(a.retentionBody(x, r))
}

// retentionBody leaves out of an answer to a customer that there is a legal hold:
// such things may have to be secret.
func (a *API) retentionBody(x *exchange, r tollkeeper.Retention) []byte {
	now := a.Now()
	own := r.Own(now)
	w := newWire(nil)
	w.id("customer", r.Customer)
	w.int("months", int64(r.Months))
	w.int("effectiveMonths", int64(own))
	if own != r.Months {
		w.time("changesAt", r.FormerEnd)
	}
	w.int("recordMonths", int64(a.Retention.Records(own)))
	w.int("recordingMonths", int64(a.Retention.Recordings(own)))
	if x.who.IsStaff() {
		w.bool("legalHold", r.LegalHold)
		w.optional("holdReason", r.HoldReason)
	}
	return w.end()
}

// previewRetention counts what a retention would delete.
func (a *API) previewRetention(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	months, given, err := readMonths(x.r.URL.RawQuery)
	if err != nil {
		return err
	}
	r, err := a.Store.Retention(x.r.Context(), id)
	if err != nil {
		return err
	}
	now := a.Now()
	if !given {
		months = r.Own(now)
	}
	p, err := a.Store.PreviewPurge(x.r.Context(), id, months)
	if err != nil {
		return err
	}
	from := now
	if r.Change(months, now, a.Retention.Grace); r.Own(now) != months {
		from = r.FormerEnd
	}
	w := newWire(nil)
	w.id("customer", id)
	w.int("months", int64(months))
	w.time("effectiveAt", from)
	w.time("recordsBefore", p.Before)
	w.time("recordingsBefore", p.Until)
	w.int("records", p.Records)
	w.int("recordings", p.Recordings)
	return x.answer(w.end())
}

func readMonths(rawQuery string) (months int32, given bool, err error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return 0, false, tollkeeper.Invalid("query: must be percent-encoded")
	}
	var faults []string
	for key, list := range values {
		if key != "months" {
			faults = append(faults, fieldName(key)+": is not known here")
			continue
		}
		n, err := strconv.ParseInt(list[0], 10, 32)
		if err != nil || n < 0 || len(list) > 1 {
			faults = append(faults, "months: must be one integer from 0 to "+strconv.Itoa(math.MaxInt32))
		}
		months, given = int32(n), true
	}
	if len(faults) > 0 {
		return 0, false, tollkeeper.Invalid(faults...)
	}
	return months, given, nil
}

// previewPurge counts what the next run of the job will delete.
func (a *API) previewPurge(x *exchange) error {
	var customers int64
	var sum tollkeeper.Purge
	err := a.Store.PurgeDue(x.r.Context(), func(p tollkeeper.Purge) error {
		customers++
		sum.Records += p.Records
		sum.Recordings += p.Recordings
		return nil
	})
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.int("customers", customers)
	w.int("records", sum.Records)
	w.int("recordings", sum.Recordings)
	return x.answer(w.end())
}

// removeCDR deletes a call record by hand.
func (a *API) removeCDR(x *exchange) error {
	record, err := a.cdr(x)
	if err != nil {
		return err
	}
	if record, err = a.Store.RemoveCDR(x.r.Context(), tollkeeper.Write{Principal: x.who}, record.ID); err != nil {
		return err
	}
	return x.answer(cdrBody(record, nil))
}

// shown is the lowest id of a call record that the caller may see: records that the
// carrier has to keep longer than a customer wants are for staff only.
func (a *API) shown(ctx context.Context, who *tollkeeper.Principal) (lowest tollkeeper.ID, err error) {
	if who.IsStaff() {
		return lowest, nil
	}
	r, err := a.Store.Retention(ctx, who.Customer)
	if err != nil {
		return lowest, err
	}
	now := a.Now()
	if months := a.Retention.Recordings(r.Own(now)); months > 0 {
		return tollkeeper.IDAt(tollkeeper.MonthsBefore(now, months)), nil
	}
	return lowest, nil
}

// findShown finds call records that the caller may see.
func (a *API) findShown(x *exchange) func(context.Context, *query.Find) (tollkeeper.Page[*tollkeeper.CDR], error) {
	return func(ctx context.Context, f *query.Find) (tollkeeper.Page[*tollkeeper.CDR], error) {
		if err := a.leaveShown(ctx, x, f); err != nil {
			return tollkeeper.Page[*tollkeeper.CDR]{}, err
		}
		f.CountTo = a.CDRCountLimit
		return a.Store.FindCDRs(ctx, f)
	}
}

// leaveShown takes out of a query the call records that the caller may not see any more.
func (a *API) leaveShown(ctx context.Context, x *exchange, f *query.Find) error {
	lowest, err := a.shown(ctx, &x.who)
	if err == nil && !lowest.IsZero() {
		f.From("_id", lowest)
	}
	return err
}
