package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"

	"tollkeeper/client"
)

type userCommand struct {
	List   userListCommand   `cmd:"" help:"List the users of a running server."`
	Show   userShowCommand   `cmd:"" help:"Show one user."`
	Create userCreateCommand `cmd:"" help:"Make a user. A password that is not given is made up, and printed once."`
	Revoke userRevokeCommand `cmd:"" help:"Delete a user, with the user's tokens and sessions."`
}

var userColumns = []column[client.User]{
	{"ID", func(u client.User) string { return u.Id }},
	{"EMAIL", func(u client.User) string { return u.Email }},
	{"FIRST", func(u client.User) string { return u.First }},
	{"LAST", func(u client.User) string { return u.Last }},
	{"CUSTOMER", func(u client.User) string { return u.Customer }},
	{"ADMIN", func(u client.User) string { return string(u.AdminPermission) }},
	{"BILLING", func(u client.User) string { return string(u.BillingPermission) }},
	{"PHONE", func(u client.User) string { return string(u.PhonePermission) }},
	{"SINCE", func(u client.User) string { return day(u.CreatedAt) }},
}

type userListCommand struct {
	remote  `embed:""`
	listing `embed:""`
}

// Run lists users.
func (c *userListCommand) Run(ctx context.Context) error {
	return list(c.remote, c.listing, userColumns, func(s *client.Client) (*client.List[client.User], error) { return s.Users.Find(ctx, c.find()) })
}

type userShowCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run shows one user.
func (c *userShowCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, userColumns, func(s *client.Client) (*client.User, error) { return s.Users.Get(ctx, c.ID) })
}

type userCreateCommand struct {
	remote   `embed:""`
	Email    string `help:"E-mail address, the login name." required:"" env:"-" placeholder:"ADDRESS"`
	Password string `help:"Password, 8 to 255 characters; best given in the environment." env:"TOLLKEEPER_USER_PASSWORD" placeholder:"PASSWORD"`
	First    string `help:"First name." env:"-" placeholder:"NAME"`
	Last     string `help:"Last name." env:"-" placeholder:"NAME"`
	Customer string `help:"Id of the customer the user belongs to; the carrier's own staff when absent." env:"-" placeholder:"ID"`
	Admin    string `help:"adminPermission: r or rw." env:"-" placeholder:"RIGHT"`
	Billing  string `help:"billingPermission: r or rw." env:"-" placeholder:"RIGHT"`
	Phone    string `help:"phonePermission: r or rw." env:"-" placeholder:"RIGHT"`
	JSON     bool   `name:"json" help:"Print JSON for scripts." env:"-"`
}

// Run makes a user.
func (c *userCreateCommand) Run(ctx context.Context) error {
	password := c.Password
	if password == "" {
		password = rand.Text()
	}
	user := client.UsersCreateOrPatch{Email: client.Set(c.Email), Password: client.Set(password)}
	for _, field := range []struct {
		at   *client.Optional[string]
		text string
	}{{&user.First, c.First}, {&user.Last, c.Last}, {&user.Customer, c.Customer}} {
		if field.text != "" {
			*field.at = client.Set(field.text)
		}
	}
	for _, field := range []struct {
		at   *client.Optional[client.Permission]
		text string
	}{{&user.AdminPermission, c.Admin}, {&user.BillingPermission, c.Billing}, {&user.PhonePermission, c.Phone}} {
		if field.text != "" {
			*field.at = client.Set(client.Permission(field.text))
		}
	}
	return show(c.remote, c.JSON, userColumns, func(s *client.Client) (*client.User, error) {
		created, err := s.Users.Create(ctx, user)
		if err == nil && c.Password == "" {
			fmt.Fprintf(os.Stderr, "The password is %s\nIt is shown only this once.\n", password)
		}
		return created, err
	})
}

type userRevokeCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run deletes a user.
func (c *userRevokeCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, userColumns, func(s *client.Client) (*client.User, error) { return s.Users.Remove(ctx, c.ID) })
}
