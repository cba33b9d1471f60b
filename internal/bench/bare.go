package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"tollkeeper/internal/bench/load"
	"tollkeeper/internal/bench/report"
)

// bareServerFlag, alone, makes this program the bare server.
const bareServerFlag = "--serve-bare"

// bareBody is JSON of 700 bytes, about as long as a customer's record.
var bareBody = []byte(`{"filler":"` + strings.Repeat("x", 700-len(`{"filler":""}`)) + `"}`)

// serveBare answers every request with bareBody and prints the address it serves
// on. It is the yardstick of what net/http can do on this machine.
func serveBare(stdout io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(bareBody)
	}))
}

// bareServer measures the yardstick, in a process of its own as the server is.
func (b *bench) bareServer(ctx context.Context) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p := newProcess(exec.CommandContext(ctx, self, bareServerFlag))
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	defer p.kill() // it has nothing to finish
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("bare server: %w: %s", err, p.said)
	}
	_, err = b.measure(ctx, &system{processes: []*process{p}, addresses: []string{strings.TrimSpace(address)}}, operation{report.BareKey, "bare net/http, 700 bytes", bareGet})
	return err
}

func bareGet(int) load.Operation {
	request := load.Message{Method: "GET", Target: "/customers/69a555184b1f8c3a5e000003", Token: "tk_3q7mZJ0sVh2n8cXr5yLwA1"}.Request()
	return func(c *load.Conn) error {
		body, err := c.Expect(request)
		if err == nil && len(body) != len(bareBody) {
			err = errors.New("the bare server answered something else")
		}
		return err
	}
}
