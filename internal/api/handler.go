package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tollkeeper"
)

// methods are the handlers of one path.
type methods map[string]handlerFunc

// handlerFunc answers one request, or returns the error to answer.
type handlerFunc func(*exchange) error

// access says who may use a method of a path that has no rule.
type access int

const (
	open    access = iota
	guarded        // nobody: every method has one
	signed         // whoever has a link; the handler asks checkLink
)

// byLink stands for the rule of methods that are for whoever has a link.
var byLink = &tollkeeper.Rule{}

// anything is what a path produces whose media type depends on what is there.
const anything = "*/*"

// exchange is one request with what is known of it, and its answer.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	who   tollkeeper.Principal
	notes []slog.Attr // for the log line
	body  []byte      // a buffer of the pool; holds the request's body and may then hold the answer's
}

var exchanges = sync.Pool{New: func() any { return &exchange{body: make([]byte, 0, 4096)} }}

// maxPooledBody keeps the memory of one large answer from staying with the pool.
const maxPooledBody = 64 << 10

// statuses maps every error code to its HTTP status and its name.
var statuses = map[tollkeeper.Code]struct {
	status int
	name   string
}{
	tollkeeper.CodeInvalid:          {http.StatusBadRequest, "BadRequest"},
	tollkeeper.CodeUnauthenticated:  {http.StatusUnauthorized, "NotAuthenticated"},
	tollkeeper.CodeForbidden:        {http.StatusForbidden, "Forbidden"},
	tollkeeper.CodeNotFound:         {http.StatusNotFound, "NotFound"},
	tollkeeper.CodeMethodNotAllowed: {http.StatusMethodNotAllowed, "MethodNotAllowed"},
	tollkeeper.CodeNotAcceptable:    {http.StatusNotAcceptable, "NotAcceptable"},
	tollkeeper.CodeConflict:         {http.StatusConflict, "Conflict"},
	tollkeeper.CodeTooManyRequests:  {http.StatusTooManyRequests, "TooManyRequests"},
	tollkeeper.CodeInternal:         {http.StatusInternalServerError, "GeneralError"},
	tollkeeper.CodeUnavailable:      {http.StatusServiceUnavailable, "Unavailable"},
}

// retrySeconds is what Retry-After says when the server is full.
const retrySeconds = "1"

// handler answers a path: it finds the method, signs the caller in, runs the
// handler, writes its error, and leaves one line in the log.
func (a *API) handler(route string, m methods, need access, produces string) http.Handler {
	allowed := slices.Sorted(func(yield func(string) bool) {
		for method := range m {
			if !yield(method) || method == http.MethodGet && !yield(http.MethodHead) {
				return
			}
		}
	})
	allow := strings.Join(allowed, ", ")
	rules := rulesOf(route, m, need)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		x := exchanges.Get().(*exchange)
		x.w, x.r, x.who, x.notes, x.body = recorder, r, tollkeeper.Principal{}, x.notes[:0], x.body[:0]
		a.introduce(x)
		a.protect(w.Header(), produces)
		err := accepts(r, produces)
		if err == nil {
			err = a.serve(x, m, rules, allow)
		}
		if err != nil {
			x.fail(err)
		}
		took := time.Since(began)
		a.Metrics.Request(route, r.Method, recorder.status, took)
		a.logRequest(x, route, recorder.status, took, err)
		if cap(x.body) <= maxPooledBody {
			exchanges.Put(x)
		}
	})
}

func (a *API) serve(x *exchange, m methods, rules map[string]*tollkeeper.Rule, allow string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = tollkeeper.Internal("panic", fmt.Errorf("%v\n%s", p, debug.Stack()))
		}
	}()
	if len(m) == 0 {
		return tollkeeper.Errorf(tollkeeper.CodeNotFound, "there is no such path")
	}
	method := x.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	handle := m[method]
	if handle == nil {
		x.w.Header().Set("Allow", allow)
		return tollkeeper.Errorf(tollkeeper.CodeMethodNotAllowed, "this path takes %s", allow)
	}
	switch rule := rules[method]; rule {
	case nil:
		if err := a.limitAnonymous(x); err != nil {
			return err
		}
	case byLink:
	default:
		if err := a.letIn(x, bearer(x.r)); err != nil {
			return err
		}
		if lacking, ok := x.who.May(rule); !ok {
			return tollkeeper.Errorf(tollkeeper.CodeForbidden, "%s", lacking)
		}
	}
	return handle(x)
}

// rulesOf finds who may use each method of a path. A method of a guarded path without
// its rule is a mistake in the program.
func rulesOf(route string, m methods, need access) map[string]*tollkeeper.Rule {
	rules := make(map[string]*tollkeeper.Rule, len(m))
	for method := range m {
		rule, found := tollkeeper.RuleOf(method + " " + route)
		switch {
		case found:
			rules[method] = &rule
		case need == signed:
			rules[method] = byLink
		case need == guarded:
			panic("api: no rule for " + method + " " + route)
		}
	}
	return rules
}

// accepts refuses a request whose Accept header leaves out the media type of the
// answer (RFC 9110, section 12.5.1).
func accepts(r *http.Request, produces string) error {
	header := r.Header.Values("Accept")
	if len(header) == 0 || produces == anything {
		return nil
	}
	kind, _, _ := strings.Cut(produces, "/")
	for part := range strings.SplitSeq(strings.Join(header, ","), ",") {
		accepted, parameters, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		switch strings.TrimSpace(accepted) {
		case produces, kind + "/*", "*/*":
			if !refused.MatchString(parameters) {
				return nil
			}
		}
	}
	return tollkeeper.Errorf(tollkeeper.CodeNotAcceptable, "this path answers in %s", produces)
}

// refused matches a quality of 0 among the parameters of a media range.
var refused = regexp.MustCompile(`(^|;)\s*q=0(\.0*)?\s*(;|$)`)

// statusRecorder remembers the status that was sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
	sent   bool
}

func (w *statusRecorder) WriteHeader(status int) {
	if !w.sent {
		w.status, w.sent = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Write(b []byte) (int, error) {
	w.sent = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// answer sends a JSON body with status 200.
func (x *exchange) answer(body []byte) error {
	x.send(http.StatusOK, body)
	return nil
}

// jsonType is set as a shared value: headers are not changed once they are made.
var jsonType = []string{"application/json"}

// send writes the answer. The body may be anybody's, so it never becomes the
// exchange's buffer here.
func (x *exchange) send(status int, body []byte) {
	header := x.w.Header()
	header["Content-Type"] = jsonType
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.w.WriteHeader(status)
	x.w.Write(body)
}

// mayTake gives the client time to read what is written from now on.
func (x *exchange) mayTake(d time.Duration) error {
	return whereSupported(http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(d)))
}

// fail answers an error. An answer that is under way already is cut off instead, so
// that nobody takes it for whole.
func (x *exchange) fail(err error) {
	if recorder, ok := x.w.(*statusRecorder); ok && recorder.sent {
		http.NewResponseController(x.w).SetWriteDeadline(time.Unix(1, 0))
		return
	}
	var known *tollkeeper.Error
	if !errors.As(err, &known) {
		known = tollkeeper.Internal("answer", err)
	}
	class := statuses[known.Code]
	switch known.Code {
	case tollkeeper.CodeUnavailable:
		x.w.Header().Set("Retry-After", retrySeconds)
	case tollkeeper.CodeUnauthenticated:
		x.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w := newWire(nil)
	w.text("name", class.name)
	w.text("message", known.Message)
	w.int("code", int64(class.status))
	w.text("className", string(known.Code))
	w.texts("errors", known.Faults)
	x.send(class.status, w.end())
}

// maxUserAgent bounds what is kept of a User-Agent.
const maxUserAgent = 255

// logRequest writes one line per request. It carries neither bodies nor headers.
func (a *API) logRequest(x *exchange, route string, status int, took time.Duration, err error) {
	level := slog.LevelInfo
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("method", x.r.Method), slog.String("route", route), slog.Int("status", status),
		slog.Int64("micros", took.Microseconds()), slog.String("actor", x.who.Actor()), slog.String("address", x.who.Address.String()))
	attrs = append(attrs, x.notes...)
	if err != nil {
		attrs = append(attrs, slog.String("error", loggedError(err)))
	}
	if status >= 500 {
		level = slog.LevelError
	}
	// Straight to the handler: the logger would look up the line of code, which is
	// this one for every request.
	handler, ctx := a.Log.Handler(), x.r.Context()
	if handler.Enabled(ctx, level) {
		record := slog.NewRecord(a.Now(), level, "request", 0)
		record.AddAttrs(attrs...)
		handler.Handle(ctx, record)
	}
}

// loggedError says what went wrong. Of a bad request only how much: its faults
// repeat what the client wrote, which may be a secret in the wrong place.
func loggedError(err error) string {
	var known *tollkeeper.Error
	if errors.As(err, &known) && known.Code == tollkeeper.CodeInvalid && known.Err == nil {
		return "bad request with " + strconv.Itoa(max(1, len(known.Faults))) + " faults"
	}
	return err.Error()
}
