package main_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper/internal/media"
	"tollkeeper/internal/store"
	"tollkeeper/internal/transcription/transcriptiontest"
)

// engine is an endpoint that transcribes: PocketSphinx where POCKETSPHINX is a Python
// with it, and else one that knows what is said.
func engine(t *testing.T) (address string) {
	t.Helper()
	python := os.Getenv("POCKETSPHINX")
	if python == "" {
		var asked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, _, err := r.FormFile("file"); err != nil {
				t.Errorf("the engine gets no file: %v", err)
			}
			text := transcriptiontest.CallerSays
			if asked.Add(1)%2 == 0 {
				text = transcriptiontest.CalledSays
			}
			fmt.Fprintf(w, `{"language":"english","duration":1,"text":%q,"segments":[{"start":0,"end":1,"text":%q}]}`, text, text)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	return transcriptiontest.Engine(t, python)
}

// recordedCall is a call whose recording is brought to the server.
type recordedCall struct {
	id, upload string
	audio      []byte
}

// newRecorded authorises a call and gives it audio that no other has.
func (s *server) newRecorded(customer string, n int, said []byte) *recordedCall {
	s.t.Helper()
	var answer struct{ Media struct{ UploadURL string } }
	s.must("POST", "/calls", callBody(customer, fmt.Sprint("spoken-", n)), &answer)
	c := &recordedCall{upload: strings.TrimPrefix(answer.Media.UploadURL, s.url), audio: bytes.Clone(said)}
	path, _, _ := strings.Cut(c.upload, "?")
	c.id = path[strings.LastIndex(path, "/")+1:]
	copy(c.audio[len(c.audio)-4:], fmt.Sprintf("%4d", n))
	s.must("POST", "/calls/"+fmt.Sprint("spoken-", n)+"/end", `{"durationSeconds":0}`, nil)
	return c
}

// bring uploads the recording, and hears whether it is the same.
func (c *recordedCall) bring(s *server) error {
	status, said, err := s.put(c.upload, 0, len(c.audio), len(c.audio), bytes.NewReader(c.audio))
	if err != nil || status != http.StatusOK || !strings.Contains(said, `"state":"ready"`) {
		return fmt.Errorf("uploaded: %d %s %w", status, said, err)
	}
	request, err := http.NewRequest(http.MethodGet, s.url+"/recordings/"+c.id+"/audio", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", s.token)
	answer, err := http.DefaultClient.Do(request) // which waits as long as it takes
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if played, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK || !bytes.Equal(played, c.audio) {
		return fmt.Errorf("played: %s with %d bytes of %d, %w", answer.Status, len(played), len(c.audio), err)
	}
	return nil
}

// TestSpeech leads speech through the whole server: made by espeak-ng, mixed by sox, brought by
// a hundred calls at once, heard to the last bit, transcribed, found by what was said, and
// purged when its time is over, without a trace on disk.
func TestSpeech(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes and uploads speech")
	}
	said := transcriptiontest.Speech(t)
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data, "--transcription-url", engine(t)+"/v1/audio/transcriptions")
	s.importDeck()
	customer := func(field string) string {
		var made struct {
			ID string `json:"_id"`
		}
		s.must("POST", "/customers", `{"credit":100000,"name":"Acme","defaultBillMethod":"credit","internationalCalling":1,"maxOutboundCallRate":0,"cdrRetention":1,"`+field+`":1}`, &made)
		return made.ID
	}
	recorded := customer("callRecording")
	const calls = 100
	all := make([]*recordedCall, calls)
	for n := range all {
		all[n] = s.newRecorded(recorded, n, said)
	}
	faults := make(chan error, calls)
	var wait sync.WaitGroup
	for _, c := range all {
		wait.Go(func() { faults <- c.bring(s) })
	}
	wait.Wait()
	close(faults)
	for err := range faults {
		if err != nil {
			t.Error(err)
		}
	}
	spoken := s.newRecorded(customer("transcribeCalls"), calls, said)
	if err := spoken.bring(s); err != nil {
		t.Error(err)
	}
	words, sound := s.findsWords(spoken.id), said[len(said)/2:len(said)/2+64]
	s.terminate()
	verified(t, data)
	if len(holding(t, data, words)) == 0 {
		t.Error("what was said is not found where it must be; the test is blind")
	}
	purgeAll(t, data)
	verified(t, data)
	for what, trace := range map[string][]byte{"what was said": words, "its sound": sound} {
		if files := holding(t, data, trace); len(files) > 0 {
			t.Errorf("%s is still in %v", what, files)
		}
	}
	if files := holding(t, filepath.Join(data, "media"), nil); len(files) > 0 {
		t.Errorf("the blob store still has %v", files)
	}
}

// findsWords waits for the transcript of a call, finds it by words of both people, and
// returns what was heard of the first.
func (s *server) findsWords(id string) []byte {
	s.t.Helper()
	var found struct{ Total int }
	for deadline := time.Now().Add(5 * time.Minute); found.Total == 0 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		s.must("GET", "/transcripts?state=ready&_id="+id, "", &found)
	}
	var transcript struct {
		Text     string
		Segments []struct{ Channel int }
	}
	s.must("GET", "/transcripts/"+id, "", &transcript)
	for _, word := range []string{"money", "where"} {
		s.must("GET", "/transcripts?$search="+word, "", &found)
		if found.Total != 1 {
			s.t.Errorf("%q is found %d times in %q", word, found.Total, transcript.Text)
		}
	}
	if said := transcript.Segments; len(said) != 2 || said[0].Channel != 1 || said[1].Channel != 2 {
		s.t.Errorf("it is not known who speaks: %+v", transcript)
	}
	first, _, _ := strings.Cut(transcript.Text, "\n")
	return []byte(first)
}

// purgeAll does what the server's jobs do, a year later.
func purgeAll(t *testing.T, data string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Folder: data, Now: func() time.Time { return time.Now().AddDate(1, 0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	address, err := media.FolderURL(filepath.Join(data, "media"))
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := media.OpenBucket(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	for done := -1; done != 0; {
		rows, err := s.Purge(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		blobs, err := media.New(s, &media.Vault{Bucket: bucket}, 1).Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		done = rows + blobs
	}
}

// holding returns the files below a folder that have some bytes; nil is in all.
func holding(t *testing.T, folder string, trace []byte) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if bytes.Contains(content, trace) {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
