package api

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// methodStore keeps what customers pay by.
type methodStore interface {
	FindPaymentMethods(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.PaymentMethod], error)
	PaymentMethod(context.Context, tollkeeper.ID) (tollkeeper.PaymentMethod, error)
	AddPaymentMethod(context.Context, tollkeeper.Write, tollkeeper.PaymentMethod) (tollkeeper.PaymentMethod, error)
	PatchPaymentMethod(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, label string, isDefault bool) (tollkeeper.PaymentMethod, error)
	DeletePaymentMethod(context.Context, tollkeeper.Write, tollkeeper.ID) (tollkeeper.PaymentMethod, error)
}

// accountStore keeps what providers call customers.
type accountStore interface {
	PaymentAccount(ctx context.Context, customer tollkeeper.ID, provider string) (account string, err error)
	KeepPaymentAccount(ctx context.Context, customer tollkeeper.ID, provider, account string) (kept string, err error)
}

// PaymentProvider knows customers' payment methods; the customers tell it their card
// numbers themselves, and never this server.
type PaymentProvider interface {
	// Account makes the provider's name of a customer.
	Account(context.Context, tollkeeper.Customer) (string, error)
	// SetUp begins to save a payment method of an account; with an address to return to,
	// on a page of the provider's.
	SetUp(ctx context.Context, customer tollkeeper.ID, account, returnTo string) (tollkeeper.SetUp, error)
	// Saved returns the payment method that a set-up has saved, with its customer.
	Saved(ctx context.Context, setUp string) (tollkeeper.PaymentMethod, error)
	// Forget has the provider forget a payment method.
	Forget(ctx context.Context, reference string) error
	// Hear checks and reads a message; found is false when it is of no interest.
	Hear(body []byte, signature string) (m tollkeeper.Message, found bool, err error)
}

func (a *API) findPaymentMethods(x *exchange) error {
	return list(x, query.PaymentMethods, a.Store.FindPaymentMethods, methodBody)
}

// method reads the payment method that the path names.
func (a *API) method(x *exchange) (tollkeeper.PaymentMethod, error) {
	id, err := x.pathID("payment method")
	if err != nil {
		return tollkeeper.PaymentMethod{}, err
	}
	m, err := a.Store.PaymentMethod(x.r.Context(), id)
	if err == nil && !x.mine(m.Customer) {
		err = noSuch("payment method", id.String())
	}
	return m, err
}

func (a *API) getPaymentMethod(x *exchange) error {
	m, err := a.method(x)
	if err != nil {
		return err
	}
	return x.answer(methodBody(m, nil))
}

// payer reads whose a payment method is to be: that of a customer's user is the own.
func (a *API) payer(x *exchange, o *object) tollkeeper.ID {
	customer, given := o.id("customer")
	switch {
	case !given && !x.who.IsStaff():
		return x.who.Customer
	case customer.IsZero():
		o.fault("customer", "is required")
	case !x.mine(customer):
		o.fault("customer", "must be the id of an existing customer")
	}
	return customer
}

func (a *API) setUpPaymentMethod(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	customer := a.payer(x, o)
	name, provider := a.providerOf(o)
	returnTo := returnAddress(o)
	if err := o.done(); err != nil {
		return err
	}
	ctx := x.r.Context()
	account, err := a.Store.PaymentAccount(ctx, customer, name)
	if err != nil {
		return err
	}
	if account == "" {
		if account, err = a.openAccount(ctx, customer, name, provider); err != nil {
			return err
		}
	}
	setUp, err := provider.SetUp(ctx, customer, account, returnTo)
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.id("customer", customer)
	w.text("provider", name)
	w.text("setUp", setUp.Reference)
	w.optional("clientSecret", setUp.ClientSecret)
	w.optional("publishableKey", setUp.PublishableKey)
	w.optional("url", setUp.URL)
	return x.answer(w.end())
}

// maxReturn bounds the address of a page to return to, in characters.
const maxReturn = 1000

// returnAddress reads where a provider's page leads back to; "" where none is wanted.
func returnAddress(o *object) string {
	address, _ := o.optionalText("returnUrl", 1, maxReturn)
	if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment != "") {
		o.fault("returnUrl", "must be an http or https address without a fragment")
	}
	return address
}

func (a *API) openAccount(ctx context.Context, customer tollkeeper.ID, name string, provider PaymentProvider) (string, error) {
	who, err := a.Store.Account(ctx, customer)
	if err != nil {
		return "", err
	}
	account, err := provider.Account(ctx, who.Customer)
	if err != nil {
		return "", err
	}
	return a.Store.KeepPaymentAccount(ctx, customer, name, account)
}

// providerOf reads the name of a provider that this server has.
func (a *API) providerOf(o *object) (name string, provider PaymentProvider) {
	name = o.text("provider", 1, 32)
	provider = a.Providers[name]
	if provider == nil && name != "" {
		o.fault("provider", "must be the name of a payment provider that this server has")
	}
	return name, provider
}

func (a *API) createPaymentMethod(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	m := tollkeeper.PaymentMethod{Customer: a.payer(x, o), Provider: o.text("provider", 1, 32), IsDefault: o.bool("isDefault")}
	var setUp string
	var provider PaymentProvider
	if m.Provider == tollkeeper.ProviderManual {
		m.Kind, m.Label = tollkeeper.ProviderManual, a.label(o, 1)
	} else {
		_, provider = a.providerOf(o)
		setUp = o.visible("setUp", 1, 255)
	}
	if err := o.done(); err != nil {
		return err
	}
	if provider != nil {
		saved, err := provider.Saved(x.r.Context(), setUp)
		if err != nil {
			return err
		}
		if saved.Customer != m.Customer {
			return tollkeeper.Invalid("setUp: must be a set-up of this customer")
		}
		saved.Provider, saved.IsDefault = m.Provider, m.IsDefault
		m = saved
	}
	return perform(x, untagged(methodBody), func(w tollkeeper.Write) (tollkeeper.PaymentMethod, error) {
		return a.Store.AddPaymentMethod(x.r.Context(), w, m)
	})
}

// label reads what people call a payment method. What looks like the number of a card
// is refused, and never stored.
func (a *API) label(o *object, low int) string {
	text := o.text("label", low, 45)
	if looksLikeCard(text) {
		o.fault("label", "must not be the number of a card or an account")
	}
	return text
}

// looksLikeCard reports whether a text holds as many digits as numbers of cards and
// bank accounts have (ISO/IEC 7812-1 gives cards 8 to 19).
func looksLikeCard(text string) bool {
	digits := 0
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case !strings.ContainsRune(" -./", c):
			digits = 0
		}
		if digits >= 8 {
			return true
		}
	}
	return false
}

func (a *API) patchPaymentMethod(x *exchange) error {
	m, err := a.method(x)
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	label := ""
	if _, given := o.value("label"); given {
		label = a.label(o, 1)
	}
	if v, given := o.value("isDefault"); given && (v.Kind != tollkeeper.BoolValue || v.Text != "true") {
		o.fault("isDefault", "must be true; make another method the default to change it")
	}
	isDefault := o.bool("isDefault")
	if err := o.done(); err != nil {
		return err
	}
	m, err = a.Store.PatchPaymentMethod(x.r.Context(), tollkeeper.Write{Principal: x.who}, m.ID, label, isDefault)
	if err != nil {
		return err
	}
	return x.answer(methodBody(m, nil))
}

// removePaymentMethod first has the provider forget the method, so that a repeat
// finishes what was cut short.
func (a *API) removePaymentMethod(x *exchange) error {
	m, err := a.method(x)
	if err != nil {
		return err
	}
	if provider := a.Providers[m.Provider]; provider != nil {
		if err := provider.Forget(x.r.Context(), m.Reference); err != nil {
			return err
		}
	}
	m, err = a.Store.DeletePaymentMethod(x.r.Context(), tollkeeper.Write{Principal: x.who}, m.ID)
	if err != nil {
		return err
	}
	return x.answer(methodBody(m, nil))
}

func methodBody(m tollkeeper.PaymentMethod, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", m.ID)
	w.id("customer", m.Customer)
	w.text("provider", m.Provider)
	w.text("kind", m.Kind)
	w.text("label", m.Label)
	w.optional("last4", m.Last4)
	if m.ExpYear > 0 {
		w.int("expMonth", m.ExpMonth)
		w.int("expYear", m.ExpYear)
	}
	w.bool("isDefault", m.IsDefault)
	w.time("createdAt", m.CreatedAt)
	w.time("updatedAt", m.UpdatedAt)
	return w.end()
}

// hearProvider takes a message of a payment provider, who signs it.
func (a *API) hearProvider(x *exchange) error {
	name := x.r.PathValue("name")
	provider := a.Providers[name]
	if provider == nil {
		return noSuch("payment provider", strconv.Quote(fieldName(name)))
	}
	body, err := readBody(x.r.Body, x.body[:0], maxBody)
	x.body = body
	if err != nil {
		return err
	}
	m, found, err := provider.Hear(body, x.r.Header.Get("Stripe-Signature"))
	if err != nil || !found {
		return a.heard(x, err)
	}
	if m.Kind != tollkeeper.MessageMethod {
		return a.heard(x, a.Store.Heed(x.r.Context(), name, m))
	}
	saved, err := provider.Saved(x.r.Context(), m.Reference)
	if err != nil {
		return err
	}
	saved.Provider = name
	_, err = a.Store.AddPaymentMethod(x.r.Context(), tollkeeper.Write{Principal: x.who}, saved)
	return a.heard(x, err)
}

func (a *API) heard(x *exchange, err error) error {
	if err != nil {
		return err
	}
	return x.answer([]byte(`{"received":true}`))
}
