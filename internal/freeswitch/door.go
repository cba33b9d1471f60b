// Package freeswitch is the door for FreeSWITCH. Its mod_xml_curl asks for the dialplan
// of a call and is answered with the decision; the event socket tells of the call's
// answer, progress and end; mod_json_cdr tells of ends once more, for those that the
// socket has missed.
package freeswitch

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// Calls decides about calls.
type Calls interface {
	Authorize(context.Context, admission.Attempt) (tollkeeper.Decision, error)
	Answer(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	Extend(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error)
}

// Users knows who may sign in.
type Users interface {
	Digest(ctx context.Context, user string) (digest tollkeeper.Digest, found bool, err error)
}

// Config is what the door is made of.
type Config struct {
	Calls   Calls
	Users   Users
	SignIn  func(w http.ResponseWriter, r *http.Request, secret string) (tollkeeper.Principal, error) // proves a token
	Observe func(operation string, d tollkeeper.Decision)                                             // is told of every decision
	Log     *slog.Logger
}

// Door answers FreeSWITCH's modules.
type Door struct {
	Config
	mux *http.ServeMux
}

// Path is where the door is to be mounted.
const Path = "/freeswitch/"

// New makes the door.
func New(config Config) *Door {
	d := &Door{Config: config, mux: http.NewServeMux()}
	d.mux.Handle("POST "+Path+"dialplan", d.guarded(d.dialplan))
	d.mux.Handle("POST "+Path+"directory", d.guarded(d.directory))
	d.mux.Handle("POST "+Path+"cdr", d.guarded(d.record))
	return d
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.mux.ServeHTTP(w, r) }

// maxBody is far above what FreeSWITCH sends of one channel.
const maxBody = 1 << 20

// handler answers a signed-in request.
type handler func(r *http.Request, who tollkeeper.Principal) (answer, error)

// mayCall is the right that the door's requests need.
var mayCall, _ = tollkeeper.RuleOf("POST /calls")

// guarded lets in whoever may ask for calls. The modules authenticate by Basic (RFC
// 7617) with a token for the password; the user name does not matter.
func (d *Door) guarded(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		_, secret, _ := r.BasicAuth()
		who, err := d.SignIn(w, r, secret)
		if err == nil {
			if lacking, may := who.May(&mayCall); !may {
				err = tollkeeper.Errorf(tollkeeper.CodeForbidden, "%s", lacking)
			}
		}
		var a answer
		if err == nil {
			a, err = h(r, who)
		}
		if err != nil {
			a = refusal(err)
		}
		if a.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="tollkeeper"`)
		}
		w.Header().Set("Content-Type", a.contentType)
		w.WriteHeader(a.status)
		w.Write(a.body)
		d.note(r, a.status, time.Since(began), err)
	})
}

func (d *Door) note(r *http.Request, status int, took time.Duration, err error) {
	attrs := []any{"path", r.URL.Path, "status", status, "micros", took.Microseconds()}
	if err != nil {
		attrs = append(attrs, "error", err.Error())
	}
	d.Log.Info("freeswitch", attrs...)
}

// answer is what a module gets.
type answer struct {
	status      int
	contentType string
	body        []byte
}

// statuses maps every error code to the status that the modules act on: they fall
// back to their own configuration, or keep a record and send it again.
var statuses = map[tollkeeper.Code]int{
	tollkeeper.CodeInvalid:          http.StatusBadRequest,
	tollkeeper.CodeUnauthenticated:  http.StatusUnauthorized,
	tollkeeper.CodeForbidden:        http.StatusForbidden,
	tollkeeper.CodeNotFound:         http.StatusNotFound,
	tollkeeper.CodeMethodNotAllowed: http.StatusMethodNotAllowed,
	tollkeeper.CodeNotAcceptable:    http.StatusNotAcceptable,
	tollkeeper.CodeConflict:         http.StatusConflict,
	tollkeeper.CodeTooManyRequests:  http.StatusTooManyRequests,
	tollkeeper.CodeInternal:         http.StatusInternalServerError,
	tollkeeper.CodeUnavailable:      http.StatusServiceUnavailable,
}

func refusal(err error) answer {
	known, ok := errors.AsType[*tollkeeper.Error](err)
	if !ok {
		known = tollkeeper.Internal("answer", err)
	}
	return answer{statuses[known.Code], "text/plain; charset=utf-8", []byte(known.Message + "\n")}
}

// read reads a body that is not longer than maxBody.
func read(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, tollkeeper.Invalid("body: could not be read whole, or is longer than 1 MiB")
	}
	return body, nil
}
