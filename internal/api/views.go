package api

import (
	"context"

	"tollkeeper"
)

// viewStore keeps the ways in which users look at lists.
type viewStore interface {
	Views(ctx context.Context, user tollkeeper.ID) ([]tollkeeper.View, error)
	CreateView(context.Context, tollkeeper.Write, tollkeeper.View) (tollkeeper.View, error)
	DeleteView(context.Context, tollkeeper.Write, tollkeeper.View) (tollkeeper.View, error)
}

// errNobodysViews is what a program without a user is told.
var errNobodysViews = tollkeeper.Errorf(tollkeeper.CodeForbidden, "only a user has views")

// findViews lists the caller's own views. They are few, and come all at once.
func (a *API) findViews(x *exchange) error {
	if x.who.User.IsZero() {
		return errNobodysViews
	}
	if faults := unknownParameters(x.r.URL.Query()); faults != nil {
		return tollkeeper.Invalid(faults...)
	}
	views, err := a.Store.Views(x.r.Context(), x.who.User)
	if err != nil {
		return err
	}
	return x.answer(page(int64(len(views)), max(len(views), 1), 0, views, func(b []byte, v tollkeeper.View) []byte { return append(b, viewBody(v)...) }))
}

func (a *API) createView(x *exchange) error {
	if x.who.User.IsZero() {
		return errNobodysViews
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	v := tollkeeper.View{User: x.who.User, Customer: x.who.Customer, Page: o.text("page", 1, 45), Name: o.text("name", 1, 45), Query: o.text("query", 0, 2000)}
	if err := o.done(); err != nil {
		return err
	}
	if v, err = a.Store.CreateView(x.r.Context(), tollkeeper.Write{Principal: x.who}, v); err != nil {
		return err
	}
	return x.answer(viewBody(v))
}

func (a *API) removeView(x *exchange) error {
	id, err := x.pathID("view")
	if err != nil {
		return err
	}
	v, err := a.Store.DeleteView(x.r.Context(), tollkeeper.Write{Principal: x.who}, tollkeeper.View{ID: id, User: x.who.User, Customer: x.who.Customer})
	if err != nil {
		return err
	}
	return x.answer(viewBody(v))
}

func viewBody(v tollkeeper.View) []byte {
	w := newWire(nil)
	w.id("_id", v.ID)
	w.text("page", v.Page)
	w.text("name", v.Name)
	w.text("query", v.Query)
	w.time("createdAt", v.CreatedAt)
	return w.end()
}
