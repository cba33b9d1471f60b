package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/audio"
	"tollkeeper/internal/outbound"
)

// FetchStore keeps what is to be fetched.
type FetchStore interface {
	RequestFetch(ctx context.Context, w tollkeeper.Write, customer, id tollkeeper.ID, f tollkeeper.Fetch) (tollkeeper.Recording, error)
	ClaimFetch(context.Context) (rec tollkeeper.Recording, found bool, err error)
	RestartFetch(ctx context.Context, rec tollkeeper.Recording, validator string) (tollkeeper.Recording, error)
	FailFetch(context.Context, tollkeeper.Recording) error
}

// Fetcher gets recordings from addresses that switches have given.
type Fetcher struct {
	*Media
	Fetches FetchStore
	Sources outbound.Sources
	Client  *http.Client // asks the sources and nobody else
	Now     func() time.Time
	Idle    time.Duration // how long a source may send nothing; 0 is fetchIdle
}

// Limits of fetching. Attempts, with doubling waits from firstWait to longestWait, go on
// for 20 hours.
const (
	fetchesAtOnce = 4
	maxAttempts   = 12
	firstWait     = time.Minute
	longestWait   = 6 * time.Hour
	fetchIdle     = 30 * time.Second
	fetchTime     = time.Hour
	lookAgain     = 200 * time.Millisecond
	maxFault      = 255 // bytes of what is kept of an error, or of a validator
)

// Why a source is not waited for any longer, or what it sent is not kept.
var (
	errIdle   = errors.New("nothing came any more")
	errLong   = errors.New("it took more than an hour")
	errDigest = errors.New("its SHA-256 is another than was given")
)

// RequestFetch has a recording fetched from f.URL, if that is in one of the sources.
func (f *Fetcher) RequestFetch(ctx context.Context, w tollkeeper.Write, customer, id tollkeeper.ID, from tollkeeper.Fetch) (rec tollkeeper.Recording, err error) {
	if len(f.Sources) == 0 {
		return rec, tollkeeper.Invalid("url: this server fetches no recordings; its setting recording-sources is empty")
	}
	u, err := url.Parse(from.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" {
		return rec, tollkeeper.Invalid("url: must be http:// or https:// and a host, with a path and perhaps a user, a password and a query")
	}
	if err := f.Sources.Allow(u); err != nil {
		return rec, tollkeeper.Invalid("url: " + err.Error() + "; the setting recording-sources names them")
	}
	from.Shown = tollkeeper.ShownURL(u)
	return f.Fetches.RequestFetch(ctx, w, customer, id, from)
}

// RunOnce fetches all that are due, and returns how many it tried. What is asked for while
// it is at work does not wait for a slow source.
func (f *Fetcher) RunOnce(ctx context.Context) (done int, err error) {
	ended, working := make(chan error), 0
	for err == nil && ctx.Err() == nil {
		if working < fetchesAtOnce {
			rec, found, failure := f.Fetches.ClaimFetch(ctx)
			if err = failure; found {
				working++
				go func() { ended <- f.try(ctx, rec) }()
				continue
			}
			if working == 0 {
				break
			}
		}
		select {
		case failure := <-ended:
			working, done, err = working-1, done+1, errors.Join(err, failure)
		case <-time.After(lookAgain):
		}
	}
	for ; working > 0; working-- {
		done, err = done+1, errors.Join(err, <-ended)
	}
	return done, err
}

// try fetches one recording, or notes why it could not.
func (f *Fetcher) try(ctx context.Context, rec tollkeeper.Recording) error {
	tried := rec
	failure := f.fetch(ctx, &tried)
	if failure == nil {
		return nil
	}
	wait := min(firstWait<<min(rec.Fetch.Attempts-1, 20), longestWait)
	if asks, ok := errors.AsType[busy](failure); ok {
		wait = min(max(wait, asks.wait), longestWait)
	}
	switch {
	case ctx.Err() != nil: // the server stops; whoever comes next goes on
		wait, failure = 0, nil
	case tollkeeper.ErrorCode(failure) == tollkeeper.CodeInvalid || rec.Fetch.Attempts >= maxAttempts:
		rec.Fetch.State = tollkeeper.FetchFailed
	}
	rec.Fetch.Error, rec.Fetch.NextAt = shownError(failure), f.Now().Add(wait)
	return f.Fetches.FailFetch(context.WithoutCancel(ctx), rec)
}

// busy is the error of a source that asks to be left alone for a while.
type busy struct {
	wait time.Duration
	error
}

// fetch makes one attempt. What has come when a source is cut off is kept, where the
// source says what it was of, and the next attempt goes on from there.
func (f *Fetcher) fetch(ctx context.Context, rec *tollkeeper.Recording) error {
	if rec.Size > 0 && rec.Received == rec.Size { // a server that died had all of it
		return f.complete(ctx, rec)
	}
	asking, cancel := context.WithTimeoutCause(ctx, fetchTime, errLong)
	defer cancel()
	asking, giveUp := context.WithCancelCause(asking)
	defer giveUp(nil)
	answer, err := f.ask(asking, rec)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	start, total, err := f.agree(ctx, rec, answer)
	if err != nil {
		return err
	}
	idle := f.Idle
	if idle == 0 {
		idle = fetchIdle
	}
	alarm := time.AfterFunc(idle, func() { giveUp(errIdle) })
	defer alarm.Stop()
	return f.take(ctx, rec, start, total, &source{from: answer.Body, asking: asking, alarm: alarm, idle: idle})
}

// ask sends the request, for what has not come yet where that is known.
func (f *Fetcher) ask(ctx context.Context, rec *tollkeeper.Recording) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, rec.Fetch.URL, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "Tollkeeper")
	r.Header.Set("Accept-Encoding", "identity")
	if rec.Received > 0 && rec.Fetch.Validator != "" {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", rec.Received))
		r.Header.Set("If-Range", rec.Fetch.Validator)
	}
	return f.Client.Do(r)
}

// partial is the Content-Range of an answer (RFC 9110, section 14.4).
var partial = regexp.MustCompile(`^bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})$`)

// agree finds out where the answer begins in the recording, and how long that is in all;
// 0 where the source does not say. One that begins anew makes the recording begin anew.
func (f *Fetcher) agree(ctx context.Context, rec *tollkeeper.Recording, answer *http.Response) (start, total int64, err error) {
	switch {
	case answer.Header.Get("Content-Encoding") != "":
		return 0, 0, errors.New("it answered with a compressed body")
	case answer.StatusCode == http.StatusPartialContent:
		m := partial.FindStringSubmatch(answer.Header.Get("Content-Range"))
		if m != nil {
			start, _ = strconv.ParseInt(m[1], 10, 64) // 15 digits fit
			total, _ = strconv.ParseInt(m[2], 10, 64)
		}
		if m == nil || start != rec.Received || total != rec.Size {
			return 0, 0, errors.Join(errors.New("it answered with another range than was asked for"), f.restart(ctx, rec, ""))
		}
		return start, total, nil
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return 0, 0, errors.Join(errors.New("it has less than it had"), f.restart(ctx, rec, ""))
	case answer.StatusCode != http.StatusOK:
		err := errors.New(strings.TrimSpace("it answered " + strconv.Itoa(answer.StatusCode) + " " + http.StatusText(answer.StatusCode)))
		return 0, 0, busy{outbound.RetryAfter(answer, f.Now()), err}
	}
	total = max(answer.ContentLength, 0)
	if total > f.MaxBytes {
		return 0, 0, f.tooLarge()
	}
	return 0, total, f.restart(ctx, rec, validator(answer.Header))
}

func (f *Fetcher) restart(ctx context.Context, rec *tollkeeper.Recording, validator string) (err error) {
	*rec, err = f.Fetches.RestartFetch(ctx, *rec, validator)
	return err
}

// validator is what a later request can name the same content by in If-Range: a strong
// entity tag or a date (RFC 9110, section 13.1.5).
func validator(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) && len(tag) <= maxFault {
		return tag
	}
	if _, err := http.ParseTime(h.Get("Last-Modified")); err == nil {
		return h.Get("Last-Modified")
	}
	return ""
}

// source is the body of an answer. Where it is cut off it ends, and cut says why.
type source struct {
	from   io.Reader
	asking context.Context
	alarm  *time.Timer
	idle   time.Duration
	cut    error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.from.Read(b)
	if err != nil && err != io.EOF {
		if s.cut = err; s.asking.Err() != nil {
			s.cut = context.Cause(s.asking)
		}
		return n, io.EOF
	}
	s.alarm.Reset(s.idle)
	return n, err
}

// take writes what comes into the vault.
func (f *Fetcher) take(ctx context.Context, rec *tollkeeper.Recording, start, total int64, from *source) error {
	now, b, err := f.Store.BeginUpload(ctx, tollkeeper.Part{Customer: rec.Customer, ID: rec.ID, Start: start, Total: total})
	if err != nil || now.State == tollkeeper.RecordingReady {
		return err
	}
	hash, probe := sha256.New(), audio.NewProbe()
	var seen io.Writer = hash
	if start == 0 {
		seen = io.MultiWriter(hash, probe)
	}
	err = f.Vault.Write(ctx, &b, io.TeeReader(&limited{from: from, left: f.MaxBytes - start, tooLarge: f.tooLarge()}, seen))
	if err == nil && from.cut != nil && (b.Size == 0 || total == 0 || rec.Fetch.Validator == "") {
		err = from.cut // there is no going on from here
	}
	var found *tollkeeper.Audio
	if err == nil && start == 0 && from.cut == nil {
		heard, fault := probe.Audio()
		heard.SHA256 = hash.Sum(nil)
		found, err = agreed(heard, fault, rec.Fetch.SHA256)
	}
	if err == nil {
		*rec, err = f.Store.FinishPart(ctx, b, found)
	}
	switch {
	case err != nil:
		f.drop(context.WithoutCancel(ctx), b)
		return err
	case from.cut != nil:
		return fmt.Errorf("cut off after %d of %d bytes: %w", rec.Received, rec.Size, from.cut)
	case found == nil && rec.Received < rec.Size:
		return fmt.Errorf("it sent less than it said: %d of %d bytes are there", rec.Received, rec.Size)
	case found == nil:
		return f.complete(ctx, rec)
	}
	return nil
}

// agreed returns the audio that has come, if nothing is wrong with it and its digest is
// the one that was wanted.
func agreed(found tollkeeper.Audio, err error, want []byte) (*tollkeeper.Audio, error) {
	if err == nil && want != nil && !bytes.Equal(want, found.SHA256) {
		err = errDigest
	}
	return &found, err
}

// complete looks at a recording whose parts have all come, and makes it ready. One that
// is not what it must be is dropped, and may come anew.
func (f *Fetcher) complete(ctx context.Context, rec *tollkeeper.Recording) error {
	heard, fault := f.inspect(ctx, *rec)
	found, err := agreed(heard, fault, rec.Fetch.SHA256)
	switch {
	case err == nil:
		_, err = f.Store.FinishRecording(ctx, *rec, *found)
	case errors.Is(err, errDigest) || tollkeeper.ErrorCode(err) == tollkeeper.CodeInvalid:
		err = errors.Join(err, f.restart(context.WithoutCancel(ctx), rec, ""))
	}
	return err
}

// shownError is an error for those who may know of the recording. It never has the
// address, whose query and password are nobody's business.
func shownError(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if known, ok := errors.AsType[*tollkeeper.Error](err); ok {
		text = known.Message
	} else if request, ok := errors.AsType[*url.Error](err); ok {
		if text = request.Err.Error(); request.Timeout() {
			text = "it did not answer in time"
		}
	}
	return tollkeeper.Shortened(text, maxFault)
}
