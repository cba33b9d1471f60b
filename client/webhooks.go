package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Webhook is an address that events are sent to.
type Webhook struct {
	Id             string      `json:"_id"`
	Customer       string      `json:"customer,omitzero"` // empty: the carrier's own, for the events of all
	Url            string      `json:"url"`
	Description    string      `json:"description,omitzero"`
	EventTypes     []EventType `json:"eventTypes,omitzero"` // none: every type but EventCallEnded
	Enabled        bool        `json:"enabled"`
	DisabledReason string      `json:"disabledReason,omitzero"` // where the server disabled it
	Failures       int64       `json:"failures"`                // attempts in a row
	FailingSince   time.Time   `json:"failingSince,omitzero"`
	Waiting        int64       `json:"waiting"` // deliveries that are not done with
	CreatedAt      time.Time   `json:"createdAt"`
	UpdatedAt      time.Time   `json:"updatedAt"`
}

// WebhookWithSecret is a webhook with the secret that signs what is sent, in the form
// that libraries for Standard Webhooks take.
type WebhookWithSecret struct {
	Webhook
	Secret string `json:"secret"` // shown this once
}

// WebhookCreate says what a new webhook is to be.
type WebhookCreate struct {
	Url         string      `json:"url"`
	Description string      `json:"description,omitzero"`
	EventTypes  []EventType `json:"eventTypes,omitzero"` // none: every type but EventCallEnded
	Customer    string      `json:"customer,omitzero"`   // empty: for staff, the events of all; for a customer's user, the own
}

// WebhookPatch is the changes to a webhook. Only the fields that were Set are sent.
type WebhookPatch struct {
	Url         Optional[string]      `json:"url,omitzero"`
	Description Optional[string]      `json:"description,omitzero"`
	EventTypes  Optional[[]EventType] `json:"eventTypes,omitzero"`
	Enabled     Optional[bool]        `json:"enabled,omitzero"`
}

// WebhookList is a page of webhooks.
type WebhookList = List[Webhook]

// DeliveryState says how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"   // will be sent, perhaps again
	DeliveryDelivered DeliveryState = "delivered" // was answered with 2xx
	DeliveryFailed    DeliveryState = "failed"    // was given up
)

// Delivery is one event for one webhook.
type Delivery struct {
	Id         string        `json:"_id"`
	Customer   string        `json:"customer,omitzero"`
	Event      string        `json:"event"` // the webhook-id of the request
	Type       EventType     `json:"type"`
	State      DeliveryState `json:"state"`
	Attempts   int64         `json:"attempts"`
	Status     int64         `json:"status,omitzero"` // HTTP, of the last answer
	Error      string        `json:"error,omitzero"`
	TookMillis int64         `json:"tookMillis,omitzero"`
	CreatedAt  time.Time     `json:"createdAt"`
	NextAt     time.Time     `json:"nextAt,omitzero"` // zero behind another event of the customer
	EndedAt    time.Time     `json:"endedAt,omitzero"`
}

// DeliveryList is a page of deliveries.
type DeliveryList = List[Delivery]

// Redelivery names an event to send again.
type Redelivery struct {
	Event string `json:"event"`
}

// WebhooksService has the operations on webhooks.
type WebhooksService struct{ c *Client }

// Find lists the webhooks one may see, by _id where the Find does not say. Search looks
// in url and description.
func (s WebhooksService) Find(ctx context.Context, f Find) (*WebhookList, error) {
	r := get("webhooksFind", "webhooks")
	r.query = f.encode()
	return fetch[WebhookList](ctx, s.c, r)
}

// All yields every webhook that is found, until the first error, which it yields last.
func (s WebhooksService) All(ctx context.Context, f Find) iter.Seq2[Webhook, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(w Webhook) string { return w.Id }, s.Find)
}

// Get reads a webhook.
func (s WebhooksService) Get(ctx context.Context, id string) (*Webhook, error) {
	return fetch[Webhook](ctx, s.c, get("webhooksGet", "webhooks", id))
}

// Create makes a webhook and returns it with its secret.
func (s WebhooksService) Create(ctx context.Context, webhook WebhookCreate) (*WebhookWithSecret, error) {
	r := &request{operation: "webhooksCreate", method: http.MethodPost, body: webhook}
	return fetch[WebhookWithSecret](ctx, s.c, r.at("webhooks"))
}

// Patch changes a webhook. What waits for one that is enabled again is sent.
func (s WebhooksService) Patch(ctx context.Context, id string, changes WebhookPatch) (*Webhook, error) {
	r := &request{operation: "webhooksPatch", method: http.MethodPatch, body: changes, repeatable: true}
	return fetch[Webhook](ctx, s.c, r.at("webhooks", id))
}

// Remove deletes a webhook and returns it as it was.
func (s WebhooksService) Remove(ctx context.Context, id string) (*Webhook, error) {
	r := &request{operation: "webhooksRemove", method: http.MethodDelete}
	return fetch[Webhook](ctx, s.c, r.at("webhooks", id))
}

// Secret replaces the secret of a webhook. The old one signs too for 24 hours.
func (s WebhooksService) Secret(ctx context.Context, id string) (*WebhookWithSecret, error) {
	r := &request{operation: "webhooksSecret", method: http.MethodPost}
	return fetch[WebhookWithSecret](ctx, s.c, r.at("webhooks", id, "secret"))
}

// Deliveries lists what was sent to a webhook, newest first where the Find does not
// say. Search looks in type and error.
func (s WebhooksService) Deliveries(ctx context.Context, id string, f Find) (*DeliveryList, error) {
	r := get("webhooksDeliveries", "webhooks", id, "deliveries")
	r.query = f.encode()
	return fetch[DeliveryList](ctx, s.c, r)
}

// Redeliver sends an event to a webhook again, or for the first time.
func (s WebhooksService) Redeliver(ctx context.Context, id string, what Redelivery) (*Delivery, error) {
	r := &request{operation: "webhooksRedeliver", method: http.MethodPost, body: what}
	return fetch[Delivery](ctx, s.c, r.at("webhooks", id, "deliveries"))
}
