package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"tollkeeper"
)

const fetchColumns = "fetch_state, fetch_url, fetch_shown, fetch_sha256, fetch_validator, fetch_attempts, fetch_at, fetch_error"

// fetchIsOver sets these columns when there is nothing more to fetch.
const fetchIsOver = "fetch_state = 0, fetch_url = '', fetch_shown = '', fetch_sha256 = NULL, fetch_validator = '', fetch_attempts = 0, fetch_at = 0, fetch_error = ''"

// fetchStates are stored as their place here.
var fetchStates = append([]tollkeeper.FetchState{""}, tollkeeper.FetchStates...)

// fetchFor is how long whoever fetches a recording has it alone. It is longer than a
// fetch may take.
const fetchFor = 2 * time.Hour

// scanFetch reads fetchColumns, which begin at a place of the row.
func scanFetch(r row, at int) tollkeeper.Fetch {
	return tollkeeper.Fetch{
		State: fetchStates[r.int(at)], URL: r.text(at + 1), Shown: r.text(at + 2), SHA256: r.blob(at + 3), Validator: r.text(at + 4),
		Attempts: r.int(at + 5), NextAt: fromMillis(r.int(at + 6)), Error: r.text(at + 7),
	}
}

// RequestFetch has the recording of a call fetched from an address, in the place of what
// has come of it from elsewhere. To ask again for the same tries again at once what has
// failed, and changes nothing as long as nothing has.
func (s *Store) RequestFetch(ctx context.Context, w tollkeeper.Write, customer, id tollkeeper.ID, f tollkeeper.Fetch) (rec tollkeeper.Recording, err error) {
	err = s.engine.write(ctx, func(t tx) (err error) {
		if rec, err = recordingOf(t, customer, id); err != nil {
			return err
		}
		if rec.ID.IsZero() {
			if rec, err = s.beginRecording(t, tollkeeper.Part{Customer: customer, ID: id}); err != nil {
				return err
			}
		}
		if rec.State == tollkeeper.RecordingReady {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the recording is complete and cannot be replaced; its SHA-256 is %x", arrived(&rec))
		}
		if sameFetch(&rec.Fetch, &f) {
			return nil
		}
		if rec.Fetch.URL != f.URL {
			if err := restart(t, &rec, ""); err != nil {
				return err
			}
		}
		f.State, f.NextAt, f.Validator = tollkeeper.FetchWaiting, s.now(), rec.Fetch.Validator
		rec.Fetch, rec.CreatedAt = f, f.NextAt
		_, err = t.exec(`UPDATE recordings SET fetch_state = ?, fetch_url = ?, fetch_shown = ?, fetch_sha256 = ?, fetch_attempts = 0, fetch_at = ?, fetch_error = '',
 created_at = ? WHERE customer = ? AND id = ?`, slices.Index(fetchStates, f.State), f.URL, f.Shown, f.SHA256, millis(f.NextAt), millis(rec.CreatedAt), customer, id)
		if err != nil {
			return err
		}
		// It is not in the customer's trail: where the carrier's switches are is for its staff.
		e := tollkeeper.AuditEntry{Subject: id.String(), Action: "recording.fetch",
			Changes: []tollkeeper.Change{{Field: "url", To: tollkeeper.JSONText(f.Shown)}}}
		if w.User.IsZero() && w.Token.IsZero() {
			e.Actor = tollkeeper.ActorLink
		}
		return s.audited(t, w, e)
	})
	return rec, err
}

// sameFetch reports whether what is asked for is on its way already.
func sameFetch(now, asked *tollkeeper.Fetch) bool {
	return now.State == tollkeeper.FetchWaiting && now.Error == "" && now.URL == asked.URL && bytes.Equal(now.SHA256, asked.SHA256)
}

func arrived(rec *tollkeeper.Recording) []byte {
	_, sum := rec.Arrived()
	return sum
}

// restart drops what has come of a recording, so that it can come anew, from something
// with a validator.
func restart(t tx, rec *tollkeeper.Recording, validator string) error {
	if err := doomBlobs(t, rec.Customer, rec.ID, tollkeeper.BlobRecording); err != nil {
		return err
	}
	rec.Size, rec.Received, rec.Fetch.Validator = 0, 0, validator
	_, err := t.exec("UPDATE recordings SET size = 0, received = 0, fetch_validator = ? WHERE customer = ? AND id = ?", validator, rec.Customer, rec.ID)
	return err
}

const dueFetch = "FROM recordings WHERE fetch_state = 1 AND fetch_at <= ? ORDER BY fetch_at LIMIT 1"

// ClaimFetch returns the recording that has waited longest to be fetched, for the caller
// to fetch and nobody else meanwhile.
func (s *Store) ClaimFetch(ctx context.Context) (rec tollkeeper.Recording, found bool, err error) {
	now := s.now()
	err = s.engine.look(ctx, func(t tx) (err error) {
		found, err = exists(t, "SELECT 1 "+dueFetch, millis(now))
		return err
	})
	if err != nil || !found {
		return rec, false, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		found = false
		err := t.query(func(r row) (err error) {
			rec, err = scanRecording(r)
			found = true
			return err
		}, "SELECT "+recordingColumns+" "+dueFetch, millis(now))
		if err != nil || !found {
			return err
		}
		rec.Fetch.Attempts++
		_, err = t.exec("UPDATE recordings SET fetch_attempts = ?, fetch_at = ? WHERE customer = ? AND id = ?",
			rec.Fetch.Attempts, millis(now.Add(fetchFor)), rec.Customer, rec.ID)
		return err
	})
	return rec, found && err == nil, err
}

// errReplaced is the answer to who brings a recording that others bring by now.
var errReplaced = tollkeeper.Errorf(tollkeeper.CodeConflict, "another fetch or upload of this recording took its place")

// RestartFetch lets a claimed recording begin anew, from something with a validator.
func (s *Store) RestartFetch(ctx context.Context, rec tollkeeper.Recording, validator string) (tollkeeper.Recording, error) {
	err := s.engine.write(ctx, func(t tx) error {
		claimed := rec.Fetch
		now, err := recordingOf(t, rec.Customer, rec.ID)
		if err != nil {
			return err
		}
		if now.Fetch.State != tollkeeper.FetchWaiting || now.Fetch.URL != claimed.URL || now.Fetch.Attempts != claimed.Attempts {
			return errReplaced
		}
		rec = now
		return restart(t, &rec, validator)
	})
	return rec, err
}

// FailFetch writes down why a claimed recording was not fetched, and when it is tried
// again. An address that was given up is forgotten, but for what may be shown.
func (s *Store) FailFetch(ctx context.Context, rec tollkeeper.Recording) error {
	return s.engine.write(ctx, func(t tx) error {
		f, address, next := rec.Fetch, rec.Fetch.URL, millis(rec.Fetch.NextAt)
		if f.State == tollkeeper.FetchFailed {
			address, next = "", 0
		}
		_, err := t.exec(`UPDATE recordings SET fetch_state = ?, fetch_url = ?, fetch_at = ?, fetch_error = ?
 WHERE customer = ? AND id = ? AND fetch_state = 1 AND fetch_attempts = ? AND fetch_url = ?`,
			slices.Index(fetchStates, f.State), address, next, f.Error, rec.Customer, rec.ID, f.Attempts, f.URL)
		return err
	})
}
