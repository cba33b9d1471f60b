package client

import (
	"context"
	"iter"
	"net/http"
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

// Transcript is what was said in a recording. Its id is that of the recording.
type Transcript struct {
	Id             string          `json:"_id"`
	Customer       string          `json:"customer"`
	CallId         string          `json:"callId"`
	From           string          `json:"from"`
	To             string          `json:"to"`
	StartedAt      time.Time       `json:"startedAt"`
	DurationMillis int64           `json:"durationMillis"`
	State          TranscriptState `json:"state"`
	Attempts       int64           `json:"attempts"`
	Error          string          `json:"error,omitzero"` // why the last attempt failed
	Language       string          `json:"language,omitzero"`
	Text           string          `json:"text,omitzero"`
	Segments       []Segment       `json:"segments,omitzero"` // of a single transcript only
	Redacted       int64           `json:"redacted,omitzero"` // card numbers taken out
	ChargeMicros   Micros          `json:"chargeMicros,omitzero"`
	CreatedAt      time.Time       `json:"createdAt"`
	NextAt         time.Time       `json:"nextAt,omitzero"` // only while queued
	ReadyAt        time.Time       `json:"readyAt,omitzero"`
}

// Segment is a piece of a transcript.
type Segment struct {
	Channel     int    `json:"channel,omitzero"` // who speaks, from 1; 0 where the recording has one channel
	StartMillis int64  `json:"startMillis"`
	EndMillis   int64  `json:"endMillis"`
	Text        string `json:"text"`
}

// TranscriptList is a page of transcripts.
type TranscriptList = List[Transcript]

// TranscriptsService has the operations on transcripts.
type TranscriptsService struct{ c *Client }

// Find lists transcripts, newest first. Search finds those with all of its words.
func (s TranscriptsService) Find(ctx context.Context, f Find) (*TranscriptList, error) {
	r := get("transcriptsFind", "transcripts")
	r.query = f.encode()
	return fetch[TranscriptList](ctx, s.c, r)
}

// All yields every transcript that is found, until the first error, which it yields
// last.
func (s TranscriptsService) All(ctx context.Context, f Find) iter.Seq2[Transcript, error] {
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(t Transcript) string { return t.Id }, s.Find)
}

// Get reads a transcript with its segments.
func (s TranscriptsService) Get(ctx context.Context, id string) (*Transcript, error) {
	return fetch[Transcript](ctx, s.c, get("transcriptsGet", "transcripts", id))
}

// Remove deletes a transcript; its recording stays.
func (s TranscriptsService) Remove(ctx context.Context, id string) (*Transcript, error) {
	r := &request{operation: "transcriptsRemove", method: http.MethodDelete}
	return fetch[Transcript](ctx, s.c, r.at("transcripts", id))
}
