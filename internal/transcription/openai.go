package transcription

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/outbound"
)

// OpenAI is an engine behind POST /v1/audio/transcriptions
// (platform.openai.com/docs/api-reference/audio).
type OpenAI struct {
	URL    string // of the endpoint
	Key    string // sent as a bearer token; "" for none
	Model  string
	Client *http.Client
	// Patience bounds one request; 0 is answerTime.
	Patience time.Duration
}

// Limits of one request. An engine without an accelerator takes as long as the audio.
const (
	answerTime = 30 * time.Minute
	maxAnswer  = 16 << 20
)

// Transcribe sends audio as it is read, and never holds it in memory.
func (o *OpenAI) Transcribe(ctx context.Context, format tollkeeper.AudioFormat, audio io.Reader) (Heard, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.Patience, answerTime))
	defer cancel()
	body, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() { write.CloseWithError(o.fill(form, format, audio)) }()
	defer body.Close() // ends the goroutine
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL, body)
	if err != nil {
		return Heard{}, err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Accept", "application/json")
	if o.Key != "" {
		r.Header.Set("Authorization", "Bearer "+o.Key)
	}
	answer, err := o.Client.Do(r)
	if err != nil {
		return Heard{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return Heard{}, err
	case answer.StatusCode != http.StatusOK:
		return Heard{}, statusFault(answer, text)
	case len(text) > maxAnswer:
		return Heard{}, fmt.Errorf("the engine answered more than %d bytes", maxAnswer)
	}
	return readHeard(text)
}

func (o *OpenAI) fill(form *multipart.Writer, format tollkeeper.AudioFormat, audio io.Reader) error {
	for _, field := range [][2]string{
		{"model", o.Model}, {"response_format", "verbose_json"}, {"timestamp_granularities[]", "segment"}, {"temperature", "0"},
	} {
		if err := form.WriteField(field[0], field[1]); err != nil {
			return err
		}
	}
	file, err := form.CreateFormFile("file", "call."+string(format))
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, audio); err != nil {
		return err
	}
	return form.Close()
}

// statusFault tells what may succeed later from what never will.
func statusFault(answer *http.Response, text []byte) error {
	err := fmt.Errorf("the engine answered %d: %s", answer.StatusCode, tollkeeper.Shortened(strings.TrimSpace(string(text)), maxWords))
	switch answer.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if wait := outbound.RetryAfter(answer, time.Now()); wait > 0 {
		return Busy{Wait: wait, Err: err}
	}
	return err
}

// readHeard understands the answer: verbose_json, or json, which has a text only.
func readHeard(text []byte) (Heard, error) {
	var answer struct {
		Language string
		Duration float64
		Text     *string
		Segments []struct {
			Start, End float64
			Text       string
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return Heard{}, fmt.Errorf("the engine's answer is not JSON as it should be: %w", err)
	}
	if answer.Text == nil {
		return Heard{}, fmt.Errorf("the engine's answer has no text")
	}
	heard := Heard{Language: tollkeeper.Shortened(answer.Language, maxWords)}
	for _, s := range answer.Segments {
		start, okStart := seconds(s.Start)
		end, okEnd := seconds(s.End)
		if !okStart || !okEnd {
			return Heard{}, fmt.Errorf("the engine heard something from %g to %g s", s.Start, s.End)
		}
		if said := strings.TrimSpace(s.Text); said != "" {
			heard.Segments = append(heard.Segments, tollkeeper.Segment{Start: start, End: end, Text: said})
		}
	}
	if said := strings.TrimSpace(*answer.Text); said != "" && len(answer.Segments) == 0 {
		end, _ := seconds(answer.Duration)
		heard.Segments = []tollkeeper.Segment{{End: end, Text: said}}
	}
	return heard, nil
}

// seconds reads a time within a recording, which is no longer than a month.
func seconds(s float64) (time.Duration, bool) {
	const most = 31 * 86400
	if !(s >= 0 && s <= most) {
		return 0, false
	}
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond), true
}
