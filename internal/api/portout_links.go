package api

import (
	_ "embed"

	"tollkeeper"
)

// portoutHTML is where the mailed link leads. It shows the request and decides nothing
// until a button is pressed, so that whoever fetches the links in mails decides nothing
// either. What the link carries stands behind the #, which browsers send to nobody.
//
//go:embed portout.html
var portoutHTML string

func (a *API) portoutPage(x *exchange) error { return x.page(portoutHTML) }

// linked reads the request that a mailed link is about, for the user to whom it was
// mailed, who must still have a say in it.
func (a *API) linked(x *exchange, o *object) (p tollkeeper.Portout, err error) {
	carried := o.text("link", 1, 255)
	if err := o.done(); err != nil {
		return p, err
	}
	portout, user, err := a.Links.Key.CheckPortout(carried, a.Now())
	if err != nil {
		return p, err
	}
	if p, err = a.Store.Portout(x.r.Context(), portout); err != nil {
		return p, err
	}
	u, err := a.Store.User(x.r.Context(), user)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound || err == nil && !u.DecidesFor(p.Customer) {
		return p, tollkeeper.Errorf(tollkeeper.CodeForbidden, "whom the link was mailed to may not decide any more")
	}
	x.who.User, x.who.Customer = u.ID, u.Customer
	return p, err
}

// readLinkedPortout shows a request to whoever has the link.
func (a *API) readLinkedPortout(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	p, err := a.linked(x, o)
	if err != nil {
		return err
	}
	return x.answer(portoutBody(p, nil))
}

// decideLinkedPortout is the owner's decision by a link. It is good once, because what
// is decided cannot be decided again.
func (a *API) decideLinkedPortout(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	decision := oneOf(o, "decision", "approve", "refuse")
	p, err := a.linked(x, o)
	if err != nil {
		return err
	}
	return a.ownerDecides(x, p.ID, decision)
}
