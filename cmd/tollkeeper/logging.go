package main

import (
	"bufio"
	"io"
	"log/slog"
	"sync"
	"time"
)

// logWriter gathers log lines, so that a request does not wait for the terminal
// or the disk. What it holds is at most flushEvery old.
type logWriter struct {
	mu     sync.Mutex // guards buffer
	buffer *bufio.Writer
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once
}

const (
	logBufferBytes = 64 << 10
	flushEvery     = 100 * time.Millisecond
)

func newLogWriter(to io.Writer) *logWriter {
	w := &logWriter{buffer: bufio.NewWriterSize(to, logBufferBytes), stop: make(chan struct{}), done: make(chan struct{})}
	go w.flush()
	return w
}

// Write adds one line.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buffer.Write(line)
}

func (w *logWriter) flush() {
	defer close(w.done)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for stopping := false; !stopping; {
		select {
		case <-ticker.C:
		case <-w.stop:
			stopping = true
		}
		w.mu.Lock()
		w.buffer.Flush()
		w.mu.Unlock()
	}
}

func (w *logWriter) close() {
	w.once.Do(func() { close(w.stop) })
	<-w.done
}

// logger writes JSON lines from a level on.
func (w *logWriter) logger(level string) *slog.Logger {
	var from slog.Level
	if err := from.UnmarshalText([]byte(level)); err != nil {
		from = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: from}))
}
