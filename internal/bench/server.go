package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tollkeeper/internal/bench/load"
)

// The operator that a server makes on its first start.
const (
	adminEmail    = "bench@tollkeeper.example"
	adminPassword = "only for measuring"
)

// server is a running Tollkeeper.
type server struct {
	*process
	address string
	started time.Duration // from the start of the process until it was ready
}

const (
	readyTimeout = 60 * time.Second
	readyPause   = time.Millisecond // short beside what is measured, and little work
)

// start runs the program on a folder and waits until it is ready.
func (b *bench) start(ctx context.Context, folder string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p, err := b.command(ctx, folder, "serve", "--listen", address, "--data", folder)
	if err != nil {
		return nil, err
	}
	s := &server{process: p, address: address}
	began := time.Now()
	if err := p.start(); err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx); err != nil {
		p.kill()
		return nil, fmt.Errorf("%w: %s", err, p.said)
	}
	s.started = time.Since(began)
	return s, nil
}

// command prepares a run of the program on a folder, or on the database in its place.
func (b *bench) command(ctx context.Context, folder string, args ...string) (*process, error) {
	database, err := b.databases.of(ctx, strings.TrimSuffix(folder, nodeSuffix(folder)))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, b.program, args...)
	cmd.Env = append(os.Environ(), "TOLLKEEPER_ADMIN_EMAIL="+adminEmail, "TOLLKEEPER_ADMIN_PASSWORD="+adminPassword,
		"TOLLKEEPER_USER_RATE=0") // the load signs in as one user
	if database != "" {
		cmd.Env = append(cmd.Env, "TOLLKEEPER_DATABASE="+database)
	}
	return newProcess(cmd), nil
}

// nodeSuffix is what tells the folders of the nodes apart that share a database.
func nodeSuffix(folder string) string {
	if suffix := filepath.Ext(folder); strings.HasPrefix(suffix, ".node") {
		return suffix
	}
	return ""
}

// freeAddress is a loopback address with a port that nobody uses at the moment.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func (s *server) awaitReady(ctx context.Context) error {
	request := load.Message{Method: "GET", Target: "/readyz"}.Request()
	timeout := time.After(readyTimeout)
	for {
		err := once(s.address, request)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(readyPause):
		case <-s.ended:
			return fmt.Errorf("the server ended before it was ready (%v)", s.cmd.ProcessState)
		case <-timeout:
			return fmt.Errorf("the server is not ready after %v: %w", readyTimeout, err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// once sends a request on a connection of its own.
func once(address string, r load.Request) error {
	conn, err := load.Dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Expect(r)
	return err
}
