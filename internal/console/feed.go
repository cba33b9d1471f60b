package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"tollkeeper/client"
)

// watch passes decisions on as they are made: each is a row of the table of decisions.
// It goes on while the session would, and does not keep it alive.
func (v *visit) watch() error {
	control := http.NewResponseController(v.w)
	header := v.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no")
	until := v.session.Seen.Add(v.Idle)
	send := func(message string) error {
		control.SetWriteDeadline(time.Now().Add(time.Minute))
		if _, err := fmt.Fprint(v.w, message); err != nil {
			return err
		}
		if v.Now().After(until) {
			return errSignedOut
		}
		return control.Flush()
	}
	err := v.api.Decisions.Live(v.ctx(), func(r *client.Ruling) error {
		if r == nil {
			return send("event: beat\ndata: .\n\n")
		}
		message, err := v.feed.message(v.reader(r.Id), func() (string, error) { return v.row(*r) })
		if err != nil {
			return err
		}
		return send(message)
	})
	if v.ctx().Err() != nil || err == errSignedOut {
		return nil
	}
	return err
}

// row is a decision as a message of the live feed. It is made for all who read alike, and
// so goes on when the one for whom it is made has gone.
func (v *visit) row(r client.Ruling) (string, error) {
	all := *v
	all.r = v.r.WithContext(context.WithoutCancel(v.ctx()))
	l := all.decisions()
	names, err := all.accounts(r.Customer)
	if err != nil { // the customer is shown by id
		v.Log.Debug("console: name of a customer", "customer", r.Customer, "error", err)
	}
	l.Names, all.customerNames = nil, names
	var t table
	if err := l.fill(&all, &t, l.chosen(nil), []client.Ruling{r}); err != nil {
		return "", err
	}
	var row strings.Builder
	if err := v.templates("list").ExecuteTemplate(&row, "row", t.Rows[0]); err != nil {
		return "", err
	}
	return "event: row\ndata: " + strings.ReplaceAll(row.String(), "\n", " ") + "\n\n", nil
}

// reader is all that the look of a decision depends on.
type reader struct {
	ruling   string
	locale   locale
	zone     string
	customer string // of the reader; "" is the carrier's staff
}

func (v *visit) reader(ruling string) reader {
	return reader{ruling, v.locale, v.zone.String(), v.user.Customer}
}

// feed keeps the latest messages of the live feed, so that each is made once for all who
// read alike, however many they are.
type feed struct {
	mu   sync.Mutex // guards made
	made map[reader]*message
}

type message struct {
	once sync.Once
	text string
	err  error
}

// messagesKept bounds the messages that are kept. Everybody gets one within moments, and
// one that has been forgotten is made again.
const messagesKept = 1000

// message returns a message, which the first who wants it makes while the others wait.
func (f *feed) message(whose reader, write func() (string, error)) (string, error) {
	f.mu.Lock()
	m := f.made[whose]
	if m == nil {
		if len(f.made) >= messagesKept {
			clear(f.made)
		}
		m = &message{}
		f.made[whose] = m
	}
	f.mu.Unlock()
	m.once.Do(func() { m.text, m.err = write() })
	return m.text, m.err
}
