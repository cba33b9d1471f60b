package api

import (
	"context"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/query"
	"tollkeeper/internal/rating"
)

// numberStore keeps telephone numbers.
type numberStore interface {
	CreateNumber(context.Context, tollkeeper.Write, tollkeeper.Number) (tollkeeper.Number, error)
	Number(context.Context, tollkeeper.ID) (tollkeeper.Number, error)
	NumberByE164(context.Context, string) (tollkeeper.Number, error)
	ImportNumbers(ctx context.Context, w tollkeeper.Write, numbers []tollkeeper.Number, dryRun bool) ([]tollkeeper.ImportFault, error)
	FindNumbers(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Number], error)
	FindOwners(ctx context.Context, e164 string, f *query.Find) (tollkeeper.Page[tollkeeper.Ownership], error)
	PatchNumber(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Number) error) (tollkeeper.Number, error)
	DeleteNumber(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(*tollkeeper.Number) error) (tollkeeper.Number, error)
}

// maxIncrement is a day, as for rate decks.
const maxIncrement = 86400

func numberAnswer(n tollkeeper.Number) *tollkeeper.Answer {
	return tagged(numberBody(n, nil), revisionTag(n.Revision))
}

func numberBody(n tollkeeper.Number, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", n.ID)
	w.text("number", n.E164)
	w.id("customer", n.Customer)
	w.optional("label", n.Label)
	w.text("status", string(n.Status))
	w.micros("inboundPricePerMinuteMicros", n.Inbound.PricePerMinute)
	w.int("inboundMinimumSeconds", int64(n.Inbound.MinimumSeconds))
	w.int("inboundIncrementSeconds", int64(n.Inbound.IncrementSeconds))
	w.time("ownedAt", n.OwnedAt)
	w.time("createdAt", n.CreatedAt)
	w.time("updatedAt", n.UpdatedAt)
	return w.end()
}

func (a *API) findNumbers(x *exchange) error {
	return list(x, query.Numbers, a.Store.FindNumbers, numberBody)
}

// number reads the number that the path names, by its id or in E.164, if it is the
// caller's to see.
func (a *API) number(x *exchange) (n tollkeeper.Number, err error) {
	name := x.r.PathValue("id")
	if strings.HasPrefix(name, "+") {
		n, err = a.Store.NumberByE164(x.r.Context(), name)
	} else {
		id, err := x.pathID("number")
		if err != nil {
			return n, err
		}
		if n, err = a.Store.Number(x.r.Context(), id); err != nil {
			return n, err
		}
	}
	if err == nil && (n.ID.IsZero() || !x.mine(n.Customer)) {
		err = noSuch("number", fieldName(name))
	}
	return n, err
}

func (a *API) getNumber(x *exchange) error {
	n, err := a.number(x)
	if err == nil {
		x.sendTagged(numberAnswer(n))
	}
	return err
}

// newNumber is a number of which nothing is said.
func newNumber() tollkeeper.Number {
	return tollkeeper.Number{Status: tollkeeper.NumberActive, Inbound: tollkeeper.InboundPrice{MinimumSeconds: 1, IncrementSeconds: 1}}
}

func (a *API) createNumber(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	n := newNumber()
	if n.E164, _ = o.number("number", a.Plan); n.E164 == "" && len(o.faults) == 0 {
		o.fault("number", "is required")
	}
	readNumber(o)(&n)
	if err := o.done(); err != nil {
		return err
	}
	return perform(x, numberAnswer, func(w tollkeeper.Write) (tollkeeper.Number, error) { return a.Store.CreateNumber(x.r.Context(), w, n) })
}

func (a *API) patchNumber(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	change := readNumber(o)
	if err := o.done(); err != nil {
		return err
	}
	n, err := a.number(x)
	if err != nil {
		return err
	}
	return perform(x, numberAnswer, func(w tollkeeper.Write) (tollkeeper.Number, error) {
		return a.Store.PatchNumber(x.r.Context(), w, n.ID, func(n *tollkeeper.Number) error {
			if err := x.expectNumber(n); err != nil {
				return err
			}
			before := *n
			change(n)
			return x.mayWriteNumber(before, *n)
		})
	})
}

// mayWriteNumber lets a customer's own users change the label, and nothing else.
func (x *exchange) mayWriteNumber(before, after tollkeeper.Number) error {
	if x.who.IsStaff() {
		return nil
	}
	var faults []string
	for _, c := range after.Changes(before) {
		if c.Field != "label" {
			faults = append(faults, c.Field+": only the carrier's own staff may write it")
		}
	}
	if faults == nil {
		return nil
	}
	return &tollkeeper.Error{Code: tollkeeper.CodeForbidden, Message: "some fields may not be changed", Faults: faults}
}

func (x *exchange) expectNumber(n *tollkeeper.Number) error {
	switch {
	case !x.mine(n.Customer): // it was moved meanwhile
		return noSuch("number", n.ID.String())
	case !matches(x.r, revisionTag(n.Revision)):
		return errChanged
	}
	return nil
}

func (a *API) removeNumber(x *exchange) error {
	n, err := a.number(x)
	if err != nil {
		return err
	}
	return perform(x, untagged(numberBody), func(w tollkeeper.Write) (tollkeeper.Number, error) {
		return a.Store.DeleteNumber(x.r.Context(), w, n.ID, x.expectNumber)
	})
}

// readNumber reads what a request says of a number, and returns what makes it so.
func readNumber(o *object) func(*tollkeeper.Number) {
	customer, moved := o.id("customer")
	label, labelled := o.optionalText("label", 0, 100)
	status, restated := optionalOneOf(o, "status", tollkeeper.NumberActive, tollkeeper.NumberInactive)
	price := o.integer("inboundPricePerMinuteMicros", 0, int64(rating.MaxPricePerMinute))
	minimum := o.integer("inboundMinimumSeconds", 1, maxIncrement)
	increment := o.integer("inboundIncrementSeconds", 1, maxIncrement)
	return func(n *tollkeeper.Number) {
		set(&n.Customer, customer, moved)
		set(&n.Label, label, labelled)
		set(&n.Status, status, restated)
		if price != nil {
			n.Inbound.PricePerMinute = tollkeeper.Micros(*price)
		}
		if minimum != nil {
			n.Inbound.MinimumSeconds = int32(*minimum)
		}
		if increment != nil {
			n.Inbound.IncrementSeconds = int32(*increment)
		}
	}
}

// number reads a telephone number that null clears, as its E.164.
func (o *object) number(key string, plan *numbering.Plan) (e164 string, set bool) {
	text, set := o.optionalText(key, 1, 64)
	if text == "" {
		return "", set
	}
	n, err := plan.Parse(text)
	if err != nil || n.Class == numbering.Emergency {
		o.fault(key, "must be a telephone number such as +12125550101")
	}
	return n.E164, set
}

// findOwners lists whose a number was and is. A number that was deleted is named in
// E.164.
func (a *API) findOwners(x *exchange) error {
	e164 := x.r.PathValue("id")
	if !strings.HasPrefix(e164, "+") {
		id, err := x.pathID("number")
		if err != nil {
			return err
		}
		n, err := a.Store.Number(x.r.Context(), id)
		if err != nil {
			return err
		}
		e164 = n.E164
	}
	return list(x, query.Owners, func(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Ownership], error) {
		return a.Store.FindOwners(ctx, e164, f)
	}, ownershipBody)
}

func ownershipBody(o tollkeeper.Ownership, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", o.ID)
	w.text("number", o.Number)
	w.id("customer", o.Customer)
	w.time("from", o.From)
	w.time("until", o.Until)
	w.text("fromBy", o.FromBy)
	w.optional("untilBy", o.UntilBy)
	return w.end()
}
