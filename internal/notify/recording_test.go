package notify_test

import (
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/notify"
	"tollkeeper/internal/store/storetest"
)

// recorded makes a recording that is ready, without its audio.
func (f *firm) recorded(t *testing.T) tollkeeper.ID {
	t.Helper()
	id := storetest.CallNamed(t, f.store, f.customer.ID, f.store.NewID().String())
	_, b, err := f.store.BeginUpload(t.Context(), tollkeeper.Part{Customer: f.customer.ID, ID: id, Size: 100, Total: 100})
	if err != nil {
		t.Fatal(err)
	}
	b.Size = 100
	if _, err := f.store.FinishPart(t.Context(), b, &tollkeeper.Audio{Format: tollkeeper.AudioWAV, Channels: 2, SampleRate: 8000, Duration: time.Second, Size: 100}); err != nil {
		t.Fatal(err)
	}
	return id
}

func listenLink(customer, recording tollkeeper.ID, ready time.Time) (string, time.Time) {
	return "https://carrier.example/media/recordings/" + customer.String() + "/" + recording.String() + "?signature=abc" + recording.String(), ready.Add(7 * 24 * time.Hour)
}

// TestRecordingMail sends a link to listen by, in the user's language, which the outbox
// does not show.
func TestRecordingMail(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	f.dispatch(t)
	f.patch(t, "callRecording", "1")
	d := notify.Dispatcher{Events: f.store, Letters: letters, ListenLink: listenLink}
	id := f.recorded(t)
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if shown := f.mails(t); len(shown) != 1 || strings.Contains(shown[0].Text+shown[0].HTML, "signature") || shown[0].Kind != "recording-ready" {
		t.Fatalf("the outbox has %+v", shown)
	}
	f.run(t, 0)
	link, _ := listenLink(f.customer.ID, id, f.clock())
	if len(f.texts) != 1 || !strings.Contains(f.texts[0], "Puede escucharla") || !strings.Contains(f.texts[0], "\n"+link+"\n") ||
		!strings.Contains(f.pages[0], `<a href="`+link+`">`) {
		t.Errorf("sent %q and the page %q", f.texts, f.pages)
	}
}

// TestRecordingDigest writes of the first recording at once, and at the end of the period
// of all that came meanwhile and are still there, each with its link.
func TestRecordingDigest(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	f.dispatch(t)
	f.patch(t, "callRecording", "1")
	d := notify.Dispatcher{Events: f.store, Letters: letters, ListenLink: listenLink, RecordingsEvery: 24 * time.Hour}
	sent := func(later time.Duration) (texts, pages []string) {
		t.Helper()
		f.run(t, later)
		if _, err := d.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := len(f.texts)
		f.run(t, 0)
		return f.texts[before:], f.pages[before:]
	}
	first := f.recorded(t)
	if texts, _ := sent(0); len(texts) != 1 || !strings.Contains(texts[0], first.String()) {
		t.Fatalf("about the first: %q", texts)
	}
	second, deleted, third := f.recorded(t), f.recorded(t), f.recorded(t)
	if texts, _ := sent(23 * time.Hour); len(texts) != 0 {
		t.Fatalf("within the day: %q", texts)
	}
	if _, err := f.store.DeleteRecording(t.Context(), tollkeeper.Write{}, deleted); err != nil {
		t.Fatal(err)
	}
	texts, pages := sent(2 * time.Hour)
	if len(texts) != 1 || strings.Contains(texts[0], deleted.String()) || strings.Contains(texts[0]+pages[0], "[hidden") {
		t.Fatalf("after a day: %q", texts)
	}
	for _, id := range []tollkeeper.ID{second, third} {
		link, _ := listenLink(f.customer.ID, id, f.clock())
		if !strings.Contains(texts[0], "0:01, hasta el ") || !strings.Contains(texts[0], "\n"+link+"\n") || !strings.Contains(pages[0], `<a href="`+link+`">`) {
			t.Errorf("%s is not in it: %s%s", link, texts[0], pages[0])
		}
	}
	if shown := f.mails(t)[0]; shown.Subject != "Acme: se grabaron 2 llamadas" || shown.Kind != "recording-digest" || strings.Contains(shown.Text+shown.HTML, "signature") ||
		!strings.Contains(shown.Text, "[hidden]") || !strings.Contains(shown.Text, "[hidden 2]") {
		t.Errorf("the outbox has %+v", shown)
	}
	f.recorded(t)
	if texts, _ := sent(time.Hour); len(texts) != 0 {
		t.Errorf("an hour after the digest: %q", texts)
	}
	f.patch(t, "adminUserId", "")
	if texts, _ := sent(24 * time.Hour); len(texts) != 0 {
		t.Errorf("who is not the recording user any more gets %q", texts)
	}
}

// TestLongDigest names a hundred recordings, and counts the others.
func TestLongDigest(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	f.dispatch(t)
	f.patch(t, "callRecording", "1")
	d := notify.Dispatcher{Events: f.store, Letters: letters, ListenLink: listenLink, RecordingsEvery: time.Hour}
	const several = 103
	for range 1 + several {
		f.recorded(t)
	}
	for range 2 {
		if _, err := d.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.run(t, 2*time.Hour)
	}
	last := f.texts[len(f.texts)-1]
	if len(f.texts) != 2 || strings.Count(last, "?signature=") != 100 || !strings.Contains(last, "Y 3 más") {
		t.Errorf("%d letters, the last: %s", len(f.texts), last)
	}
}
