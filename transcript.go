package tollkeeper

import (
	"strconv"
	"time"
)

// TranscriptState says how far a transcript has come.
type TranscriptState string

// The states of a transcript.
const (
	TranscriptQueued TranscriptState = "queued" // will be made, perhaps tried again
	TranscriptReady  TranscriptState = "ready"
	TranscriptFailed TranscriptState = "failed" // was given up
)

// TranscriptStates lists every state. They are stored as their place here, so that the
// list only grows at its end.
var TranscriptStates = []TranscriptState{TranscriptQueued, TranscriptReady, TranscriptFailed}

// Transcript is what was said in a recording. Its id is that of the recording.
type Transcript struct {
	ID        ID
	Customer  ID
	CallID    string
	From, To  string
	StartedAt time.Time     // of the call
	Duration  time.Duration // of the recording
	State     TranscriptState
	Attempts  int64
	NextAt    time.Time // when it is tried again; only while queued
	Error     string    // why the last attempt failed
	Language  string    // as the engine names it; "" for not known
	Text      string    // all of it, in the order of time
	Segments  []Segment
	Redacted  int64  // card numbers taken out
	Charge    Micros // what it cost the customer
	CreatedAt time.Time
	ReadyAt   time.Time // zero: not yet
}

// Segment is a piece of a transcript.
type Segment struct {
	Channel    int64 // who speaks, from 1; 0 where the recording has one channel
	Start, End time.Duration
	Text       string
}

// ReadyEvent tells that the transcript is ready.
func (t *Transcript) ReadyEvent() Event {
	data := append([]byte(`{"recording":"`), t.ID.String()...)
	data = append(appendText(append(data, `","callId":`...), t.CallID), `,"from":`...)
	data = append(appendText(data, t.From), `,"to":`...)
	data = append(appendText(data, t.To), `,"language":`...)
	data = append(appendText(data, t.Language), `,"chargeMicros":`...)
	data = strconv.AppendInt(data, int64(t.Charge), 10)
	return Event{Type: EventTranscriptReady, Customer: t.Customer, Data: append(data, '}'), CreatedAt: t.ReadyAt}
}
