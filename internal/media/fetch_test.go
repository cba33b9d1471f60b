package media_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/media"
	"tollkeeper/internal/outbound"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store/storetest"
)

// pbx serves recordings as its answer says, and notes what was asked.
type pbx struct {
	address string
	answer  http.HandlerFunc
	mu      sync.Mutex // guards asked
	asked   []*http.Request
}

func (p *pbx) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r)
	p.mu.Unlock()
	p.answer(w, r)
}

// fetching is a world with a call whose recording is to be fetched from a switch.
type fetching struct {
	*world
	pbx     *pbx
	fetcher *media.Fetcher
	call    tollkeeper.ID
	now     time.Time
}

func newFetching(t *testing.T) *fetching {
	t.Helper()
	f := &fetching{pbx: &pbx{}, now: time.Now()}
	config := storetest.Config(t)
	config.Now = func() time.Time { return f.now }
	f.world = newWorldIn(t, config, t.TempDir())
	f.call = storetest.Call(t, f.store, f.customer)
	server := httptest.NewServer(f.pbx)
	t.Cleanup(server.Close)
	f.pbx.address = server.URL
	source, err := outbound.ParseSource(server.URL + "/recordings/")
	must(t, err)
	sources := outbound.Sources{source}
	f.fetcher = &media.Fetcher{Media: media.New(f.store, f.vault, 1<<20), Fetches: f.store, Sources: sources, Client: sources.Client(), Now: config.Now}
	return f
}

// request asks for the recording at an address of the switch.
func (f *fetching) request(t *testing.T, sum []byte) {
	t.Helper()
	address := strings.Replace(f.pbx.address, "http://", "http://fetcher:sesame@", 1) + "/recordings/call.wav?token=secret"
	rec, err := f.fetcher.RequestFetch(t.Context(), tollkeeper.Write{}, f.customer, f.call, tollkeeper.Fetch{URL: address, SHA256: sum})
	must(t, err)
	if rec.State != tollkeeper.RecordingReceiving || rec.Fetch.State != tollkeeper.FetchWaiting {
		t.Errorf("asked for: %+v", rec)
	}
}

// run fetches once, some time after the last attempt, and returns the recording.
func (f *fetching) run(t *testing.T, later time.Duration, tried int) tollkeeper.Recording {
	t.Helper()
	f.now = f.now.Add(later)
	if n, err := f.fetcher.RunOnce(t.Context()); n != tried || err != nil {
		t.Errorf("tried %d times, %v; want %d", n, err, tried)
	}
	rec, err := f.store.Recording(t.Context(), f.call)
	must(t, err)
	if text := rec.Fetch.Shown + rec.Fetch.Error; strings.Contains(text, "sesame") || strings.Contains(text, "secret") {
		t.Errorf("a secret is shown: %q", text)
	}
	return rec
}

// heard checks that the recording is ready and is what was recorded.
func (f *fetching) heard(t *testing.T, rec tollkeeper.Recording, whole []byte) {
	t.Helper()
	if rec.State != tollkeeper.RecordingReady || rec.Fetch.State != "" || rec.Fetch.URL != "" {
		t.Fatalf("it is not ready: %+v", rec)
	}
	played, err := f.fetcher.Play(t.Context(), rec)
	must(t, err)
	defer played.Close()
	var got bytes.Buffer
	_, err = got.ReadFrom(played)
	must(t, err)
	if !bytes.Equal(got.Bytes(), whole) {
		t.Errorf("played %d bytes, other than the %d that were recorded", got.Len(), len(whole))
	}
	_, err = f.fetcher.Sweep(t.Context())
	must(t, err)
	f.agrees(t)
}

// serve answers with a file as web servers do.
func serve(w http.ResponseWriter, r *http.Request, tag string, content []byte) {
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// TestFetch gets a recording with a user and a password.
func TestFetch(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	whole := wave(200_000)
	f.pbx.answer = func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"1"`, whole) }
	f.request(t, nil)
	rec := f.run(t, 0, 1)
	f.heard(t, rec, whole)
	asked := f.pbx.asked[0]
	if user, password, _ := asked.BasicAuth(); user != "fetcher" || password != "sesame" || asked.URL.Query().Get("token") != "secret" {
		t.Errorf("asked by %q %q for %s", user, password, asked.URL)
	}
	find, err := query.Parse("action=recording.fetch", query.Audit)
	must(t, err)
	trail, err := f.store.FindTrail(t.Context(), find)
	must(t, err)
	if len(trail.Items) != 1 || trail.Items[0].Actor != tollkeeper.ActorLink || trail.Items[0].Changes[0].To != `"`+f.pbx.address+`/recordings/call.wav"` {
		t.Errorf("the trail says %+v", trail.Items)
	}
	if f.run(t, 24*time.Hour, 0).State != tollkeeper.RecordingReady {
		t.Error("it was fetched again")
	}
	if _, err := f.fetcher.RequestFetch(t.Context(), tollkeeper.Write{}, f.customer, f.call, tollkeeper.Fetch{URL: f.pbx.address + "/recordings/x"}); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		t.Errorf("once more: %v", err)
	}
}

// cutOff sends the beginning of an answer and closes the connection.
func cutOff(w http.ResponseWriter, r *http.Request, tag string, content []byte, after int) {
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	w.Write(content[:after])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// TestFetchGoesOn loses the connection and asks for the rest.
func TestFetchGoesOn(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	whole := wave(300_000)
	f.pbx.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") == "" {
			cutOff(w, r, `"1"`, whole, 100_000)
		}
		serve(w, r, `"1"`, whole)
	}
	f.request(t, nil)
	rec := f.run(t, 0, 1)
	if rec.Received == 0 || rec.Received > 100_000 || rec.Fetch.State != tollkeeper.FetchWaiting || !strings.Contains(rec.Fetch.Error, "cut off after") {
		t.Fatalf("cut off: %+v", rec)
	}
	if n := rec.Received; f.run(t, time.Second, 0).Received != n {
		t.Error("it does not wait")
	}
	f.heard(t, f.run(t, time.Minute, 1), whole)
	last := f.pbx.asked[len(f.pbx.asked)-1].Header
	if len(f.pbx.asked) != 2 || last.Get("Range") != fmt.Sprintf("bytes=%d-", rec.Received) || last.Get("If-Range") != `"1"` {
		t.Errorf("%d requests, the last for %q if %q", len(f.pbx.asked), last.Get("Range"), last.Get("If-Range"))
	}
}

// TestFetchBeginsAnew goes on with nothing that it cannot be sure of.
func TestFetchBeginsAnew(t *testing.T) {
	t.Parallel()
	other := wave(250_000)
	other[1000] ^= 1
	whole := wave(300_000)
	for name, second := range map[string]http.HandlerFunc{
		"the file is another now":    func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"2"`, other) },
		"ranges are not understood":  func(w http.ResponseWriter, r *http.Request) { r.Header.Del("Range"); serve(w, r, `"1"`, other) },
		"the first had no validator": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFetching(t)
			tag, want := `"1"`, other
			if second == nil {
				tag, want, second = "", whole, func(w http.ResponseWriter, r *http.Request) { serve(w, r, "", whole) }
			}
			f.pbx.answer = func(w http.ResponseWriter, r *http.Request) { cutOff(w, r, tag, whole, 100_000) }
			f.request(t, nil)
			f.run(t, 0, 1)
			f.pbx.answer = second
			f.heard(t, f.run(t, time.Minute, 1), want)
		})
	}
}

// TestFetchFails tells what is tried again from what never will be.
func TestFetchFails(t *testing.T) {
	t.Parallel()
	whole := wave(1000)
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		sum    []byte
		state  tollkeeper.FetchState
		fault  string
		wait   time.Duration
	}{
		"not there":   {http.NotFound, nil, tollkeeper.FetchWaiting, "it answered 404 Not Found", time.Minute},
		"no audio":    {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>please sign in") }, nil, tollkeeper.FetchFailed, "is none of them", 0},
		"too large":   {func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"1"`, make([]byte, 2<<20)) }, nil, tollkeeper.FetchFailed, "must have at most", 0},
		"without end": {func(w http.ResponseWriter, r *http.Request) { w.Write(whole); w.Write(make([]byte, 2<<20)) }, nil, tollkeeper.FetchFailed, "must have at most", 0},
		"another":     {func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"1"`, whole) }, make([]byte, 32), tollkeeper.FetchWaiting, "SHA-256", time.Minute},
		"led astray": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/admin?token=secret", http.StatusFound)
		}, nil, tollkeeper.FetchWaiting, "is not among the sources", time.Minute},
		"in circles": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, nil, tollkeeper.FetchWaiting, "redirects", time.Minute},
		"busy": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(503)
		}, nil, tollkeeper.FetchWaiting, "503", 2 * time.Hour},
		"standing": {func(w http.ResponseWriter, r *http.Request) {
			w.Write(whole[:50])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, nil, tollkeeper.FetchWaiting, "nothing came any more", time.Minute},
		"other ranges": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 5-9/10")
			w.WriteHeader(206)
		}, nil, tollkeeper.FetchWaiting, "another range", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFetching(t)
			if name == "standing" {
				f.fetcher.Idle = time.Second
			}
			f.pbx.answer = row.answer
			f.request(t, row.sum)
			rec := f.run(t, 0, 1)
			if rec.Fetch.State != row.state || !strings.Contains(rec.Fetch.Error, row.fault) || rec.Received != 0 || rec.State != tollkeeper.RecordingReceiving {
				t.Errorf("got %+v", rec)
			}
			if wait := rec.Fetch.NextAt.Sub(f.now).Round(time.Second); row.wait > 0 && wait != row.wait || row.wait == 0 && (rec.Fetch.URL != "" || !rec.Fetch.NextAt.IsZero()) {
				t.Errorf("it is tried again in %s, want %s: %+v", wait, row.wait, rec.Fetch)
			}
			_, err := f.fetcher.Sweep(t.Context())
			must(t, err)
			if n := f.stored(t); n != 0 {
				t.Errorf("%d blobs are left", n)
			}
			f.fetcher.Idle = 0
			f.pbx.answer = func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"9"`, whole) }
			f.request(t, nil)
			f.heard(t, f.run(t, 0, 1), whole)
		})
	}
}

// TestFetchGivesUp stops after twelve attempts, most of a day after the first.
func TestFetchGivesUp(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	f.pbx.answer = http.NotFound
	f.request(t, nil)
	begun := f.now
	rec := f.run(t, 0, 1)
	for rec.Fetch.State == tollkeeper.FetchWaiting {
		f.now = rec.Fetch.NextAt
		rec = f.run(t, 0, 1)
	}
	if took := f.now.Sub(begun); rec.Fetch.Attempts != 12 || took < 12*time.Hour || took > 24*time.Hour {
		t.Errorf("given up after %d attempts in %s", rec.Fetch.Attempts, took)
	}
}

// TestFetchAskedForAgain asks again and again. Only what changes something is written into
// the audit trail, or has any effect on the attempt under way.
func TestFetchAskedForAgain(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	asked := func(want int) {
		t.Helper()
		find, err := query.Parse("action=recording.fetch", query.Audit)
		must(t, err)
		if trail, err := f.store.FindTrail(t.Context(), find); err != nil || len(trail.Items) != want {
			t.Errorf("the trail has %d entries, %v; want %d", len(trail.Items), err, want)
		}
	}
	var meanwhile sync.Once
	f.pbx.answer = func(w http.ResponseWriter, r *http.Request) {
		meanwhile.Do(func() { f.request(t, nil) })
		http.NotFound(w, r)
	}
	f.request(t, nil)
	f.request(t, nil)
	if rec := f.run(t, 0, 1); rec.Fetch.Attempts != 1 || rec.Fetch.Error == "" {
		t.Errorf("after an attempt: %+v", rec.Fetch)
	}
	asked(1)
	f.request(t, nil)
	f.request(t, nil)
	asked(2)
	f.request(t, make([]byte, 32))
	f.request(t, make([]byte, 32))
	asked(3)
	if rec, err := f.store.Recording(t.Context(), f.call); err != nil || rec.Fetch.Attempts != 0 || len(rec.Fetch.SHA256) != 32 {
		t.Errorf("asked for with a digest: %+v, %v", rec.Fetch, err)
	}
}

// TestFetchTakenOver goes on where a server died that had just got all of it.
func TestFetchTakenOver(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	whole := wave(1000)
	f.pbx.answer = func(w http.ResponseWriter, r *http.Request) { t.Error("it was asked again") }
	f.request(t, nil)
	claimed, found, err := f.store.ClaimFetch(t.Context())
	if must(t, err); !found {
		t.Fatal("there is nothing to fetch")
	}
	_, err = f.store.RestartFetch(t.Context(), claimed, `"1"`)
	must(t, err)
	_, b, err := f.store.BeginUpload(t.Context(), tollkeeper.Part{Customer: f.customer, ID: f.call, Total: int64(len(whole))})
	must(t, err)
	must(t, f.vault.Write(t.Context(), &b, bytes.NewReader(whole)))
	_, err = f.store.FinishPart(t.Context(), b, nil)
	must(t, err)
	f.run(t, time.Hour, 0)
	f.heard(t, f.run(t, time.Hour, 1), whole)
}

// TestFetchOfAnother asks for another recording of the call while the first, all of which has
// come, is looked at. The first is not made ready without what it was made of.
func TestFetchOfAnother(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	first, other := wave(1000), wave(500)
	_, b, err := f.store.BeginUpload(t.Context(), tollkeeper.Part{Customer: f.customer, ID: f.call, Total: int64(len(first))})
	must(t, err)
	must(t, f.vault.Write(t.Context(), &b, bytes.NewReader(first)))
	whole, err := f.store.FinishPart(t.Context(), b, nil)
	must(t, err)
	f.pbx.answer = func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"1"`, other) }
	f.request(t, nil)
	if _, err := f.store.FinishRecording(t.Context(), whole, tollkeeper.Audio{Format: tollkeeper.AudioWAV, Size: int64(len(first))}); tollkeeper.ErrorCode(err) != tollkeeper.CodeConflict {
		t.Errorf("made ready without its audio: %v", err)
	}
	f.heard(t, f.run(t, 0, 1), other)
}

// TestFetchOfWhatWasNoAudio asks for a recording while what was uploaded is looked at, which
// is no audio. What was uploaded goes, and the recording is fetched.
func TestFetchOfWhatWasNoAudio(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{"before", "meanwhile"} {
		f := newFetching(t)
		whole := wave(500)
		f.pbx.answer = func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"1"`, whole) }
		if asked == "before" {
			f.request(t, nil)
		}
		_, b, err := f.store.BeginUpload(t.Context(), tollkeeper.Part{Customer: f.customer, ID: f.call, Total: 100})
		must(t, err)
		must(t, f.vault.Write(t.Context(), &b, bytes.NewReader(make([]byte, 100))))
		useless, err := f.store.FinishPart(t.Context(), b, nil)
		must(t, err)
		if asked == "meanwhile" {
			f.request(t, nil)
		}
		must(t, f.store.DropRecording(t.Context(), useless))
		f.heard(t, f.run(t, 0, 1), whole)
		must(t, f.store.DropRecording(t.Context(), useless))
		f.heard(t, f.run(t, 0, 0), whole)
	}
}

// TestFetchBesideASlowOne asks for a recording while another is fetched from a source that
// does not send it before.
func TestFetchBesideASlowOne(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	quick := storetest.CallNamed(t, f.store, f.customer, "quick")
	asked := make(chan struct{})
	f.pbx.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/recordings/quick.wav" {
			close(asked)
			serve(w, r, `"2"`, wave(500))
			return
		}
		_, err := f.fetcher.RequestFetch(r.Context(), tollkeeper.Write{}, f.customer, quick, tollkeeper.Fetch{URL: f.pbx.address + "/recordings/quick.wav"})
		if err != nil {
			t.Error(err)
		}
		select {
		case <-asked:
		case <-r.Context().Done():
			t.Error("the source was given up")
		}
		serve(w, r, `"1"`, wave(1000))
	}
	f.request(t, nil)
	f.heard(t, f.run(t, 0, 2), wave(1000))
}

// TestFetchEndsEarly goes on where a source sent less than it was asked for, as it may.
func TestFetchEndsEarly(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	whole := wave(100_000)
	const sent = 100
	f.pbx.answer = func(w http.ResponseWriter, r *http.Request) {
		switch len(f.pbx.asked) {
		case 1:
			cutOff(w, r, `"1"`, whole, 50_000)
		case 2:
			var from int
			fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+sent-1, len(whole)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(whole[from : from+sent])
		default:
			serve(w, r, `"1"`, whole)
		}
	}
	f.request(t, nil)
	before := f.run(t, 0, 1).Received
	if rec := f.run(t, 12*time.Hour, 1); rec.Received != before+sent || rec.Fetch.State != tollkeeper.FetchWaiting {
		t.Errorf("after %d bytes and a range that ends early: %+v", before, rec)
	}
	f.heard(t, f.run(t, 12*time.Hour, 1), whole)
}

// TestFetchIsLimited takes no addresses but those that the settings name.
func TestFetchIsLimited(t *testing.T) {
	t.Parallel()
	f := newFetching(t)
	for _, address := range []string{"", "call.wav", "ftp://pbx/call.wav", "http://127.0.0.1:1/recordings/call.wav", f.pbx.address + "/admin", f.pbx.address + "/recordings/../admin", "http://[::1"} {
		_, err := f.fetcher.RequestFetch(t.Context(), tollkeeper.Write{}, f.customer, f.call, tollkeeper.Fetch{URL: address})
		if tollkeeper.ErrorCode(err) != tollkeeper.CodeInvalid || !strings.HasPrefix(err.Error(), "url: ") {
			t.Errorf("%q: %v", address, err)
		}
	}
	f.fetcher.Sources = nil
	if _, err := f.fetcher.RequestFetch(t.Context(), tollkeeper.Write{}, f.customer, f.call, tollkeeper.Fetch{URL: f.pbx.address + "/recordings/call.wav"}); err == nil || !strings.Contains(err.Error(), "recording-sources") {
		t.Errorf("without sources: %v", err)
	}
	if shown := tollkeeper.ShownURL(&url.URL{Scheme: "https", User: url.UserPassword("a", "b"), Host: "pbx", Path: "/c d", RawQuery: "e"}); shown != "https://pbx/c%20d" {
		t.Errorf("shown %s", shown)
	}
}
