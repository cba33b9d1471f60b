package api

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"time"

	"tollkeeper"
)

// billingStore keeps how customers are billed.
type billingStore interface {
	Billing(context.Context, tollkeeper.ID) (tollkeeper.Billing, error)
	SetBilling(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, change func(*tollkeeper.Billing) error) (tollkeeper.Billing, error)
}

func (a *API) getBilling(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	b, err := a.Store.Billing(x.r.Context(), id)
	if err != nil {
		return err
	}
	return x.answer(a.billingBody(b))
}

var (
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
	statePattern   = regexp.MustCompile(`^[A-Z0-9]{1,3}$`)
)

func (a *API) patchBilling(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	var changes []func(*tollkeeper.Billing)
	text := func(key string, high int, at func(*tollkeeper.Billing) *string) string {
		value, set := o.optionalText(key, 0, high)
		if set {
			changes = append(changes, func(b *tollkeeper.Billing) { *at(b) = value })
		}
		return value
	}
	text("company", 100, func(b *tollkeeper.Billing) *string { return &b.Company })
	text("line1", 100, func(b *tollkeeper.Billing) *string { return &b.Line1 })
	text("line2", 100, func(b *tollkeeper.Billing) *string { return &b.Line2 })
	text("city", 60, func(b *tollkeeper.Billing) *string { return &b.City })
	text("postalCode", 20, func(b *tollkeeper.Billing) *string { return &b.PostalCode })
	text("taxId", 40, func(b *tollkeeper.Billing) *string { return &b.TaxID })
	if v := text("state", 3, func(b *tollkeeper.Billing) *string { return &b.State }); v != "" && !statePattern.MatchString(v) {
		o.fault("state", "must be the part after the country of a code of ISO 3166-2, such as CA")
	}
	if v := text("country", 2, func(b *tollkeeper.Billing) *string { return &b.Country }); v != "" && !countryPattern.MatchString(v) {
		o.fault("country", "must be a code of ISO 3166-1 such as US")
	}
	if v := text("timezone", 60, func(b *tollkeeper.Billing) *string { return &b.Timezone }); !isZone(v) {
		o.fault("timezone", "must be a name of the IANA time zone database such as America/New_York")
	}
	if _, given := o.value("taxExempt"); given {
		exempt := o.bool("taxExempt")
		changes = append(changes, func(b *tollkeeper.Billing) { b.TaxExempt = exempt })
	}
	if err := o.done(); err != nil {
		return err
	}
	b, err := a.Store.SetBilling(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, func(b *tollkeeper.Billing) error {
		exempt := b.TaxExempt
		for _, change := range changes {
			change(b)
		}
		if b.TaxExempt != exempt && !x.who.IsStaff() {
			return tollkeeper.Errorf(tollkeeper.CodeForbidden, "taxExempt: only the carrier's own staff may write it")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.answer(a.billingBody(b))
}

func isZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

func (a *API) billingBody(b tollkeeper.Billing) []byte {
	w := newWire(nil)
	w.id("customer", b.Customer)
	w.optional("company", b.Company)
	w.optional("line1", b.Line1)
	w.optional("line2", b.Line2)
	w.optional("city", b.City)
	w.optional("state", b.State)
	w.optional("postalCode", b.PostalCode)
	w.optional("country", b.Country)
	w.optional("taxId", b.TaxID)
	w.bool("taxExempt", b.TaxExempt)
	w.optional("timezone", b.Timezone)
	w.micros("receivableMicros", b.Receivable)
	w.time("periodStart", b.PeriodFrom)
	w.time("nextInvoiceAt", b.NextAt)
	w.texts("providers", slices.Sorted(maps.Keys(a.Providers)))
	return w.end()
}
