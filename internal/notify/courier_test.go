package notify_test

import (
	"context"
	"errors"
	"io"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/notify"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

func decodedBody(t *testing.T, m *netmail.Message) string {
	t.Helper()
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(body), "\r\n", "\n")
}

// round is a courier with a real outbox, a clock and a mail server that fails as it
// is told.
type round struct {
	notify.Courier
	store *store.Store

	mu    sync.Mutex // guards all below
	now   time.Time
	fail  error
	sent  func() // is told of every mail; nil: nobody
	texts []string
	pages []string
}

func newRound(t *testing.T) *round {
	t.Helper()
	r := &round{now: time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC)}
	config := storetest.Config(t)
	config.Now = r.clock
	var err error
	if r.store, err = store.Open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	r.Courier = notify.Courier{Outbox: r.store, Sender: r, Now: r.clock}
	return r
}

func (r *round) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *round) Send(_ context.Context, m tollkeeper.Mail) (tollkeeper.MailState, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts = append(r.texts, m.Text)
	r.pages = append(r.pages, m.HTML)
	if r.sent != nil {
		r.sent()
	}
	return tollkeeper.MailSent, r.fail
}

// run moves the clock, lets the courier go once, and returns how many mails he was
// done with.
func (r *round) run(t *testing.T, later time.Duration) int {
	t.Helper()
	r.mu.Lock()
	r.now = r.now.Add(later)
	r.mu.Unlock()
	done, err := r.RunOnce(t.Context())
	if err != nil && !errors.Is(err, r.fail) {
		t.Error(err)
	}
	return done
}

func (r *round) mails(t *testing.T) []tollkeeper.Mail {
	t.Helper()
	f, err := query.Parse("$limit=1000", query.Mails)
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.store.FindMails(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

func (r *round) queue(t *testing.T, m tollkeeper.Mail) {
	t.Helper()
	if err := r.store.QueueMail(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

var letters = func() *notify.Letters {
	l, err := notify.NewLetters("", "USD")
	if err != nil {
		panic(err)
	}
	return l
}()

var ada = tollkeeper.User{ID: tollkeeper.ID{7}, Email: "ada@acme.example", First: "Ada", Customer: tollkeeper.ID{8}}

// TestCourier sends a mail with its secret, and forgets the secret.
func TestCourier(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	const link = "https://carrier.example/password#tk_secret"
	r.queue(t, letters.PasswordReset(ada, link, 30*time.Minute, r.now))
	if shown := r.mails(t)[0]; shown.Secret != "" || strings.Contains(shown.Text+shown.HTML, link) || !strings.Contains(shown.Text, tollkeeper.MailSecret) {
		t.Errorf("the outbox shows %+v", shown)
	}
	if done := r.run(t, 0); done != 1 || len(r.texts) != 1 {
		t.Fatalf("done with %d, sent %q", done, r.texts)
	}
	const want = "Hello Ada,\n\nsomebody, probably you, asked for a new password. To set one, open this page within 30 minutes:\n\n" + link +
		"\n\nIt works once. If it was not you, do nothing: your password stays as it is.\n"
	if page := r.pages[0]; !strings.Contains(page, `<a href="`+link+`">`+link+`</a></p>`) || strings.Contains(page, tollkeeper.MailSecret) {
		t.Errorf("sent the page %q", page)
	}
	if r.texts[0] != want {
		t.Errorf("sent %q, want %q", r.texts[0], want)
	}
	m := r.mails(t)[0]
	if m.State != tollkeeper.MailSent || !m.SentAt.Equal(r.now) || m.Attempts != 1 || m.To != ada.Email || m.User != ada.ID ||
		m.Customer != ada.Customer || m.Subject != "Set a new password" || !m.NextAt.IsZero() {
		t.Errorf("the outbox has %+v", m)
	}
	if done := r.run(t, 24*time.Hour); done != 0 {
		t.Error("a mail was sent again")
	}
}

// TestStoppedOnceSent has the server stop when a mail is out: it is not sent again.
func TestStoppedOnceSent(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	r.queue(t, tollkeeper.Mail{To: ada.Email, Kind: "test", Subject: "s", Text: "x"})
	stopping, stop := context.WithCancel(t.Context())
	r.sent = stop
	if done, err := r.RunOnce(stopping); done != 1 || err != nil {
		t.Errorf("done with %d, %v", done, err)
	}
	if r.run(t, 24*time.Hour); len(r.texts) != 1 {
		t.Errorf("it was sent %d times", len(r.texts))
	}
}

// TestRepeats tries again after ever longer times, and gives up at last.
func TestRepeats(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	r.queue(t, tollkeeper.Mail{To: ada.Email, Kind: "test", Subject: "s", Text: "the [hidden] one", Secret: "tk_secret"})
	r.fail = errors.New("451 no room for tk_secret")
	next := []time.Duration{0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute,
		time.Hour, time.Hour, time.Hour, time.Hour, time.Hour, time.Hour, time.Hour, time.Hour}
	for i, wait := range next {
		if i > 0 {
			r.run(t, wait-time.Second)
		}
		if m := r.mails(t)[0]; int(m.Attempts) != i || m.State != tollkeeper.MailQueued {
			t.Fatalf("before attempt %d: %+v", i+1, m)
		}
		r.run(t, time.Second)
	}
	m := r.mails(t)[0]
	if m.State != tollkeeper.MailFailed || m.Attempts != 16 || m.Error != "451 no room for [hidden]" || !m.NextAt.IsZero() {
		t.Errorf("given up as %+v", m)
	}
	if done := r.run(t, 24*time.Hour); done != 0 || len(r.texts) != 16 {
		t.Errorf("%d attempts", len(r.texts))
	}
}

func TestGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	r.queue(t, tollkeeper.Mail{To: ada.Email, Kind: "test", Subject: "s"})
	r.fail = notify.Permanent{Err: errors.New("550 no such mailbox")}
	if done := r.run(t, 0); done != 1 {
		t.Errorf("done with %d", done)
	}
	if m := r.mails(t)[0]; m.State != tollkeeper.MailFailed || m.Error != "550 no such mailbox" {
		t.Errorf("the outbox has %+v", m)
	}
}

// TestUseless does not send what is of no use any more, and leaves the others to
// wait while the mail server takes none.
func TestUseless(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	r.queue(t, letters.PasswordReset(ada, "https://x#y", 30*time.Minute, r.now))
	r.queue(t, tollkeeper.Mail{To: ada.Email, Kind: "test", Subject: "s"})
	r.fail = errors.New("dial: connection refused")
	if done := r.run(t, 0); done != 0 || len(r.texts) != 1 {
		t.Errorf("done with %d after %d attempts", done, len(r.texts))
	}
	r.fail = nil
	if done := r.run(t, 31*time.Minute); done != 2 || len(r.texts) != 2 {
		t.Errorf("done with %d after %d attempts", done, len(r.texts))
	}
	mails := r.mails(t)
	if mails[0].State != tollkeeper.MailSent || mails[1].State != tollkeeper.MailFailed || !strings.Contains(mails[1].Error, "connection refused") {
		t.Errorf("the outbox has %+v", mails)
	}
}

// TestKeep shows staff what would have been sent.
func TestKeep(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	r.Sender = notify.Keep{}
	r.queue(t, letters.PasswordReset(ada, "https://x#y", 30*time.Minute, r.now))
	if done := r.run(t, 0); done != 1 {
		t.Errorf("done with %d", done)
	}
	if m := r.mails(t)[0]; m.State != tollkeeper.MailKept || !m.SentAt.IsZero() {
		t.Errorf("the outbox has %+v", m)
	}
}

// TestTwoCouriers lets two servers empty one outbox: each mail is sent once.
func TestTwoCouriers(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	const mails = 50
	for range mails {
		r.queue(t, tollkeeper.Mail{To: ada.Email, Kind: "test", Subject: "s", Text: "x"})
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, err := r.RunOnce(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(r.texts) != mails {
		t.Errorf("%d mails were sent %d times", mails, len(r.texts))
	}
}

// TestClaimRunsOut gives a mail whose sender died to another.
func TestClaimRunsOut(t *testing.T) {
	t.Parallel()
	r := newRound(t)
	r.queue(t, tollkeeper.Mail{To: ada.Email, Kind: "test", Subject: "s", Text: "x"})
	if _, found, err := r.store.ClaimMail(t.Context()); !found || err != nil {
		t.Fatal(found, err)
	}
	if done := r.run(t, 4*time.Minute); done != 0 {
		t.Error("a mail that somebody is sending was sent by another")
	}
	if done := r.run(t, time.Minute); done != 1 {
		t.Error("a mail whose sender died was not sent")
	}
}
