// Package probe asks a RADIUS server as a switch would (RFC 2865, RFC 2866, RFC 5997).
// It shares no code with the door, so that neither hides the other's faults.
package probe

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// Codes of packets.
const (
	AccessRequest      = 1
	AccessAccept       = 2
	AccessReject       = 3
	AccountingRequest  = 4
	AccountingResponse = 5
	StatusServer       = 12
)

const (
	messageAuthenticator = 80
	vendorSpecific       = 26
	maxPacket            = 4096
)

// Attribute is one attribute of a packet.
type Attribute struct {
	Kind  byte
	Value []byte
}

// Text makes an attribute of a text.
func Text(kind byte, v string) Attribute { return Attribute{kind, []byte(v)} }

// Number makes an attribute of an integer.
func Number(kind byte, n uint32) Attribute {
	return Attribute{kind, binary.BigEndian.AppendUint32(nil, n)}
}

// Cisco makes a vendor-specific attribute of Cisco.
func Cisco(kind byte, v string) Attribute {
	return Attribute{vendorSpecific, append([]byte{0, 0, 0, 9, kind, byte(len(v) + 2)}, v...)}
}

// Password covers a password for one request (RFC 2865, section 5.2).
func Password(v, secret string, authenticator [16]byte) Attribute {
	covered := make([]byte, max(16, (len(v)+15)/16*16))
	copy(covered, v)
	previous := authenticator[:]
	for at := 0; at < len(covered); at += 16 {
		pad := md5.Sum(append([]byte(secret), previous...))
		for i := range pad {
			covered[at+i] ^= pad[i]
		}
		previous = covered[at : at+16]
	}
	return Attribute{2, covered}
}

// Request is a packet that asks.
type Request struct {
	Code          byte
	ID            byte
	Authenticator [16]byte // of an access request; made up when zero
	Unsigned      bool     // without a Message-Authenticator
	Attributes    []Attribute
	Raw           []byte // what follows them, well-formed or not
}

// Pack writes a request, signed with a secret.
func (q *Request) Pack(secret string) []byte {
	b := make([]byte, 20, 256)
	b[0], b[1] = q.Code, q.ID
	if q.Code != AccountingRequest {
		if q.Authenticator == [16]byte{} {
			rand.Read(q.Authenticator[:])
		}
		copy(b[4:], q.Authenticator[:])
	}
	signature := 0
	if !q.Unsigned {
		b = append(b, messageAuthenticator, 18)
		signature = len(b)
		b = append(b, make([]byte, 16)...)
	}
	for _, a := range q.Attributes {
		b = append(append(b, a.Kind, byte(len(a.Value)+2)), a.Value...)
	}
	b = append(b, q.Raw...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	if signature > 0 {
		mac := hmac.New(md5.New, []byte(secret))
		mac.Write(b)
		copy(b[signature:], mac.Sum(nil))
	}
	if q.Code == AccountingRequest {
		q.Authenticator = md5.Sum(append(bytes.Clone(b), secret...))
		copy(b[4:], q.Authenticator[:])
	}
	return b
}

// Answer is a packet that answers, and is proved to come from who knows the secret.
type Answer struct {
	Code       byte
	Attributes []Attribute
	Signed     bool // begins with a Message-Authenticator
	Raw        []byte
}

// Text is the first attribute of a kind; "" where there is none.
func (a *Answer) Text(kind byte) string {
	for _, b := range a.Attributes {
		if b.Kind == kind {
			return string(b.Value)
		}
	}
	return ""
}

// Number is the first attribute of a kind as an integer; 0 where there is none.
func (a *Answer) Number(kind byte) uint32 {
	if v := a.Text(kind); len(v) == 4 {
		return binary.BigEndian.Uint32([]byte(v))
	}
	return 0
}

// Texts are all attributes of a kind; with a vendor's prefix cut for Cisco's.
func (a *Answer) Texts(kind byte) (texts []string) {
	for _, b := range a.Attributes {
		switch {
		case b.Kind != kind:
		case kind == vendorSpecific && len(b.Value) > 6:
			texts = append(texts, string(b.Value[6:]))
		default:
			texts = append(texts, string(b.Value))
		}
	}
	return texts
}

// Unpack reads the answer to a request and checks both of its authenticators.
func (q *Request) Unpack(raw []byte, secret string) (a Answer, err error) {
	if len(raw) < 20 || int(binary.BigEndian.Uint16(raw[2:])) != len(raw) || raw[1] != q.ID {
		return a, fmt.Errorf("no answer to this request: % x", raw)
	}
	b := bytes.Clone(raw)
	copy(b[4:], q.Authenticator[:])
	if want := md5.Sum(append(bytes.Clone(b), secret...)); !bytes.Equal(want[:], raw[4:20]) {
		return a, errors.New("the answer's authenticator is wrong: the secrets differ")
	}
	a = Answer{Code: raw[0], Raw: raw}
	for at := 20; at < len(b); at += int(b[at+1]) {
		if at+1 >= len(b) || b[at+1] < 2 || at+int(b[at+1]) > len(b) {
			return a, errors.New("the answer's attributes are broken")
		}
		v := b[at+2 : at+int(b[at+1])]
		a.Attributes = append(a.Attributes, Attribute{b[at], bytes.Clone(v)})
		if b[at] == messageAuthenticator && len(v) == 16 {
			a.Signed = at == 20
			given := bytes.Clone(v)
			clear(v)
			mac := hmac.New(md5.New, []byte(secret))
			mac.Write(b)
			if !hmac.Equal(mac.Sum(nil), given) {
				return a, errors.New("the answer's Message-Authenticator is wrong")
			}
			copy(v, given)
		}
	}
	return a, nil
}

// Probe asks one server over one socket, one request at a time.
type Probe struct {
	conn   net.Conn
	secret string
	next   byte
}

// Dial opens a probe over UDP.
func Dial(address, secret string) (*Probe, error) {
	conn, err := net.Dial("udp", address)
	return New(conn, secret), err
}

// New makes a probe of a socket that is connected to the server.
func New(conn net.Conn, secret string) *Probe { return &Probe{conn: conn, secret: secret} }

// Close ends the probe.
func (p *Probe) Close() error { return p.conn.Close() }

// ErrSilent says that no answer came in time.
var ErrSilent = errors.New("no answer")

// sendAgain is after how long a request is sent again, as switches do.
const sendAgain = 2 * time.Second

// Ask sends a request, and again when that may have been lost, and waits for its answer.
func (p *Probe) Ask(q Request, patience time.Duration) (Answer, error) {
	p.next++
	q.ID = p.next
	raw, deadline := q.Pack(p.secret), time.Now().Add(patience)
	for {
		if _, err := p.conn.Write(raw); err != nil {
			return Answer{}, err
		}
		p.conn.SetReadDeadline(earlier(time.Now().Add(sendAgain), deadline))
		answer, err := p.hear(&q)
		if !os.IsTimeout(err) {
			return answer, err
		}
		if !time.Now().Before(deadline) {
			return Answer{}, fmt.Errorf("%w: %w", ErrSilent, err)
		}
	}
}

// hear waits for the answer to a request.
func (p *Probe) hear(q *Request) (Answer, error) {
	buffer := make([]byte, maxPacket)
	for {
		n, err := p.conn.Read(buffer)
		if err != nil && !os.IsTimeout(err) {
			err = fmt.Errorf("%w: %w", ErrSilent, err)
		}
		if err != nil {
			return Answer{}, err
		}
		if n >= 2 && buffer[1] == q.ID { // else a late one to an earlier request
			return q.Unpack(bytes.Clone(buffer[:n]), p.secret)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
