package console

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// transport carries the client's requests to the API in the same process. The API
// sees the browser's address and the proxies it came by, as if it had come itself.
type transport struct {
	api     http.Handler
	browser *http.Request
}

// RoundTrip implements http.RoundTripper. The answer streams: the API waits while
// nobody reads, and is told when the reader has gone.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	inner := r.Clone(ctx)
	inner.RemoteAddr, inner.TLS, inner.Host = t.browser.RemoteAddr, t.browser.TLS, t.browser.Host
	inner.RequestURI = r.URL.RequestURI()
	for _, name := range []string{"Forwarded", "X-Forwarded-For"} {
		if values := t.browser.Header.Values(name); values != nil {
			inner.Header[name] = values
		}
	}
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	reader, writer := io.Pipe()
	w := &responseWriter{header: http.Header{}, pipe: writer, began: make(chan struct{})}
	go func() {
		defer cancel()
		t.api.ServeHTTP(w, inner)
		w.WriteHeader(http.StatusOK)
		writer.Close()
	}()
	select {
	case <-w.began:
		return &http.Response{
			Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.sent, Body: &responseBody{reader, cancel}, ContentLength: -1, Request: r,
		}, nil
	case <-r.Context().Done():
		cancel()
		reader.Close()
		return nil, r.Context().Err()
	}
}

// responseBody ends the request when it is closed.
type responseBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close tells the API that nobody reads on.
func (b *responseBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// responseWriter is the API's side of an answer.
type responseWriter struct {
	header, sent http.Header
	pipe         *io.PipeWriter
	once         sync.Once
	began        chan struct{} // closed when status and sent are set
	status       int
}

// Header implements http.ResponseWriter.
func (w *responseWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.began)
	})
}

// Write implements http.ResponseWriter.
func (w *responseWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(b)
}

// Flush does nothing: what is written arrives at once.
func (w *responseWriter) Flush() { w.WriteHeader(http.StatusOK) }

// SetWriteDeadline breaks an answer off when the time is past, which is how the API
// keeps half an answer from being taken for a whole one.
func (w *responseWriter) SetWriteDeadline(at time.Time) error {
	if !at.IsZero() && at.Before(time.Now()) {
		w.pipe.CloseWithError(io.ErrUnexpectedEOF)
	}
	return nil
}
