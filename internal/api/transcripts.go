package api

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// transcriptStore keeps what was said.
type transcriptStore interface {
	FindTranscripts(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Transcript], error)
	Transcript(context.Context, tollkeeper.ID) (tollkeeper.Transcript, error)
	DeleteTranscript(context.Context, tollkeeper.Write, tollkeeper.ID) (tollkeeper.Transcript, error)
}

func (a *API) findTranscripts(x *exchange) error {
	find := a.Store.FindTranscripts
	if !x.who.IsStaff() {
		allowed, err := a.hears(x, x.who.Customer)
		if err != nil {
			return err
		}
		if !allowed { // there are none for the caller
			find = func(context.Context, *query.Find) (page tollkeeper.Page[tollkeeper.Transcript], err error) {
				return page, nil
			}
		}
	}
	return list(x, query.Transcripts, find, transcriptBody)
}

// transcript reads the transcript that the path names, if the caller may hear its
// recording.
func (a *API) transcript(x *exchange) (t tollkeeper.Transcript, err error) {
	id, err := x.pathID("transcript")
	if err != nil {
		return t, err
	}
	if t, err = a.Store.Transcript(x.r.Context(), id); err != nil {
		return t, err
	}
	allowed, err := a.hears(x, t.Customer)
	if err == nil && !allowed {
		err = noSuch("transcript", id.String())
	}
	return t, err
}

func (a *API) getTranscript(x *exchange) error {
	t, err := a.transcript(x)
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.transcript(&t)
	w.segments(t.Segments)
	return x.answer(w.end())
}

func (a *API) removeTranscript(x *exchange) error {
	t, err := a.transcript(x)
	if err != nil {
		return err
	}
	if t, err = a.Store.DeleteTranscript(x.r.Context(), tollkeeper.Write{Principal: x.who}, t.ID); err != nil {
		return err
	}
	return x.answer(transcriptBody(t, nil))
}

func transcriptBody(t tollkeeper.Transcript, keep func(string) bool) []byte {
	w := newWire(keep)
	w.transcript(&t)
	return w.end()
}

func (w *wire) transcript(t *tollkeeper.Transcript) {
	w.id("_id", t.ID)
	w.id("customer", t.Customer)
	w.text("callId", t.CallID)
	w.text("from", t.From)
	w.text("to", t.To)
	w.time("startedAt", t.StartedAt)
	w.int("durationMillis", t.Duration.Milliseconds())
	w.text("state", string(t.State))
	w.int("attempts", t.Attempts)
	w.optional("error", t.Error)
	w.optional("language", t.Language)
	w.optional("text", t.Text)
	if t.State == tollkeeper.TranscriptReady {
		w.int("redacted", t.Redacted)
		w.micros("chargeMicros", t.Charge)
	}
	w.time("createdAt", t.CreatedAt)
	w.time("nextAt", t.NextAt)
	w.time("readyAt", t.ReadyAt)
}

func (w *wire) segments(segments []tollkeeper.Segment) {
	w.raw("segments", array(segments, func(s tollkeeper.Segment) []byte {
		one := newWire(nil)
		if s.Channel > 0 {
			one.int("channel", s.Channel)
		}
		one.int("startMillis", s.Start.Milliseconds())
		one.int("endMillis", s.End.Milliseconds())
		one.text("text", s.Text)
		return one.end()
	}))
}
