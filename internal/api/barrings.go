package api

import (
	"context"
	"regexp"
	"slices"

	"tollkeeper"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/query"
)

// barringStore keeps the barring table.
type barringStore interface {
	SetBarring(context.Context, tollkeeper.Write, tollkeeper.Barring) (tollkeeper.Barring, error)
	Barring(context.Context, tollkeeper.ID) (tollkeeper.Barring, error)
	FindBarrings(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Barring], error)
	PatchBarring(context.Context, tollkeeper.Write, tollkeeper.ID, func(*tollkeeper.Barring) error) (tollkeeper.Barring, error)
	ImportBarrings(ctx context.Context, w tollkeeper.Write, rows []tollkeeper.Barring, dryRun bool) (changed int, faults []tollkeeper.ImportFault, err error)
	DeleteBarring(context.Context, tollkeeper.Write, tollkeeper.ID) (tollkeeper.Barring, error)
}

// maxBarringNote bounds a note, in characters.
const maxBarringNote = 200

var prefixForm = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)

func barringBody(b tollkeeper.Barring, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", b.ID)
	w.id("customer", b.Customer)
	w.optional("prefix", b.Prefix)
	w.optional("region", b.Region)
	w.text("effect", string(b.Effect))
	w.optional("note", b.Note)
	w.time("createdAt", b.CreatedAt)
	w.text("createdBy", b.CreatedBy)
	return w.end()
}

func (a *API) findBarrings(x *exchange) error {
	return list(x, query.Barrings, a.Store.FindBarrings, barringBody)
}

func (a *API) getBarring(x *exchange) error {
	id, err := x.pathID("barring")
	if err != nil {
		return err
	}
	b, err := a.Store.Barring(x.r.Context(), id)
	if err == nil && !x.mine(b.Customer) {
		err = noSuch("barring", id.String())
	}
	if err != nil {
		return err
	}
	return x.answer(barringBody(b, nil))
}

// subjectFault finds what is wrong with what a row is about, and the column; "" for nothing.
func subjectFault(b *tollkeeper.Barring) (column int, fault string) {
	switch {
	case (b.Prefix == "") == (b.Region == ""):
		return barringPrefix, "give either a prefix or a region"
	case b.Prefix != "" && !prefixForm.MatchString(b.Prefix):
		return barringPrefix, "must be + and 1 to 15 digits, the first not 0, such as +1876"
	case b.Region != "" && !slices.Contains(numbering.Regions(), b.Region):
		return barringRegion, "must be a region with a numbering plan (ISO 3166-1 alpha-2), such as JM"
	}
	return 0, ""
}

// effectFault finds what is wrong with what a row does; "" for nothing.
func effectFault(b *tollkeeper.Barring) string {
	switch {
	case !b.Customer.IsZero() && !slices.Contains(tollkeeper.CustomerBarringEffects, b.Effect):
		return `must be "allow" or "deny" for one customer`
	case !slices.Contains(tollkeeper.BarringEffects, b.Effect):
		return `must be "allow", "international", "premium" or "deny"`
	}
	return ""
}

// createBarring makes a row, in place of the one for the same customer and prefix or
// region.
func (a *API) createBarring(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	b := tollkeeper.Barring{Effect: oneOf(o, "effect", tollkeeper.BarringEffects...)}
	b.Customer, _ = o.id("customer")
	b.Prefix, _ = o.optionalText("prefix", 1, 16)
	b.Region, _ = o.optionalText("region", 1, 16)
	b.Note, _ = o.optionalText("note", 0, maxBarringNote)
	if column, fault := subjectFault(&b); fault != "" {
		o.fault(barringColumns[column], fault)
	}
	if fault := effectFault(&b); b.Effect != "" && fault != "" {
		o.fault("effect", fault)
	}
	if err := o.done(); err != nil {
		return err
	}
	return perform(x, untagged(barringBody), func(w tollkeeper.Write) (tollkeeper.Barring, error) { return a.Store.SetBarring(x.r.Context(), w, b) })
}

// patchBarring changes what a row does, or its note. What it is about is what it is.
func (a *API) patchBarring(x *exchange) error {
	id, err := x.pathID("barring")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	effect, effectSet := optionalOneOf(o, "effect", tollkeeper.BarringEffects...)
	note, noteSet := o.optionalText("note", 0, maxBarringNote)
	if err := o.done(); err != nil {
		return err
	}
	change := func(b *tollkeeper.Barring) error {
		set(&b.Effect, effect, effectSet)
		set(&b.Note, note, noteSet)
		if fault := effectFault(b); fault != "" {
			return tollkeeper.Invalid("effect: " + fault)
		}
		return nil
	}
	return perform(x, untagged(barringBody), func(w tollkeeper.Write) (tollkeeper.Barring, error) {
		return a.Store.PatchBarring(x.r.Context(), w, id, change)
	})
}

func (a *API) removeBarring(x *exchange) error {
	id, err := x.pathID("barring")
	if err != nil {
		return err
	}
	return perform(x, untagged(barringBody), func(w tollkeeper.Write) (tollkeeper.Barring, error) {
		return a.Store.DeleteBarring(x.r.Context(), w, id)
	})
}

// findPlanBarrings shows what holds where the table has no row: the numbering plan's own
// rows, which cannot be changed but overridden.
func (a *API) findPlanBarrings(x *exchange) error {
	w := newWire(nil)
	w.text("premium", string(tollkeeper.BarringPremium))
	w.text("unknown", string(tollkeeper.BarringInternational))
	w.begin("regions")
	for _, region := range numbering.Regions() {
		n := tollkeeper.CalledNumber{Region: region, Domestic: a.Plan.Domestic(region)}
		w.text(region, string(n.PlanEffect()))
	}
	w.close()
	return x.answer(w.end())
}
