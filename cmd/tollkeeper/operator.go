package main

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// operatorCodeFile is the file in the data folder that holds the code by which the first
// operator is made.
const operatorCodeFile = "operator-code"

// firstOperator makes the first user of a new database, with the password that was set.
// Without one it is made over HTTP, by who knows a code that only the terminal and the
// data folder show: whoever comes first to a server that others can reach does not get
// it by that alone.
func (p *Program) firstOperator(ctx context.Context) error {
	file := filepath.Join(p.settings.Data, operatorCodeFile)
	found, err := p.store.HasUsers(ctx)
	if err != nil {
		return err
	}
	if !found && p.settings.AdminPassword == "" {
		return p.askForOperator(ctx, file)
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the operator's code: %w", err)
	}
	if found {
		return nil
	}
	if credential.IsCommon(p.settings.AdminPassword) {
		return tollkeeper.Invalid("admin-password: must not be one of the passwords that are guessed first")
	}
	operator := tollkeeper.User{Email: p.settings.AdminEmail, First: "Operator"}.WithAllRights()
	_, err = p.store.CreateOperator(ctx, tollkeeper.Write{}, operator, credential.HashPassword(p.settings.AdminPassword))
	if err != nil && !errors.Is(err, tollkeeper.ErrOperatorExists) { // another node may have been first
		return fmt.Errorf("make the first operator: %w", err)
	}
	return nil
}

// askForOperator makes the code, the same on all nodes of a database and at every start
// until there is an operator, after which it opens nothing.
func (p *Program) askForOperator(ctx context.Context, file string) error {
	secret, err := p.store.Secret(ctx, "operator")
	if err != nil {
		return err
	}
	p.code = operatorCode(secret)
	if err := os.WriteFile(file, []byte(p.code+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the operator's code: %w", err)
	}
	return nil
}

// operatorCode writes 100 bits of a secret so that they can be typed: five groups of
// four letters and digits (RFC 4648, section 6).
func operatorCode(secret []byte) string {
	text := base32.StdEncoding.EncodeToString(secret)
	var groups []string
	for i := range 5 {
		groups = append(groups, text[4*i:4*i+4])
	}
	return strings.Join(groups, "-")
}

// inviteOperator prints where the first operator is made, where there is none.
func (p *Program) inviteOperator() {
	if p.code == "" {
		return
	}
	address := strings.TrimRight(p.door.PublicURL, "/")
	fmt.Fprintf(p.stdout, "Nobody can sign in yet. Choose the operator's password at\n\n%s/console/operator?code=%s\n\nThe code is good once, and stands in %s too.\n",
		address, p.code, filepath.Join(p.settings.Data, operatorCodeFile))
}

// sessionKey makes sure that this node has a key to sign sessions with, and that
// every node knows its public half.
func (p *Program) sessionKey(ctx context.Context) error {
	key, err := credential.LoadKey(p.settings.Data)
	if errors.Is(err, os.ErrNotExist) {
		if key, err = credential.MakeKey(); err == nil {
			err = key.Save(p.settings.Data)
		}
	}
	if err != nil {
		return fmt.Errorf("session key: %w", err)
	}
	return p.store.AddSessionKey(ctx, tollkeeper.Write{}, key.ID, key.Public(), "")
}

// sign signs a session. The key is read each time, which is nothing beside the hash
// of a password, so that another key counts at once.
func (p *Program) sign(s credential.Session, now time.Time) (string, error) {
	key, err := credential.LoadKey(p.settings.Data)
	if err != nil {
		return "", fmt.Errorf("session key: %w", err)
	}
	return key.Sign(s, now)
}
