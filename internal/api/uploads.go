package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/link"
)

// Limits of transfers of audio. A connection that stands still is closed after
// transferIdle, and any after transferTime.
const (
	transferIdle = 30 * time.Second
	transferTime = time.Hour
)

// uploadRecording takes a recording, or a part of one, from a switch that has the
// link of its call.
func (a *API) uploadRecording(x *exchange) error {
	customer, id, err := linked(x.r)
	if err != nil {
		return err
	}
	if err := a.checkLink(x, link.UploadOf(customer, id)); err != nil {
		return err
	}
	part, err := partOf(x.r)
	if err != nil {
		return err
	}
	digest, err := digestOf(x.r.Header)
	if err != nil {
		return err
	}
	part.Customer, part.ID = customer, id
	rec, err := a.Media.Receive(x.r.Context(), part, digest, x.slowly(x.r.Body))
	if err != nil {
		return err
	}
	return x.answer(uploadBody(&rec))
}

// uploadBody says how much of a recording has come.
func uploadBody(rec *tollkeeper.Recording) []byte {
	w := newWire(nil)
	w.id("_id", rec.ID)
	w.text("state", string(rec.State))
	size, sum := rec.Arrived()
	if size > 0 {
		w.int("sizeBytes", size)
	}
	w.int("receivedBytes", rec.Received)
	w.optional("sha256", hex.EncodeToString(sum))
	return w.end()
}

// Content-Range of a request: RFC 9110, sections 14.4 and 14.5. With "*" for the
// range, nothing comes and only how much is there is asked.
var contentRange = regexp.MustCompile(`^bytes (?:([0-9]{1,15})-([0-9]{1,15})|\*)/([0-9]{1,15})$`)

// partOf reads which part of the recording a request brings.
func partOf(r *http.Request) (part tollkeeper.Part, err error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return part, tollkeeper.Invalid("Content-Encoding: must be absent; compressed bodies are not read")
	}
	given := r.Header.Values("Content-Range")
	if len(given) == 0 {
		part.Size = max(r.ContentLength, 0)
		part.Total = part.Size
		return part, nil
	}
	const form = "Content-Range: must be like bytes 0-999/5000, or bytes */5000 to ask how much is there"
	m := contentRange.FindStringSubmatch(given[0])
	if m == nil || len(given) > 1 {
		return part, tollkeeper.Invalid(form)
	}
	part.Total, _ = strconv.ParseInt(m[3], 10, 64) // 15 digits fit
	if m[1] == "" {
		part.Asks = true
		return part, nil
	}
	part.Start, _ = strconv.ParseInt(m[1], 10, 64)
	last, _ := strconv.ParseInt(m[2], 10, 64)
	part.Size = last + 1 - part.Start
	if part.Size < 1 || last >= part.Total {
		return part, tollkeeper.Invalid(form)
	}
	if r.ContentLength >= 0 && r.ContentLength != part.Size {
		return part, tollkeeper.Invalid("Content-Range: must have as many bytes as the body")
	}
	return part, nil
}

// digestOf reads the SHA-256 that a body must have, of the header Content-Digest (RFC
// 9530); nil where there is none.
func digestOf(h http.Header) ([]byte, error) {
	given := strings.Join(h.Values("Content-Digest"), ",")
	if given == "" {
		return nil, nil
	}
	for member := range strings.SplitSeq(given, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(member), "=")
		if name != "sha-256" {
			continue
		}
		digest, err := base64.StdEncoding.DecodeString(strings.Trim(value, ":"))
		if err == nil && len(digest) == sha256.Size {
			return digest, nil
		}
	}
	return nil, tollkeeper.Invalid("Content-Digest: must have sha-256=: and the SHA-256 in Base64 and a colon")
}

// slowly reads a body that may take long, as long as something comes.
func (x *exchange) slowly(body io.Reader) io.Reader {
	return &patient{body, http.NewResponseController(x.w), time.Now().Add(transferTime)}
}

type patient struct {
	io.Reader
	connection *http.ResponseController
	end        time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	deadline := time.Now().Add(transferIdle)
	if deadline.After(p.end) {
		deadline = p.end
	}
	if err := whereSupported(p.connection.SetReadDeadline(deadline)); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

var oneRange = regexp.MustCompile(`^bytes=(?:([0-9]{1,15})-[0-9]{0,15}|-[0-9]{1,15})$`)

// serve answers with content, or with one range of it. What cannot be satisfied, or
// asks for several ranges, is answered with all of it (RFC 9110, section 14.2).
func (x *exchange) serve(content io.ReadSeeker, size int64, modified time.Time) error {
	if asked := x.r.Header.Get("Range"); asked != "" {
		m := oneRange.FindStringSubmatch(asked)
		var first int64
		if m != nil && m[1] != "" {
			first, _ = strconv.ParseInt(m[1], 10, 64)
		}
		if m == nil || first >= size {
			x.r.Header.Del("Range")
		}
	}
	if err := x.mayTake(transferTime); err != nil {
		return err
	}
	http.ServeContent(x.w, x.r, "", modified, content)
	return nil
}
