package main_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRadclient asks with a client that is not ours, which checks the answers'
// authenticators by itself.
func TestRadclient(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("radclient"); err != nil {
		t.Skip("needs radclient, of the package freeradius-utils")
	}
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	write(t, clients, "clients:\n- {name: radclient, networks: [127.0.0.1], secret: sesame-open, announces: true}\n")
	s := start(t, filepath.Join(t.TempDir(), "data"), "--radius-listen", "127.0.0.1:0", "--radius-clients", clients, "--currency", "EUR")
	s.importDeck()
	customer := s.newCustomer("Acme", 50)
	address := regexp.MustCompile(`RADIUS is answered on (\S+)`).FindStringSubmatch(s.output.String())[1]
	ask := func(kind, attributes string) string {
		t.Helper()
		command := exec.Command("radclient", "-x", "-r", "10", "-t", "5", address, kind, "sesame-open")
		command.Stdin = strings.NewReader(attributes)
		output, _ := command.CombinedOutput()
		_, answer, _ := strings.Cut(string(output), "Received ")
		return answer
	}
	call := fmt.Sprintf(`Acct-Session-Id="first", Calling-Station-Id="+12125550100", Called-Station-Id="%s", Cisco-AVPair="customer=%s"`, london, customer)
	for _, row := range []struct {
		kind, attributes string
		want             []string
	}{
		{"auth", call + ", Message-Authenticator=0x00", []string{"Access-Accept", "Session-Timeout = 3000", `h323-return-code = "h323-return-code=0"`,
			`h323-credit-time = "h323-credit-time=3000"`, `h323-currency = "h323-currency=EUR"`, `h323-credit-amount = "h323-credit-amount=0.00"`}},
		{"acct", `Acct-Session-Id="first", Acct-Status-Type=Start`, []string{"Accounting-Response"}},
		{"acct", `Acct-Session-Id="first", Acct-Status-Type=Interim-Update, Acct-Session-Time=30`, []string{"Accounting-Response"}},
		{"acct", `Acct-Session-Id="first", Acct-Status-Type=Stop, Acct-Session-Time=63`, []string{"Accounting-Response"}},
		{"auth", strings.Replace(call, london, lyon, 1) + ", Message-Authenticator=0x00", []string{"Access-Reject", "authorised before"}},
		{"auth", strings.Replace(strings.Replace(call, london, lyon, 1), "first", "second", 1) + ", Message-Authenticator=0x00",
			[]string{"Access-Reject", `Reply-Message = "no_price"`, "h323-return-code=9"}},
		{"status", "Message-Authenticator=0x00", []string{"Access-Accept"}},
	} {
		answer := ask(row.kind, row.attributes)
		for _, want := range row.want {
			if !strings.Contains(answer, want) {
				t.Errorf("%s %s is answered %q, without %q", row.kind, row.attributes, answer, want)
			}
		}
	}
	var found struct {
		Data []struct{ ChargeMicros, DurationSeconds int64 }
	}
	s.must("GET", "/cdrs?callId=first", "", &found)
	if len(found.Data) != 1 || found.Data[0].ChargeMicros != 20_000 || found.Data[0].DurationSeconds != 63 {
		t.Errorf("the records are %+v", found.Data)
	}
}
