package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"tollkeeper"
	"tollkeeper/client"
	"tollkeeper/internal/credential"
)

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token and print it, on the server's machine."`
	List   tokenListCommand   `cmd:"" help:"List the tokens of a running server."`
	Show   tokenShowCommand   `cmd:"" help:"Show one token."`
	Revoke tokenRevokeCommand `cmd:"" help:"Take a token away."`
}

type tokenCreateCommand struct {
	database `embed:""`
	Name     string         `help:"What the token is for, 1 to 45 characters." required:"" env:"-" placeholder:"NAME"`
	Kind     string         `help:"server opens everything, switch the operations of calls only." enum:"server,switch" default:"server" env:"-" placeholder:"KIND"`
	Customer string         `help:"The only customer that the switch may speak of." env:"-" placeholder:"ID"`
	Networks []netip.Prefix `help:"Networks that the switch's token may be used from." env:"-" placeholder:"NETWORK"`
}

// Run prints the token alone, so that a script can take it.
func (c *tokenCreateCommand) Run(ctx context.Context) error {
	token := tollkeeper.Token{Name: c.Name, Kind: tollkeeper.TokenKind(c.Kind), Networks: c.Networks}
	var faults []string
	if c.Customer != "" {
		var err error
		if token.Customer, err = tollkeeper.ParseID(c.Customer); err != nil {
			faults = append(faults, "customer: must be an id, 24 hexadecimal digits")
		}
	}
	if n := len([]rune(c.Name)); n < 1 || n > 45 {
		faults = append(faults, "name: must have 1 to 45 characters")
	}
	if token.Kind != tollkeeper.TokenSwitch && (c.Customer != "" || c.Networks != nil) {
		faults = append(faults, "customer, networks: are for tokens of kind switch")
	}
	if faults != nil {
		return tollkeeper.Invalid(faults...)
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	secret := credential.NewToken()
	_, err = s.CreateToken(ctx, tollkeeper.Write{}, token, credential.HashToken(secret))
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	fmt.Println(secret)
	return nil
}

var tokenColumns = []column[client.UserToken]{
	{"ID", func(t client.UserToken) string { return t.Id }},
	{"NAME", func(t client.UserToken) string { return t.Name }},
	{"KIND", func(t client.UserToken) string { return string(t.Kind) }},
	{"USER", func(t client.UserToken) string { return t.User }},
	{"CUSTOMER", func(t client.UserToken) string { return t.Customer }},
	{"NETWORKS", func(t client.UserToken) string { return strings.Join(t.Networks, " ") }},
	{"IN USE", func(t client.UserToken) string { return yesNo(t.Status == 1) }},
	{"EXPIRES", func(t client.UserToken) string { return day(t.ExpiresAt) }},
}

type tokenListCommand struct {
	remote  `embed:""`
	listing `embed:""`
}

// Run lists tokens, never their secrets.
func (c *tokenListCommand) Run(ctx context.Context) error {
	return list(c.remote, c.listing, tokenColumns, func(s *client.Client) (*client.List[client.UserToken], error) {
		return s.Usertokens.Find(ctx, c.find())
	})
}

type tokenShowCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run shows one token.
func (c *tokenShowCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, tokenColumns, func(s *client.Client) (*client.UserToken, error) { return s.Usertokens.Get(ctx, c.ID) })
}

type tokenRevokeCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run takes a token away; it stays listed.
func (c *tokenRevokeCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, tokenColumns, func(s *client.Client) (*client.UserToken, error) {
		return s.Usertokens.Patch(ctx, c.ID, client.UserTokenPatch{Status: client.Set(0)})
	})
}
