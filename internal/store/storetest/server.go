package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tollkeeper/internal/store"
)

// server is a PostgreSQL server in which tests have their databases.
type server struct {
	address string // without a database
	options string
	admin   *pgxpool.Pool
	made    int
	mu      sync.Mutex // guards made
}

// template is the database that the others are copied from, with its schema.
const template = "tollkeeper_template"

var theServer = sync.OnceValues(func() (*server, error) {
	s := &server{address: "postgres://postgres@localhost", options: ""}
	if given := os.Getenv(Variable); given != "" && given != "postgres" {
		u, err := url.Parse(given)
		if err != nil {
			return nil, err
		}
		s.options = u.RawQuery
		u.Path, u.RawQuery = "", ""
		s.address = u.String()
	} else {
		p, err := newProcess("")
		if err != nil {
			return nil, err
		}
		s.options = "host=" + url.QueryEscape(p.folder)
	}
	ctx := context.Background()
	admin, err := pgxpool.New(ctx, s.address+"/postgres?"+s.options)
	if err != nil {
		return nil, err
	}
	s.admin = admin
	return s, s.prepare(ctx)
})

// prepare makes the template. Tests of other packages may do so at the same time.
func (s *server) prepare(ctx context.Context) error {
	_, err := s.admin.Exec(ctx, "CREATE DATABASE "+template)
	if isState(err, "42P04", "23505") { // there is one
		err = nil
	}
	if err != nil {
		return err
	}
	database, err := store.Open(ctx, store.Config{Database: s.address + "/" + template + "?" + s.options})
	if err != nil {
		return err
	}
	return database.Close()
}

func (s *server) newDatabase(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	name := fmt.Sprintf("tollkeeper_%d_%d", os.Getpid(), s.made)
	var err error
	for range 100 {
		_, err = s.admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
		if !isState(err, "55006") { // somebody else copies it at the moment
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return name, err
}

func (s *server) dropDatabase(ctx context.Context, name string) error {
	_, err := s.admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
	return err
}

func isState(err error, states ...string) bool {
	var failure interface{ SQLState() string }
	return errors.As(err, &failure) && slices.Contains(states, failure.SQLState())
}

// Process is a PostgreSQL server of a test's own. It is as durable as the machine,
// which is enough for killed processes.
type Process struct {
	folder     string // of its data and its socket
	program    string
	attributes *syscall.SysProcAttr
	running    *exec.Cmd
}

// NewProcess makes a server and starts it. The test is skipped where there is none.
func NewProcess(t testing.TB) *Process {
	t.Helper()
	return NewProcessIn(t, "")
}

// NewProcessIn is NewProcess with its data in a folder of a folder; "" is the one for
// temporary files.
func NewProcessIn(t testing.TB, parent string) *Process {
	t.Helper()
	p, err := newProcess(parent)
	if errors.Is(err, errNotInstalled) {
		t.Skipf("needs PostgreSQL (Debian: postgresql): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		os.RemoveAll(p.folder)
	})
	return p
}

func newProcess(parent string) (*Process, error) {
	initdb, err := find("initdb")
	if err != nil {
		return nil, err
	}
	p := &Process{}
	if p.program, err = find("postgres"); err != nil {
		return nil, err
	}
	sweep()
	if p.folder, err = os.MkdirTemp(parent, folderName); err != nil {
		return nil, err
	}
	if p.attributes, err = unprivileged(p.folder); err != nil {
		return nil, err
	}
	setUp := exec.Command(initdb, "--pgdata", p.data(), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	setUp.Dir, setUp.SysProcAttr = p.folder, p.attributes
	if out, err := setUp.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return p, p.Start()
}

func (p *Process) data() string { return filepath.Join(p.folder, "data") }

// URL is the address of the server's first database.
func (p *Process) URL() string {
	return "postgres://postgres@localhost/postgres?host=" + url.QueryEscape(p.folder)
}

// Socket is where the server listens.
func (p *Process) Socket() string { return filepath.Join(p.folder, ".s.PGSQL.5432") }

// Start starts the server and waits until it answers.
func (p *Process) Start() error {
	log, err := os.OpenFile(filepath.Join(p.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.running = exec.Command(p.program, "-D", p.data(), "-k", p.folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off",
		"-c", "max_connections=400", "-c", "shared_buffers=64MB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0")
	p.running.Dir, p.running.SysProcAttr, p.running.Stdout, p.running.Stderr = p.folder, p.attributes, log, log
	if err := p.running.Start(); err != nil {
		return err
	}
	return p.answers()
}

// Kill ends the server at once, without letting it write anything.
func (p *Process) Kill() {
	p.running.Process.Signal(syscall.SIGQUIT) // its children go with it, which SIGKILL would leave
	p.running.Wait()
}

// answers waits until the server does.
func (p *Process) answers() (err error) {
	for range 200 {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(context.Background(), p.URL()); err == nil {
			return conn.Close(context.Background())
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

const folderName = "tollkeeper-postgres-"

// sweep removes the folders of servers that ended with their tests.
func sweep() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), folderName+"*"))
	for _, folder := range folders {
		info, err := os.Stat(folder)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue // it may be in the making
		}
		content, _ := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
		pid, _, _ := strings.Cut(string(content), "\n")
		if _, err := os.Stat(filepath.Join("/proc", pid)); pid == "" || err != nil {
			os.RemoveAll(folder)
		}
	}
}

// unprivileged makes a process run as a user who may run PostgreSQL, and end with
// the tests.
func unprivileged(folder string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() != 0 {
		return attributes, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(folder, uid, gid)
}

var errNotInstalled = errors.New("is not installed")

// find looks for a program where distributions put it.
func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	if len(found) == 0 {
		return "", fmt.Errorf("%s %w", program, errNotInstalled)
	}
	return found[len(found)-1], nil
}
