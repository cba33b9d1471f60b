package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tollkeeper"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/store"
)

// errFaulty is what verify ends with when something does not agree.
var errFaulty = errors.New("the database does not agree with itself")

// database is what a tool works on, beside a running server or not.
type database struct {
	Data     string `help:"Folder of the embedded database." default:"./tollkeeper-data" placeholder:"DIR"`
	Database string `help:"PostgreSQL database to use instead." placeholder:"URL"`
}

// newFile makes a file, and says what else one can do where it is there already.
func newFile(name, otherwise string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		err = fmt.Errorf("%s is there already: remove it, or %s", name, otherwise)
	}
	return file, err
}

// mustExist keeps tools from making an embedded database.
func (d database) mustExist() error {
	if d.Database != "" {
		return nil
	}
	_, err := os.Stat(filepath.Join(d.Data, store.DatabaseFile))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no database in %s; name the server's folder by --data, or its PostgreSQL by --database", d.Data)
	}
	return err
}

func (d database) open(ctx context.Context) (*store.Store, error) {
	if err := d.mustExist(); err != nil {
		return nil, err
	}
	return store.Open(ctx, d.config())
}

func (d database) config() store.Config { return store.Config{Folder: d.Data, Database: d.Database} }

type keysCommand struct {
	Rotate keysRotateCommand `cmd:"" help:"Make another key for sessions. Works beside a running server; nobody is signed out."`
}

type keysRotateCommand struct {
	database `embed:""`
}

// Run makes the new key known before it is used, so that no node meets a session
// that it cannot prove.
func (c *keysRotateCommand) Run(ctx context.Context) (err error) {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	before, err := credential.LoadKey(c.Data)
	if err != nil {
		return fmt.Errorf("no session key in %s; the server makes one when it starts: %w", c.Data, err)
	}
	key, err := credential.MakeKey()
	if err != nil {
		return err
	}
	if err := s.AddSessionKey(ctx, tollkeeper.Write{}, key.ID, key.Public(), before.ID); err != nil {
		return err
	}
	if err := key.Save(c.Data); err != nil {
		return err
	}
	fmt.Printf("sessions are now signed with the key %s; those that %s signed stay valid until they expire\n", key.ID, before.ID)
	return nil
}

type verifyCommand struct {
	database  `embed:""`
	MediaURL  string                 `name:"media-url" help:"Blob store of recordings and other media; the folder media in data when absent." placeholder:"URL"`
	AuditHead []tollkeeper.AuditHead `help:"A head of the audit trail that an earlier verify printed and the trail must still hold; may be repeated." placeholder:"HEAD"`
}

// Run prints what does not agree.
func (c *verifyCommand) Run(ctx context.Context) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	v, err := s.Verify(ctx, c.AuditHead...)
	var blobs int64
	if err == nil {
		blobs, err = verifyMedia(ctx, s, c.MediaURL, c.Data, v)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	for _, fault := range v.Faults {
		fmt.Println(fault)
	}
	if v.More > 0 {
		fmt.Printf("... and %d more\n", v.More)
	}
	fmt.Printf("%s, %s, %s, %s, %s and %s verified: %s\n", several(v.Customers, "customer", "customers"),
		several(v.Transfers, "ledger entry", "ledger entries"), several(v.Calls, "live call", "live calls"), several(v.Records, "call record", "call records"),
		several(v.AuditEntries, "audit entry", "audit entries"), several(blobs, "blob", "blobs"), several(int64(len(v.Faults))+v.More, "fault", "faults"))
	for _, head := range v.AuditHeads {
		fmt.Println("audit head " + head.String())
	}
	if !v.OK() {
		return errFaulty
	}
	return nil
}

// several is a number of things.
func several(n int64, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprint(n, " ", many)
}

type backupCommand struct {
	database `embed:""`
	File     string `arg:"" help:"File to write; it must not exist."`
}

// Run copies the database with a progress bar.
func (c *backupCommand) Run(ctx context.Context) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	bar := newProgress("backup", -1)
	err = s.Backup(ctx, c.File, func(done, total int) {
		bar.ChangeMax(total)
		bar.Set(done)
	})
	bar.Finish()
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	fmt.Printf("backup written to %s\n", c.File)
	return nil
}
