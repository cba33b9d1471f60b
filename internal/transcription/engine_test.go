package transcription_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"tollkeeper/internal/transcription"
	"tollkeeper/internal/transcription/transcriptiontest"
)

// TestRealEngine has speech of two people written down by a real engine.
func TestRealEngine(t *testing.T) {
	t.Parallel()
	python := os.Getenv("POCKETSPHINX")
	if python == "" {
		t.Skip("needs POCKETSPHINX, a Python with that package; make test sets it")
	}
	w := newWorld(t, transcriptiontest.Speech(t))
	w.worker.Engine = &transcription.OpenAI{URL: transcriptiontest.Engine(t, python) + "/v1/audio/transcriptions", Client: http.DefaultClient}
	if n, err := w.worker.RunOnce(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d transcripts, %v", n, err)
	}
	got := w.transcript(t)
	t.Logf("heard %q", got.Text)
	for _, word := range []string{"money", "where"} {
		if w.search(t, word) != 1 {
			t.Errorf("%q is not found in %q (%s)", word, got.Text, got.Error)
		}
	}
	if len(got.Segments) != 2 || got.Segments[0].Channel != 1 || !strings.Contains(got.Segments[0].Text, "money") || !strings.Contains(got.Segments[1].Text, "where") {
		t.Errorf("the segments are %+v", got.Segments)
	}
}
