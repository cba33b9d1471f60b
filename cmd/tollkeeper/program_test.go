package main_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver" // opens copies of the database to damage them
)

// startLimit is generous: the aim is 150 ms, on a machine that does nothing else.
const startLimit = 15 * time.Second

func TestStartsQuickly(t *testing.T) {
	t.Parallel()
	best := time.Hour
	for range 3 {
		began := time.Now()
		s := launch(t, filepath.Join(t.TempDir(), "data"), []string{"TOLLKEEPER_ADMIN_PASSWORD=" + password})
		s.serving()
		best = min(best, time.Since(began))
		s.kill()
	}
	t.Logf("serves %s after its start on an empty folder", best.Round(time.Millisecond))
	if best > startLimit {
		t.Errorf("takes %s to start", best)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	second := launch(t, s.data, nil)
	<-second.ended
	if code := second.process.ProcessState.ExitCode(); code != 2 {
		t.Errorf("the second server ends with %d", code)
	}
	for _, want := range []string{"another server is using the data folder", s.data, "--data"} {
		if !strings.Contains(second.log.String(), want) {
			t.Errorf("the second server says %q, without %q", second.log.String(), want)
		}
	}
	s.newCustomer("The first one lives", 0)
	if code := s.terminate(); code != 0 {
		t.Errorf("the first server ends with %d", code)
	}
	third := launch(t, s.data, nil) // the lock is gone
	third.serving()
}

// TestTerminate lets a request under way finish when the server is told to stop.
func TestTerminate(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	body := customerBody("Slow", 0)
	c := dial(t, s, fmt.Sprintf("POST /customers HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		s.token, len(body)))
	c.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))); err != nil { // the handler waits for the body
		t.Fatal(err)
	}
	code := make(chan int)
	go func() { code <- s.terminate() }()
	until(t, "a server that stops takes no new connections", func() bool {
		another, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			another.Close()
		}
		return err != nil
	})
	if _, err := c.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if answer := readAll(c); !strings.HasPrefix(answer, "HTTP/1.1 200") || !strings.Contains(answer, `"Slow"`) {
		t.Errorf("the request under way was answered %q", answer)
	}
	if code := <-code; code != 0 {
		t.Errorf("the server ends with %d: %s", code, s.log.String())
	}
	if output := verified(t, s.data); !strings.Contains(output, "1 customer,") {
		t.Errorf("verify says %q", output)
	}
}

func dial(t *testing.T, s *server, first string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Write([]byte(first)); err != nil {
		t.Fatal(err)
	}
	return c
}

// readAll reads until the other side closes or says nothing for a while.
func readAll(c net.Conn) string {
	var all []byte
	buffer := make([]byte, 4096)
	for {
		c.SetReadDeadline(time.Now().Add(15 * time.Second))
		n, err := c.Read(buffer)
		if all = append(all, buffer[:n]...); err != nil {
			return string(all)
		}
		if strings.Contains(string(all), "\r\n\r\n{") && strings.HasSuffix(string(all), "}") {
			return string(all)
		}
	}
}

func TestFirstOperator(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := launch(t, data, nil)
	s.serving()
	s.terminate()
	first := invitation(t, s)
	s = launch(t, data, nil)
	s.serving()
	secret := invitation(t, s)
	kept, err := os.ReadFile(filepath.Join(data, "operator-code"))
	if err != nil || strings.TrimSpace(string(kept)) != secret || first != secret {
		t.Fatalf("the code is %s, was %s, and the file has %q: %v", secret, first, kept, err)
	}
	s.must("POST", "/operator", fmt.Sprintf(`{"code":%q,"password":%q}`, secret, password), nil)
	var session struct{ AccessToken string }
	s.must("POST", "/authentication", fmt.Sprintf(`{"strategy":"local","email":"admin@tollkeeper.example","password":%q}`, password), &session)
	s.token = session.AccessToken
	s.must("GET", "/customers", "", nil)
	s.terminate()
	if strings.Contains(s.log.String(), secret) || strings.Contains(s.log.String(), session.AccessToken) {
		t.Error("the log shows the password or the token")
	}
	again := launch(t, data, nil)
	again.serving()
	if strings.Contains(again.output.String(), "password") {
		t.Errorf("the start with an operator prints %q", again.output.String())
	}
	if _, err := os.Stat(filepath.Join(data, "operator-code")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the code is kept: %v", err)
	}
}

// invitation is the code that a server without users prints.
func invitation(t *testing.T, s *server) string {
	t.Helper()
	pattern := regexp.MustCompile(`/console/operator\?code=([A-Z2-7]{4}(?:-[A-Z2-7]{4}){4})\n`)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if found := pattern.FindStringSubmatch(s.output.String()); found != nil {
			return found[1]
		}
	}
	t.Fatalf("the server prints %q", s.output.String())
	return ""
}

// TestSettings takes settings from the environment and from a file; the command
// line wins over both.
func TestSettings(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "tollkeeper.yaml")
	write(t, file, "first-slice-seconds: 20\nunbilled: 7.50\nmax-concurrent-calls: 5\ndomestic-regions: [GB, US]\n")
	s := launch(t, filepath.Join(folder, "data"), []string{
		"TOLLKEEPER_MAX_CONCURRENT_CALLS=3", "TOLLKEEPER_DAILY_SPEND=12.34",
		"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password,
	}, "--config", file, "--grace-seconds", "31")
	s.serving()
	s.token = s.newToken("test")
	s.importDeck()
	id := s.newCustomer("Acme", 100)
	var limits struct{ MaxConcurrentCalls, DailySpendMicros, UnbilledMicros int64 }
	s.must("GET", "/customers/"+id+"/limits", "", &limits)
	if limits.DailySpendMicros != 12_340_000 || limits.UnbilledMicros != 7_500_000 {
		t.Errorf("the limits are %+v", limits)
	}
	if n := limits.MaxConcurrentCalls; n != 3 {
		t.Errorf("the environment says 3 calls at once, the file 5; %d are in force", n)
	}
	var d decision
	s.must("POST", "/calls", callBody(id, "a"), &d)
	if d.GrantedSeconds != 20 {
		t.Errorf("the first slice is %d s", d.GrantedSeconds)
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name        string
		file        string
		environment []string
		arguments   []string
		want        []string
	}{
		{"unknown key in the file", "first-slice-second: 20\nlisten: 127.0.0.1:0\n", nil, nil, []string{"first-slice-second", "not a setting"}},
		{"not YAML", "listen: [\n", nil, nil, []string{"config file"}},
		{"no such file", "", nil, []string{"--config", "missing.yaml"}, []string{"missing.yaml"}},
		{"unknown flag", "", nil, []string{"--colour", "red"}, []string{"--colour"}},
		{"not a number", "", []string{"TOLLKEEPER_GRACE_SECONDS=soon"}, nil, []string{"grace-seconds"}},
		{"out of range", "", []string{"TOLLKEEPER_SESSION_MINUTES=0"}, []string{"--ring-seconds=-1"}, []string{"session-minutes", "ring-seconds"}},
		{"slices that shrink", "", nil, []string{"--max-slice-seconds=30"}, []string{"max-slice-seconds"}},
		{"a negative amount", "", nil, []string{"--unbilled=-1"}, []string{"unbilled"}},
		{"an unknown log level", "", nil, []string{"--log-level=loud"}, []string{"log-level"}},
		{"a short password", "", []string{"TOLLKEEPER_ADMIN_PASSWORD=short"}, nil, []string{"admin-password"}},
		{"an unknown region", "", nil, []string{"--domestic-regions=XX"}, []string{"XX"}},
		{"an address without a host", "", []string{"TOLLKEEPER_PUBLIC_URL=carrier.example"}, nil, []string{"public-url"}},
		{"a mail server without a sender", "", []string{"TOLLKEEPER_SMTP_URL=smtp://user:hunter2@mail.example"}, nil, []string{"mail-from"}},
		{"an address in use", "", nil, []string{"--listen=256.0.0.1:80"}, []string{"256.0.0.1", "--listen"}},
		{"a password that is guessed first", "", []string{"TOLLKEEPER_ADMIN_PASSWORD=Password123"}, nil, []string{"admin-password", "guessed first"}},
		{"no network", "", nil, []string{"--trusted-proxies=10.0.0.0/8,10.1"}, []string{"trusted-proxies", `"10.1" must be a network such as`}},
		{"no network in the file", "trusted-proxies: [10.0.0.0/8, 10.1]\n", nil, nil, []string{"trusted-proxies", `"10.1" must be a network such as`}},
		{"an unknown blob store", "", nil, []string{"--media-url=ftp://x"}, []string{"media-url"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if row.file != "" {
				file := filepath.Join(folder, "tollkeeper.yaml")
				write(t, file, row.file)
				row.arguments = append(row.arguments, "--config", file)
			}
			s := launch(t, filepath.Join(folder, "data"), row.environment, row.arguments...)
			select {
			case <-s.ended:
			case <-time.After(patience):
				t.Fatalf("the server runs: %s", s.output.String())
			}
			for _, want := range row.want {
				if !strings.Contains(s.log.String(), want) {
					t.Errorf("the server says %q, without %q", s.log.String(), want)
				}
			}
			if code := s.process.ProcessState.ExitCode(); code != 2 && code != 80 { // 80 is a faulty command line
				t.Errorf("the server ends with %d: %s", code, s.log.String())
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTokenBesideServer makes a token while the server runs.
func TestTokenBesideServer(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	first := s.token
	s.token = s.newToken("second")
	if s.token == first {
		t.Fatal("two tokens are the same")
	}
	s.must("GET", "/customers", "", nil)
	s.token = "Bearer " + first
	s.must("GET", "/customers", "", nil)
	s.token = first + "x"
	if status, _, _ := s.do("GET", "/customers", ""); status != http.StatusUnauthorized {
		t.Errorf("a wrong token is answered %d", status)
	}
	if output, code := tool(t, "token", "create", "--data", filepath.Join(s.data, "none"), "--name", "x"); code != 2 || !strings.Contains(output, "no database") {
		t.Errorf("a token for no database: %d %s", code, output)
	}
}

// TestToolsOverHTTP looks after customers, users and tokens of a running server.
func TestToolsOverHTTP(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	remote := []string{"--server", s.url, "--token", s.token}
	ask := func(want string, arguments ...string) string {
		t.Helper()
		output, code := tool(t, append(arguments, remote...)...)
		if code != 0 || !strings.Contains(output, want) {
			t.Fatalf("%v: %d %s", arguments, code, output)
		}
		return output
	}
	id := strings.Fields(ask("12.50", "customer", "create", "--name", "Acme", "--credit", "12.5"))[1]
	ask("Acme", "customer", "list", "--search", "acm")
	ask("suspended", "customer", "suspend", id, "--reason", "unpaid")
	ask(`"reason": "unpaid"`, "customer", "show", id, "--json")
	ask("active", "customer", "activate", id)
	ask(`"accountLock": 0`, "customer", "unlock", id, "--json")
	ask(`"accountLock": 1`, "customer", "lock", id, "--json")
	made := ask("The password is", "user", "create", "--email", "ann@example.com", "--customer", id, "--billing", "r")
	user := strings.Fields(made[strings.Index(made, "ID "):])[1]
	ask("ann@example.com", "user", "list")
	ask(id, "user", "show", user)
	ask("ann@example.com", "user", "revoke", user)
	for _, row := range []struct {
		want      string
		arguments []string
	}{
		{"tollkeeper: no customer abc exists", []string{"customer", "show", "abc"}},
		{"no server answers at http://127.0.0.1:1:", []string{"customer", "list", "--token", "x", "--server", "http://127.0.0.1:1"}},
		{"must start with http://", []string{"customer", "list", "--token", "x", "--server", "127.0.0.1:8080"}},
		{`"soon" must be a time such as`, []string{"usage", id, "--since", "soon"}},
		{"prefix: must be + and", []string{"barrings", "set", "252", "deny"}},
		{"region: must be a region", []string{"barrings", "set", "USA", "deny"}},
	} {
		if !slices.Contains(row.arguments, "--server") {
			row.arguments = append(row.arguments, remote...)
		}
		if output, code := tool(t, row.arguments...); code != 2 || !strings.Contains(output, row.want) {
			t.Errorf("%v: %d %s", row.arguments, code, output)
		}
	}
	ask("DAY", "usage", id, "--since", "2026-03-01", "--before", "2026-04-01T00:00:00Z")
	token := strings.Fields(ask("test", "token", "list"))
	ask("server", "token", "show", token[9])
	ask("IN USE  no", "token", "revoke", token[9])
	if output, code := tool(t, append([]string{"user", "create", "--email", "x", "--admin", "all"}, remote...)...); code == 0 ||
		!strings.Contains(output, "tollkeeper: the request is not valid:\nemail: must have 3 to 254 characters\nadminPermission:") && !strings.Contains(output, "unknown or expired") {
		t.Errorf("a wrong user: %d %s", code, output)
	}
	if output, code := tool(t); code != 0 || !strings.Contains(output, "Usage: tollkeeper <command>") {
		t.Errorf("no command: %d %s", code, output)
	}
	if output, code := tool(t, append([]string{"customer", "create", "--name", "x", "--credit", "0.001"}, remote...)...); code == 0 || !strings.Contains(output, "credit: must be whole cents") {
		t.Errorf("a wrong credit: %d %s", code, output)
	}
}

// TestKeysRotate changes the key of sessions and keeps those there are.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	login := func() string {
		var answer struct{ AccessToken string }
		s.must("POST", "/authentication", `{"strategy":"local","email":"`+operator+`","password":"`+password+`"}`, &answer)
		return answer.AccessToken
	}
	before := login()
	if output, code := tool(t, "keys", "rotate", "--data", s.data); code != 0 || !strings.Contains(output, "stay valid") {
		t.Fatalf("%d %s", code, output)
	}
	after := login()
	if strings.Split(before, ".")[0] == strings.Split(after, ".")[0] {
		t.Error("the key is the same")
	}
	for _, s.token = range []string{before, after} {
		s.must("GET", "/customers", "", nil)
	}
}

// TestVerifyFindsDamage changes copies of a database behind the server's back.
func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	s.importDeck()
	id := s.newCustomer("Acme", 1000)
	for i := range 4 {
		s.must("POST", "/calls", callBody(id, fmt.Sprint(i)), nil)
	}
	for i := range 2 {
		s.must("POST", fmt.Sprintf("/calls/%d/end", i), `{"durationSeconds":61}`, nil)
	}
	s.must("POST", "/servers", fmt.Sprintf(`{"customer":%q,"name":"sbc","maxConcurrentCalls":9,"maxOutboundCallRate":4}`, id), nil)
	s.must("POST", "/calls", strings.Replace(callBody(id, "by-trunk"), "{", `{"trunk":"sbc",`, 1), nil)
	if code := s.terminate(); code != 0 {
		t.Fatal(s.log.String())
	}
	verified(t, s.data)
	rows := []struct{ name, damage, want string }{
		{"balance", "UPDATE customers SET posted = posted + 1", "has posted"},
		{"holds of the account", "UPDATE customers SET held = held - 10000", "has held"},
		{"unbilled usage", "UPDATE customers SET accrued = 5", "has unbilled"},
		{"count of calls", "UPDATE customers SET live_calls = 7", "counts 7 live calls; there are 3"},
		{"hold of a call", "UPDATE calls SET held = held + 1 WHERE call_id = '3'", "by the ledger and"},
		{"a call gone", "DELETE FROM calls WHERE call_id = '3'", "by the ledger and"},
		{"charge of a record", "UPDATE cdrs SET charge = 0 WHERE call_id = '0'", "its record says 0.00"},
		{"a record gone", "DELETE FROM cdrs WHERE call_id = '0'", "its record says 0.00"},
		{"a record twice", "INSERT INTO cdrs SELECT * FROM cdrs", ""},
		{"an entry gone", "DELETE FROM transfers WHERE id = (SELECT MIN(id) FROM transfers)", "its predecessors make it"},
		{"an entry changed", "UPDATE transfers SET amount = amount + 1 WHERE id = (SELECT MAX(id) FROM transfers)", "its predecessors make it"},
		{"a balance after an entry", "UPDATE transfers SET posted_after = posted_after + 1 WHERE id = (SELECT MIN(id) FROM transfers)", "its predecessors make it"},
		{"count of a trunk", "UPDATE trunk_loads SET live_calls = 5", "counts 5 live calls; there are 1"},
		{"limits of a trunk", "UPDATE trunk_loads SET max_concurrent_calls = 8", "its counter has 8 and 4"},
		{"a trunk's counter gone", "DELETE FROM trunk_loads", "its counter has 0 and 0"},
		{"calls per second of a trunk", "UPDATE trunk_loads SET rate_window = X'D00F64'", "counts 50 new calls"},
		{"a damaged count of a trunk", "UPDATE trunk_loads SET rate_window = X'FF'", "has a damaged count"},
		{"a customer gone", "DELETE FROM customers", ""},
		{"a total", "UPDATE customer_tallies SET total = total + 1 WHERE field = ''", "there are"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			copied := t.TempDir()
			content, err := os.ReadFile(filepath.Join(s.data, "tollkeeper.db"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(copied, "tollkeeper.db"), string(content))
			if !damage(t, copied, row.damage) {
				return // the database itself refuses such damage
			}
			output, code := tool(t, "verify", "--data", copied)
			if code != 1 || !strings.Contains(output, row.want) {
				t.Errorf("verify ends with %d and says %s; want %q", code, output, row.want)
			}
		})
	}
}

// damage runs SQL, and reports whether the database took it.
func damage(t *testing.T, folder, query string) bool {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "tollkeeper.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Exec(query)
	if err != nil {
		if strings.Contains(err.Error(), "constraint") {
			return false
		}
		t.Fatalf("%s: %v", query, err)
	}
	if n, _ := result.RowsAffected(); n == 0 {
		t.Fatalf("%s changed nothing", query)
	}
	return true
}

// TestBackup copies a database under load. The copy is of one moment: it verifies,
// and has everything answered before the backup began.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	s.importDeck()
	id := s.newCustomer("Acme", 1_000_000)
	var made atomic.Int64
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				call := fmt.Sprintf("%d-%d", worker, i)
				begun, _, err := s.do("POST", "/calls", callBody(id, call))
				ended, _, err2 := s.do("POST", "/calls/"+call+"/end", `{"durationSeconds":5}`)
				if begun != 200 || ended != 200 {
					t.Errorf("call %s: %d %d %v %v", call, begun, ended, err, err2)
					return
				}
				made.Add(1)
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	folder := t.TempDir()
	file, before := filepath.Join(folder, "tollkeeper.db"), made.Load()
	output, code := tool(t, "backup", "--data", s.data, file)
	after := made.Load()
	time.Sleep(50 * time.Millisecond)
	close(stop)
	wait.Wait()
	if code != 0 {
		t.Fatalf("backup ends with %d: %s", code, output)
	}
	if output, code := tool(t, "backup", "--data", s.data, file); code == 0 || !strings.Contains(output, "exists already") {
		t.Errorf("a backup over another ends with %d: %s", code, output)
	}
	verified(t, folder)
	restored := launch(t, folder, nil)
	restored.serving()
	restored.token = s.token
	var page struct{ Total int64 }
	restored.must("GET", "/cdrs?$limit=0", "", &page)
	if page.Total < before || page.Total > after+4 {
		t.Errorf("the copy has %d records; there were %d before it and %d after it", page.Total, before, after)
	}
	var have balance
	restored.must("GET", "/customers/"+id+"/balance", "", &have)
	if have.PostedMicros != 1_000_000*10_000-page.Total*10_000 {
		t.Errorf("the copy has %d records and a balance of %d", page.Total, have.PostedMicros)
	}
}

// TestOverspendOverHTTP places 1,000 calls at once on credit for 137.
func TestOverspendOverHTTP(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"))
	s.importDeck()
	id := s.newCustomer("Acme", 137)
	var allowed atomic.Int64
	var wait sync.WaitGroup
	for i := range 1000 {
		wait.Go(func() {
			status, answer, err := s.do("POST", "/calls", callBody(id, fmt.Sprint(i)))
			if status != 200 {
				t.Errorf("call %d: %d %s %v", i, status, answer, err)
			}
			if granted(answer) > 0 {
				allowed.Add(1)
			}
		})
	}
	wait.Wait()
	var have balance
	s.must("GET", "/customers/"+id+"/balance", "", &have)
	if allowed.Load() != 137 || have != (balance{1_370_000, 1_370_000, 0}) {
		t.Errorf("granted %d calls, and the balance is %+v", allowed.Load(), have)
	}
}

// TestLogKeepsSecrets looks for everything secret in the log of a whole run.
func TestLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"), "--log-level", "debug")
	s.importDeck()
	id := s.newCustomer("Acme", 100)
	var session struct{ AccessToken string }
	s.must("POST", "/authentication", fmt.Sprintf(`{"strategy":"local","email":%q,"password":%q}`, operator, password), &session)
	s.do("POST", "/authentication", fmt.Sprintf(`{"strategy":"local","email":%q,"password":"wrong-%s"}`, operator, password))
	s.do("POST", "/users", `{"email":"new@carrier.example","password":"another-secret-1"}`)
	s.do("POST", "/users", `{"email":5,"password":"another-secret-1"}`)
	s.do("POST", "/calls", callBody(id, "a"))
	s.do("POST", "/calls/a/end", `{"durationSeconds":`)
	token := s.token
	s.token = "no-such-token-123456"
	s.do("GET", "/customers", "")
	s.do("GET", "/customers?password=another-secret-1", "")
	s.terminate()
	log := s.log.String()
	if !strings.Contains(log, `"route":"/authentication"`) || !strings.Contains(log, "+44207183xxxx") {
		t.Errorf("the log lacks what it should have: %s", log)
	}
	for _, secret := range []string{password, session.AccessToken, token, "another-secret-1", "no-such-token", "442071838750"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
	if strings.Contains(s.output.String(), password) {
		t.Error("the password that was set is printed")
	}
}

// TestSlowClient holds many connections open without ever finishing a request:
// others are served meanwhile, and the slow ones are cut.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes as long as the server waits for a header")
	}
	s := start(t, filepath.Join(t.TempDir(), "data"))
	began := time.Now()
	slow := make([]net.Conn, 300)
	for i := range slow {
		slow[i] = dial(t, s, "GET /customers HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	}
	for i := range 100 {
		if status, answer, err := s.do("GET", "/customers", ""); status != 200 {
			t.Fatalf("request %d: %d %s %v", i, status, answer, err)
		}
	}
	t.Logf("100 requests took %s beside slow clients", time.Since(began))
	for len(slow) > 0 && time.Since(began) < 2*patience { // a byte now and then does not help
		slow[0].SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		if _, err := slow[0].Read(make([]byte, 1024)); err != nil && !os.IsTimeout(err) {
			slow = slow[1:]
			continue
		}
		for _, c := range slow {
			c.Write([]byte("x"))
		}
	}
	if len(slow) > 0 {
		t.Errorf("%d slow clients are still connected after %s", len(slow), time.Since(began))
	}
}
