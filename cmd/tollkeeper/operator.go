package main

import (
	"context"
	"crypto/rand"
	"fmt"

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
	operator := tollkeeper.User{Email: p.settings.AdminEmail, First: "Operator"}
	if _, err := p.store.CreateUser(ctx, tollkeeper.Write{}, operator, credential.HashPassword(password)); err != nil {
		return fmt.Errorf("make the first operator: %w", err)
	}
	if generated {
		fmt.Fprintf(p.stdout, "The first operator is %s with the password %s\nIt is shown only this once.\n", operator.Email, password)
	}
	return nil
}
