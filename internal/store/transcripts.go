package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const transcriptColumns = `customer, id, state, attempts, next_at, error, language, text, segments, redacted, charge, call_id,
 from_number, to_number, started_at, duration_millis, created_at, ready_at`

const (
	transcriptQueued = iota
	transcriptReady
	transcriptFailed
)

// transcribeFor is how long whoever makes a transcript has it alone. It is longer than
// an engine may take for all channels.
const transcribeFor = 2 * time.Hour

// transcriptionService names the charge in the ledger.
const transcriptionService = "transcription"

// storedSegment is a segment as the table keeps it; times are in milliseconds.
type storedSegment struct {
	Channel int64  `json:"c,omitempty"`
	Start   int64  `json:"s"`
	End     int64  `json:"e"`
	Text    string `json:"t"`
}

func segmentsText(segments []tollkeeper.Segment) (string, error) {
	stored := make([]storedSegment, len(segments))
	for i, s := range segments {
		stored[i] = storedSegment{s.Channel, s.Start.Milliseconds(), s.End.Milliseconds(), s.Text}
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

func readSegments(text string) ([]tollkeeper.Segment, error) {
	var stored []storedSegment
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, err
	}
	segments := make([]tollkeeper.Segment, len(stored))
	for i, s := range stored {
		segments[i] = tollkeeper.Segment{Channel: s.Channel, Start: time.Duration(s.Start) * time.Millisecond, End: time.Duration(s.End) * time.Millisecond, Text: s.Text}
	}
	return segments, nil
}

func scanTranscript(r row) (t tollkeeper.Transcript, err error) {
	t = tollkeeper.Transcript{
		Customer: r.id(0), ID: r.id(1), State: tollkeeper.TranscriptStates[r.int(2)], Attempts: r.int(3), NextAt: fromMillis(r.int(4)),
		Error: r.text(5), Language: r.text(6), Text: r.text(7), Redacted: r.int(9), Charge: tollkeeper.Micros(r.int(10)), CallID: r.text(11),
		From: r.text(12), To: r.text(13), StartedAt: fromMillis(r.int(14)), Duration: time.Duration(r.int(15)) * time.Millisecond,
		CreatedAt: fromMillis(r.int(16)), ReadyAt: fromMillis(r.int(17)),
	}
	t.Segments, err = readSegments(r.text(8))
	return t, err
}

// transcriptSource is the table, with the engine's own search of it.
func transcriptSource(search func(*sqlBuilder, *query.Find)) *source {
	return &source{
		table: "transcripts", columns: transcriptColumns, id: "id", search: search,
		fields: map[string]column{
			"_id": {expr: "id"}, "customer": {expr: "customer"}, "callId": {expr: "call_id"}, "from": {expr: "from_number"}, "to": {expr: "to_number"},
			"startedAt": {expr: "started_at"}, "durationMillis": {expr: "duration_millis"}, "state": {expr: "state", enum: names(tollkeeper.TranscriptStates)},
			"attempts": {expr: "attempts"}, "language": {expr: "language", absent: ""}, "redacted": {expr: "redacted"}, "chargeMicros": {expr: "charge"},
			"text": {expr: "text", absent: ""}, "createdAt": {expr: "created_at"}, "nextAt": {expr: "next_at", absent: int64(0)}, "readyAt": {expr: "ready_at", absent: int64(0)},
		},
	}
}

var (
	embeddedTranscripts = transcriptSource(searchTranscriptsEmbedded)
	postgresTranscripts = transcriptSource(searchTranscriptsPostgres)
)

func (e *sqlite) transcripts() *source   { return embeddedTranscripts }
func (e *postgres) transcripts() *source { return postgresTranscripts }

// FindTranscripts returns a page of transcripts. A search finds those with all of its
// words.
func (s *Store) FindTranscripts(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Transcript], error) {
	return find(ctx, s, s.engine.transcripts(), f, "", nil, scanTranscript)
}

// Transcript returns one transcript.
func (s *Store) Transcript(ctx context.Context, id tollkeeper.ID) (t tollkeeper.Transcript, err error) {
	err = s.engine.look(ctx, func(x tx) (err error) {
		t, err = mustLoadTranscript(x, id)
		return err
	})
	return t, err
}

func mustLoadTranscript(x tx, id tollkeeper.ID) (t tollkeeper.Transcript, err error) {
	err = x.query(func(r row) (err error) { t, err = scanTranscript(r); return err },
		"SELECT "+transcriptColumns+" FROM transcripts WHERE id = ?", id)
	if err == nil && t.ID.IsZero() {
		err = notFound("transcript", id.String())
	}
	return t, err
}

// queueTranscript has a recording that is ready transcribed, where that was wanted.
func (s *Store) queueTranscript(t tx, rec *tollkeeper.Recording) error {
	wanted, err := exists(t, "SELECT 1 FROM recordings WHERE customer = ? AND id = ? AND transcribe = 1", rec.Customer, rec.ID)
	if err != nil || !wanted {
		return err
	}
	now := millis(s.now())
	_, err = t.exec("INSERT INTO transcripts ("+transcriptColumns+") VALUES ("+marks(18)+")",
		rec.Customer, rec.ID, transcriptQueued, 0, now, "", "", "", "[]", 0, 0, rec.CallKey.CallID, rec.From, rec.To,
		millis(rec.StartedAt), rec.Duration.Milliseconds(), now, 0)
	if err != nil {
		return err
	}
	return convertAt(t, rec.Customer, rec.ID, s.now().Add(transcribedFirst))
}

const dueTranscript = "FROM transcripts WHERE state = 0 AND next_at <= ? ORDER BY next_at LIMIT 1"

// ClaimTranscript returns the transcript that has waited longest, and its recording, for
// the caller to make and nobody else meanwhile.
func (s *Store) ClaimTranscript(ctx context.Context) (claimed tollkeeper.Transcript, rec tollkeeper.Recording, found bool, err error) {
	now := s.now()
	err = s.engine.look(ctx, func(t tx) (err error) {
		found, err = exists(t, "SELECT 1 "+dueTranscript, millis(now))
		return err
	})
	if err != nil || !found {
		return claimed, rec, false, err
	}
	err = s.engine.write(ctx, func(t tx) error {
		found = false
		err := t.query(func(r row) (err error) {
			claimed, err = scanTranscript(r)
			found = true
			return err
		}, "SELECT "+transcriptColumns+" "+dueTranscript, millis(now))
		if err != nil || !found {
			return err
		}
		if rec, err = recordingOf(t, claimed.Customer, claimed.ID); err != nil {
			return err
		}
		claimed.Attempts++
		_, err = t.exec("UPDATE transcripts SET attempts = ?, next_at = ? WHERE customer = ? AND id = ?",
			claimed.Attempts, millis(now.Add(transcribeFor)), claimed.Customer, claimed.ID)
		return err
	})
	return claimed, rec, found && err == nil, err
}

// FinishTranscript stores a transcript that was made and charges it, unless it was
// deleted or made by another meanwhile.
func (s *Store) FinishTranscript(ctx context.Context, made tollkeeper.Transcript) error {
	segments, err := segmentsText(made.Segments)
	if err != nil {
		return err
	}
	return s.engine.write(ctx, func(t tx) error {
		changed, err := t.exec(`UPDATE transcripts SET state = ?, next_at = 0, error = '', language = ?, text = ?, segments = ?, redacted = ?, charge = ?, ready_at = ?
 WHERE customer = ? AND id = ? AND state = ? AND attempts = ?`, transcriptReady, made.Language, made.Text, segments, made.Redacted, made.Charge,
			millis(made.ReadyAt), made.Customer, made.ID, transcriptQueued, made.Attempts)
		if err != nil || changed == 0 {
			return err
		}
		if err := errors.Join(t.indexTranscript(made.Customer, made.ID), convertAt(t, made.Customer, made.ID, s.now())); err != nil {
			return err
		}
		if made.Charge > 0 {
			_, err := s.chargeService(t, tollkeeper.Usage{Customer: made.Customer, Service: transcriptionService, Amount: made.Charge, Key: "transcript:" + made.ID.String()})
			if err != nil && tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound { // whoever is gone is not charged
				return err
			}
		}
		return s.tell(t, []tollkeeper.Event{made.ReadyEvent()})
	})
}

// FailTranscript writes down why a transcript was not made, and when it is tried again.
func (s *Store) FailTranscript(ctx context.Context, failed tollkeeper.Transcript) error {
	return s.engine.write(ctx, func(t tx) error {
		next, given := millis(failed.NextAt), 0
		if failed.Error == "" { // the server stopped: it was no attempt
			given = 1
		}
		if failed.State == tollkeeper.TranscriptFailed {
			next = 0
		}
		_, err := t.exec("UPDATE transcripts SET state = ?, next_at = ?, error = ?, attempts = attempts - ? WHERE customer = ? AND id = ? AND state = ? AND attempts = ?",
			slices.Index(tollkeeper.TranscriptStates, failed.State), next, failed.Error, given, failed.Customer, failed.ID, transcriptQueued, failed.Attempts)
		return err
	})
}

// DeleteTranscript deletes a transcript; its recording stays.
func (s *Store) DeleteTranscript(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID) (gone tollkeeper.Transcript, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if gone, err = mustLoadTranscript(t, id); err != nil {
			return nil, err
		}
		if err := mustNotBeHeld(t, w.Principal, gone.Customer); err != nil {
			return nil, err
		}
		if err := deleteTranscript(t, gone.Customer, id); err != nil {
			return nil, err
		}
		return gone, s.audited(t, w, tollkeeper.AuditEntry{Customer: gone.Customer, Subject: id.String(), Action: "transcript.remove"})
	})
	return gone, err
}

// deleteTranscript takes a transcript out of the index and the table.
func deleteTranscript(t tx, customer, id tollkeeper.ID) error {
	ready, err := exists(t, "SELECT 1 FROM transcripts WHERE customer = ? AND id = ? AND state = ?", customer, id, transcriptReady)
	if err != nil {
		return err
	}
	if ready {
		if err := t.unindexTranscript(customer, id); err != nil {
			return err
		}
	}
	return t.later(nil, "DELETE FROM transcripts WHERE customer = ? AND id = ?", customer, id)
}
