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
	id := storetest.Call(t, f.store, f.customer.ID)
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

// TestRecordingMail sends a link to listen by, in the user's language, which the outbox
// does not show.
func TestRecordingMail(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	f.dispatch(t)
	on := tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: "1"}
	if _, err := f.store.PatchCustomer(t.Context(), tollkeeper.Write{Principal: tollkeeper.Principal{Rights: tollkeeper.AllRights}},
		f.customer.ID, []tollkeeper.Field{{Key: "callRecording", Value: on}}, nil); err != nil {
		t.Fatal(err)
	}
	d := notify.Dispatcher{Events: f.store, Letters: letters, ListenLink: func(customer, recording tollkeeper.ID, ready time.Time) (string, time.Time) {
		return "https://carrier.example/media/recordings/" + customer.String() + "/" + recording.String() + "?signature=abc", ready.Add(7 * 24 * time.Hour)
	}}
	id := f.recorded(t)
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if shown := f.mails(t); len(shown) != 1 || strings.Contains(shown[0].Text+shown[0].HTML, "signature") || shown[0].Kind != "recording-ready" {
		t.Fatalf("the outbox has %+v", shown)
	}
	f.run(t, 0)
	link := "https://carrier.example/media/recordings/" + f.customer.ID.String() + "/" + id.String() + "?signature=abc"
	if len(f.texts) != 1 || !strings.Contains(f.texts[0], "Puede escucharla") || !strings.Contains(f.texts[0], "\n"+link+"\n") ||
		!strings.Contains(f.pages[0], `<a href="`+link+`">`) {
		t.Errorf("sent %q and the page %q", f.texts, f.pages)
	}
}
