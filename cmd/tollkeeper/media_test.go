package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// waveOf is a WAV file with so many bytes of noise.
func waveOf(size int) []byte {
	whole := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1F\x00\x00\x80\x3E\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00")
	random := rand.New(rand.NewPCG(3, 4))
	for range size {
		whole = append(whole, byte(random.Uint32()))
	}
	return whole
}

// put brings bytes from a place on of an upload with so many in all.
func (s *server) put(path string, from, size, total int, body io.Reader) (int, string, error) {
	request, err := http.NewRequest(http.MethodPut, s.url+path, body)
	if err != nil {
		return 0, "", err
	}
	request.ContentLength = int64(size)
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+size-1, total))
	if size == 0 {
		request.Header.Set("Content-Range", fmt.Sprintf("bytes */%d", total))
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// TestKilledUpload kills the server in the middle of the second part of an upload. What
// was answered is there, nothing of the rest can be seen, and the upload goes on.
func TestKilledUpload(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, data)
	s.importDeck()
	var customer struct {
		ID string `json:"_id"`
	}
	s.must("POST", "/customers", `{"name":"Acme","credit":1000,"defaultBillMethod":"credit","internationalCalling":1,"callRecording":1}`, &customer)
	var call struct{ Media struct{ UploadURL string } }
	s.must("POST", "/calls", callBody(customer.ID, "recorded"), &call)
	path := strings.TrimPrefix(call.Media.UploadURL, s.url)
	id, _, _ := strings.Cut(path[strings.LastIndex(path, "/")+1:], "?")
	audio := waveOf(4 << 20)
	total, first := len(audio), 1<<20
	if status, said, err := s.put(path, 0, first, total, bytes.NewReader(audio[:first])); status != http.StatusOK {
		t.Fatalf("the first part: %d %s %v", status, said, err)
	}
	body, send := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, _, err := s.put(path, first, total-first, total, body)
		ended <- err
	}()
	if _, err := send.Write(audio[first : 2*first]); err != nil {
		t.Fatal(err)
	}
	s.kill()
	send.Close()
	if err := <-ended; err == nil {
		t.Error("the upload that was cut off got an answer")
	}

	s = s.again(nil)
	if status, said, err := s.put(path, 0, 0, total, nil); err != nil || status != http.StatusOK || !strings.Contains(said, fmt.Sprintf(`"receivedBytes":%d`, first)) {
		t.Errorf("after the kill there are: %d %s %v", status, said, err)
	}
	if status, said, err := s.do("GET", "/recordings/"+id+"/audio", ""); err != nil || status != http.StatusConflict {
		t.Errorf("half of it can be heard: %d with %d bytes, %v", status, len(said), err)
	}
	if status, said, err := s.put(path, first, total-first, total, bytes.NewReader(audio[first:])); err != nil || status != http.StatusOK || !strings.Contains(said, `"state":"ready"`) {
		t.Errorf("the rest: %d %s %v", status, said, err)
	}
	if status, said, err := s.do("GET", "/recordings/"+id+"/audio", ""); err != nil || status != http.StatusOK || said != string(audio) {
		t.Errorf("played %d with %d bytes, %v", status, len(said), err)
	}
	var trail struct{ Total int }
	if _, said, err := s.do("GET", "/audit?action=recording.create&subject="+id, ""); err != nil || json.Unmarshal([]byte(said), &trail) != nil || trail.Total != 1 {
		t.Errorf("it came once, and the trail says %s %v", said, err)
	}
	s.terminate()
	verified(t, data)
}
