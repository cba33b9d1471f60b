package api

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/query"
	"tollkeeper/internal/webhook"
)

// webhookStore keeps webhooks, and what was sent to them.
type webhookStore interface {
	CreateWebhook(context.Context, tollkeeper.Write, tollkeeper.Webhook) (tollkeeper.Webhook, error)
	Webhook(context.Context, tollkeeper.ID) (tollkeeper.Webhook, error)
	FindWebhooks(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Webhook], error)
	PatchWebhook(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Webhook)) (tollkeeper.Webhook, error)
	DeleteWebhook(context.Context, tollkeeper.Write, tollkeeper.ID) (tollkeeper.Webhook, error)
	FindDeliveries(ctx context.Context, webhook tollkeeper.ID, f *query.Find) (tollkeeper.Page[tollkeeper.Delivery], error)
	Redeliver(ctx context.Context, w tollkeeper.Write, webhook, event tollkeeper.ID) (tollkeeper.Delivery, error)
}

// maxURL is the longest address of a webhook, and maxDescription the longest of its
// descriptions, in characters.
const (
	maxURL         = 1000
	maxDescription = 255
)

func (a *API) webhookRoutes() {
	a.route("/webhooks", methods{"GET": a.findWebhooks, "POST": a.createWebhook})
	a.route("/webhooks/{id}", methods{"GET": a.getWebhook, "PATCH": a.patchWebhook, "DELETE": a.removeWebhook})
	a.route("/webhooks/{id}/secret", methods{"POST": a.rotateWebhookSecret})
	a.route("/webhooks/{id}/deliveries", methods{"GET": a.findDeliveries, "POST": a.redeliver})
}

func (a *API) findWebhooks(x *exchange) error {
	return list(x, query.Webhooks, a.Store.FindWebhooks, func(h tollkeeper.Webhook, keep func(string) bool) []byte { return webhookWire(h, keep).end() })
}

// webhookWire shows a webhook without its secret.
func webhookWire(h tollkeeper.Webhook, keep func(string) bool) *wire {
	w := newWire(keep)
	w.id("_id", h.ID)
	w.id("customer", h.Customer)
	w.text("url", h.URL)
	w.optional("description", h.Description)
	if len(h.EventTypes) > 0 {
		w.texts("eventTypes", strings.Fields(tollkeeper.EventTypesText(h.EventTypes)))
	}
	w.bool("enabled", h.Enabled)
	w.optional("disabledReason", h.DisabledReason)
	w.int("failures", h.Failures)
	w.time("failingSince", h.FailingSince)
	w.int("waiting", h.Waiting)
	w.time("createdAt", h.CreatedAt)
	w.time("updatedAt", h.UpdatedAt)
	return w
}

// createWebhook makes a webhook and shows its secret, once.
func (a *API) createWebhook(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	h := tollkeeper.Webhook{Secret: webhook.NewSecret(), URL: o.text("url", 1, maxURL)}
	h.Description, _ = o.optionalText("description", 1, maxDescription)
	h.EventTypes, _ = o.eventTypes("eventTypes")
	h.Customer, _ = o.id("customer")
	a.checkURL(o, h.URL)
	if err := o.done(); err != nil {
		return err
	}
	if !x.who.IsStaff() && h.Customer.IsZero() {
		h.Customer = x.who.Customer
	}
	if !x.mine(h.Customer) {
		return tollkeeper.Invalid("customer: must be the id of an existing customer")
	}
	if h, err = a.Store.CreateWebhook(x.r.Context(), tollkeeper.Write{Principal: x.who}, h); err != nil {
		return err
	}
	return x.answer(withSecret(h))
}

func withSecret(h tollkeeper.Webhook) []byte {
	w := webhookWire(h, nil)
	w.text("secret", h.Secret)
	return w.end()
}

// checkURL refuses addresses that are never posted to. Whether one is public shows only
// when it is connected to.
func (a *API) checkURL(o *object, address string) {
	if address == "" { // said already
		return
	}
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Fragment != "", u.Scheme != "https" && u.Scheme != "http", !admission.Visible(address):
		o.fault("url", "must be https:// and a host, perhaps with a path and a query, without a user and a fragment")
	case u.Scheme == "http" && !a.PlainWebhooks:
		o.fault("url", "must be https://; http:// is for servers with the setting webhook-networks")
	}
}

// eventTypes reads a list of types of event. An empty one is none.
func (o *object) eventTypes(key string) (types []tollkeeper.EventType, set bool) {
	_, set = o.value(key)
	texts, ok := o.texts(key, len(tollkeeper.EventTypes))
	for _, text := range texts {
		kind := tollkeeper.EventType(text)
		ok = ok && slices.Contains(tollkeeper.EventTypes, kind)
		types = append(types, kind)
	}
	if !ok {
		o.fault(key, "must be a list of types of event, of "+strings.ReplaceAll(tollkeeper.EventTypesText(tollkeeper.EventTypes), " ", ", "))
	}
	slices.Sort(types)
	return slices.Compact(types), set
}

// webhookInPath returns the webhook that the path names, if it is the caller's to see.
func (a *API) webhookInPath(x *exchange) (h tollkeeper.Webhook, err error) {
	id, err := x.pathID("webhook")
	if err != nil {
		return h, err
	}
	if h, err = a.Store.Webhook(x.r.Context(), id); err == nil && !x.mine(h.Customer) {
		err = noSuch("webhook", id.String())
	}
	return h, err
}

func (a *API) getWebhook(x *exchange) error {
	h, err := a.webhookInPath(x)
	if err != nil {
		return err
	}
	return x.answer(webhookWire(h, nil).end())
}

func (a *API) patchWebhook(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	address := ""
	_, moved := o.value("url")
	if moved {
		address = o.text("url", 1, maxURL)
		a.checkURL(o, address)
	}
	description, described := o.optionalText("description", 1, maxDescription)
	types, chosen := o.eventTypes("eventTypes")
	_, switched := o.value("enabled")
	enabled := o.bool("enabled")
	if err := o.done(); err != nil {
		return err
	}
	h, err := a.webhookInPath(x)
	if err != nil {
		return err
	}
	h, err = a.Store.PatchWebhook(x.r.Context(), tollkeeper.Write{Principal: x.who}, h.ID, func(h *tollkeeper.Webhook) {
		set(&h.URL, address, moved)
		set(&h.Description, description, described)
		set(&h.EventTypes, types, chosen)
		switch {
		case switched && enabled && !h.Enabled:
			h.Enable()
		case switched && !enabled:
			h.Enabled = false
		}
	})
	if err != nil {
		return err
	}
	return x.answer(webhookWire(h, nil).end())
}

func (a *API) removeWebhook(x *exchange) error {
	h, err := a.webhookInPath(x)
	if err != nil {
		return err
	}
	if h, err = a.Store.DeleteWebhook(x.r.Context(), tollkeeper.Write{Principal: x.who}, h.ID); err != nil {
		return err
	}
	return x.answer(webhookWire(h, nil).end())
}

// rotateWebhookSecret replaces the secret. The old one signs too for a day.
func (a *API) rotateWebhookSecret(x *exchange) error {
	o, err := x.optionalObject()
	if err != nil {
		return err
	}
	if err := o.done(); err != nil {
		return err
	}
	h, err := a.webhookInPath(x)
	if err != nil {
		return err
	}
	secret, until := webhook.NewSecret(), a.Now().Add(tollkeeper.OldSecretLife)
	h, err = a.Store.PatchWebhook(x.r.Context(), tollkeeper.Write{Principal: x.who}, h.ID, func(h *tollkeeper.Webhook) {
		h.OldSecret, h.OldSecretUntil, h.Secret = h.Secret, until, secret
	})
	if err != nil {
		return err
	}
	return x.answer(withSecret(h))
}

func (a *API) findDeliveries(x *exchange) error {
	h, err := a.webhookInPath(x)
	if err != nil {
		return err
	}
	return list(x, query.Deliveries, func(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Delivery], error) {
		return a.Store.FindDeliveries(ctx, h.ID, f)
	}, deliveryBody)
}

// redeliver sends an event to a webhook, again or for the first time.
func (a *API) redeliver(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	event, _ := o.id("event")
	if event.IsZero() && len(o.faults) == 0 {
		o.fault("event", "is required")
	}
	if err := o.done(); err != nil {
		return err
	}
	h, err := a.webhookInPath(x)
	if err != nil {
		return err
	}
	d, err := a.Store.Redeliver(x.r.Context(), tollkeeper.Write{Principal: x.who}, h.ID, event)
	if err != nil {
		return err
	}
	return x.answer(deliveryBody(d, nil))
}

func deliveryBody(d tollkeeper.Delivery, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", d.ID)
	w.id("customer", d.Customer)
	w.id("event", d.Event)
	w.text("type", string(d.Type))
	w.text("state", string(d.State))
	w.int("attempts", d.Attempts)
	if d.Status > 0 {
		w.int("status", d.Status)
	}
	w.optional("error", d.Error)
	if d.Attempts > 0 {
		w.int("tookMillis", d.Took.Milliseconds())
	}
	w.time("createdAt", d.CreatedAt)
	w.time("nextAt", d.NextAt)
	w.time("endedAt", d.EndedAt)
	return w.end()
}
