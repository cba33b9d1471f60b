package client

import (
	"context"
	"io"
	"net/http"
)

// CustomerMedia is what is set about a customer's media, beside the record.
type CustomerMedia struct {
	Customer      string   `json:"customer"`
	Consent       Consent  `json:"consent"`
	ConsentPrompt string   `json:"consentPrompt,omitzero"` // "" is the carrier's
	OwnMusic      bool     `json:"ownMusic"`
	Notes         []string `json:"notes"` // settings of the record that have no effect
}

// CustomerMediaPatch is a change of it. What is left out stays as it is.
type CustomerMediaPatch struct {
	Consent       Optional[Consent] `json:"consent,omitzero"`
	ConsentPrompt Optional[string]  `json:"consentPrompt,omitzero"`
}

// CustomerMediaService has the operations on what is set about media.
type CustomerMediaService struct{ c *Client }

// Get reads what is set about a customer's media.
func (s CustomerMediaService) Get(ctx context.Context, customer string) (*CustomerMedia, error) {
	return fetch[CustomerMedia](ctx, s.c, get("customerMediaGet", "customers", customer, "media"))
}

// Patch changes it.
func (s CustomerMediaService) Patch(ctx context.Context, customer string, p CustomerMediaPatch) (*CustomerMedia, error) {
	r := &request{operation: "customerMediaPatch", method: http.MethodPatch, body: p}
	return fetch[CustomerMedia](ctx, s.c, r.at("customers", customer, "media"))
}

// CustomerHoldmusicService has the operations on a customer's own hold music.
type CustomerHoldmusicService struct{ c *Client }

// Update uploads hold music, which is read once.
func (s CustomerHoldmusicService) Update(ctx context.Context, customer string, audio io.Reader) (*CustomerMedia, error) {
	r := &request{operation: "customerHoldmusicUpdate", method: http.MethodPut, stream: audio, streamType: "application/octet-stream"}
	return fetch[CustomerMedia](ctx, s.c, r.at("customers", customer, "holdmusic"))
}

// Remove deletes it.
func (s CustomerHoldmusicService) Remove(ctx context.Context, customer string) (*CustomerMedia, error) {
	r := &request{operation: "customerHoldmusicRemove", method: http.MethodDelete}
	return fetch[CustomerMedia](ctx, s.c, r.at("customers", customer, "holdmusic"))
}

// CustomerLogoService has the operations on a customer's logo.
type CustomerLogoService struct{ c *Client }

// Update uploads a picture, which is read once.
func (s CustomerLogoService) Update(ctx context.Context, customer string, picture io.Reader) (*Customer, error) {
	r := &request{operation: "customerLogoUpdate", method: http.MethodPut, stream: picture, streamType: "application/octet-stream"}
	return fetch[Customer](ctx, s.c, r.at("customers", customer, "logo"))
}

// Remove deletes it, and takes it off the record.
func (s CustomerLogoService) Remove(ctx context.Context, customer string) (*Customer, error) {
	r := &request{operation: "customerLogoRemove", method: http.MethodDelete}
	return fetch[Customer](ctx, s.c, r.at("customers", customer, "logo"))
}
