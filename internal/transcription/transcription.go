// Package transcription has recordings written down by an engine that speaks the
// OpenAI API: a hosted one, or whisper.cpp, faster-whisper or vLLM on one's own
// machines.
package transcription

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"tollkeeper"
)

// Engine writes down what is said in a piece of audio.
type Engine interface {
	Transcribe(ctx context.Context, format tollkeeper.AudioFormat, audio io.Reader) (Heard, error)
}

// Heard is what an engine has heard in one piece of audio.
type Heard struct {
	Language string
	Segments []tollkeeper.Segment // without channels
}

// Store keeps the transcripts, and knows which are to be made.
type Store interface {
	ClaimTranscript(context.Context) (tollkeeper.Transcript, tollkeeper.Recording, bool, error)
	FinishTranscript(context.Context, tollkeeper.Transcript) error
	FailTranscript(context.Context, tollkeeper.Transcript) error
}

// Recordings plays recordings.
type Recordings interface {
	// Speakers is how many channels can be heard one by one.
	Speakers(tollkeeper.Recording) int64
	// Speaker reads one of them, from 0, and says in which format.
	Speaker(ctx context.Context, rec tollkeeper.Recording, channel int64) (io.ReadCloser, tollkeeper.AudioFormat, error)
}

// Worker makes the transcripts that are due.
type Worker struct {
	Store      Store
	Recordings Recordings
	Engine     Engine
	PerMinute  tollkeeper.Micros // what a customer pays
	Parallel   int               // at once
	Now        func() time.Time
}

// maxAttempts, with doubling waits from firstWait to longestWait, is about a day.
const (
	maxAttempts = 10
	firstWait   = time.Minute
	longestWait = 6 * time.Hour
)

// ErrRefused is in the errors of engines that will not take the audio, however often
// they are asked.
var ErrRefused = errors.New("the engine refuses it")

// Busy is the error of an engine that asks to be left alone for a while.
type Busy struct {
	Wait time.Duration
	Err  error
}

func (b Busy) Error() string { return b.Err.Error() }

func (b Busy) Unwrap() error { return b.Err }

// RunOnce makes all that are due, and returns how many.
func (w *Worker) RunOnce(ctx context.Context) (done int, err error) {
	var mu sync.Mutex // guards done and err
	var wait sync.WaitGroup
	for range w.Parallel {
		wait.Go(func() {
			for ctx.Err() == nil {
				found, failure := w.one(ctx)
				mu.Lock()
				if found {
					done++
				}
				err = errors.Join(err, failure)
				mu.Unlock()
				if !found || failure != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	return done, err
}

// one makes one transcript.
func (w *Worker) one(ctx context.Context) (found bool, err error) {
	t, rec, found, err := w.Store.ClaimTranscript(ctx)
	if err != nil || !found {
		return false, err
	}
	if err := w.listen(ctx, &t, rec); err != nil {
		t.Error = tollkeeper.Shortened(err.Error(), maxWords)
		wait := firstWait << min(t.Attempts-1, 20)
		if busy := (Busy{}); errors.As(err, &busy) {
			wait = max(wait, busy.Wait)
		}
		t.NextAt = w.Now().Add(min(wait, longestWait))
		switch {
		case ctx.Err() != nil: // the server stops; whoever comes next begins anew
			t.Error, t.NextAt = "", w.Now()
		case errors.Is(err, ErrRefused) || t.Attempts >= maxAttempts:
			t.State = tollkeeper.TranscriptFailed
		}
		return true, w.Store.FailTranscript(context.WithoutCancel(ctx), t)
	}
	t.Charge = Charge(w.PerMinute, rec.Duration)
	t.ReadyAt = w.Now()
	return true, w.Store.FinishTranscript(context.WithoutCancel(ctx), t)
}

// Charge is the price of some audio, by the millisecond, a part of a micro-unit
// rounded up.
func Charge(perMinute tollkeeper.Micros, d time.Duration) tollkeeper.Micros {
	const minute = 60_000
	millis := d.Milliseconds()
	return perMinute*tollkeeper.Micros(millis/minute) + (perMinute*tollkeeper.Micros(millis%minute)+minute-1)/minute
}

// listen has every channel of a recording written down, and puts them together.
func (w *Worker) listen(ctx context.Context, t *tollkeeper.Transcript, rec tollkeeper.Recording) error {
	channels := w.Recordings.Speakers(rec)
	t.Segments, t.Redacted = nil, 0
	for channel := range channels {
		heard, err := w.channel(ctx, rec, channel)
		if err != nil {
			return err
		}
		t.Language = cmp.Or(t.Language, heard.Language)
		for _, s := range heard.Segments {
			if channels > 1 {
				s.Channel = channel + 1
			}
			s.Text = strings.ReplaceAll(s.Text, "\x00", "") // which PostgreSQL does not keep
			t.Segments = append(t.Segments, s)
		}
	}
	slices.SortStableFunc(t.Segments, func(a, b tollkeeper.Segment) int { return cmp.Compare(a.Start, b.Start) })
	if err := check(t, rec.Duration); err != nil {
		return err
	}
	redactSegments(t)
	texts := make([]string, len(t.Segments))
	for i, s := range t.Segments {
		texts[i] = s.Text
	}
	t.Text = strings.Join(texts, "\n")
	return nil
}

func (w *Worker) channel(ctx context.Context, rec tollkeeper.Recording, channel int64) (Heard, error) {
	content, format, err := w.Recordings.Speaker(ctx, rec, channel)
	if err != nil {
		return Heard{}, err
	}
	defer content.Close()
	return w.Engine.Transcribe(ctx, format, content)
}

// Limits of what an engine may say of a recording.
const (
	maxSegments = 100_000
	maxText     = 4 << 20
	slack       = time.Minute // by which it may be wrong about the end
)

// check refuses what cannot be a transcript of the recording.
func check(t *tollkeeper.Transcript, duration time.Duration) error {
	size := 0
	for _, s := range t.Segments {
		size += len(s.Text)
		if s.Start < 0 || s.End < s.Start || s.End > duration+slack {
			return fmt.Errorf("the engine heard something from %s to %s of %s", s.Start, s.End, duration)
		}
	}
	if len(t.Segments) > maxSegments || size > maxText {
		return fmt.Errorf("the engine heard %d segments with %d bytes", len(t.Segments), size)
	}
	return nil
}

// maxWords bounds what is kept of an engine's words beside the transcript, in bytes.
const maxWords = 500
