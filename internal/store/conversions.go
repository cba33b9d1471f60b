package store

import (
	"context"
	"slices"
	"time"

	"tollkeeper"
)

const convertColumns = "original_format, original_size, original_sha256, convert_error"

func scanOriginal(r row, at int) tollkeeper.Original {
	return tollkeeper.Original{Format: audioFormats[r.int(at)], Size: r.int(at + 1), SHA256: r.blob(at + 2)}
}

const (
	// convertFor is how long whoever converts a recording has it alone. It is longer than
	// a conversion may take.
	convertFor = 2 * time.Hour
	// transcribedFirst is how long a recording that is to be transcribed is left as it came.
	transcribedFirst = time.Hour
	// heldFor is how long a recording under a legal hold is not looked at again.
	heldFor = 24 * time.Hour
	// heldAtOnce bounds how many of them one transaction passes over.
	heldAtOnce = 100
	// convertAttempts is written out in dueConversion and in its index.
	convertAttempts = 3
)

const dueConversion = "FROM recordings WHERE state = 2 AND format = 1 AND convert_attempts < 3 AND convert_at <= ? ORDER BY convert_at LIMIT 1"

// ClaimConversion returns the WAV recording that has waited longest to be converted, for
// the caller to convert and nobody else meanwhile. What is under a legal hold stays as it
// is.
func (s *Store) ClaimConversion(ctx context.Context) (rec tollkeeper.Recording, found bool, err error) {
	now := s.now()
	err = s.engine.look(ctx, func(t tx) (err error) {
		found, err = exists(t, "SELECT 1 "+dueConversion, millis(now))
		return err
	})
	if err != nil || !found {
		return rec, false, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		found = false
		for range heldAtOnce {
			rec = tollkeeper.Recording{}
			err := t.query(func(r row) (err error) { rec, err = scanRecording(r); return err }, "SELECT "+recordingColumns+" "+dueConversion, millis(now))
			if err != nil || rec.ID.IsZero() {
				return err
			}
			held, err := isHeld(t, rec.Customer)
			if err != nil {
				return err
			}
			if found = !held; found {
				_, err = t.exec("UPDATE recordings SET convert_attempts = convert_attempts + 1, convert_at = ? WHERE customer = ? AND id = ?",
					millis(now.Add(convertFor)), rec.Customer, rec.ID)
				return err
			}
			if err := convertAt(t, rec.Customer, rec.ID, now.Add(heldFor)); err != nil {
				return err
			}
		}
		return nil
	})
	return rec, found && err == nil, err
}

// convertAt sets when a recording is next looked at.
func convertAt(t tx, customer, id tollkeeper.ID, at time.Time) error {
	_, err := t.exec("UPDATE recordings SET convert_at = ? WHERE customer = ? AND id = ?", millis(at), customer, id)
	return err
}

// FinishConversion puts a blob that is whole in the place of a claimed recording's, whose
// bytes are then deleted. A recording that is another meanwhile, or under a legal hold, is
// a conflict.
func (s *Store) FinishConversion(ctx context.Context, rec tollkeeper.Recording, b tollkeeper.Blob, audio tollkeeper.Audio) error {
	return s.engine.write(ctx, func(t tx) error {
		now, err := recordingOf(t, rec.Customer, rec.ID)
		if err != nil {
			return err
		}
		if now.State != tollkeeper.RecordingReady || !slices.Equal(now.SHA256, rec.SHA256) {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the recording is not there any more, or is another")
		}
		if err := mustNotBeHeld(t, tollkeeper.Principal{Customer: rec.Customer}, rec.Customer); err != nil {
			return err
		}
		if err := doomKept(t, rec.Customer, rec.ID, tollkeeper.BlobRecording); err != nil {
			return err
		}
		if err := keepBlob(t, &b); err != nil {
			return err
		}
		_, err = t.exec(`UPDATE recordings SET original_format = format, original_size = size, original_sha256 = sha256, convert_error = '',
 format = ?, sample_rate = ?, duration_millis = ?, size = ?, sha256 = ? WHERE customer = ? AND id = ?`,
			slices.Index(audioFormats, audio.Format), audio.SampleRate, audio.Duration.Milliseconds(), audio.Size, audio.SHA256, rec.Customer, rec.ID)
		if err != nil {
			return err
		}
		return s.audited(t, tollkeeper.Write{}, tollkeeper.AuditEntry{Customer: rec.Customer, Subject: rec.ID.String(), Action: "recording.convert", Changes: []tollkeeper.Change{
			{Field: "format", From: tollkeeper.JSONText(string(rec.Format)), To: tollkeeper.JSONText(string(audio.Format))},
			{Field: "sizeBytes", From: itoa(rec.Size), To: itoa(audio.Size)},
		}})
	})
}

// FailConversion writes down why a claimed recording was not converted, and when it is
// tried again; zero for never. Without a reason it was no attempt.
func (s *Store) FailConversion(ctx context.Context, rec tollkeeper.Recording, why string, next time.Time) error {
	attempts := 0
	switch {
	case next.IsZero():
		attempts = convertAttempts
	case why == "":
		attempts = -1
	}
	return s.engine.write(ctx, func(t tx) error {
		_, err := t.exec("UPDATE recordings SET convert_error = ?, convert_at = ?, convert_attempts = convert_attempts + ? WHERE customer = ? AND id = ? AND original_format = 0",
			why, millis(next), attempts, rec.Customer, rec.ID)
		return err
	})
}
