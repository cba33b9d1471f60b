package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/outbound"
)

// Poster posts events, signed, to the addresses of webhooks.
type Poster struct {
	Client *http.Client // keeps away from networks that are not public
	Now    func() time.Time
}

const (
	// maxAnswer is what is read of an answer, in bytes, so that its connection can be
	// used again. Nobody looks at it: what an address says to the server is not for
	// whoever wrote the address down.
	maxAnswer = 16 << 10
	// maxError bounds what is kept of why an attempt failed, in bytes.
	maxError = 255
)

// post makes one attempt. An endpoint takes an event by an answer of 2xx; a redirect is
// no such answer.
func (p *Poster) post(ctx context.Context, parcel tollkeeper.Parcel) tollkeeper.Attempt {
	if parcel.Event.Type == "" {
		return tollkeeper.Attempt{Error: "the event was deleted before it could be sent", Hopeless: true}
	}
	began := time.Now()
	status, wait, err := p.send(ctx, parcel)
	a := tollkeeper.Attempt{Status: int64(status), Took: time.Since(began), Wait: wait}
	switch {
	case err != nil:
		a.Error = shown(err)
	case status < 200 || status > 299:
		a.Error = strings.TrimSpace("it answered " + strconv.Itoa(status) + " " + http.StatusText(status))
	}
	return a
}

func (p *Poster) send(ctx context.Context, parcel tollkeeper.Parcel) (status int, wait time.Duration, err error) {
	body := parcel.Event.AppendJSON(nil)
	id, now := parcel.Event.ID.String(), p.Now()
	signature, err := signatures(parcel.Webhook.Secrets(now), id, now.Unix(), body)
	if err != nil {
		return 0, 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, parcel.Webhook.URL, bytes.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"Tollkeeper"},
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}, "Webhook-Signature": {signature},
	}
	client := *p.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	io.CopyN(io.Discard, answer.Body, maxAnswer)
	return answer.StatusCode, outbound.RetryAfter(answer, now), nil
}

// shown is an error for those who may see the webhook.
func shown(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		if request.Timeout() {
			return "it did not answer in time"
		}
		err = request.Err
	}
	return tollkeeper.Shortened(err.Error(), maxError)
}
