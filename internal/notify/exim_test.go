package notify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/notify"
)

// eximConfig is that of a mail server which offers STARTTLS, wants a password, refuses
// one mailbox for good and another for now, and puts letters into files.
const eximConfig = `
exim_path = %[2]s
spool_directory = %[1]s/spool
log_file_path = %[1]s/%%slog
pid_file_path = %[1]s/pid
primary_hostname = mail.example
local_interfaces = 127.0.0.1
deliver_drop_privilege
keep_environment =
tls_advertise_hosts = *
tls_certificate = %[1]s/certificate
tls_privatekey = %[1]s/key
acl_smtp_rcpt = check
begin acl
check:
  deny !authenticated = *
    message = sign in first
  deny local_parts = nobody
    message = no such mailbox
  defer local_parts = later
    message = try again later
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  file = %[1]s/mailbox
  user = %[3]s
  group = %[4]s
  mode_fail_narrower = false
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${if def:tls_in_cipher}
  server_condition = ${if and{{eq{$auth2}{tollkeeper}}{eq{$auth3}{p@ss}}}}
`

// startExim starts the mail server of Debian, and returns its folder, its address and
// the authority of its certificate.
func startExim(t *testing.T) (folder, address string, roots *x509.CertPool) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a mail server")
	}
	binary, err := exec.LookPath("exim4")
	if err != nil {
		if binary, err = exec.LookPath("/usr/sbin/exim4"); err != nil {
			t.Skip("needs exim4, of Debian's exim4-daemon-light")
		}
	}
	me, err := user.Current()
	if err == nil && me.Uid != "0" {
		t.Skip("needs root, for nobody else may start exim4")
	}
	me, err = user.Lookup("Debian-exim") // which it becomes
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	office := &postOffice{}
	certificate := office.certificate(t).Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"config":      fmt.Appendf(nil, eximConfig, folder, binary, me.Uid, me.Gid),
		"certificate": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		"key":         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for at := folder; at != os.TempDir() && at != "/"; at = filepath.Dir(at) { // the server works as another user where it was started by root
		os.Chmod(at, 0o777)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	listener.Close()
	_, port, _ := net.SplitHostPort(address)
	daemon := exec.Command(binary, "-C", filepath.Join(folder, "config"), "-bdf", "-oX", port)
	var said strings.Builder
	daemon.Stdout, daemon.Stderr = &said, &said
	daemon.WaitDelay = time.Second // its children may still talk
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { daemon.Process.Kill(); daemon.Wait() })
	for range 600 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return folder, address, office.roots
		}
		time.Sleep(50 * time.Millisecond)
	}
	logged, _ := os.ReadFile(filepath.Join(folder, "mainlog"))
	t.Fatalf("the mail server does not start: %s %s", said.String(), logged)
	return
}

// TestExim brings a letter about an event into a mailbox, by a mail server of others,
// over STARTTLS and with a password; and tells refusals for good from those for now.
func TestExim(t *testing.T) {
	t.Parallel()
	folder, address, roots := startExim(t)
	s, err := notify.NewSMTP("smtp://tollkeeper:p%40ss@"+address, sender)
	if err != nil {
		t.Fatal(err)
	}
	s.Trust(roots)
	f := newFirm(t)
	f.Sender = s
	f.patch(t, "accountLock", "0")
	f.patch(t, "lowBalanceAlertAmount", "1000")
	if got := f.dispatch(t); len(got) != 2 {
		t.Fatalf("%d letters", len(got))
	}
	f.queue(t, letters.PasswordReset(ada, "https://people.example/password#tk_secret", 30*time.Minute, f.clock()))
	f.queue(t, tollkeeper.Mail{To: "nobody@acme.example", Kind: "test", Subject: "s", Text: "x"})
	f.queue(t, tollkeeper.Mail{To: "later@acme.example", Kind: "test", Subject: "s", Text: "x"})
	if done, err := f.RunOnce(t.Context()); done != 4 || err == nil {
		t.Errorf("done with %d, %v", done, err)
	}
	want := map[string]tollkeeper.MailState{"nobody@acme.example": tollkeeper.MailFailed, "later@acme.example": tollkeeper.MailQueued}
	for _, m := range f.mails(t) {
		if state, refused := want[m.To]; refused && m.State != state || !refused && m.State != tollkeeper.MailSent {
			t.Errorf("%s to %s is %s: %s", m.Kind, m.To, m.State, m.Error)
		}
	}
	var mailbox string
	for n := 0; n < 100 && strings.Count(mailbox, "\nMessage-ID: ") < 3; n++ {
		time.Sleep(50 * time.Millisecond)
		read, _ := os.ReadFile(filepath.Join(folder, "mailbox"))
		mailbox = string(read)
	}
	if logged, _ := os.ReadFile(filepath.Join(folder, "mainlog")); t.Failed() || mailbox == "" {
		t.Logf("the mail server says: %s", logged)
	}
	for _, part := range []string{"multipart/alternative", "text/plain; charset=UTF-8", "text/html; charset=UTF-8", "Credit of Acme is low", "people.example", "tk_secret"} {
		if !strings.Contains(mailbox, part) {
			t.Errorf("the mailbox lacks %q:\n%s", part, mailbox)
		}
	}
	if _, body, _ := strings.Cut(mailbox, "\n"); !strings.HasPrefix(mailbox, "From ") {
		t.Error("no letter arrived")
	} else if m, err := netmail.ReadMessage(strings.NewReader(body)); err != nil || m.Header.Get("Received") == "" || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("the first letter: %v %+v", err, m)
	}
}

// TestBrokenServers tries again what a mail server cut off, or did not understand.
func TestBrokenServers(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string][]string{
		"hangs up at once":             nil,
		"speaks another language":      {"HTTP/1.1 400 Bad Request\r\n"},
		"is overloaded":                {"421 too busy\r\n"},
		"hangs up before the text":     {"220 x\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n"},
		"hangs up after the text":      {"220 x\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"},
		"refuses the text for now":     {"220 x\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "452 the disk is full\r\n"},
		"says nothing to the greeting": {"220 x\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { listener.Close() })
			go serveBroken(listener, answers)
			s, err := notify.NewSMTP("smtp://"+listener.Addr().String()+"?tls=off", sender)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := s.Send(ctx, letter); err == nil || errors.As(err, &notify.Permanent{}) {
				t.Errorf("%v, want an error that may pass", err)
			}
		})
	}
}

// serveBroken gives one answer to each line, or to each text; then it hangs up. An
// empty answer is none.
func serveBroken(listener net.Listener, answers []string) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buffer := make([]byte, 64<<10)
			for i, answer := range answers {
				if answer == "" {
					time.Sleep(5 * time.Second)
					return
				}
				c.Write([]byte(answer))
				if i+1 == len(answers) && !strings.HasPrefix(answer, "354") {
					break
				}
				var text strings.Builder
				for ended := false; !ended; {
					n, err := c.Read(buffer)
					if err != nil {
						return
					}
					text.Write(buffer[:n])
					ended = !strings.HasPrefix(answer, "354") || strings.HasSuffix(text.String(), "\r\n.\r\n")
				}
			}
			c.Read(buffer)
		}()
	}
}
