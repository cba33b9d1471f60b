package api

import (
	"context"
	"io"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/link"
)

// customerMediaStore keeps what a customer has set about media.
type customerMediaStore interface {
	SetConsent(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.MediaSettings)) (tollkeeper.Account, error)
	SetMusic(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, music *tollkeeper.Blob) (tollkeeper.Account, error)
	SetLogo(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, logo *tollkeeper.Blob, address *string) (tollkeeper.Account, error)
}

// CustomerMedia keeps the bytes of hold music and logos.
type CustomerMedia interface {
	Music(ctx context.Context, customer tollkeeper.ID, body io.Reader, keep func(tollkeeper.Blob) error) (tollkeeper.Audio, error)
	Logo(ctx context.Context, customer tollkeeper.ID, body io.Reader, keep func(tollkeeper.Blob) error) error
	One(ctx context.Context, customer, id tollkeeper.ID, purpose tollkeeper.BlobPurpose) (io.ReadSeekCloser, int64, error)
}

func (a *API) mediaRoutes() {
	a.route("/customers/{id}/media", methods{"GET": a.getMedia, "PATCH": a.patchMedia})
	a.route("/customers/{id}/holdmusic", methods{"PUT": a.putMusic, "DELETE": a.removeMusic})
	a.route("/customers/{id}/logo", methods{"PUT": a.putLogo, "DELETE": a.removeLogo})
	const music, logo = "/media/music/{customer}/{id}", "/media/logos/{customer}/{id}"
	a.mux.Handle(music, a.handler(music, methods{"GET": a.fetchMusic}, signed, anything))
	a.mux.Handle(logo, a.handler(logo, methods{"GET": a.fetchLogo}, open, anything))
}

func (a *API) getMedia(x *exchange) error {
	account, err := a.account(x)
	if err != nil {
		return err
	}
	return x.answer(a.mediaBody(&account))
}

func (a *API) patchMedia(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	var consent tollkeeper.Consent
	_, given := o.value("consent")
	if given {
		consent, _ = tollkeeper.ParseConsent(oneOf(o, "consent", tollkeeper.ConsentNames()...))
	}
	prompt, promptSet := o.optionalText("consentPrompt", 1, maxPrompt)
	if err := o.done(); err != nil {
		return err
	}
	account, err := a.Store.SetConsent(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, func(m *tollkeeper.MediaSettings) {
		if given {
			m.Consent = consent
		}
		if promptSet {
			m.ConsentPrompt = prompt
		}
	})
	if err != nil {
		return err
	}
	return x.answer(a.mediaBody(&account))
}

func (a *API) mediaBody(account *tollkeeper.Account) []byte {
	w := newWire(nil)
	w.id("customer", account.ID)
	w.text("consent", account.Media.Consent.String())
	w.optional("consentPrompt", account.Media.ConsentPrompt)
	w.bool("ownMusic", !account.Media.Music.IsZero())
	w.texts("notes", account.Ineffective())
	return w.end()
}

func (a *API) putMusic(x *exchange) error {
	account, err := a.account(x)
	if err != nil {
		return err
	}
	_, err = a.CustomerMedia.Music(x.r.Context(), account.ID, x.slowly(x.r.Body), func(b tollkeeper.Blob) (err error) {
		account, err = a.Store.SetMusic(x.r.Context(), tollkeeper.Write{Principal: x.who}, account.ID, &b)
		return err
	})
	if err != nil {
		return err
	}
	return x.answer(a.mediaBody(&account))
}

func (a *API) removeMusic(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	account, err := a.Store.SetMusic(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, nil)
	if err != nil {
		return err
	}
	return x.answer(a.mediaBody(&account))
}

func (a *API) putLogo(x *exchange) error {
	account, err := a.account(x)
	if err != nil {
		return err
	}
	err = a.CustomerMedia.Logo(x.r.Context(), account.ID, x.slowly(x.r.Body), func(b tollkeeper.Blob) (err error) {
		address := a.Links.Base + "/media/logos/" + b.Name()
		account, err = a.Store.SetLogo(x.r.Context(), tollkeeper.Write{Principal: x.who}, account.ID, &b, &address)
		return err
	})
	if err != nil {
		return err
	}
	return x.answer(account.Customer.AppendJSON(nil, nil))
}

// customersLogo reads the logo that a customer has uploaded; nil for none. One that is
// somewhere else is not fetched: the server asks no address that a record names.
func (a *API) customersLogo(ctx context.Context, c *tollkeeper.Customer) ([]byte, error) {
	if c.Logo == nil {
		return nil, nil
	}
	name, ours := strings.CutPrefix(*c.Logo, a.Links.Base+"/media/logos/"+c.ID.String()+"/")
	id, err := tollkeeper.ParseID(name)
	if !ours || err != nil {
		return nil, nil
	}
	content, _, err := a.CustomerMedia.One(ctx, c.ID, id, tollkeeper.BlobLogo)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

func (a *API) removeLogo(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	account, err := a.Store.SetLogo(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, nil, nil)
	if err != nil {
		return err
	}
	return x.answer(account.Customer.AppendJSON(nil, nil))
}

// fetchMusic serves hold music to a switch that has its link.
func (a *API) fetchMusic(x *exchange) error {
	customer, id, err := linked(x.r)
	if err != nil {
		return err
	}
	if err := a.checkLink(x, link.Music(customer, id)); err != nil {
		return err
	}
	return a.fetch(x, customer, id, tollkeeper.BlobMusic, "private")
}

// fetchLogo serves a logo to everybody.
func (a *API) fetchLogo(x *exchange) error {
	customer, id, err := linked(x.r)
	if err != nil {
		return err
	}
	return a.fetch(x, customer, id, tollkeeper.BlobLogo, "public")
}

// fetch answers with a blob that never changes under its name.
func (a *API) fetch(x *exchange, customer, id tollkeeper.ID, purpose tollkeeper.BlobPurpose, cache string) error {
	content, size, err := a.CustomerMedia.One(x.r.Context(), customer, id, purpose)
	if err != nil {
		return err
	}
	defer content.Close()
	mediaType := "image/png"
	if purpose == tollkeeper.BlobMusic {
		if mediaType, err = soundType(content); err != nil {
			return err
		}
	}
	header := x.w.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Cache-Control", cache+", max-age=604800, immutable")
	header.Set("ETag", `"`+id.String()+`"`)
	return x.serve(content, size, id.Time())
}

// soundType is the media type of audio that has been looked at when it came.
func soundType(content io.ReadSeeker) (string, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(content, head); err != nil {
		return "", err
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	switch string(head) {
	case "RIFF":
		return tollkeeper.AudioWAV.MediaType(), nil
	case "OggS":
		return tollkeeper.AudioOgg.MediaType(), nil
	}
	return tollkeeper.AudioMP3.MediaType(), nil
}
