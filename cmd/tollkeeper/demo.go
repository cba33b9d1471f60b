package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"tollkeeper"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/demo"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
)

// The operator of a demonstration, unless the settings name another. Everybody can
// read the password here, so it opens servers on loopback addresses only.
const (
	demoEmail    = "demo@tollkeeper.example"
	demoPassword = "tollkeeper-demo"
)

// defaultAdminEmail is the default of the setting admin-email.
const defaultAdminEmail = "admin@tollkeeper.example"

// demoTokenLife is how long the token in the printed curl line is good for.
const demoTokenLife = 24 * time.Hour

// errKnownPassword is what a server that others can reach answers to the built-in
// password.
var errKnownPassword = errors.New("the operator of the demonstration has a password that everybody can know, so it is served on loopback addresses only; " +
	"set --listen to 127.0.0.1 and a port, or begin in an empty --data folder with --admin-password (TOLLKEEPER_ADMIN_PASSWORD) set")

// demoLogin is who signs in to a demonstration.
func (s *settings) demoLogin() (email, password string) {
	email, password = s.AdminEmail, s.AdminPassword
	if email == defaultAdminEmail {
		email = demoEmail
	}
	if password == "" {
		password = demoPassword
	}
	return email, password
}

// fillDemo makes the demonstration, if the folder has no database.
func (s *settings) fillDemo(ctx context.Context, progressTo *os.File) (err error) {
	if err := s.validate(); err != nil {
		return err
	}
	if s.Database != "" {
		return tollkeeper.Invalid("demo: must be absent when database is given; it fills an embedded database")
	}
	email, password := s.demoLogin()
	if password == demoPassword && !isLoopback(s.Listen) {
		return errKnownPassword
	}
	lock, err := lockFolder(s.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	bar := progressbar.NewOptions(1, progressbar.OptionSetWriter(progressTo), progressbar.OptionSetDescription("demonstration"),
		progressbar.OptionSetVisibility(isTerminal(progressTo)), progressbar.OptionClearOnFinish())
	_, _, err = demo.Fill(ctx, demo.Config{
		Folder: s.Data, Now: time.Now(), Operator: email, PasswordHash: credential.HashPassword(password),
		Progress: func(done, total int) {
			bar.ChangeMax(total)
			bar.Set(done)
		},
	})
	return errors.Join(err, bar.Finish())
}

// refuseKnownPassword fails where others could sign in with the built-in password:
// a demonstration made on a loopback address does not become public by a restart.
func (s *settings) refuseKnownPassword(ctx context.Context) (err error) {
	if isLoopback(s.Listen) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(s.Data, store.DatabaseFile)); s.Database == "" && errors.Is(err, os.ErrNotExist) {
		return nil
	}
	database, err := store.Open(ctx, store.Config{Folder: s.Data, Database: s.Database})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	email, _ := s.demoLogin()
	for _, known := range []string{demoEmail, email} {
		open, err := opens(ctx, database, known, demoPassword)
		if err != nil {
			return err
		}
		if open {
			return errKnownPassword
		}
	}
	return nil
}

// opens reports whether a user signs in with a password.
func opens(ctx context.Context, s *store.Store, email, password string) (bool, error) {
	_, hash, found, err := s.Credentials(ctx, email)
	return found && credential.CheckPassword(password, hash), err
}

// introduceDemo prints how to sign in and a call to try.
func (p *Program) introduceDemo(ctx context.Context) error {
	email, password := p.settings.demoLogin()
	open, err := opens(ctx, p.store, email, password)
	if err != nil {
		return err
	}
	switch {
	case open && password == demoPassword:
		fmt.Fprintf(p.stdout, "Sign in as %s with the password %s\n", email, password)
	case open:
		fmt.Fprintf(p.stdout, "Sign in as %s with the password that was set\n", email)
	default:
		fmt.Fprintf(p.stdout, "%s was filled before; sign in as it was set then\n", p.settings.Data)
	}
	return p.printCall(ctx, p.stdout)
}

// printCall prints a line for the shell that asks whether a customer may call
// London. A folder without that customer gets none.
func (p *Program) printCall(ctx context.Context, to io.Writer) error {
	f, err := query.Parse("$limit=1&name="+url.QueryEscape(demo.Showcase), query.Customers)
	if err != nil {
		return err
	}
	found, err := p.store.FindCustomers(ctx, f)
	if err != nil || len(found.Items) == 0 {
		return err
	}
	secret := credential.NewToken()
	token := tollkeeper.Token{Name: "demo", Kind: tollkeeper.TokenServer, ExpiresAt: time.Now().Add(demoTokenLife)}
	if _, err := p.store.CreateToken(ctx, tollkeeper.Write{}, token, credential.HashToken(secret)); err != nil {
		return err
	}
	body := fmt.Sprintf(`{"callId":"demo-%s","customer":"%s","direction":"outbound","from":"+12125550101","to":"+442079460123"}`,
		strings.ToLower(rand.Text()[:8]), found.Items[0].ID)
	fmt.Fprintf(to, "May %s call London? Its token is good for %d hours:\n\n", demo.Showcase, demoTokenLife/time.Hour)
	fmt.Fprintf(to, "curl -s %s/calls -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' -d '%s'\n\n", p.URL, secret, body)
	return nil
}

// isLoopback reports whether only programs of this machine reach an address.
func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
