package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
)

// firstOperator makes the first user of a new database. A password that nobody
// chose is printed once, on the terminal and not in the log.
func (p *Program) firstOperator(ctx context.Context) error {
	found, err := p.store.HasUsers(ctx)
	if err != nil || found {
		return err
	}
	password, generated := p.settings.AdminPassword, false
	if password == "" {
		password, generated = rand.Text(), true
	}
	operator := tollkeeper.User{Email: p.settings.AdminEmail, First: "Operator"}.WithAllRights()
	if _, err := p.store.CreateUser(ctx, tollkeeper.Write{}, operator, credential.HashPassword(password)); err != nil {
		return fmt.Errorf("make the first operator: %w", err)
	}
	if generated {
		fmt.Fprintf(p.stdout, "The first operator is %s with the password %s\nIt is shown only this once.\n", operator.Email, password)
	}
	return nil
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
