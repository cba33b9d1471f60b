// Package spool keeps calls in a file that were let through while the database was
// gone, one to a line.
package spool

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"tollkeeper/internal/ledger"
)

// File is a spool. Its methods are safe for concurrent use.
type File struct {
	path string
	mu   sync.Mutex // guards the file
}

// Open names the file, which is made with the first call.
func Open(folder string) *File { return &File{path: filepath.Join(folder, "let-through.jsonl")} }

// Keep appends a call.
func (s *File) Keep(call ledger.LetThrough) (err error) {
	line, err := json.Marshal(call)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// A line that a crash has cut off ends where the next begins.
	if _, err := f.Write(append(append([]byte{'\n'}, line...), '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// Waiting reads the calls. What a crash has cut off was never answered, and is
// passed over.
func (s *File) Waiting() ([]ledger.LetThrough, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read()
}

func (s *File) read() (calls []ledger.LetThrough, err error) {
	content, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
		var call ledger.LetThrough
		if json.Unmarshal(lines.Bytes(), &call) == nil {
			calls = append(calls, call)
		}
	}
	return calls, nil
}

// Forget puts a file without the oldest calls in the place of the old one.
func (s *File) Forget(calls int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	left, err := s.read()
	if err != nil {
		return err
	}
	left = left[min(calls, len(left)):]
	if len(left) == 0 {
		return os.Remove(s.path)
	}
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	for _, call := range left {
		if err := encoder.Encode(call); err != nil {
			return err
		}
	}
	return replace(s.path, content.Bytes())
}

func replace(path string, content []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	return os.Rename(f.Name(), path)
}
