package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"tollkeeper/client"
)

// remote is a running server that a tool talks to.
type remote struct {
	Server string `help:"Address of the server." default:"http://127.0.0.1:8080" placeholder:"URL"`
	Token  string `help:"Token to sign in with; best given in the environment." required:"" placeholder:"TOKEN"`
}

func (r remote) client() (*client.Client, error) {
	return client.New(r.Server, client.WithToken(r.Token), client.WithUserAgent("tollkeeper/"+version))
}

// explain says an error of the server's as people are to read it: what it answered, with
// a line for each fault, or that nobody answers.
func (r remote) explain(err error) error {
	var refused *client.Error
	var dialled *net.OpError
	switch {
	case errors.Is(err, client.ErrForeignAnswer):
		return err
	case errors.As(err, &refused) && (len(refused.Errors) == 0 || slices.Equal(refused.Errors, []string{refused.Message})):
		return errors.New(refused.Message)
	case errors.As(err, &refused):
		return fmt.Errorf("%s:\n%s", refused.Message, strings.Join(refused.Errors, "\n"))
	case errors.As(err, &dialled) && dialled.Op == "dial":
		return fmt.Errorf("no server answers at %s: %w; start it, or name another by --server", r.Server, dialled.Err)
	}
	return err
}
