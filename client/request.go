package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer bounds the bytes of an answer that is kept in memory: a page of 1,000
// records with room to spare.
const maxAnswer = 64 << 20

// request is one operation with its input.
type request struct {
	operation  string // operationId
	method     string
	path       string
	query      string
	header     http.Header
	body       any       // sent as JSON; nil for none
	stream     io.Reader // sent instead; it can be sent only once
	streamType string    // its media type; "" is CSV
	mediaType  string    // wanted; "" is JSON
	repeatable bool      // doing it twice is the same as doing it once
	public     bool      // needs no token

	receive func(io.Reader) error // takes the answer as it comes; nil keeps it in memory
	begun   bool                  // receive was called, or stream read from
	err     error                 // why there is no valid request
}

// at puts the segments of a path together of a path, each escaped. A segment that is empty or
// would be taken for a step within the path is an ErrInvalidArgument.
func (r *request) at(segments ...string) *request {
	for _, segment := range segments {
		if segment == "" || segment == "." || segment == ".." {
			r.err = fmt.Errorf("%s: %w: %q cannot stand in a path", r.operation, ErrInvalidArgument, segment)
		}
		r.path += "/" + url.PathEscape(segment)
	}
	return r
}

// answer is a success.
type answer struct {
	header http.Header
	body   []byte
}

// send makes a request until it succeeds, fails for good, or ctx ends.
func (c *Client) send(ctx context.Context, r *request) (*answer, error) {
	if r.err != nil {
		return nil, r.err
	}
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("%s: %w", r.operation, err)
		}
	}
	for n := 0; ; n++ {
		a, err := c.signedIn(ctx, r, body)
		if err == nil {
			return a, nil
		}
		wait, again := c.retry.wait(n, r, err)
		if !again || ctx.Err() != nil || !sleep(ctx, wait) {
			return nil, err
		}
	}
}

// signedIn tries a request once, and once more with a new token when the old one
// is no longer valid.
func (c *Client) signedIn(ctx context.Context, r *request, body []byte) (*answer, error) {
	if r.public {
		return c.try(ctx, r, body, "")
	}
	token, err := c.credentials.current(ctx, c)
	if err != nil {
		return nil, &signInError{r.operation, err}
	}
	a, err := c.try(ctx, r, body, token)
	if !errors.Is(err, ErrNotAuthenticated) || r.stream != nil || !c.credentials.renewable(ctx, token) {
		return a, err
	}
	if token, err = c.credentials.current(ctx, c); err != nil {
		return nil, &signInError{r.operation, err}
	}
	return c.try(ctx, r, body, token)
}

// try makes one exchange with the server.
func (c *Client) try(ctx context.Context, r *request, body []byte, token string) (*answer, error) {
	if c.timeout > 0 && r.stream == nil && r.receive == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	message, err := c.message(ctx, r, body, token)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.operation, err)
	}
	response, err := c.http.Do(message)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.operation, withoutAddress(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // what is missing is no error of the API's
		return nil, errorOf(r.operation, response, text)
	}
	return r.accept(response)
}

// withoutAddress takes the request's address off an error of net/http: its query
// may hold names and telephone numbers, and errors end up in logs.
func withoutAddress(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

func (c *Client) message(ctx context.Context, r *request, body []byte, token string) (*http.Request, error) {
	address := c.base + r.path
	if r.query != "" {
		address += "?" + r.query
	}
	content, contentType := io.Reader(nil), ""
	switch {
	case r.stream != nil:
		content, contentType, r.begun = r.stream, cmp.Or(r.streamType, "text/csv"), true
	case body != nil:
		content, contentType = bytes.NewReader(body), "application/json"
	}
	message, err := http.NewRequestWithContext(ctx, r.method, address, content)
	if err != nil {
		return nil, withoutAddress(err)
	}
	for name, values := range r.header {
		message.Header[name] = values
	}
	message.Header.Set("Accept", r.wants())
	message.Header.Set("User-Agent", c.userAgent)
	if contentType != "" {
		message.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		message.Header.Set("Authorization", "Bearer "+token)
	}
	return message, nil
}

// wants is the media type of the answer.
func (r *request) wants() string {
	if r.mediaType == "" {
		return "application/json"
	}
	return r.mediaType
}

// takes reports whether an answer's media type is what is wanted.
func (r *request) takes(mediaType string) bool {
	kind, any := strings.CutSuffix(r.wants(), "*")
	return strings.EqualFold(mediaType, r.wants()) || any && strings.HasPrefix(mediaType, kind)
}

// accept takes a success in. An answer of another media type is from elsewhere:
// a captive portal, say.
func (r *request) accept(response *http.Response) (*answer, error) {
	if got, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || !r.takes(got) {
		e := foreignAnswer(response)
		e.Operation = r.operation
		return nil, e
	}
	a := &answer{header: response.Header}
	var err error
	if r.receive != nil {
		r.begun = true
		err = r.receive(response.Body)
	} else {
		a.body, err = io.ReadAll(http.MaxBytesReader(nil, response.Body, maxAnswer))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the answer broke off: %w", r.operation, err)
	}
	return a, nil
}

// fetch sends a request and reads the answer's record.
func fetch[T any](ctx context.Context, c *Client, r *request) (*T, error) {
	record, _, err := fetchTagged[T](ctx, c, r)
	return record, err
}

// fetchTagged does the same and returns the record's ETag.
func fetchTagged[T any](ctx context.Context, c *Client, r *request) (*T, string, error) {
	record, header, err := fetchWithHeader[T](ctx, c, r)
	return record, header.Get("ETag"), err
}

// fetchWithHeader does the same and returns the answer's header.
func fetchWithHeader[T any](ctx context.Context, c *Client, r *request) (*T, http.Header, error) {
	a, err := c.send(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	record := new(T)
	if err := json.Unmarshal(a.body, record); err != nil {
		return nil, nil, fmt.Errorf("%s: the answer cannot be read: %w", r.operation, err)
	}
	return record, a.header, nil
}

// fetchText sends a request and returns the answer as it is.
func fetchText(ctx context.Context, c *Client, r *request) (string, error) {
	a, err := c.send(ctx, r)
	if err != nil {
		return "", err
	}
	return string(a.body), nil
}

// get begins the request of an operation that only reads.
func get(operation string, segments ...string) *request {
	r := &request{operation: operation, method: http.MethodGet, repeatable: true}
	return r.at(segments...)
}
