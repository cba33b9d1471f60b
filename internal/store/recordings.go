package store

import (
	"context"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const (
	begunColumns = `customer, id, call_id, leg, direction, from_number, to_number, started_at, state, format, channels,
 sample_rate, duration_millis, size, received, sha256, created_at, ready_at`
	recordingColumns = begunColumns + ", " + fetchColumns + ", " + convertColumns
)

// Stored as their place in these lists, which only ever grow at their end.
var (
	recordingStates = []tollkeeper.RecordingState{"", tollkeeper.RecordingReceiving, tollkeeper.RecordingReady}
	audioFormats    = []tollkeeper.AudioFormat{"", tollkeeper.AudioWAV, tollkeeper.AudioMP3, tollkeeper.AudioOgg, tollkeeper.AudioFLAC}
)

const (
	recordingReceiving = 1
	recordingReady     = 2
)

// receivingLife is how long a recording may be unfinished. The links that it is
// uploaded by have expired long before.
const receivingLife = 7 * 24 * time.Hour

func scanRecording(r row) (tollkeeper.Recording, error) {
	return tollkeeper.Recording{
		Customer: r.id(0), ID: r.id(1), CallKey: tollkeeper.CallKey{CallID: r.text(2), Leg: r.text(3)}, Direction: directions[r.int(4)],
		From: r.text(5), To: r.text(6), StartedAt: fromMillis(r.int(7)), State: recordingStates[r.int(8)],
		Audio: tollkeeper.Audio{
			Format: audioFormats[r.int(9)], Channels: r.int(10), SampleRate: r.int(11),
			Duration: time.Duration(r.int(12)) * time.Millisecond, Size: r.int(13), SHA256: r.blob(15),
		},
		Received: r.int(14), CreatedAt: fromMillis(r.int(16)), ReadyAt: fromMillis(r.int(17)), Fetch: scanFetch(r, 18),
		Original: scanOriginal(r, 26), Fault: r.text(29),
	}, nil
}

var recordingSource = &source{
	table: "recordings", columns: recordingColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "customer": {expr: "customer"}, "callId": {expr: "call_id"}, "leg": {expr: "leg"},
		"direction": {expr: "direction", enum: names(directions)}, "from": {expr: "from_number"}, "to": {expr: "to_number"},
		"startedAt": {expr: "started_at"}, "state": {expr: "state", enum: names(recordingStates)},
		"format": {expr: "format", enum: names(audioFormats)}, "channels": {expr: "channels", absent: int64(0)},
		"sampleRate": {expr: "sample_rate", absent: int64(0)}, "durationMillis": {expr: "duration_millis", absent: int64(0)},
		"sizeBytes": {expr: "size", absent: int64(0)}, "receivedBytes": {expr: "received"},
		"createdAt": {expr: "created_at"}, "readyAt": {expr: "ready_at", absent: int64(0)},
		"fetchState": {expr: "fetch_state", enum: names(fetchStates)}, "fetchUrl": {expr: "fetch_shown", absent: ""},
		"fetchAttempts": {expr: "fetch_attempts", absent: int64(0)}, "fetchNextAt": {expr: "fetch_at", absent: int64(0)}, "fetchError": {expr: "fetch_error", absent: ""},
		"originalFormat": {expr: "original_format", enum: names(audioFormats)}, "originalSizeBytes": {expr: "original_size", absent: int64(0)}, "convertError": {expr: "convert_error", absent: ""},
	},
}

// FindRecordings returns a page of recordings.
func (s *Store) FindRecordings(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Recording], error) {
	return find(ctx, s, recordingSource, f, "", nil, scanRecording)
}

// Recording returns one recording.
func (s *Store) Recording(ctx context.Context, id tollkeeper.ID) (rec tollkeeper.Recording, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		rec = tollkeeper.Recording{}
		err := t.query(func(r row) (err error) { rec, err = scanRecording(r); return err },
			"SELECT "+recordingColumns+" FROM recordings WHERE id = ?", id)
		if err == nil && rec.ID.IsZero() {
			err = notFound("recording", id.String())
		}
		return err
	})
	return rec, err
}

func recordingOf(t tx, customer, id tollkeeper.ID) (rec tollkeeper.Recording, err error) {
	err = t.query(func(r row) (err error) { rec, err = scanRecording(r); return err },
		"SELECT "+recordingColumns+" FROM recordings WHERE customer = ? AND id = ?"+t.locked(), customer, id)
	return rec, err
}

// BeginUpload makes the row of a blob for a part of a call's recording, and with the
// first that of the recording. Nothing is written when the recording is ready, or
// when the part is there already: the blob then has no id.
func (s *Store) BeginUpload(ctx context.Context, part tollkeeper.Part) (rec tollkeeper.Recording, b tollkeeper.Blob, err error) {
	err = s.engine.write(ctx, func(t tx) (err error) {
		b = tollkeeper.Blob{}
		if rec, err = recordingOf(t, part.Customer, part.ID); err != nil {
			return err
		}
		if rec.ID.IsZero() {
			if rec, err = s.beginRecording(t, part); err != nil {
				return err
			}
		}
		if rec.State == tollkeeper.RecordingReady {
			return nil
		}
		if part.Total > 0 && rec.Size != part.Total {
			if rec.Received > 0 {
				return tollkeeper.Errorf(tollkeeper.CodeConflict, "the recording was begun with %d bytes in all", rec.Size)
			}
			rec.Size = part.Total // nothing is left of an attempt that was cut off
			if _, err := t.exec("UPDATE recordings SET size = ? WHERE customer = ? AND id = ?", rec.Size, rec.Customer, rec.ID); err != nil {
				return err
			}
		}
		if part.Asks || part.Size > 0 && part.Start+part.Size <= rec.Received {
			return nil
		}
		if part.Start != rec.Received {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "%d bytes have come so far; go on from there", rec.Received)
		}
		b = tollkeeper.Blob{Customer: part.Customer, Object: part.ID, Purpose: tollkeeper.BlobRecording, Start: part.Start}
		return s.beginBlob(t, &b)
	})
	return rec, b, err
}

// beginRecording makes a recording of what is known of its call.
func (s *Store) beginRecording(t tx, part tollkeeper.Part) (rec tollkeeper.Recording, err error) {
	if err := mustBeCustomer(t, part.Customer); err != nil {
		return rec, err
	}
	var flags int64
	for _, table := range []string{"cdrs WHERE id = ? AND customer = ?", "calls WHERE id = ? AND customer = ?"} {
		err := t.query(func(r row) error {
			var call tollkeeper.Call
			flags = scanParty(r, &call)
			rec = tollkeeper.Recording{
				ID: call.ID, Customer: call.Customer, CallKey: call.CallKey, Direction: call.Direction, From: call.From, To: call.To,
				StartedAt: call.StartedAt, State: tollkeeper.RecordingReceiving, CreatedAt: s.now(),
			}
			rec.Size = part.Total
			return nil
		}, "SELECT "+partyColumns+" FROM "+table, part.ID, part.Customer)
		if err != nil || !rec.ID.IsZero() {
			break
		}
	}
	if err != nil {
		return rec, err
	}
	if rec.ID.IsZero() || flags&flagRecord == 0 {
		return rec, tollkeeper.Errorf(tollkeeper.CodeNotFound, "no call %s is to be recorded", part.ID)
	}
	if part.Asks {
		return rec, nil
	}
	_, err = t.exec("INSERT INTO recordings ("+begunColumns+", transcribe) VALUES ("+marks(19)+")",
		rec.Customer, rec.ID, rec.CallKey.CallID, rec.CallKey.Leg, slices.Index(directions, rec.Direction), rec.From, rec.To, millis(rec.StartedAt),
		recordingReceiving, 0, 0, 0, 0, rec.Size, 0, nil, millis(rec.CreatedAt), 0, flags&flagTranscribe != 0)
	return rec, err
}

// FinishPart keeps a blob that is whole as the next part of its recording. With the
// audio of the whole recording, the recording is then ready.
func (s *Store) FinishPart(ctx context.Context, b tollkeeper.Blob, audio *tollkeeper.Audio) (rec tollkeeper.Recording, err error) {
	err = s.engine.write(ctx, func(t tx) (err error) {
		if rec, err = recordingOf(t, b.Customer, b.Object); err != nil {
			return err
		}
		if rec.ID.IsZero() {
			return notFound("recording", b.Object.String())
		}
		if rec.State != tollkeeper.RecordingReceiving || rec.Received != b.Start {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "another upload of this recording was quicker")
		}
		if err := keepBlob(t, &b); err != nil {
			return err
		}
		rec.Received += b.Size
		if _, err := t.exec("UPDATE recordings SET received = ? WHERE customer = ? AND id = ?", rec.Received, rec.Customer, rec.ID); err != nil {
			return err
		}
		if audio == nil {
			return nil
		}
		return s.makeReady(t, &rec, audio)
	})
	return rec, err
}

// FinishRecording makes a recording ready whose parts have all come, unless other parts
// have begun to come in their place.
func (s *Store) FinishRecording(ctx context.Context, whole tollkeeper.Recording, audio tollkeeper.Audio) (rec tollkeeper.Recording, err error) {
	err = s.engine.write(ctx, func(t tx) (err error) {
		if rec, err = recordingOf(t, whole.Customer, whole.ID); err != nil {
			return err
		}
		if rec.ID.IsZero() {
			return notFound("recording", whole.ID.String())
		}
		if rec.State == tollkeeper.RecordingReady {
			return nil
		}
		if rec.Received != whole.Received || rec.Size != whole.Size || rec.Fetch.URL != whole.Fetch.URL {
			return errReplaced
		}
		return s.makeReady(t, &rec, &audio)
	})
	return rec, err
}

func (s *Store) makeReady(t tx, rec *tollkeeper.Recording, audio *tollkeeper.Audio) error {
	rec.State, rec.Audio, rec.ReadyAt, rec.Fetch = tollkeeper.RecordingReady, *audio, s.now(), tollkeeper.Fetch{}
	_, err := t.exec(`UPDATE recordings SET state = ?, format = ?, channels = ?, sample_rate = ?, duration_millis = ?, size = ?, sha256 = ?, ready_at = ?, convert_at = ?,
 `+fetchIsOver+` WHERE customer = ? AND id = ?`, recordingReady, slices.Index(audioFormats, audio.Format), audio.Channels, audio.SampleRate,
		audio.Duration.Milliseconds(), audio.Size, audio.SHA256, millis(rec.ReadyAt), millis(rec.ReadyAt), rec.Customer, rec.ID)
	if err != nil {
		return err
	}
	if err := s.audited(t, tollkeeper.Write{}, tollkeeper.AuditEntry{Customer: rec.Customer, Subject: rec.ID.String(), Action: "recording.create", Actor: tollkeeper.ActorLink,
		Changes: []tollkeeper.Change{{Field: "sizeBytes", To: itoa(audio.Size)}, {Field: "format", To: tollkeeper.JSONText(string(audio.Format))}}}); err != nil {
		return err
	}
	if err := s.queueTranscript(t, rec); err != nil {
		return err
	}
	return s.tell(t, []tollkeeper.Event{rec.ReadyEvent()})
}

// DropRecording removes a recording whose parts, which have all come, are of no use; or
// only them where it is to be fetched. Where others have begun to come in their place
// nothing is removed.
func (s *Store) DropRecording(ctx context.Context, whole tollkeeper.Recording) error {
	return s.engine.write(ctx, func(t tx) error {
		rec, err := recordingOf(t, whole.Customer, whole.ID)
		switch {
		case err != nil || rec.State != tollkeeper.RecordingReceiving || rec.Received != whole.Received || rec.Size != whole.Size:
			return err
		case rec.Fetch.State != "":
			return restart(t, &rec, "")
		}
		return s.deleteMedia(t, rec.Customer, []tollkeeper.ID{rec.ID})
	})
}

// DeleteRecording deletes a recording and its transcript: at once for everybody who
// asks, and within minutes in the blob store.
func (s *Store) DeleteRecording(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID) (rec tollkeeper.Recording, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		rec = tollkeeper.Recording{}
		err := t.query(func(r row) (err error) { rec, err = scanRecording(r); return err },
			"SELECT "+recordingColumns+" FROM recordings WHERE id = ?", id)
		if err == nil && rec.ID.IsZero() {
			err = notFound("recording", id.String())
		}
		if err == nil {
			err = mustNotBeHeld(t, w.Principal, rec.Customer)
		}
		if err != nil {
			return nil, err
		}
		if err := s.deleteMedia(t, rec.Customer, []tollkeeper.ID{id}); err != nil {
			return nil, err
		}
		return rec, s.audited(t, w, tollkeeper.AuditEntry{Customer: rec.Customer, Subject: id.String(), Action: "recording.remove"})
	})
	return rec, err
}

// deleteMedia deletes what is kept of some of a customer's calls beside their
// records: recordings with their keys, timelines and transcripts. The blobs, which
// nobody can read any more, are deleted soon after.
func (s *Store) deleteMedia(t tx, customer tollkeeper.ID, calls []tollkeeper.ID) error {
	for _, id := range calls {
		if err := deleteTranscript(t, customer, id); err != nil {
			return err
		}
		if err := doomBlobs(t, customer, id, tollkeeper.BlobRecording); err != nil {
			return err
		}
		for _, statement := range []string{
			"DELETE FROM recordings WHERE customer = ? AND id = ?", "DELETE FROM recording_marks WHERE customer = ? AND recording = ?",
		} {
			if err := t.later(nil, statement, customer, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// DeleteStaleUploads removes recordings that were begun long ago and never became
// whole.
func (s *Store) DeleteStaleUploads(ctx context.Context) (done int, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		done = 0
		var stale []tollkeeper.Recording
		err := t.query(func(r row) error {
			stale = append(stale, tollkeeper.Recording{Customer: r.id(0), ID: r.id(1)})
			return nil
		}, `SELECT customer, id FROM recordings c WHERE state = 1 AND created_at <= ?
 AND NOT EXISTS (SELECT 1 FROM retentions r WHERE r.customer = c.customer AND r.legal_hold = 1) LIMIT ?`, millis(s.now().Add(-receivingLife)), mediaAtOnce)
		for _, rec := range stale {
			if err == nil {
				err = s.deleteMedia(t, rec.Customer, []tollkeeper.ID{rec.ID})
			}
		}
		done = len(stale)
		return err
	})
	return done, err
}

// Listened writes to the audit trail that somebody has listened to a recording, or
// made a link for it.
func (s *Store) Listened(ctx context.Context, w tollkeeper.Write, rec tollkeeper.Recording, action string) error {
	e := tollkeeper.AuditEntry{Customer: rec.Customer, Subject: rec.ID.String(), Action: action}
	if w.User.IsZero() && w.Token.IsZero() {
		e.Actor = tollkeeper.ActorLink
	}
	return s.engine.write(ctx, func(t tx) error { return s.audited(t, w, e) })
}
