package tollkeeper

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// RecordingState says how much of a recording there is.
type RecordingState string

// The states of a recording.
const (
	RecordingReceiving RecordingState = "receiving"
	RecordingReady     RecordingState = "ready"
)

// RecordingStates lists every state.
var RecordingStates = []RecordingState{RecordingReceiving, RecordingReady}

// AudioFormat is a container of audio that is taken.
type AudioFormat string

// The formats.
const (
	AudioWAV AudioFormat = "wav"
	AudioMP3 AudioFormat = "mp3"
	AudioOgg AudioFormat = "ogg" // with Opus (RFC 7845)
	// AudioFLAC (RFC 9639) is not taken, but recordings are converted to it.
	AudioFLAC AudioFormat = "flac"
)

// AudioFormats lists every format.
var AudioFormats = []AudioFormat{AudioWAV, AudioMP3, AudioOgg, AudioFLAC}

// audioTypes are the formats' media types.
var audioTypes = map[AudioFormat]string{AudioWAV: "audio/wav", AudioMP3: "audio/mpeg", AudioOgg: "audio/ogg", AudioFLAC: "audio/flac"}

// MediaType is the format's media type.
func (f AudioFormat) MediaType() string { return audioTypes[f] }

// Audio is what is known of a whole piece of audio.
type Audio struct {
	Format     AudioFormat
	Channels   int64
	SampleRate int64 // per second
	Duration   time.Duration
	Size       int64 // bytes
	SHA256     []byte
}

// Recording is the recording of a call. Its id is that of the call's record.
type Recording struct {
	ID        ID
	CallKey   CallKey
	Customer  ID
	Direction Direction
	From, To  string
	StartedAt time.Time // of the call
	State     RecordingState
	Audio           // zero, but for its Size, until it is ready
	Received  int64 // bytes so far
	Fetch     Fetch
	Original  Original
	Fault     string // why it was not converted; "" where it was, or nobody tried
	CreatedAt time.Time
	ReadyAt   time.Time // zero: not yet
}

// Original is what a recording was that has been converted; zero where it is as it came.
type Original struct {
	Format AudioFormat
	Size   int64 // bytes
	SHA256 []byte
}

// Arrived says how many bytes have come, and what their SHA-256 is.
func (r *Recording) Arrived() (size int64, sum []byte) {
	if r.Original.Format != "" {
		return r.Original.Size, r.Original.SHA256
	}
	return r.Size, r.SHA256
}

// FetchState says how the fetching of a recording stands.
type FetchState string

// The states of a fetch.
const (
	FetchWaiting FetchState = "waiting" // to be tried, or being tried
	FetchFailed  FetchState = "failed"  // given up
)

// FetchStates lists every state.
var FetchStates = []FetchState{FetchWaiting, FetchFailed}

// Fetch is the getting of a recording from an address of the switch. It is over, and
// zero, when the recording is ready.
type Fetch struct {
	State     FetchState // "": nothing is fetched
	URL       string     // may hold secrets; what may be shown of it is Shown
	Shown     string
	SHA256    []byte // that it must have; nil: any
	Validator string // of what has come, for going on with it; "": there is none
	Attempts  int64
	NextAt    time.Time // when it is tried again
	Error     string    // why the last attempt failed
}

// ShownURL is an address without what may be secret in it: user, password and query.
func ShownURL(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// MarkKind says what happened to a recording while it was made.
type MarkKind string

// The kinds of mark.
const (
	MarkPaused         MarkKind = "paused"
	MarkResumed        MarkKind = "resumed"
	MarkConsentPlayed  MarkKind = "consent.played" // the announcement was played
	MarkConsentGiven   MarkKind = "consent.given"
	MarkConsentRefused MarkKind = "consent.refused"
)

// MarkKinds lists every kind. They are stored as their place here, so that the list
// only grows at its end.
var MarkKinds = []MarkKind{MarkPaused, MarkResumed, MarkConsentPlayed, MarkConsentGiven, MarkConsentRefused}

// Mark is one point on the timeline of a recording, as the switch told it.
type Mark struct {
	Kind   MarkKind
	Prompt string // of consent
	At     time.Time
}

// MediaSettings are what a customer has set about media, beside the record.
type MediaSettings struct {
	Consent       Consent // at least this; regions may ask for more
	ConsentPrompt string  // the announcement; "" is the carrier's
	Music         ID      // the blob of the customer's own hold music; zero: none
}

// MusicPath is where a customer's own hold music is served. Whoever fetches it needs a
// signature too.
func MusicPath(customer, music ID) string {
	return "/media/music/" + customer.String() + "/" + music.String()
}

// ParseMusicPath returns the blob of hold music that MusicPath has named.
func ParseMusicPath(path string) (music ID, found bool) {
	rest, found := strings.CutPrefix(path, "/media/music/")
	if !found {
		return music, false
	}
	_, name, _ := strings.Cut(rest, "/")
	music, err := ParseID(name)
	return music, err == nil
}

// BlobPurpose says what a blob is for.
type BlobPurpose int

// The purposes.
const (
	BlobRecording BlobPurpose = iota
	BlobMusic
	BlobLogo
)

// Blob is one object in the blob store: a recording's part, hold music, or a logo.
type Blob struct {
	ID        ID
	Customer  ID
	Object    ID // the recording, or the customer
	Purpose   BlobPurpose
	Start     int64 // of a part, in bytes of the whole
	Size      int64 // bytes before encryption
	Stored    int64 // bytes in the blob store
	Header    []byte
	CreatedAt time.Time
}

// Name is the blob's name in the blob store. It consists of hex digits and one slash.
func (b *Blob) Name() string { return b.Customer.String() + "/" + b.ID.String() }

// MediaKey is the key that a customer's media are encrypted to.
type MediaKey struct {
	Identity  []byte // the private part, encrypted
	Recipient string // the public part
}

// Ineffective says which of a record's media settings have no effect because of
// others. The record allows them all the same.
func (c *Customer) Ineffective() (notes []string) {
	if !bool(c.MediaBypass) {
		return nil
	}
	for _, other := range []struct {
		on    bool
		field string
	}{{bool(c.CallRecording), "callRecording"}, {c.Transcribes(), "transcribeCalls"}, {bool(c.HoldMusic), "holdMusic"}} {
		if other.on {
			notes = append(notes, "mediaBypass has no effect while "+other.field+" is 1")
		}
	}
	return notes
}

// Part is a part of a recording that is about to be uploaded.
type Part struct {
	Customer, ID ID
	Start        int64 // in bytes of the whole
	Size         int64 // 0: not known yet
	Total        int64 // of the whole; 0: not known yet
	Asks         bool  // nothing comes; only how much is there is asked
}

// ReadyEvent tells that the recording is ready.
func (r *Recording) ReadyEvent() Event {
	data := append([]byte(`{"recording":"`), r.ID.String()...)
	data = append(appendText(append(data, `","callId":`...), r.CallKey.CallID), `,"from":`...)
	data = append(appendText(data, r.From), `,"to":`...)
	data = strconv.AppendInt(append(appendText(data, r.To), `,"durationMillis":`...), r.Duration.Milliseconds(), 10)
	return Event{Type: EventRecordingReady, Customer: r.Customer, Data: append(data, '}'), CreatedAt: r.ReadyAt}
}
