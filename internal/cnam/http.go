package cnam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/encoding/charmap"
)

// maxAnswer bounds what is read of an answer: a name with all that may stand around it.
const maxAnswer = 64 << 10

// HTTP asks a provider by one HTTP request for each number. Its texts may have places
// for the number and the secret: {e164} +12125550100, {digits} 12125550100, {national}
// 2125550100, {secret}.
type HTTP struct {
	URL      string // values are escaped
	Method   string
	Body     string // "" for none; values stand in JSON strings or forms
	Headers  []string
	Secret   string
	Pointer  jsontext.Pointer         // to the name in the answer, which is JSON (RFC 6901); "": the answer is the name
	National func(e164 string) string // a number without its country calling code
	Client   *http.Client             // must not follow redirects
}

// Faults lists what makes no sense, with the field it is in: "url", "body", "headers"
// or "pointer".
func (h *HTTP) Faults() (faults []string) {
	const sample = "+12125550100"
	address, err := url.Parse(h.fill(h.URL, sample, url.QueryEscape))
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" || address.User != nil {
		faults = append(faults, "url: must be http:// or https:// and a host, without a user")
	}
	if h.fill(h.URL+h.Body, sample, url.QueryEscape) == h.fill(h.URL+h.Body, "", url.QueryEscape) {
		faults = append(faults, "url: must have a place for the number: {e164}, {digits} or {national}")
	}
	for _, header := range h.Headers {
		if !headerForm.MatchString(header) {
			faults = append(faults, "headers: must be such as X-Api-Key: {secret}")
		}
	}
	if !h.Pointer.IsValid() {
		faults = append(faults, "pointer: must be a JSON Pointer such as /caller/name (RFC 6901)")
	}
	return faults
}

var headerForm = regexp.MustCompile(`^[0-9A-Za-z-]+:[^\r\n]+$`)

// Name asks the provider. An error names neither the address nor the number, which may
// have no place in a log.
func (h *HTTP) Name(ctx context.Context, e164 string) (string, error) {
	r, err := h.request(ctx, e164)
	if err != nil {
		return "", bare(err)
	}
	answer, err := h.Client.Do(r)
	if err != nil {
		return "", bare(err)
	}
	defer answer.Body.Close()
	body, err := bodyOf(answer)
	switch {
	case err != nil || len(body) == 0:
		return "", bare(err)
	case h.Pointer != "":
		return find(body, h.Pointer)
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind == "text/html" {
		return "", errors.New("the provider answered a page instead of a name")
	}
	return strings.TrimSpace(string(body)), nil
}

// bodyOf reads what a provider says, in UTF-8; nothing where it knows no name.
func bodyOf(answer *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1)) // whatever the status, so that the connection is kept
	switch {
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusNoContent:
		return nil, nil
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the provider answered %d", answer.StatusCode)
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the provider answered more than %d bytes", maxAnswer)
	case !utf8.Valid(body): // older systems write ISO 8859-1, of which this is a superset
		return charmap.Windows1252.NewDecoder().Bytes(body)
	}
	return bytes.TrimPrefix(body, []byte("\uFEFF")), nil
}

func (h *HTTP) request(ctx context.Context, e164 string) (*http.Request, error) {
	escape, kind := url.QueryEscape, "application/x-www-form-urlencoded"
	if strings.HasPrefix(h.Body, "{") {
		escape, kind = inString, "application/json"
	}
	var body io.Reader
	if h.Body != "" {
		body = strings.NewReader(h.fill(h.Body, e164, escape))
	}
	r, err := http.NewRequestWithContext(ctx, h.Method, h.fill(h.URL, e164, url.QueryEscape), body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	for _, header := range h.Headers {
		name, value, _ := strings.Cut(header, ":")
		r.Header.Set(strings.TrimSpace(name), strings.TrimSpace(h.fill(value, e164, strings.TrimSpace)))
	}
	return r, nil
}

// fill puts the number and the secret into their places.
func (h *HTTP) fill(text, e164 string, escape func(string) string) string {
	return strings.NewReplacer(
		"{e164}", escape(e164), "{digits}", escape(strings.TrimPrefix(e164, "+")),
		"{national}", escape(h.National(e164)), "{secret}", escape(h.Secret),
	).Replace(text)
}

// inString escapes a text for a JSON string.
func inString(text string) string {
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return "" // it is no text
	}
	return string(quoted[1 : len(quoted)-1])
}

// bare takes the address off an error of net/http; nil stays nil.
func bare(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// find returns the text that a pointer leads to, and "" where it leads to nothing.
func find(body []byte, pointer jsontext.Pointer) (string, error) {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return "", errors.New("the provider's answer is not JSON")
	}
	for token := range pointer.Tokens() {
		switch within := value.(type) {
		case map[string]any:
			value = within[token]
		case []any:
			value = element(within, token)
		default:
			return "", nil
		}
	}
	switch value := value.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(value), nil
	}
	return "", errors.New("the provider's answer has no text where the name should be")
}

func element(list []any, token string) any {
	for i, v := range list {
		if fmt.Sprint(i) == token {
			return v
		}
	}
	return nil
}
