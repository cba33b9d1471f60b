package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"tollkeeper/internal/asterisk"
	"tollkeeper/internal/freeswitch"
	"tollkeeper/internal/notify"
	"tollkeeper/internal/radius"
	"tollkeeper/internal/radius/probe"
)

// here is an address at which what listens everywhere is reached from this machine.
func here(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// address is where the server is asked.
func (x *examination) address() string {
	if x.PublicURL != "" {
		return x.PublicURL
	}
	if x.TLSCert != "" || len(x.AcmeDomains) > 0 {
		return "https://" + here(x.Listen)
	}
	return "http://" + here(x.Listen)
}

func (x *examination) lookAtServer(ctx context.Context) {
	at := strings.TrimSuffix(x.address(), "/")
	if _, _, ok := x.ask(ctx, at+"/healthz"); !ok {
		return
	}
	asked := x.now()
	answer, _, ok := x.ask(ctx, at+"/readyz")
	if !ok {
		return
	}
	x.good("server", "%s is ready; answered in %s", at, x.now().Sub(asked).Round(100*time.Microsecond))
	if theirs, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		x.compareClock("clock of the server", theirs.Add(time.Second/2), asked) // the header has whole seconds
	}
	x.lookAtTLS(at, answer)
	if _, body, ok := x.ask(ctx, at+"/version"); ok {
		x.compareVersion(at, body)
	}
}

// ask reads a page of the server, which must answer 200; it is a fault otherwise.
func (x *examination) ask(ctx context.Context, address string) (answer *http.Response, body []byte, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err == nil {
		answer, err = http.DefaultClient.Do(request)
	}
	if err != nil {
		x.fault("server", "%v", err)
		return nil, nil, false
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer)); err != nil {
		x.fault("server", "%s: %v", address, err)
		return nil, nil, false
	}
	if answer.StatusCode != http.StatusOK {
		x.fault("server", "%s answers %s", address, answer.Status)
		return nil, nil, false
	}
	return answer, body, true
}

// maxAnswer bounds what is read of an answer: whoever is asked may be somebody else.
const maxAnswer = 1 << 20

func (x *examination) lookAtTLS(at string, answer *http.Response) {
	if answer.TLS == nil {
		if ip, err := netip.ParseAddr(answer.Request.URL.Hostname()); err != nil || !ip.IsLoopback() {
			x.warn("TLS", "%s is asked without it: tokens and passwords can be read on the way", at)
		}
		return
	}
	until := answer.TLS.PeerCertificates[0].NotAfter
	if left := until.Sub(x.now()); left < expiryWarning {
		x.warn("TLS", "the certificate of %s is good until %s only", at, until.Format(time.DateOnly))
		return
	}
	x.good("TLS", "the certificate of %s is good until %s", at, until.Format(time.DateOnly))
}

func (x *examination) compareVersion(at string, body []byte) {
	var running struct{ Version, Commit string }
	if err := json.Unmarshal(body, &running); err != nil {
		x.fault("version", "%s is not a server of this kind: %v", at, err)
		return
	}
	if own := build(); running.Version != own.Version || running.Commit != own.Commit {
		x.warn("version", "the server is %s (%s), this program %s (%s)", running.Version, cmp.Or(running.Commit, "no commit"), own.Version, cmp.Or(own.Commit, "no commit"))
		return
	}
	x.good("version", "the server is %s, as this program", running.Version)
}

// lookAtRADIUS asks for the server's status (RFC 5997) where the clients file has this
// machine as a client.
func (x *examination) lookAtRADIUS(context.Context) {
	if len(x.RadiusListen) == 0 {
		return
	}
	file, err := os.Open(x.RadiusClients)
	if err != nil {
		x.fault("RADIUS", "radius-clients: %v", err)
		return
	}
	defer file.Close()
	clients, err := radius.ReadClients(file)
	if err != nil {
		x.fault("RADIUS", "radius-clients: %v", err)
		return
	}
	for _, listen := range x.RadiusListen {
		x.askRADIUS(here(listen), clients)
	}
}

func (x *examination) askRADIUS(address string, clients radius.Clients) {
	what := "RADIUS " + address
	conn, err := net.Dial("udp", address)
	if err != nil {
		x.fault(what, "%v", err)
		return
	}
	defer conn.Close()
	own := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	client := clients.At(own)
	if client == nil {
		x.note("skipped", what, "%s is no network of a client; add it to the clients file to have the secret tried from here", own)
		return
	}
	answer, err := probe.New(conn, client.Secret).Ask(probe.Request{Code: probe.StatusServer}, patience)
	switch {
	case errors.Is(err, probe.ErrSilent):
		x.fault(what, "no answer: nobody listens there, or with another secret for the client %s", client.Name)
	case err != nil:
		x.fault(what, "%v", err)
	default:
		x.good(what, "answers the client %s, whose secret is right (code %d)", client.Name, answer.Code)
	}
}

// lookAtSIP sends OPTIONS, as switches do to see whether somebody is there.
func (x *examination) lookAtSIP(context.Context) {
	for _, listen := range x.SIPListen {
		address := here(listen)
		what := "SIP " + address
		first, err := options(address)
		switch {
		case err != nil:
			x.fault(what, "no answer to OPTIONS: %v; is this machine in sip-networks?", err)
		case !strings.HasPrefix(first, "SIP/2.0 200"):
			x.fault(what, "OPTIONS is answered by %q", first)
		default:
			x.good(what, "answers OPTIONS")
		}
	}
}

// options returns the first line of the answer.
func options(address string) (string, error) {
	conn, err := net.Dial("udp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	own, tag := conn.LocalAddr(), rand.Text()
	_, err = fmt.Fprintf(conn, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:doctor@%s>;tag=%s\r\nTo: <sip:%s>\r\n"+
		"Call-ID: %s@doctor\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", address, own, tag, own, tag, address, tag)
	if err != nil {
		return "", err
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(answer[:n]), "\r\n")
	return first, nil
}

// lookAtSwitches signs in to the switches that the server follows.
func (x *examination) lookAtSwitches(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	managers, _ := x.managers() // the settings were looked at
	for _, m := range managers {
		x.tried("Asterisk "+m.Address, asterisk.Probe(ctx, m.Address, m.Username, m.Secret), "lets this program in")
	}
	sockets, _ := x.sockets()
	for _, s := range sockets {
		x.tried("FreeSWITCH "+s.Address, freeswitch.Probe(ctx, s.Address, s.Password), "lets this program in")
	}
	if x.AsteriskListen != "" {
		x.connect(ctx, "FastAGI", x.AsteriskListen)
	}
	for _, listen := range slices.Concat(x.DiameterListen, x.DiameterTLSListen) {
		x.connect(ctx, "Diameter", listen)
	}
}

// connect sees whether somebody listens.
func (x *examination) connect(ctx context.Context, door, listen string) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", here(listen))
	if err == nil {
		conn.Close()
	}
	x.tried(door+" "+here(listen), err, "takes connections")
}

// tried notes what became of a try.
func (x *examination) tried(what string, err error, good string) {
	if err != nil {
		x.fault(what, "%v", err)
		return
	}
	x.good(what, "%s", good)
}

func (x *examination) lookAtMail(ctx context.Context) {
	p, err := x.post()
	if err != nil {
		return // the settings were looked at
	}
	sender, ok := p.sender.(*notify.SMTP)
	if !ok {
		x.warn("mail", "smtp-url is not set: mails are kept, and not sent")
		return
	}
	x.tried("mail", sender.Probe(ctx), "the mail server lets this program in")
}
