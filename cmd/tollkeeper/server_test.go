package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program as it is built for users, made once for all tests.
var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "tollkeeper-test-")
	if err == nil {
		binary = filepath.Join(folder, "tollkeeper")
		build := exec.Command("go", "build", "-o", binary, ".")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// server is a running process.
type server struct {
	t       *testing.T
	data    string
	url     string
	token   string
	process *exec.Cmd
	output  text // standard output
	log     text // standard error
	ended   chan struct{}
	client  *http.Client
	tick    func() // lets time go by where the clock stands still; nil: it does not
}

// text gathers what a process writes.
type text struct {
	mu     sync.Mutex // guards buffer
	buffer bytes.Buffer
}

func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buffer.Write(b)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buffer.String()
}

const (
	operator = "boss@carrier.example"
	password = "correct horse battery"
)

// patience is how long a test waits for what must come. It is much: a machine may do
// much else, and stall for seconds.
const patience = time.Minute

// until waits until something is so.
func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !reached(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain until ", what)
		}
	}
}

// launch starts a process on a folder, without waiting for it to serve. The
// environment is no more than what is given.
func launch(t *testing.T, data string, environment []string, arguments ...string) *server {
	t.Helper()
	return launchProgram(t, binary, data, environment, arguments...)
}

// launchProgram launches another build of the program.
func launchProgram(t *testing.T, program, data string, environment []string, arguments ...string) *server {
	t.Helper()
	s := &server{t: t, data: data, ended: make(chan struct{}), client: &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64},
	}}
	s.process = exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, arguments...)...)
	s.process.Env = environment
	s.process.Dir = filepath.Dir(data)
	s.process.Stdout, s.process.Stderr = &s.output, &s.log
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.process.Wait(); close(s.ended) }()
	t.Cleanup(func() { s.kill() })
	return s
}

// start starts a server, waits until it serves, and makes a token for it.
func start(t *testing.T, data string, arguments ...string) *server {
	t.Helper()
	s := launch(t, data, []string{"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password}, arguments...)
	s.serving()
	s.token = s.newToken("test")
	return s
}

// again starts a node anew that was killed.
func (s *server) again(environment []string, arguments ...string) *server {
	s.t.Helper()
	next := launch(s.t, s.data, environment, arguments...)
	next.token = s.token
	next.serving()
	return next
}

// serving waits until the server says where it serves.
func (s *server) serving() {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if _, after, found := strings.Cut(s.output.String(), "serves on "); found && strings.Contains(after, ",") {
			s.url, _, _ = strings.Cut(after, ",")
			return
		}
		select {
		case <-s.ended:
			s.t.Fatalf("the server ended: %s%s", s.output.String(), s.log.String())
		default:
		}
	}
	s.t.Fatalf("the server does not serve: %s%s", s.output.String(), s.log.String())
}

func (s *server) newToken(name string, arguments ...string) string {
	s.t.Helper()
	output, code := tool(s.t, append([]string{"token", "create", "--data", s.data, "--name", name}, arguments...)...)
	if code != 0 {
		s.t.Fatalf("make a token: %s", output)
	}
	return strings.TrimSpace(output)
}

// kill ends the process as a power cut would.
func (s *server) kill() {
	s.process.Process.Kill()
	<-s.ended
	s.client.CloseIdleConnections()
}

// terminate asks the process to stop and returns its exit code.
func (s *server) terminate() int {
	s.t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Errorf("terminate: %v", err)
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Error("the server does not stop")
		s.kill()
	}
	return s.process.ProcessState.ExitCode()
}

// do sends a request and returns the status and the body of the answer. An error
// means that there was no answer.
func (s *server) do(method, path, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(context.Background(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	kind := "application/json"
	if strings.HasPrefix(path, "/callernames") || strings.HasPrefix(path, "/ratedecks/") || path == "/numbers/import" {
		kind = "text/csv"
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Authorization", s.token)
	if key, ok := strings.CutPrefix(body, `{"name":`); ok && method == "POST" {
		request.Header.Set("Idempotency-Key", fmt.Sprintf("%x", key))
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

// must sends a request that must succeed, and reads its answer into result.
func (s *server) must(method, path, body string, result any) {
	s.t.Helper()
	status, answer, err := s.do(method, path, body)
	if err != nil || status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s %v", method, path, status, answer, err)
	}
	if result != nil {
		if err := json.Unmarshal([]byte(answer), result); err != nil {
			s.t.Fatalf("%s %s: %s: %v", method, path, answer, err)
		}
	}
}

// importDeck puts a price of one cent a minute in force.
func (s *server) importDeck() {
	s.t.Helper()
	s.must("PUT", "/ratedecks/default", "prefix,destination,price,minimum,increment\n44,United Kingdom,0.01,60,60\n", nil)
}

// newCustomer makes a customer with credit in cents and returns the id.
func (s *server) newCustomer(name string, cents int) string {
	s.t.Helper()
	var made struct {
		ID string `json:"_id"`
	}
	s.must("POST", "/customers", customerBody(name, cents), &made)
	return made.ID
}

func customerBody(name string, cents int) string {
	return fmt.Sprintf(`{"name":%q,"credit":%d,"defaultBillMethod":"credit","internationalCalling":1,"maxOutboundCallRate":0}`, name, cents)
}

func callBody(customer, id string) string {
	return fmt.Sprintf(`{"callId":%q,"customer":%q,"direction":"outbound","from":"+12125550100","to":"+442071838750"}`, id, customer)
}

// decision is the part of a decision that the tests look at.
type decision struct {
	Decision       string
	Reason         string
	GrantedSeconds int64
	HeldMicros     int64
}

// balance is an account's money.
type balance struct{ PostedMicros, HeldMicros, AvailableMicros int64 }

// tool runs a command of the program to its end and returns all it wrote.
func tool(t *testing.T, arguments ...string) (output string, code int) {
	t.Helper()
	command := exec.Command(binary, arguments...)
	command.Env = []string{}
	command.Dir = t.TempDir()
	written, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	return string(written), command.ProcessState.ExitCode()
}

// verified runs verify on a folder, which must be clean.
func verified(t *testing.T, data string) string {
	t.Helper()
	output, code := tool(t, "verify", "--data", data)
	if code != 0 {
		t.Fatalf("verify ends with %d: %s", code, output)
	}
	return output
}
