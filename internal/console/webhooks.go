package console

import (
	"context"
	"slices"

	"tollkeeper"
	"tollkeeper/client"
)

func webhookLink(id string) string { return "/console/webhooks/" + id }

// webhooks are where events are sent.
func (v *visit) webhooks() list[client.Webhook] {
	return list[client.Webhook]{
		Name: "webhooks", Search: "Address or description", Find: v.api.Webhooks.Find, All: v.api.Webhooks.All,
		Empty: "No webhook yet. Events are sent to one, signed, as they happen.",
		Link:  func(h client.Webhook) string { return webhookLink(h.Id) },
		Names: func(h client.Webhook) (string, []string) { return h.Customer, nil },
		Columns: []column[client.Webhook]{
			{Key: "url", Title: "Address", Cut: true, Cell: func(v *visit, h client.Webhook) cell { return link(h.Url, webhookLink(h.Id)) }},
			customerColumn(func(h client.Webhook) string { return h.Customer }),
			{Key: "enabled", Title: "State", Cell: func(v *visit, h client.Webhook) cell { return v.webhookState(&h) }},
			{Key: "waiting", Title: "Waiting", Number: true, Cell: func(v *visit, h client.Webhook) cell { return plain(v.count(h.Waiting)) }},
			{Key: "failures", Title: "Failures in a row", Number: true, Cell: func(v *visit, h client.Webhook) cell { return plain(v.count(h.Failures)) }},
			{Key: "description", Title: "Description", Wrap: true, Cell: func(v *visit, h client.Webhook) cell { return plain(h.Description) }},
			{Key: "createdAt", Title: "Created", Extra: true, Cell: func(v *visit, h client.Webhook) cell { return v.time(h.CreatedAt) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, h client.Webhook) cell { return code(h.Id) }},
		},
		Filters: []filter{{Field: "enabled", Title: "State", Kind: oneOf, Choices: []option{{"true", "In use"}, {"false", "Off"}}}},
	}
}

func (v *visit) webhookState(h *client.Webhook) cell {
	switch {
	case !h.Enabled && h.DisabledReason != "":
		return badge(v.t("Off by the server"), "bad").raw("false")
	case !h.Enabled:
		return badge(v.t("Off"), "quiet").raw("false")
	case h.Failures > 0:
		return badge(v.t("Failing"), "warn").raw("true")
	}
	return badge(v.t("In use"), "good").raw("true")
}

func (v *visit) webhooksPage() error {
	l := v.webhooks()
	return showList(v, &l, listPage{Title: v.t("Webhooks"), Actions: v.actions(action{"POST /webhooks", "New webhook", "/console/webhooks/new"})})
}

func (v *visit) customerWebhooksPage() error {
	id := v.r.PathValue("id")
	return showWithin(v, within(v.webhooks(), id), "/webhooks", action{"POST /webhooks", "New webhook", "/console/webhooks/new?customer=" + id})
}

// webhookFields are what can be said of a webhook.
func (v *visit) webhookFields(h *client.Webhook) []field {
	types := field{Name: "eventTypes", Label: v.t("Events"), Kind: "checks", Help: v.t("None chosen: every event but call.ended, which comes with each call.")}
	for _, t := range tollkeeper.EventTypes {
		name := string(t)
		types.Choices = append(types.Choices, choice{name, name, slices.Contains(h.EventTypes, client.EventType(name))})
	}
	return []field{
		{Name: "url", Label: v.t("Address"), Kind: "url", Value: h.Url, Required: true, Placeholder: "https://", Help: v.t("Gets a POST for each event; answers with 2xx within 15 seconds, or it is sent again.")},
		{Name: "description", Label: v.t("Description"), Kind: "text", Value: h.Description},
		types,
	}
}

func (v *visit) chosenEvents() (types []client.EventType) {
	for _, name := range v.r.PostForm["eventTypes"] {
		types = append(types, client.EventType(name))
	}
	return types
}

func (v *visit) newWebhook() error {
	customer := v.r.FormValue("customer")
	back := crumb{v.t("Webhooks"), "/console/webhooks"}
	if customer != "" {
		back.Link = customerLink(customer) + "/webhooks"
	}
	f := form{Title: v.t("New webhook"), Submit: v.t("Create webhook"), Fields: v.webhookFields(&client.Webhook{}), Hidden: []pair{{"customer", customer}}, Action: "/console/webhooks/new", Cancel: back.Link}
	if !v.posted() {
		return v.showForm(f, back)
	}
	f.refill(v.r)
	made, err := v.api.Webhooks.Create(v.ctx(), client.WebhookCreate{Url: v.r.PostFormValue("url"), Description: v.r.PostFormValue("description"), EventTypes: v.chosenEvents(), Customer: customer})
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
		return v.showForm(f, back)
	}
	return v.showWebhookSecret(made)
}

func (v *visit) showWebhookSecret(made *client.WebhookWithSecret) error {
	return v.show("secret", v.t("Secret of the webhook"), secretPage{
		Title: v.t("Secret of the webhook"), Secret: made.Secret, Back: crumb{v.t("Webhook"), webhookLink(made.Id)},
		Intro: v.t("The receiver checks signatures with it. Copy it now: it is shown only this once."),
	})
}

// webhookPage shows a webhook to those who may change it, and what was sent lately.
func (v *visit) webhookPage() error {
	h, err := v.api.Webhooks.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.customerNames, err = v.accounts(h.Customer); err != nil {
		return err
	}
	p := detailPage{Title: h.Url, Badge: v.webhookState(h), Back: v.webhooksOf(h)}
	if v.may("PATCH /webhooks/{id}") {
		f := form{Title: v.t("Change"), Action: webhookLink(h.Id), Submit: v.t("Save"), Fields: v.webhookFields(h)}
		enabled := "0"
		if h.Enabled {
			enabled = "1"
		}
		f.Fields = append(f.Fields, field{Name: "enabled", Label: v.t("State"), Kind: "select", Choices: v.options(enabled, option{"1", "In use"}, option{"0", "Off"})})
		if v.posted() {
			f.refill(v.r)
			if err := v.changeWebhook(&f, h.Id); err != nil || !f.wrong() {
				return err
			}
		}
		p.Forms = []form{f}
	}
	p.Actions = v.actions(action{"POST /webhooks/{id}/secret", "New secret", webhookLink(h.Id) + "/secret"}, action{"DELETE /webhooks/{id}", "Delete", webhookLink(h.Id) + "/delete"})
	p.Groups = []detailGroup{{v.t("Webhook"), []detail{
		{v.t("Customer"), v.customer(h.Customer), ""}, {v.t("Why it is off"), plain(h.DisabledReason), ""},
		{v.t("Failures in a row"), plain(v.count(h.Failures)), ""}, {v.t("Failing since"), v.time(h.FailingSince), ""},
		{v.t("Waiting"), plain(v.count(h.Waiting)), v.t("Events that are still to be sent.")}, {v.t("Created"), v.time(h.CreatedAt), ""}, {v.t("Id"), code(h.Id), ""},
	}}}
	sent, err := panelOf(v, "Deliveries", v.deliveries(h.Id))
	if err != nil {
		return err
	}
	sent.More = webhookLink(h.Id) + "/deliveries"
	p.Panels = []panel{sent}
	return v.showDetail(p)
}

func (v *visit) webhooksOf(h *client.Webhook) crumb {
	return v.listOf(h.Customer, "Webhooks", "/webhooks")
}

func (v *visit) changeWebhook(f *form, id string) error {
	_, err := v.api.Webhooks.Patch(v.ctx(), id, client.WebhookPatch{
		Url: client.Set(v.r.PostFormValue("url")), Description: client.Set(v.r.PostFormValue("description")),
		EventTypes: client.Set(append([]client.EventType{}, v.chosenEvents()...)), Enabled: client.Set(v.r.PostFormValue("enabled") == "1"),
	})
	if err != nil {
		return f.blame(err)
	}
	return v.done(webhookLink(id), v.t("The webhook was saved."))
}

func (v *visit) renewWebhookSecret() error {
	id := v.r.PathValue("id")
	f := form{Title: v.t("Make a new secret?"), Intro: v.t("For a day both sign, so that the receiver can change over."), Submit: v.t("Make a new secret"), Action: webhookLink(id) + "/secret", Cancel: webhookLink(id)}
	if !v.posted() {
		return v.showForm(f, crumb{v.t("Webhook"), webhookLink(id)})
	}
	made, err := v.api.Webhooks.Secret(v.ctx(), id)
	if err != nil {
		return err
	}
	return v.showWebhookSecret(made)
}

func (v *visit) deleteWebhook() error {
	id := v.r.PathValue("id")
	h, err := v.api.Webhooks.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Delete the webhook?"), Intro: v.t("Nothing more is sent to %s, not even what waits.", h.Url), Submit: v.t("Delete webhook"), Cancel: webhookLink(id)}
	return v.sure(f, v.webhooksOf(h), func() error {
		_, err := v.api.Webhooks.Remove(v.ctx(), id)
		return err
	}, v.t("The webhook was deleted."))
}

var (
	deliveryStates = []option{{"waiting", "Waiting"}, {"delivered", "Delivered"}, {"failed", "Given up"}}
	deliveryTones  = map[string]string{"waiting": "info", "delivered": "good", "failed": "bad"}
)

// deliveries are the events that were sent to a webhook, or wait to be.
func (v *visit) deliveries(webhook string) list[client.Delivery] {
	find := func(ctx context.Context, f client.Find) (*client.DeliveryList, error) {
		return v.api.Webhooks.Deliveries(ctx, webhook, f)
	}
	l := list[client.Delivery]{
		Name: "deliveries", Search: "Type or error", Find: find, All: paged(find), Empty: "Nothing was sent yet.",
		Columns: []column[client.Delivery]{
			{Key: "createdAt", Title: "Happened", Cell: func(v *visit, d client.Delivery) cell { return v.time(d.CreatedAt) }},
			{Key: "type", Title: "What", Cell: func(v *visit, d client.Delivery) cell { return badge(string(d.Type), eventTone(d.Type)) }},
			{Key: "state", Title: "State", Cell: func(v *visit, d client.Delivery) cell { return v.named(string(d.State), deliveryStates, deliveryTones) }},
			{Key: "attempts", Title: "Attempts", Number: true, Cell: func(v *visit, d client.Delivery) cell { return plain(v.count(d.Attempts)) }},
			{Key: "status", Title: "Answer", Number: true, Cell: func(v *visit, d client.Delivery) cell {
				if d.Status == 0 {
					return cell{}
				}
				return plain(itoa(d.Status))
			}},
			{Key: "tookMillis", Title: "Took", Number: true, Fixed: true, Cell: func(v *visit, d client.Delivery) cell {
				if d.TookMillis == 0 {
					return cell{}
				}
				return plain(v.t("%s ms", v.count(d.TookMillis))).raw(itoa(d.TookMillis))
			}},
			{Key: "error", Title: "Error", Wrap: true, Cell: func(v *visit, d client.Delivery) cell { return plain(d.Error) }},
			{Key: "nextAt", Title: "Next attempt", Extra: true, Cell: func(v *visit, d client.Delivery) cell { return v.time(d.NextAt) }},
			{Key: "event", Title: "Event", Extra: true, Cell: func(v *visit, d client.Delivery) cell { return code(d.Event) }},
		},
		Filters: []filter{{Field: "state", Title: "State", Kind: oneOf, Choices: deliveryStates}, {Field: "type", Title: "What", Kind: exactly}, {Field: "createdAt", Title: "Happened", Kind: days}},
	}
	if v.may("POST /webhooks/{id}/deliveries") {
		l.Columns = append(l.Columns, column[client.Delivery]{Key: "again", Fixed: true, Cell: func(v *visit, d client.Delivery) cell {
			if d.State == client.DeliveryWaiting {
				return cell{}
			}
			return cell{Action: &form{Action: webhookLink(webhook) + "/deliveries", Submit: v.t("Send again"), Compact: true, Hidden: []pair{{"event", d.Event}}}}
		}})
	}
	return l
}

func (v *visit) deliveriesPage() error {
	id := v.r.PathValue("id")
	if v.posted() {
		if _, err := v.api.Webhooks.Redeliver(v.ctx(), id, client.Redelivery{Event: v.r.PostFormValue("event")}); err != nil {
			return err
		}
		return v.done(webhookLink(id), v.t("The event is sent again."))
	}
	h, err := v.api.Webhooks.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	l := v.deliveries(id)
	return showList(v, &l, listPage{Title: v.t("Deliveries to %s", h.Url), Back: crumb{v.t("Webhook"), webhookLink(id)}})
}

// paged walks a list that the client has no walk for, page by page.
func paged[T any](find func(context.Context, client.Find) (*client.List[T], error)) func(context.Context, client.Find) seq[T] {
	return func(ctx context.Context, f client.Find) seq[T] {
		return func(yield func(T, error) bool) {
			for {
				found, err := find(ctx, f)
				if err != nil {
					var none T
					yield(none, err)
					return
				}
				for _, record := range found.Data {
					if !yield(record, nil) {
						return
					}
				}
				if f.Skip += len(found.Data); len(found.Data) == 0 || int64(f.Skip) >= found.Total {
					return
				}
			}
		}
	}
}
