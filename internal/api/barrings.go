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
	DeleteBarring(context.Context, tollkeeper.Write, tollkeeper.ID) (tollkeeper.Barring, error)
}

var prefixForm = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)

func renderBarring(result any) *tollkeeper.Answer {
	return tagged(barringBody(result.(tollkeeper.Barring), nil), "")
}

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

// createBarring makes a row, in place of the one for the same customer and prefix or
// region.
func (a *API) createBarring(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	b := tollkeeper.Barring{Effect: oneOf(o, "effect", tollkeeper.BarringEffects...)}
	b.Customer, _ = o.id("customer")
	b.Prefix, _ = o.optionalText("prefix", 2, 16)
	b.Region, _ = o.optionalText("region", 2, 2)
	b.Note, _ = o.optionalText("note", 0, 200)
	switch {
	case (b.Prefix == "") == (b.Region == ""):
		o.fault("prefix", "give either a prefix or a region")
	case b.Prefix != "" && !prefixForm.MatchString(b.Prefix):
		o.fault("prefix", "must be + and 1 to 15 digits, the first not 0, such as +1876")
	case b.Region != "" && !slices.Contains(numbering.Regions(), b.Region):
		o.fault("region", "must be a region with a numbering plan (ISO 3166-1 alpha-2), such as JM")
	}
	if !b.Customer.IsZero() && !slices.Contains(tollkeeper.CustomerBarringEffects, b.Effect) {
		o.fault("effect", `must be "allow" or "deny" for one customer`)
	}
	if err := o.done(); err != nil {
		return err
	}
	w, err := x.write(renderBarring)
	if err != nil {
		return err
	}
	b, err = a.Store.SetBarring(x.r.Context(), w, b)
	if err != nil || x.replayed(w) {
		return err
	}
	return x.answer(barringBody(b, nil))
}

func (a *API) removeBarring(x *exchange) error {
	id, err := x.pathID("barring")
	if err != nil {
		return err
	}
	w, err := x.write(renderBarring)
	if err != nil {
		return err
	}
	b, err := a.Store.DeleteBarring(x.r.Context(), w, id)
	if err != nil || x.replayed(w) {
		return err
	}
	return x.answer(barringBody(b, nil))
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
