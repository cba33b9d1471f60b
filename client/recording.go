package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// RecordingState says how much of a recording there is.
type RecordingState string

// The states of a recording.
const (
	RecordingReceiving RecordingState = "receiving"
	RecordingReady     RecordingState = "ready"
)

// FetchState says how the fetching of a recording stands.
type FetchState string

// The states of a fetch.
const (
	FetchWaiting FetchState = "waiting" // to be tried, or being tried
	FetchFailed  FetchState = "failed"  // given up
)

// AudioFormat is the format of a recording.
type AudioFormat string

// The formats.
const (
	WAV  AudioFormat = "wav"
	MP3  AudioFormat = "mp3"
	Ogg  AudioFormat = "ogg"  // with Opus
	FLAC AudioFormat = "flac" // is not taken, but recordings are converted to it
)

// Consent is what must happen before a call is recorded.
type Consent string

// The rules, from the most lenient to the strictest.
const (
	ConsentNone     Consent = "none"
	ConsentAnnounce Consent = "announce"
	ConsentAsk      Consent = "ask"
)

// RecordingEvent is what happens to a recording while it is made.
type RecordingEvent string

// The events.
const (
	RecordingPaused  RecordingEvent = "paused"
	RecordingResumed RecordingEvent = "resumed"
	ConsentPlayed    RecordingEvent = "consent.played"
	ConsentGiven     RecordingEvent = "consent.given"
	ConsentRefused   RecordingEvent = "consent.refused"
)

// RecordingMark is a point on the timeline of a recording. Event is required.
type RecordingMark struct {
	Leg      string         `json:"leg,omitzero"`
	Customer string         `json:"customer,omitzero"`
	Event    RecordingEvent `json:"event"`
	Prompt   string         `json:"prompt,omitzero"` // name of the announcement
}

// RecordingTimeline is what happened to a recording.
type RecordingTimeline struct {
	Recording string         `json:"recording"`
	Timeline  []RecordedMark `json:"timeline"`
}

// RecordedMark is a point on a timeline.
type RecordedMark struct {
	Event  RecordingEvent `json:"event"`
	Prompt string         `json:"prompt,omitzero"`
	At     time.Time      `json:"at"`
}

// Recording is the recording of a call. Its id is that of the call's record.
type Recording struct {
	Id                string         `json:"_id"`
	CallId            string         `json:"callId"`
	Leg               string         `json:"leg"`
	Customer          string         `json:"customer"`
	Direction         Direction      `json:"direction"`
	From              string         `json:"from"`
	To                string         `json:"to"`
	StartedAt         time.Time      `json:"startedAt"`
	State             RecordingState `json:"state"`
	Format            AudioFormat    `json:"format,omitzero"` // "" until it is ready
	Channels          int            `json:"channels,omitzero"`
	SampleRate        int            `json:"sampleRate,omitzero"`
	DurationMillis    int64          `json:"durationMillis,omitzero"`
	SizeBytes         int64          `json:"sizeBytes,omitzero"`
	ReceivedBytes     int64          `json:"receivedBytes"`
	Sha256            string         `json:"sha256,omitzero"`
	CreatedAt         time.Time      `json:"createdAt"`
	ReadyAt           time.Time      `json:"readyAt,omitzero"`
	FetchState        FetchState     `json:"fetchState,omitzero"` // "" where nothing is fetched; what follows too
	FetchUrl          string         `json:"fetchUrl,omitzero"`   // without user, password and query
	FetchAttempts     int            `json:"fetchAttempts,omitzero"`
	FetchNextAt       time.Time      `json:"fetchNextAt,omitzero"`
	FetchError        string         `json:"fetchError,omitzero"`
	OriginalFormat    AudioFormat    `json:"originalFormat,omitzero"` // "" where it is as it came; what follows likewise
	OriginalSizeBytes int64          `json:"originalSizeBytes,omitzero"`
	OriginalSha256    string         `json:"originalSha256,omitzero"`
	ConvertError      string         `json:"convertError,omitzero"` // why it was not converted
	Timeline          []RecordedMark `json:"timeline,omitzero"`     // of a single recording only
}

// RecordingList is a page of recordings.
type RecordingList = List[Recording]

// RecordingUpload is how much of a recording has come.
type RecordingUpload struct {
	Id            string         `json:"_id"`
	State         RecordingState `json:"state"`
	SizeBytes     int64          `json:"sizeBytes,omitzero"`
	ReceivedBytes int64          `json:"receivedBytes"`
	Sha256        string         `json:"sha256,omitzero"`
}

// RecordingFetch is where a recording is to be fetched from. Url is required.
type RecordingFetch struct {
	Url    string `json:"url"`
	Sha256 string `json:"sha256,omitzero"` // that it must have, in hex
}

// RecordingLink is a link by which whoever has it can listen.
type RecordingLink struct {
	Url       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// RecordingsService has the operations on recordings.
type RecordingsService struct{ c *Client }

// Find lists recordings, newest first.
func (s RecordingsService) Find(ctx context.Context, f Find) (*RecordingList, error) {
	r := get("recordingsFind", "recordings")
	r.query = f.encode()
	return fetch[RecordingList](ctx, s.c, r)
}

// All yields every recording that is found, until the first error, which it yields
// last.
func (s RecordingsService) All(ctx context.Context, f Find) iter.Seq2[Recording, error] {
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(r Recording) string { return r.Id }, s.Find)
}

// Get reads what is known of a recording, with its timeline.
func (s RecordingsService) Get(ctx context.Context, id string) (*Recording, error) {
	return fetch[Recording](ctx, s.c, get("recordingsGet", "recordings", id))
}

// Remove deletes a recording with its transcript.
func (s RecordingsService) Remove(ctx context.Context, id string) (*Recording, error) {
	r := &request{operation: "recordingsRemove", method: http.MethodDelete}
	return fetch[Recording](ctx, s.c, r.at("recordings", id))
}

// Play writes the audio of a recording. What was written before an error stays
// written.
func (s RecordingsService) Play(ctx context.Context, id string, w io.Writer) error {
	return s.c.play(ctx, get("recordingsPlay", "recordings", id, "audio"), w)
}

// Link makes a link by which whoever has it can listen for 7 days.
func (s RecordingsService) Link(ctx context.Context, id string) (*RecordingLink, error) {
	r := &request{operation: "recordingsLink", method: http.MethodPost}
	return fetch[RecordingLink](ctx, s.c, r.at("recordings", id, "link"))
}

// Fetch has the recording of a call fetched from an address of the switch.
func (s RecordingsService) Fetch(ctx context.Context, id string, from RecordingFetch) (*Recording, error) {
	r := &request{operation: "recordingsFetch", method: http.MethodPost, body: from, repeatable: true}
	return fetch[Recording](ctx, s.c, r.at("recordings", id, "fetch"))
}

func (c *Client) play(ctx context.Context, r *request, w io.Writer) error {
	return c.copy(ctx, r, "audio/*", w)
}

// copy writes an answer of another kind than JSON.
func (c *Client) copy(ctx context.Context, r *request, mediaType string, w io.Writer) error {
	r.mediaType = mediaType
	r.receive = func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	}
	_, err := c.send(ctx, r)
	return err
}

// MediaService has the operations for whoever has a signed link.
type MediaService struct{ c *Client }

// Play writes the audio behind a link that Link has made.
func (s MediaService) Play(ctx context.Context, customer, recording, signature string, w io.Writer) error {
	r := get("mediaPlay", "media", "recordings", customer, recording)
	r.public = true
	r.query = url.Values{"signature": {signature}}.Encode()
	return s.c.play(ctx, r, w)
}

// Upload sends the recording of a call, as the uploadUrl of its decision says. It is
// read once and sent as it is read, so that the client never repeats it.
func (s MediaService) Upload(ctx context.Context, customer, recording, signature string, audio io.Reader) (*RecordingUpload, error) {
	r := &request{operation: "mediaUpload", method: http.MethodPut, stream: audio, streamType: "application/octet-stream"}
	r.query = url.Values{"signature": {signature}}.Encode()
	r.public = true
	return fetch[RecordingUpload](ctx, s.c, r.at("media", "recordings", customer, recording))
}

// Fetch has the recording of a call fetched from an address of the switch, instead of
// uploading it, by the uploadUrl of its decision.
func (s MediaService) Fetch(ctx context.Context, customer, recording, signature string, from RecordingFetch) (*RecordingUpload, error) {
	r := &request{operation: "mediaFetch", method: http.MethodPost, body: from, repeatable: true}
	r.query = url.Values{"signature": {signature}}.Encode()
	r.public = true
	return fetch[RecordingUpload](ctx, s.c, r.at("media", "recordings", customer, recording))
}

// Music writes the hold music behind an address that a decision has.
func (s MediaService) Music(ctx context.Context, customer, music, signature string, w io.Writer) error {
	r := get("mediaMusic", "media", "music", customer, music)
	r.public = true
	r.query = url.Values{"signature": {signature}}.Encode()
	return s.c.play(ctx, r, w)
}

// Logo writes the picture behind the logo of a record.
func (s MediaService) Logo(ctx context.Context, customer, logo string, w io.Writer) error {
	r := get("mediaLogo", "media", "logos", customer, logo)
	r.public = true
	return s.c.copy(ctx, r, "image/*", w)
}
