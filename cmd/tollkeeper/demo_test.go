package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"tollkeeper/internal/store"
)

// serveArgs reads the command line of serve as the program does.
func serveArgs(t *testing.T, args ...string) *serveCommand {
	t.Helper()
	var cli commands
	parser, err := kong.New(&cli, kong.BindTo(t.Context(), (*context.Context)(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		t.Fatal(err)
	}
	return &cli.Serve
}

// discard is a file that is no terminal.
func discard(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// startDemo starts a server on a folder and returns what it prints.
func startDemo(t *testing.T, s settings) (*Program, string) {
	t.Helper()
	var out bytes.Buffer
	p, err := Start(t.Context(), s, &out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.introduceDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p, out.String()
}

// curlLine is what a shell makes of the printed line.
var curlLine = regexp.MustCompile(`(?m)^curl -s (\S+) -H '([^':]+): ([^']+)' -H '([^':]+): ([^']+)' -d '([^']+)'$`)

func paste(t *testing.T, printed string) (decision struct{ Decision, Reason, Destination string }) {
	t.Helper()
	m := curlLine.FindStringSubmatch(printed)
	if m == nil {
		t.Fatalf("no curl line in %q", printed)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m[1], strings.NewReader(m[6]))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(m[2], m[3])
	request.Header.Set(m[4], m[5])
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", response.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, &decision); err != nil {
		t.Fatal(err)
	}
	return decision
}

func TestDemoServesWhatItPrints(t *testing.T) {
	t.Parallel()
	s := serveArgs(t, "--listen", "127.0.0.1:0", "--data", t.TempDir()).settings
	stderr := discard(t)
	for _, start := range []string{"first", "second"} {
		if err := s.fillDemo(t.Context(), stderr); err != nil {
			t.Fatal(err)
		}
		p, printed := startDemo(t, s)
		if !strings.Contains(printed, "Sign in as demo@tollkeeper.example with the password tollkeeper-demo\n") {
			t.Errorf("%s start: no login in %q", start, printed)
		}
		if d := paste(t, printed); d.Decision != "allow" || d.Reason != "ok" || d.Destination != "United Kingdom, London" {
			t.Errorf("%s start: %+v", start, d)
		}
		login := `{"strategy":"local","username":"demo@tollkeeper.example","password":"tollkeeper-demo"}`
		response, err := http.Post(p.URL+"/authentication", "application/json", strings.NewReader(login))
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s start: sign in: %v %v", start, response, err)
		}
		if err == nil {
			response.Body.Close()
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := stderr.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("a progress bar was drawn where there is no terminal: %d bytes, %v", info.Size(), err)
	}
	checkVerified(t, s.Data)
	checkNotPublic(t, s.Data)
}

func checkVerified(t *testing.T, folder string) {
	t.Helper()
	database, err := store.Open(t.Context(), store.Config{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	if v, err := database.Verify(t.Context()); err != nil || !v.OK() {
		t.Errorf("verify: %v %v", v, err)
	}
}

// checkNotPublic tries to serve a demonstration with the built-in password where
// others reach it.
func checkNotPublic(t *testing.T, folder string) {
	t.Helper()
	for _, args := range [][]string{
		{},
		{"--demo"},
		{"--demo", "--admin-password", "chosen later"},
	} {
		c := serveArgs(t, append(args, "--listen", "0.0.0.0:0", "--data", folder)...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a server that is let through stops then
		if err := c.Run(ctx); !errors.Is(err, errKnownPassword) {
			t.Errorf("%v: %v", args, err)
		}
		cancel()
	}
}

func TestDemoRefusesToBePublic(t *testing.T) {
	t.Parallel()
	for listen, loopback := range map[string]bool{
		"127.0.0.1:8080": true, "127.9.9.9:0": true, "[::1]:8080": true, "localhost:8080": true,
		":8080": false, "0.0.0.0:8080": false, "[::]:8080": false, "192.0.2.1:8080": false, "carrier.example:8080": false, "8080": false,
	} {
		if isLoopback(listen) != loopback {
			t.Errorf("%s is loopback: %t", listen, !loopback)
		}
		if loopback {
			continue
		}
		folder := filepath.Join(t.TempDir(), "data")
		s := serveArgs(t, "--listen", listen, "--data", folder).settings
		if err := s.fillDemo(t.Context(), discard(t)); !errors.Is(err, errKnownPassword) {
			t.Errorf("%s: %v", listen, err)
		}
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the folder was made: %v", listen, err)
		}
	}
}

func TestDemoLogin(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args            []string
		email, password string
	}{
		{nil, demoEmail, demoPassword},
		{[]string{"--admin-email", "me@carrier.example"}, "me@carrier.example", demoPassword},
		{[]string{"--admin-password", "a secret of mine"}, demoEmail, "a secret of mine"},
		{[]string{"--admin-email", "me@carrier.example", "--admin-password", "a secret of mine"}, "me@carrier.example", "a secret of mine"},
	} {
		email, password := serveArgs(t, row.args...).demoLogin()
		if email != row.email || password != row.password {
			t.Errorf("%v: %s %s", row.args, email, password)
		}
	}
}

// A password that somebody chose is never shown, and one given later than the
// demonstration does not open it.
func TestDemoKeepsAChosenPasswordSecret(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, row := range []struct{ password, want string }{
		{"a secret of mine", "Sign in as " + demoEmail + " with the password that was set\n"},
		{"another one", "was filled before; sign in as it was set then\n"},
	} {
		s := serveArgs(t, "--listen", "127.0.0.1:0", "--data", folder, "--admin-password", row.password).settings
		if err := s.fillDemo(t.Context(), discard(t)); err != nil {
			t.Fatal(err)
		}
		p, printed := startDemo(t, s)
		if !strings.Contains(printed, row.want) || strings.Contains(printed, row.password) {
			t.Errorf("printed %q; want %q", printed, row.want)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
