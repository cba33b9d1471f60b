package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// databases are made in a PostgreSQL server, one for each folder that would hold an
// embedded one, and dropped in the end.
type databases struct {
	server string // "": the databases are embedded
	made   map[string]string
}

// of returns the address of a folder's database; "" for an embedded one.
func (d *databases) of(ctx context.Context, folder string) (string, error) {
	if d.server == "" || d.made[folder] != "" {
		return d.made[folder], nil
	}
	address, err := url.Parse(d.server)
	if err != nil {
		return "", errors.New("database: must be like postgres://user:password@host/postgres")
	}
	address.Path = fmt.Sprintf("/tollkeeper_bench_%d_%d", os.Getpid(), len(d.made))
	if d.made == nil {
		d.made = map[string]string{}
	}
	d.made[folder] = address.String()
	return address.String(), d.exec(ctx, "CREATE DATABASE "+strings.TrimPrefix(address.Path, "/"))
}

func (d *databases) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// size is what a database takes up.
type size struct {
	log     int64 // bytes of write-ahead log since the server was made
	ledger  int64 // bytes, with indexes
	records int64 // of calls, likewise
}

// size measures the database of a folder; an embedded one has none.
func (d *databases) size(ctx context.Context, folder string) (s size, err error) {
	if d.server == "" {
		return s, nil
	}
	conn, err := pgx.Connect(ctx, d.made[folder])
	if err != nil {
		return s, err
	}
	defer conn.Close(ctx)
	const sum = "(SELECT SUM(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits WHERE inhparent = '%s'::regclass)"
	err = conn.QueryRow(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, "+fmt.Sprintf(sum, "transfers")+", "+fmt.Sprintf(sum, "cdrs")).
		Scan(&s.log, &s.ledger, &s.records)
	return s, err
}

// drop drops all that were made.
func (d *databases) drop() (err error) {
	for _, address := range d.made {
		u, parseErr := url.Parse(address)
		if err = errors.Join(err, parseErr); parseErr == nil {
			err = errors.Join(err, d.exec(context.Background(), "DROP DATABASE IF EXISTS "+strings.TrimPrefix(u.Path, "/")+" WITH (FORCE)"))
		}
	}
	d.made = nil
	return err
}

// postmaster finds the first process of the PostgreSQL server; 0 when it is on another
// machine, or there is none.
func (d *databases) postmaster(ctx context.Context) int {
	if d.server == "" {
		return 0
	}
	conn, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return 0
	}
	defer conn.Close(ctx)
	var pid int
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return 0
	}
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if strings.TrimSpace(string(name)) != "postgres" {
		return 0
	}
	stat, err := readStat(pid)
	if err != nil {
		return 0
	}
	return stat.parent
}
