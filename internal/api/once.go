package api

import (
	"crypto/sha256"
	"io"
	"net/http"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// maxKey is the longest Idempotency-Key.
const maxKey = 255

// write says who makes a write, and by which Idempotency-Key. Render makes the
// answer out of what the store returns; it must be called after the body is read.
func (x *exchange) write(render func(result any) *tollkeeper.Answer) (tollkeeper.Write, error) {
	w := tollkeeper.Write{Principal: x.who}
	key := x.r.Header.Get("Idempotency-Key")
	if key == "" {
		return w, nil
	}
	if len(key) > maxKey || !admission.Visible(key) {
		return w, tollkeeper.Invalid("Idempotency-Key: must have 1 to 255 visible ASCII characters")
	}
	hash := sha256.New()
	io.WriteString(hash, x.r.Method+" "+x.r.URL.EscapedPath()+"\n"+x.r.Header.Get("If-Match")+"\n")
	hash.Write(x.body)
	w.Once = &tollkeeper.Once{Principal: x.who.Actor(), Key: key, Hash: hash.Sum(nil), Render: render}
	return w, nil
}

// perform does a write, and answers what came of it as render shows it. A request whose
// Idempotency-Key was used before gets the answer of then.
func perform[T any](x *exchange, render func(T) *tollkeeper.Answer, do func(tollkeeper.Write) (T, error)) error {
	w, err := x.write(func(result any) *tollkeeper.Answer { return render(result.(T)) })
	if err != nil {
		return err
	}
	result, err := do(w)
	if err == nil && !x.replayed(w) {
		x.sendTagged(render(result))
	}
	return err
}

// untagged renders what has no ETag.
func untagged[T any](body func(T, func(string) bool) []byte) func(T) *tollkeeper.Answer {
	return func(record T) *tollkeeper.Answer { return tagged(body(record, nil), "") }
}

// replayed sends the stored answer when the key was used before.
func (x *exchange) replayed(w tollkeeper.Write) bool {
	if w.Once == nil || w.Once.Replayed == nil {
		return false
	}
	x.sendTagged(w.Once.Replayed)
	return true
}

func (x *exchange) sendTagged(answer *tollkeeper.Answer) {
	if answer.ETag != "" {
		x.w.Header()["Etag"] = []string{answer.ETag}
	}
	x.send(answer.Status, answer.Body)
}

// matches reports whether an If-Match header names a tag (RFC 9110, section
// 13.1.1). A missing header matches everything.
func matches(r *http.Request, tag string) bool {
	header := strings.Join(r.Header.Values("If-Match"), ",")
	if header == "" {
		return true
	}
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part == "*" || part == tag {
			return true
		}
	}
	return false
}

var errChanged = tollkeeper.Errorf(tollkeeper.CodeConflict, "the record was changed by someone else; read it again")

// tagged makes an answer of a body and its tag.
func tagged(body []byte, tag string) *tollkeeper.Answer {
	return &tollkeeper.Answer{Status: http.StatusOK, ETag: tag, Body: body}
}
