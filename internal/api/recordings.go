package api

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"tollkeeper"
	"tollkeeper/internal/link"
	"tollkeeper/internal/query"
)

// recordingStore keeps what is known of recordings.
type recordingStore interface {
	FindRecordings(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Recording], error)
	Recording(context.Context, tollkeeper.ID) (tollkeeper.Recording, error)
	DeleteRecording(context.Context, tollkeeper.Write, tollkeeper.ID) (tollkeeper.Recording, error)
	Listened(ctx context.Context, w tollkeeper.Write, rec tollkeeper.Recording, action string) error
	MarkRecording(context.Context, tollkeeper.Report, tollkeeper.Mark) (tollkeeper.ID, []tollkeeper.Mark, error)
	Marks(ctx context.Context, customer, recording tollkeeper.ID) ([]tollkeeper.Mark, error)
}

// Media keeps the bytes.
type Media interface {
	Receive(ctx context.Context, part tollkeeper.Part, digest []byte, body io.Reader) (tollkeeper.Recording, error)
	Play(context.Context, tollkeeper.Recording) (io.ReadSeekCloser, error)
}

// hears reports whether the caller may hear a customer's recordings: staff and the
// customer's users with the permission, and the user who gets the recordings.
func (a *API) hears(x *exchange, customer tollkeeper.ID) (bool, error) {
	if !x.mine(customer) {
		return false, nil
	}
	if x.who.Rights&tollkeeper.ReadPhone != 0 {
		return true, nil
	}
	if x.who.User.IsZero() {
		return false, nil
	}
	account, err := a.Store.Account(x.r.Context(), customer)
	if err != nil {
		return false, err
	}
	return x.who.User == account.Contact(tollkeeper.RoleRecording), nil
}

func (a *API) findRecordings(x *exchange) error {
	find := a.Store.FindRecordings
	if !x.who.IsStaff() {
		allowed, err := a.hears(x, x.who.Customer)
		if err != nil {
			return err
		}
		if !allowed { // there are none for the caller
			find = func(context.Context, *query.Find) (page tollkeeper.Page[tollkeeper.Recording], err error) {
				return page, nil
			}
		}
	}
	return list(x, query.Recordings, find, recordingBody)
}

// recording reads the recording that the path names, if the caller may hear it.
func (a *API) recording(x *exchange) (rec tollkeeper.Recording, err error) {
	id, err := x.pathID("recording")
	if err != nil {
		return rec, err
	}
	if rec, err = a.Store.Recording(x.r.Context(), id); err != nil {
		return rec, err
	}
	allowed, err := a.hears(x, rec.Customer)
	if err == nil && !allowed {
		err = noSuch("recording", id.String())
	}
	return rec, err
}

func (a *API) getRecording(x *exchange) error {
	rec, err := a.recording(x)
	if err != nil {
		return err
	}
	marks, err := a.Store.Marks(x.r.Context(), rec.Customer, rec.ID)
	if err != nil {
		return err
	}
	w := newWire(x.keep(query.Recordings, nil))
	w.recording(&rec)
	w.timeline(marks)
	return x.answer(w.end())
}

func (a *API) removeRecording(x *exchange) error {
	rec, err := a.recording(x)
	if err != nil {
		return err
	}
	if rec, err = a.Store.DeleteRecording(x.r.Context(), tollkeeper.Write{Principal: x.who}, rec.ID); err != nil {
		return err
	}
	return x.answer(recordingBody(rec, x.keep(query.Recordings, nil)))
}

func (a *API) playRecording(x *exchange) error {
	rec, err := a.recording(x)
	if err != nil {
		return err
	}
	return a.play(x, rec)
}

// linkRecording makes a link by which whoever has it can listen without signing in.
func (a *API) linkRecording(x *exchange) error {
	rec, err := a.recording(x)
	if err != nil {
		return err
	}
	o, err := x.optionalObject()
	if err != nil {
		return err
	}
	if err := o.done(); err != nil {
		return err
	}
	if err := a.Store.Listened(x.r.Context(), tollkeeper.Write{Principal: x.who}, rec, "recording.link"); err != nil {
		return err
	}
	expires := a.Now().Add(link.ListenLife).Truncate(time.Second)
	w := newWire(nil)
	w.text("url", a.Links.Listen(rec.Customer, rec.ID, expires))
	w.time("expiresAt", expires)
	return x.answer(w.end())
}

func recordingBody(rec tollkeeper.Recording, keep func(string) bool) []byte {
	w := newWire(keep)
	w.recording(&rec)
	return w.end()
}

func (w *wire) recording(rec *tollkeeper.Recording) {
	w.id("_id", rec.ID)
	w.text("callId", rec.CallKey.CallID)
	w.text("leg", rec.CallKey.Leg)
	w.id("customer", rec.Customer)
	w.text("direction", string(rec.Direction))
	w.text("from", rec.From)
	w.text("to", rec.To)
	w.time("startedAt", rec.StartedAt)
	w.text("state", string(rec.State))
	if rec.Format != "" {
		w.text("format", string(rec.Format))
		w.int("channels", rec.Channels)
		w.int("sampleRate", rec.SampleRate)
		w.int("durationMillis", rec.Duration.Milliseconds())
	}
	if rec.Size > 0 {
		w.int("sizeBytes", rec.Size)
	}
	w.int("receivedBytes", rec.Received)
	w.optional("sha256", hex.EncodeToString(rec.SHA256))
	w.time("createdAt", rec.CreatedAt)
	w.time("readyAt", rec.ReadyAt)
	w.fetch(&rec.Fetch)
	if original := &rec.Original; original.Format != "" {
		w.text("originalFormat", string(original.Format))
		w.int("originalSizeBytes", original.Size)
		w.text("originalSha256", hex.EncodeToString(original.SHA256))
	}
	w.optional("convertError", rec.Fault)
}

func (w *wire) timeline(marks []tollkeeper.Mark) {
	w.raw("timeline", array(marks, func(m tollkeeper.Mark) []byte {
		one := newWire(nil)
		one.text("event", string(m.Kind))
		one.optional("prompt", m.Prompt)
		one.time("at", m.At)
		return one.end()
	}))
}

// markCall notes what a switch tells of a call's recording.
func (a *API) markCall(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	mark := tollkeeper.Mark{Kind: oneOf(o, "event", tollkeeper.MarkKinds...), Prompt: o.text("prompt", 0, maxPrompt)}
	r, err := x.reportOn(o, "", "")
	if err != nil {
		return err
	}
	id, marks, err := a.Store.MarkRecording(x.r.Context(), r, mark)
	if err != nil {
		return err
	}
	w := newWire(nil)
	w.id("recording", id)
	w.timeline(marks)
	return x.answer(w.end())
}

// maxPrompt bounds the name of an announcement.
const maxPrompt = 255

// checkLink makes sure that the request's signature lets its bearer do something. Only
// those without a right one are counted by their address: a switch may bring hundreds of
// recordings at once.
func (a *API) checkLink(x *exchange, g link.Grant) (err error) {
	if values := x.r.URL.Query()["signature"]; len(values) == 1 {
		err = a.Links.Key.Check(values[0], g, a.Now())
	} else {
		err = tollkeeper.Errorf(tollkeeper.CodeForbidden, "the link is not valid for this")
	}
	if err != nil {
		if limited := a.limitAnonymous(x); limited != nil {
			return limited
		}
	}
	return err
}

// linked reads the two ids of a signed path.
func linked(r *http.Request) (customer, id tollkeeper.ID, err error) {
	if customer, err = tollkeeper.ParseID(r.PathValue("customer")); err == nil {
		id, err = tollkeeper.ParseID(r.PathValue("id"))
	}
	if err != nil {
		err = tollkeeper.Errorf(tollkeeper.CodeNotFound, "there is no such path")
	}
	return customer, id, err
}

func (a *API) playLinked(x *exchange) error {
	customer, id, err := linked(x.r)
	if err != nil {
		return err
	}
	if err := a.checkLink(x, link.ListenTo(customer, id)); err != nil {
		return err
	}
	rec, err := a.Store.Recording(x.r.Context(), id)
	if err == nil && rec.Customer != customer {
		err = noSuch("recording", id.String())
	}
	if err != nil {
		return err
	}
	return a.play(x, rec)
}

// play answers with a recording, or the part of it that is asked for. Everybody who
// hears some of it is in the audit trail before.
func (a *API) play(x *exchange, rec tollkeeper.Recording) error {
	if rec.State != tollkeeper.RecordingReady {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "the recording has not come in full yet")
	}
	content, err := a.Media.Play(x.r.Context(), rec)
	if err != nil {
		return err
	}
	defer content.Close()
	if x.r.Method == http.MethodGet {
		if err := a.Store.Listened(x.r.Context(), tollkeeper.Write{Principal: x.who}, rec, "recording.listen"); err != nil {
			return err
		}
	}
	header := x.w.Header()
	header.Set("Content-Type", rec.Format.MediaType())
	header.Set("Content-Disposition", `inline; filename="`+rec.ID.String()+"."+string(rec.Format)+`"`)
	header.Set("ETag", `"`+hex.EncodeToString(rec.SHA256)+`"`)
	return x.serve(content, rec.Size, rec.ReadyAt)
}
