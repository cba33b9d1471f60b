package transcription_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/audio"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
	"tollkeeper/internal/transcription"
)

// stereo is a second of two channels, the left all 1 and the right all 2.
var stereo = func() []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1F\x00\x00\x00\x7D\x00\x00\x04\x00\x10\x00data")
	b = binary.LittleEndian.AppendUint32(b, 32000)
	for range 8000 {
		b = append(b, 1, 0, 2, 0)
	}
	return b
}()

// played plays the channels of the same WAV file to all who ask.
type played struct{ content []byte }

func (p played) Speakers(rec tollkeeper.Recording) int64 { return rec.Channels }

func (p played) Speaker(_ context.Context, rec tollkeeper.Recording, channel int64) (io.ReadCloser, tollkeeper.AudioFormat, error) {
	one, err := audio.Channel(bytes.NewReader(p.content), rec.Size, int(channel))
	return io.NopCloser(one), rec.Format, err
}

// world is a store with one recording that is to be transcribed, and an endpoint.
type world struct {
	store     *store.Store
	now       time.Time
	customer  tollkeeper.ID
	recording tollkeeper.ID
	worker    transcription.Worker
	mu        sync.Mutex // guards got
	got       [][]byte   // files that have come
	answer    http.HandlerFunc
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, recorded ...[]byte) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	content := stereo
	if len(recorded) > 0 {
		content = recorded[0]
	}
	config := storetest.Config(t)
	config.Now = func() time.Time { return w.now }
	var err error
	w.store, err = store.Open(t.Context(), config)
	must(t, err)
	t.Cleanup(func() { must(t, w.store.Close()) })
	w.record(t, content)
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.worker = transcription.Worker{
		Store: w.store, Recordings: played{content}, PerMinute: 6000, Parallel: 2, Now: config.Now,
		Engine: &transcription.OpenAI{URL: server.URL + "/v1/audio/transcriptions", Key: "sesame", Model: "small", Client: server.Client()},
	}
	return w
}

// record makes a recording of a call that is ready, without its audio.
func (w *world) record(t *testing.T, content []byte) {
	t.Helper()
	ctx := t.Context()
	transcribe := tollkeeper.Flag(true)
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.TranscribeCalls, draft.Credit = "Acme", tollkeeper.BillCredit, &transcribe, 100
	a, err := w.store.CreateCustomer(ctx, tollkeeper.Write{}, draft)
	must(t, err)
	w.customer, w.recording = a.ID, storetest.Call(t, w.store, a.ID)
	_, b, err := w.store.BeginUpload(ctx, tollkeeper.Part{Customer: w.customer, ID: w.recording})
	must(t, err)
	b.Size = int64(len(content))
	found, err := audio.Of(bytes.NewReader(content))
	must(t, err)
	_, err = w.store.FinishPart(ctx, b, &found)
	must(t, err)
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err != nil || r.FormValue("model") != "small" || r.FormValue("response_format") != "verbose_json" || r.Header.Get("Authorization") != "Bearer sesame" {
		http.Error(rw, "a bad request of the test", http.StatusTeapot)
		return
	}
	content, _ := io.ReadAll(file)
	io.Copy(io.Discard, r.Body) // what follows the form; until it is read nobody sees the worker hang up
	w.mu.Lock()
	w.got = append(w.got, content)
	w.mu.Unlock()
	w.answer(rw, r)
}

func (w *world) transcript(t *testing.T) tollkeeper.Transcript {
	t.Helper()
	got, err := w.store.Transcript(t.Context(), w.recording)
	must(t, err)
	return got
}

func (w *world) search(t *testing.T, words string) int64 {
	t.Helper()
	f, err := query.Parse("$search="+words, query.Transcripts)
	must(t, err)
	page, err := w.store.FindTranscripts(t.Context(), f)
	must(t, err)
	return page.Total
}

// TestTranscript has each channel written down by itself, charged once, found, and
// deleted.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		n := len(w.got)
		w.mu.Unlock()
		fmt.Fprint(rw, []string{
			`{"language":"english","duration":1,"text":"x","segments":[{"start":0,"end":0.2,"text":" Good\u0000 morning, Harbour Coffee."},{"start":0.6,"end":0.9,"text":"Thank you: 4111 1111"}]}`,
			`{"language":"english","duration":1,"text":"y","segments":[{"start":0.25,"end":0.5,"text":"My card is 4111 1111 1111 1111, please."}]}`,
		}[n-1])
	}
	done, err := w.worker.RunOnce(t.Context())
	if done != 1 || err != nil {
		t.Fatalf("%d transcripts, %v", done, err)
	}
	for i, content := range w.got {
		found, err := audio.Of(bytes.NewReader(content))
		if err != nil || found.Channels != 1 || found.Duration != time.Second || !bytes.Equal(content[44:], bytes.Repeat([]byte{byte(i + 1), 0}, 8000)) {
			t.Errorf("channel %d came as %+v %v", i+1, found, err)
		}
	}
	got := w.transcript(t)
	want := "Good morning, Harbour Coffee.\nMy card is [card number], please.\nThank you: 4111 1111"
	if got.State != tollkeeper.TranscriptReady || got.Text != want || got.Language != "english" || got.Redacted != 1 || got.Charge != 100 ||
		len(got.Segments) != 3 || got.Segments[1].Channel != 2 || got.Segments[1].Start != 250*time.Millisecond {
		t.Errorf("got %+v", got)
	}
	a, err := w.store.Account(t.Context(), w.customer)
	must(t, err)
	if a.Posted != tollkeeper.Unit-100 {
		t.Errorf("posted %s", a.Posted)
	}
	for words, n := range map[string]int64{"coffee": 1, "COFFEE+morning": 1, "coffee+tea": 0, "harb": 0, `%22OR%22`: 0, "card": 1, "4111": 1, "1111+1111+1111": 1} {
		if found := w.search(t, words); found != n {
			t.Errorf("search %q finds %d, want %d", words, found, n)
		}
	}
	if _, err := w.store.DeleteTranscript(t.Context(), tollkeeper.Write{}, w.recording); err != nil || w.search(t, "coffee") != 0 {
		t.Errorf("after its deletion it is found, %v", err)
	}
}

// TestBadEndpoint tries again while the endpoint fails, and gives up when it refuses.
func TestBadEndpoint(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		says   string
		failed bool
	}{
		"down": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "loading the model", http.StatusServiceUnavailable)
		}, "503: loading the model", false},
		"a page that says it went well": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>Welcome</html>")
		}, "not JSON", false},
		"text is a number": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"text":7}`) }, "not JSON as it should be", false},
		"segments are a text": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"text":"x","segments":"none"}`)
		}, "not JSON as it should be", false},
		"times are texts": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"text":"x","segments":[{"start":"0","end":"1","text":"x"}]}`)
		}, "not JSON as it should be", false},
		"a list": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[]`) }, "not JSON as it should be", false},
		"half of it": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"text":"x"`)
		}, "EOF", false},
		"silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "deadline exceeded", false},
		"drips": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, " ")
				http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}, "deadline exceeded", false},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, "not JSON", false},
		"no text": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"words":[]}`) }, "no text", false},
		"times of a year": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"text":"x","segments":[{"start":0,"end":9000000,"text":"x"}]}`)
		}, "heard something", false},
		"times backwards": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"text":"x","segments":[{"start":2,"end":1,"text":"x"}]}`)
		}, "heard something", false},
		"after the end": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"text":"x","segments":[{"start":0,"end":900,"text":"x"}]}`)
		}, "heard something", false},
		"endless":  {func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte{' '}, 17<<20)) }, "more than", false},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF", false},
		"refuses":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no speech", http.StatusBadRequest) }, "400: no speech", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answer = row.answer
			w.worker.Engine.(*transcription.OpenAI).Patience = 3 * time.Second
			if _, err := w.worker.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := w.transcript(t)
			if !strings.Contains(got.Error, row.says) || (got.State == tollkeeper.TranscriptFailed) != row.failed || got.Charge != 0 {
				t.Errorf("got %+v", got)
			}
			if n, _ := w.worker.RunOnce(t.Context()); n != 0 {
				t.Error("it is tried again at once")
			}
			w.now = w.now.Add(2 * time.Minute)
			w.answer = func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, `{"text":"at last"}`) }
			if n, err := w.worker.RunOnce(t.Context()); err != nil || (n == 1) == row.failed {
				t.Errorf("later %d were made, %v", n, err)
			}
			if got := w.transcript(t); !row.failed && got.Text != "at last\nat last" {
				t.Errorf("later: %+v", got)
			}
		})
	}
}

// TestBusyEndpoint leaves an engine alone for as long as it asks, and no longer than the
// longest wait.
func TestBusyEndpoint(t *testing.T) {
	t.Parallel()
	for header, wait := range map[string]time.Duration{"600": 10 * time.Minute, "5": time.Minute, "999999999": 6 * time.Hour, "soon": time.Minute, "-1": time.Minute} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answer = func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Retry-After", header)
				http.Error(rw, "slow down", http.StatusTooManyRequests)
			}
			_, err := w.worker.RunOnce(t.Context())
			must(t, err)
			if got := w.transcript(t); !got.NextAt.Equal(w.now.Add(wait)) || !strings.Contains(got.Error, "429: slow down") {
				t.Errorf("tried again at %s, %q; want after %s", got.NextAt, got.Error, wait)
			}
		})
	}
}

// TestChargedOnce lets commits fail, as lost and as stored but reported failed, and
// workers die over their work: whoever comes to the end charges, once.
func TestChargedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, `{"text":"at last"}`) }
	late, _, found, err := w.store.ClaimTranscript(ctx) // by a worker that dies
	if must(t, err); !found {
		t.Fatal("there is none to make")
	}
	if n, err := w.worker.RunOnce(ctx); n != 0 || err != nil {
		t.Errorf("while another has it, %d are made, %v", n, err)
	}
	w.now = w.now.Add(3 * time.Hour)
	dying, cancel := context.WithCancel(ctx)
	w.answer = func(http.ResponseWriter, *http.Request) { cancel(); panic(http.ErrAbortHandler) }
	w.worker.RunOnce(dying) // which may say that it was stopped
	w.now = w.now.Add(3 * time.Hour)
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "busy", http.StatusServiceUnavailable) }
	if _, err := w.worker.RunOnce(t.Context()); err != nil || w.transcript(t).State != tollkeeper.TranscriptQueued {
		t.Fatalf("after its first failure %+v, %v", w.transcript(t), err)
	}
	w.now = w.now.Add(6 * time.Hour)
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, `{"text":"at last"}`) }
	if n, err := w.worker.RunOnce(ctx); n != 1 || err != nil {
		t.Fatalf("at last %d, %v", n, err)
	}
	made := w.transcript(t)
	must(t, w.store.FinishTranscript(ctx, made)) // nobody knew whether it was stored
	late.State, late.Text, late.Charge, late.ReadyAt = tollkeeper.TranscriptReady, "another", 999, w.now
	must(t, w.store.FinishTranscript(ctx, late)) // the dead one was only slow
	a, err := w.store.Account(ctx, w.customer)
	if err != nil || a.Posted != tollkeeper.Unit-100 || w.transcript(t).Text != "at last\nat last" {
		t.Errorf("posted %s, %q, %v", a.Posted, w.transcript(t).Text, err)
	}
}

// TestStopped has the server stop in the midst of more attempts than are made of one that
// fails: whoever comes next begins at once.
func TestStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 11 {
		stopping, stop := context.WithCancel(t.Context())
		w.answer = func(http.ResponseWriter, *http.Request) { stop(); panic(http.ErrAbortHandler) }
		w.worker.RunOnce(stopping)
		if got := w.transcript(t); stopping.Err() == nil || got.State != tollkeeper.TranscriptQueued || got.Error != "" {
			t.Fatalf("after a stop %+v", got)
		}
	}
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, `{"text":"at last"}`) }
	if n, err := w.worker.RunOnce(t.Context()); n != 1 || err != nil {
		t.Errorf("at last %d, %v", n, err)
	}
}

// TestGivesUp stops after so many attempts.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "busy", http.StatusTooManyRequests) }
	attempts := 0
	for range 50 {
		n, err := w.worker.RunOnce(t.Context())
		must(t, err)
		attempts += n
		w.now = w.now.Add(6 * time.Hour)
	}
	if got := w.transcript(t); got.State != tollkeeper.TranscriptFailed || attempts != 10 {
		t.Errorf("after %d attempts %+v", attempts, got)
	}
}

// TestDeletedMeanwhile neither stores nor charges what nobody wants any more.
func TestDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answer = func(rw http.ResponseWriter, _ *http.Request) {
		if _, err := w.store.DeleteRecording(context.Background(), tollkeeper.Write{}, w.recording); err != nil && tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound {
			t.Error(err)
		}
		io.WriteString(rw, `{"text":"secret"}`)
	}
	_, err := w.worker.RunOnce(t.Context())
	must(t, err)
	if _, err := w.store.Transcript(t.Context(), w.recording); tollkeeper.ErrorCode(err) != tollkeeper.CodeNotFound || w.search(t, "secret") != 0 {
		t.Errorf("it is there: %v", err)
	}
	a, err := w.store.Account(t.Context(), w.customer)
	if err != nil || a.Posted != tollkeeper.Unit {
		t.Errorf("posted %s, %v", a.Posted, err)
	}
}

// TestDeparted keeps what a deleted customer leaves behind for the grace period, and then
// nothing.
func TestDeparted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.answer = func(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, `{"text":"farewell"}`) }
	_, err := w.worker.RunOnce(ctx)
	must(t, err)
	_, _, err = w.store.MediaKey(ctx, w.customer, &tollkeeper.MediaKey{Identity: []byte{1}, Recipient: "r"})
	must(t, err)
	_, err = w.store.DeleteCustomer(ctx, tollkeeper.Write{}, w.customer, nil)
	must(t, err)
	left := func() (recordings, transcripts int64, key bool) {
		_, err := w.store.Recording(ctx, w.recording)
		if err == nil {
			recordings = 1
		}
		_, key, err = w.store.MediaKey(ctx, w.customer, nil)
		must(t, err)
		return recordings, w.search(t, "farewell"), key
	}
	w.now = w.now.Add(store.DefaultMediaGrace - time.Minute)
	if n, err := w.store.DeleteDepartedMedia(ctx); n != 0 || err != nil {
		t.Errorf("before the end of the grace period %d, %v", n, err)
	}
	if r, x, key := left(); r != 1 || x != 1 || !key {
		t.Errorf("in the grace period %d recordings, %d transcripts and a key %t are left", r, x, key)
	}
	w.now = w.now.Add(time.Hour)
	if n, err := w.store.DeleteDepartedMedia(ctx); n != 1 || err != nil {
		t.Errorf("after it %d, %v", n, err)
	}
	if r, x, key := left(); r != 0 || x != 0 || key {
		t.Errorf("after it %d recordings, %d transcripts and a key %t are left", r, x, key)
	}
	loose, err := w.store.LooseBlobs(ctx, 10)
	if err != nil || len(loose) != 1 || loose[0].Header != nil {
		t.Errorf("%d blobs are to be deleted, with their keys %v, %v", len(loose), loose, err)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		texts []string
		want  []string
		found int
	}{
		{[]string{"call 4111-1111-1111-1111 now"}, []string{"call [card number] now"}, 1},
		{[]string{"378282246310005"}, []string{"[card number]"}, 1},
		{[]string{"4111 1111", "1111 1111 is it"}, []string{"[card number]", " is it"}, 1},
		{[]string{"four one one one, one one one one, one one one one, One one one one."}, []string{"[card number]."}, 1},
		{[]string{"4111 1111 1111 1112"}, []string{"4111 1111 1111 1112"}, 0},
		{[]string{"0000 0000 0000 0000"}, []string{"0000 0000 0000 0000"}, 0},
		{[]string{"4111 1111 or 1111 1111"}, []string{"4111 1111 or 1111 1111"}, 0},
		{[]string{"5555555555554444 and 4012888888881881"}, []string{"[card number] and [card number]"}, 2},
		{[]string{"no digits", ""}, []string{"no digits", ""}, 0},
	} {
		clean, found := transcription.Redact(row.texts)
		if strings.Join(clean, "|") != strings.Join(row.want, "|") || found != row.found {
			t.Errorf("%q became %q (%d), want %q (%d)", row.texts, clean, found, row.want, row.found)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("4111 1111", "1111 1111")
	f.Add("é one 4", "\xff12")
	f.Fuzz(func(t *testing.T, a, b string) {
		clean, _ := transcription.Redact([]string{a, b})
		if again, found := transcription.Redact(clean); found > 0 {
			t.Errorf("%q %q became %q, in which there is one still: %q", a, b, clean, again)
		}
	})
}

func TestCharge(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]tollkeeper.Micros{0: 0, time.Minute: 6000, time.Second: 100, time.Millisecond: 1, 90 * time.Second: 9000, 31 * 24 * time.Hour: 44640 * 6000} {
		if got := transcription.Charge(6000, d); got != want {
			t.Errorf("%s costs %d, want %d", d, got, want)
		}
	}
}
