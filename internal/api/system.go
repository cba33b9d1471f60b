package api

import (
	"tollkeeper"
)

var healthy = []byte(`{"status":"ok"}`)

// health says that the process runs.
func (a *API) health(x *exchange) error { return x.answer(healthy) }

// ready says that the database answers too.
func (a *API) ready(x *exchange) error {
	if err := a.Store.Ready(x.r.Context()); err != nil {
		return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "the database does not answer", Err: err}
	}
	return x.answer(healthy)
}

func (a *API) version(x *exchange) error {
	w := newWire(nil)
	w.text("name", "tollkeeper")
	w.text("version", a.Version.Version)
	w.optional("commit", a.Version.Commit)
	w.optional("go", a.Version.Go)
	return x.answer(w.end())
}

func (a *API) openAPI(x *exchange) error {
	description, err := a.OpenAPI()
	if err != nil {
		return tollkeeper.Internal("describe the API", err)
	}
	return x.answer(description)
}

func (a *API) docs(x *exchange) error {
	page, err := a.Docs()
	if err != nil {
		return tollkeeper.Internal("describe the API", err)
	}
	header := x.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, err = x.w.Write(page)
	return err
}

func (a *API) metrics(x *exchange) error {
	a.Exposition.ServeHTTP(x.w, x.r)
	return nil
}
