package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// PaymentMethod is what a customer pays by.
type PaymentMethod struct {
	Id        string    `json:"_id"`
	Customer  string    `json:"customer"`
	Provider  string    `json:"provider"` // "stripe" or "manual"
	Kind      string    `json:"kind"`
	Label     string    `json:"label"`
	Last4     string    `json:"last4,omitzero"`
	ExpMonth  int64     `json:"expMonth,omitzero"`
	ExpYear   int64     `json:"expYear,omitzero"`
	IsDefault bool      `json:"isDefault"` // refills and invoices are charged to it
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// PaymentMethodList is a page of payment methods.
type PaymentMethodList = List[PaymentMethod]

// PaymentMethodCreate is a new payment method.
type PaymentMethodCreate struct {
	Customer  string `json:"customer,omitzero"`
	Provider  string `json:"provider"`
	SetUp     string `json:"setUp,omitzero"` // a finished set-up; not for manual
	Label     string `json:"label,omitzero"` // for manual
	IsDefault bool   `json:"isDefault,omitzero"`
}

// PaymentMethodPatch is the changes to a payment method. Only the fields that were
// Set are sent.
type PaymentMethodPatch struct {
	Label     Optional[string] `json:"label,omitzero"`
	IsDefault Optional[bool]   `json:"isDefault,omitzero"` // true
}

// PaymentMethodSetupCreate begins a set-up.
type PaymentMethodSetupCreate struct {
	Customer  string `json:"customer,omitzero"`
	Provider  string `json:"provider"`
	ReturnUrl string `json:"returnUrl,omitzero"` // for a page of the provider's that leads back there
}

// PaymentMethodSetup is what the customer's browser needs to tell the provider a
// payment method.
type PaymentMethodSetup struct {
	Customer       string `json:"customer"`
	Provider       string `json:"provider"`
	SetUp          string `json:"setUp"`
	ClientSecret   string `json:"clientSecret,omitzero"`
	PublishableKey string `json:"publishableKey,omitzero"`
	Url            string `json:"url,omitzero"` // of the provider's page
}

// PaymentmethodsService has the operations on payment methods.
type PaymentmethodsService struct{ c *Client }

// Find lists payment methods, by _id where the Find does not say.
func (s PaymentmethodsService) Find(ctx context.Context, f Find) (*PaymentMethodList, error) {
	r := get("paymentmethodsFind", "paymentmethods")
	r.query = f.encode()
	return fetch[PaymentMethodList](ctx, s.c, r)
}

// All yields every payment method that is found.
func (s PaymentmethodsService) All(ctx context.Context, f Find) iter.Seq2[PaymentMethod, error] {
	find := func(ctx context.Context, f Find) (*PaymentMethodList, error) { return s.Find(ctx, f) }
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(m PaymentMethod) string { return m.Id }, find)
}

// Get reads a payment method.
func (s PaymentmethodsService) Get(ctx context.Context, id string) (*PaymentMethod, error) {
	return fetch[PaymentMethod](ctx, s.c, get("paymentmethodsGet", "paymentmethods", id))
}

// Setup begins to save a payment method at a provider.
func (s PaymentmethodsService) Setup(ctx context.Context, of PaymentMethodSetupCreate) (*PaymentMethodSetup, error) {
	r := &request{operation: "paymentmethodsSetup", method: http.MethodPost, body: of}
	return fetch[PaymentMethodSetup](ctx, s.c, r.at("paymentmethods", "setup"))
}

// Create adds a payment method. A customer's first one is the default.
func (s PaymentmethodsService) Create(ctx context.Context, m PaymentMethodCreate, options ...CreateOption) (*PaymentMethod, error) {
	r := keyed("paymentmethodsCreate", http.MethodPost, m, "paymentmethods")
	return fetch[PaymentMethod](ctx, s.c, r.creating(options))
}

// Patch changes a payment method's label, or makes it the default.
func (s PaymentmethodsService) Patch(ctx context.Context, id string, patch PaymentMethodPatch) (*PaymentMethod, error) {
	r := &request{operation: "paymentmethodsPatch", method: http.MethodPatch, body: patch}
	return fetch[PaymentMethod](ctx, s.c, r.at("paymentmethods", id))
}

// Remove removes a payment method; the provider forgets it too.
func (s PaymentmethodsService) Remove(ctx context.Context, id string) (*PaymentMethod, error) {
	r := &request{operation: "paymentmethodsRemove", method: http.MethodDelete}
	return fetch[PaymentMethod](ctx, s.c, r.at("paymentmethods", id))
}

// ProviderMessage is a message in a payment provider's own form.
type ProviderMessage map[string]any

// ProviderReceipt says that a message was received.
type ProviderReceipt struct {
	Received bool `json:"received"`
}

// ProvidersService has the operation for payment providers.
type ProvidersService struct{ c *Client }

// Hear sends a message as a payment provider does. Without its signature it is refused.
func (s ProvidersService) Hear(ctx context.Context, provider string, m ProviderMessage) (*ProviderReceipt, error) {
	r := &request{operation: "providersHear", method: http.MethodPost, body: m}
	return fetch[ProviderReceipt](ctx, s.c, r.at("providers", provider))
}
