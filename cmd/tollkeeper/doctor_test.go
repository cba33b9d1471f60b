package main_test

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// manager pretends to be the manager interface of an Asterisk, which lets one secret in.
func manager(t *testing.T, secret string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				fmt.Fprint(conn, "Asterisk Call Manager/7.0.3\r\n")
				from := bufio.NewScanner(conn)
				for from.Scan() {
					if given, ok := strings.CutPrefix(from.Text(), "Secret: "); ok {
						verdict := "Response: Error\r\nMessage: Authentication failed\r\n\r\n"
						if given == secret {
							verdict = "Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
						}
						fmt.Fprint(conn, verdict)
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// TestDoctor looks at a server whose every door is well, and then at what is wrong with
// it one by one.
func TestDoctor(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data, clients := filepath.Join(folder, "data"), filepath.Join(folder, "clients.yaml")
	web, ra, sip, agi, ro := freePort(t), freePort(t), freePort(t), freePort(t), freePort(t)
	write(t, clients, "clients:\n- {name: edge, networks: [127.0.0.1], secret: sesame-open}\n")
	settings := func(name, more string) string {
		path := filepath.Join(folder, name+".yaml")
		write(t, path, fmt.Sprintf("data: %s\nlisten: 127.0.0.1:%d\nradius-listen: 127.0.0.1:%d\nsip-listen: 127.0.0.1:%d\nsip-networks: 127.0.0.0/8\nasterisk-listen: 127.0.0.1:%d\n"+
			"diameter-listen: 127.0.0.1:%d\ndiameter-networks: 127.0.0.0/8\n",
			data, web, ra, sip, agi, ro)+more)
		return path
	}
	well := settings("well", "radius-clients: "+clients+"\n")
	s := launchProgram(t, binary, data, []string{"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password},
		"--config", well, "--listen", fmt.Sprintf("127.0.0.1:%d", web))
	s.serving()
	s.token = s.newToken("test")
	s.importDeck()
	customer := s.newCustomer("Acme", 100)

	examine := func(name string, wantCode int, arguments ...string) func(lines ...string) {
		output, code := tool(t, append([]string{"doctor"}, arguments...)...)
		if code != wantCode {
			t.Errorf("%s: ended with %d\n%s", name, code, output)
		}
		if strings.Contains(output, "sesame") || strings.Contains(output, s.token) {
			t.Errorf("%s: a secret is shown:\n%s", name, output)
		}
		return func(lines ...string) {
			t.Helper()
			plain := strings.Join(strings.Fields(output), " ")
			for _, line := range lines {
				if !strings.Contains(plain, line) {
					t.Errorf("%s: %q is missing:\n%s", name, line, output)
				}
			}
		}
	}
	asterisk := manager(t, "sesame-ami")
	examine("all is well", 0, "--config", settings("ami", "radius-clients: "+clients+"\nasterisk-managers: ami://tk:sesame-ami@"+asterisk+"\n"),
		"--token", s.token, "--customer", customer, "--to", "+442071838750")(
		"ok settings", "ok data", "ok database SQLite", "ok fail mode closed", "is ready", "ok clock of the server", "ok version",
		"ok a call to +442071838750 would get 60 seconds", fmt.Sprintf("ok RADIUS 127.0.0.1:%d answers the client edge", ra),
		fmt.Sprintf("ok SIP 127.0.0.1:%d answers OPTIONS", sip), "ok Asterisk "+asterisk, "ok FastAGI", "ok Diameter", "warning mail", "faults: 0")
	examine("another secret", 1, "--config", settings("stranger", "radius-clients: "+clients+"\nasterisk-managers: ami://tk:sesame-wrong@"+asterisk+"\n"))(
		"FAULT Asterisk "+asterisk, "skipped a call", "faults: 1")
	write(t, clients, "clients:\n- {name: edge, networks: [127.0.0.1], secret: sesame-other}\n")
	examine("another secret", 1, "--config", well, "--token", "tk_nobody")("FAULT RADIUS", "another secret for the client edge", "FAULT a call")
	examine("no such setting", 1, "--config", settings("faulty", "first-slice-seconds: 0\n"))(
		"FAULT settings first-slice-seconds: must be from 1 to 86400", "FAULT settings radius-clients: is required")
	s.terminate()
	examine("nobody serves", 1, "--config", well)("FAULT server", "FAULT SIP", "FAULT FastAGI", "FAULT Diameter", "ok database")
	examine("an empty folder", 1, "--data", filepath.Join(folder, "none"), "--listen", fmt.Sprintf("127.0.0.1:%d", web))("warning data", "warning database there is none yet")
}
