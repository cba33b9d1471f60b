package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"tollkeeper"
	"tollkeeper/internal/link"
)

// Fetcher gets recordings from addresses of switches.
type Fetcher interface {
	RequestFetch(ctx context.Context, w tollkeeper.Write, customer, id tollkeeper.ID, f tollkeeper.Fetch) (tollkeeper.Recording, error)
}

// maxFetchURL is the longest address of a recording, in characters; signed ones are long.
const maxFetchURL = 2000

// fetchRecording has the recording of a call fetched, for the carrier's staff.
func (a *API) fetchRecording(x *exchange) error {
	id, err := x.pathID("call record")
	if err != nil {
		return err
	}
	customer, err := a.ownerOf(x.r.Context(), id)
	if err != nil {
		return err
	}
	rec, err := a.requestFetch(x, customer, id)
	if err != nil {
		return err
	}
	return x.answer(recordingBody(rec, nil))
}

// ownerOf is the customer of a call that is over, or of its recording.
func (a *API) ownerOf(ctx context.Context, id tollkeeper.ID) (tollkeeper.ID, error) {
	rec, err := a.Store.Recording(ctx, id)
	if tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
		return rec.Customer, err
	}
	record, err := a.Store.CDR(ctx, id)
	if err != nil {
		return tollkeeper.ID{}, err
	}
	return record.Customer, nil
}

// fetchLinked has it fetched for a switch that has the link of its call.
func (a *API) fetchLinked(x *exchange) error {
	customer, id, err := linked(x.r)
	if err != nil {
		return err
	}
	if err := a.checkLink(x, link.UploadOf(customer, id)); err != nil {
		return err
	}
	rec, err := a.requestFetch(x, customer, id)
	if err != nil {
		return err
	}
	return x.answer(uploadBody(&rec))
}

func (a *API) requestFetch(x *exchange, customer, id tollkeeper.ID) (rec tollkeeper.Recording, err error) {
	o, err := x.object()
	if err != nil {
		return rec, err
	}
	f := tollkeeper.Fetch{URL: o.visible("url", 1, maxFetchURL)}
	if text, set := o.optionalText("sha256", 2*sha256.Size, 2*sha256.Size); set && text != "" {
		if f.SHA256, err = hex.DecodeString(text); err != nil {
			o.fault("sha256", "must be 64 hex digits")
		}
	}
	if err := o.done(); err != nil {
		return rec, err
	}
	return a.Fetcher.RequestFetch(x.r.Context(), tollkeeper.Write{Principal: x.who}, customer, id, f)
}

// fetch shows how the fetching of a recording stands; nothing where there is none.
func (w *wire) fetch(f *tollkeeper.Fetch) {
	if f.State == "" {
		return
	}
	w.text("fetchState", string(f.State))
	w.optional("fetchUrl", f.Shown)
	if f.Attempts > 0 {
		w.int("fetchAttempts", f.Attempts)
	}
	w.time("fetchNextAt", f.NextAt)
	w.optional("fetchError", f.Error)
}
