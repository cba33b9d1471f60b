package media_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/media"
	"tollkeeper/internal/store/storetest"
)

// onDisk returns the files below some folders in which a text stands.
func onDisk(t *testing.T, text []byte, folders ...string) (files []string) {
	t.Helper()
	for _, folder := range folders {
		must(t, filepath.WalkDir(folder, func(name string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(name)
			if bytes.Contains(content, text) {
				files = append(files, filepath.Base(name))
			}
			return err
		}))
	}
	return files
}

// TestPurgedFromDisk looks for what a purge has deleted in the bytes on disk: the audio,
// the key that it was encrypted with, what was said, who spoke with whom, and what else
// is known of the recording. A legal hold keeps all of it.
func TestPurgedFromDisk(t *testing.T) {
	t.Parallel()
	if storetest.OnPostgres() {
		t.Skip("looks into the files of the embedded database")
	}
	now, config, folder := time.Now(), storetest.Config(t), t.TempDir()
	config.Now = func() time.Time { return now }
	w := newWorldIn(t, config, folder)
	ctx, m := t.Context(), media.New(w.store, w.vault, 1<<20)
	call, whole := storetest.Call(t, w.store, w.customer), wave(100_000)
	size := int64(len(whole))
	rec, err := m.Receive(ctx, tollkeeper.Part{Customer: w.customer, ID: call, Size: size, Total: size}, nil, bytes.NewReader(whole))
	must(t, err)
	blobs := blobsOf(t, w, rec)
	made, _, found, err := w.store.ClaimTranscript(ctx)
	if must(t, err); !found {
		t.Fatal("there is no transcript to make")
	}
	made.State, made.Text, made.ReadyAt = tollkeeper.TranscriptReady, "xylophone zeppelin", now
	made.Segments = []tollkeeper.Segment{{Text: "gondola"}}
	must(t, w.store.FinishTranscript(ctx, made))
	_, _, err = w.store.MarkRecording(ctx, tollkeeper.Report{CallKey: rec.CallKey}, tollkeeper.Mark{Kind: tollkeeper.MarkConsentPlayed, Prompt: "marzipan"})
	must(t, err)
	traces := map[string][]byte{"a word": []byte("xylophone"), "a word of a segment": []byte("gondola"), "the key": blobs[0].Header, "the caller": []byte("+12125550100"),
		"the called number": []byte("+12125550123"), "a prompt": []byte("marzipan"), "the hash of the audio": rec.Audio.SHA256}
	_, err = w.store.SetLegalHold(ctx, tollkeeper.Write{}, w.customer, true, "case 7")
	must(t, err)
	now = now.AddDate(2, 0, 0)
	_, err = (&billing.Invoicer{Ledger: w.store, Taxes: billing.Table{}}).RunMonths(ctx)
	must(t, err)
	purge := func() (rows, files int) {
		rows, err := w.store.Purge(ctx)
		must(t, err)
		files, err = m.Sweep(ctx)
		must(t, err)
		return rows, files
	}
	if rows, files := purge(); rows != 0 || files != 0 || w.stored(t) != 1 {
		t.Errorf("under a hold %d rows and %d blobs went", rows, files)
	}
	for what, text := range traces {
		if len(onDisk(t, text, config.Folder)) == 0 {
			t.Errorf("%s is not found where it must be; the test is blind", what)
		}
	}
	_, err = w.store.SetLegalHold(ctx, tollkeeper.Write{}, w.customer, false, "")
	must(t, err)
	if rows, files := purge(); rows == 0 || files != 1 || w.stored(t) != 0 {
		t.Errorf("after it %d rows and %d blobs went", rows, files)
	}
	for what, text := range traces {
		if files := onDisk(t, text, config.Folder, folder); len(files) > 0 {
			t.Errorf("%s is still in %v", what, files)
		}
	}
	if _, err := media.Verify(ctx, w.store, w.vault.Bucket, func(f string) { t.Error(f) }); err != nil {
		t.Error(err)
	}
}
