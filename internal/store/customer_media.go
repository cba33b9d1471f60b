package store

import (
	"context"

	"tollkeeper"
)

// SetConsent changes what a customer wants before its calls are recorded.
func (s *Store) SetConsent(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.MediaSettings)) (tollkeeper.Account, error) {
	return s.changeState(ctx, w, id, "media.patch", func(t tx, a *tollkeeper.Account) ([]tollkeeper.Change, error) {
		was := a.Media
		change(&a.Media)
		changes := changed(nil, "consent", tollkeeper.JSONText(was.Consent.String()), tollkeeper.JSONText(a.Media.Consent.String()))
		changes = changed(changes, "consentPrompt", tollkeeper.JSONText(was.ConsentPrompt), tollkeeper.JSONText(a.Media.ConsentPrompt))
		_, err := t.exec("UPDATE customers SET consent = ?, consent_prompt = ? WHERE id = ?", int(a.Media.Consent), a.Media.ConsentPrompt, id)
		return changes, err
	})
}

// SetMusic makes a blob that is whole a customer's hold music, in the place of another.
// Without a blob the customer has none.
func (s *Store) SetMusic(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, music *tollkeeper.Blob) (tollkeeper.Account, error) {
	return s.changeState(ctx, w, id, "holdmusic.write", func(t tx, a *tollkeeper.Account) ([]tollkeeper.Change, error) {
		was := a.Media.Music
		a.Media.Music = tollkeeper.ID{}
		if err := doomKept(t, id, id, tollkeeper.BlobMusic); err != nil {
			return nil, err
		}
		if music != nil {
			a.Media.Music = music.ID
			if err := keepBlob(t, music); err != nil {
				return nil, err
			}
		}
		_, err := t.exec("UPDATE customers SET music = ? WHERE id = ?", idOrNull(a.Media.Music), id)
		return changed(nil, "music", idText(was), idText(a.Media.Music)), err
	})
}

// SetLogo makes a blob that is whole a customer's logo, which the record shows at an
// address; without a blob the record has none.
func (s *Store) SetLogo(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, logo *tollkeeper.Blob, address *string) (a tollkeeper.Account, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if err := mustLoad(t, id, &a); err != nil {
			return nil, err
		}
		if err := doomKept(t, id, id, tollkeeper.BlobLogo); err != nil {
			return nil, err
		}
		if logo != nil {
			if err := keepBlob(t, logo); err != nil {
				return nil, err
			}
		}
		patched := a.Customer
		patched.Logo = address
		return a, s.patchRecord(t, w, &a, patched)
	})
	return a, err
}

// doomKept lets the blobs of an object that are in use be deleted, and leaves those that
// are being written.
func doomKept(t tx, customer, object tollkeeper.ID, purpose tollkeeper.BlobPurpose) error {
	return t.later(nil, "UPDATE media_blobs SET state = ?, header = NULL WHERE customer = ? AND object = ? AND purpose = ? AND state = ?",
		blobDoomed, customer, object, int(purpose), blobKept)
}

func idText(id tollkeeper.ID) string {
	if id.IsZero() {
		return ""
	}
	return tollkeeper.JSONText(id.String())
}
