package radius

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"iter"
)

// Sizes of a packet, in octets (RFC 2865, section 3).
const (
	headerSize        = 20
	authenticatorSize = 16
	maxPacket         = 4096
)

var (
	errLength     = errors.New("the packet's length is wrong")
	errAttributes = errors.New("the packet's attributes do not fill it")
)

// packet is a request as it came.
type packet struct {
	code          code
	id            byte
	authenticator [authenticatorSize]byte
	raw           []byte // all of it, without padding
}

// parse reads a packet. What follows the length that it names is padding.
func parse(b []byte) (p packet, err error) {
	if len(b) < headerSize {
		return p, errLength
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < headerSize || length > len(b) || length > maxPacket {
		return p, errLength
	}
	p = packet{code: code(b[0]), id: b[1], raw: b[:length]}
	copy(p.authenticator[:], b[4:])
	if !wellFormed(p.raw[headerSize:]) {
		return p, errAttributes
	}
	return p, nil
}

// wellFormed reports whether attributes, each of them type, length and value, fill b.
func wellFormed(b []byte) bool {
	for len(b) > 0 {
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return false
		}
		b = b[b[1]:]
	}
	return true
}

// attributes yields the packet's attributes in their order.
func (p *packet) attributes() iter.Seq2[byte, []byte] { return attributesOf(p.raw[headerSize:]) }

func attributesOf(b []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for len(b) >= 2 {
			if !yield(b[0], b[2:b[1]]) {
				return
			}
			b = b[b[1]:]
		}
	}
}

// value is the first attribute of a kind; nil where there is none.
func (p *packet) value(kind byte) []byte {
	for k, v := range p.attributes() {
		if k == kind {
			return v
		}
	}
	return nil
}

func (p *packet) text(kind byte) string { return string(p.value(kind)) }

// number is the first attribute of a kind as an integer.
func (p *packet) number(kind byte) (n uint32, given bool) {
	v := p.value(kind)
	if len(v) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(v), true
}

// ciscoAttributes yields the attributes of Cisco (RFC 2865, section 5.26). Those that
// are not well-formed are passed over: other vendors' are none of ours.
func (p *packet) ciscoAttributes() iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for kind, v := range p.attributes() {
			if kind != vendorSpecific || len(v) < 4 || binary.BigEndian.Uint32(v) != cisco || !wellFormed(v[4:]) {
				continue
			}
			for k, inner := range attributesOf(v[4:]) {
				if !yield(k, inner) {
					return
				}
			}
		}
	}
}

// authentic says whether a request comes from one who knows the secret. Signed says
// whether it has a Message-Authenticator, without which an Access-Request proves nothing.
func (p *packet) authentic(secret []byte) (authentic, signed bool) {
	at := p.signature()
	if p.code == accountingRequest && !p.accountingAuthentic(secret) {
		return false, at > 0
	}
	if at == 0 {
		return true, false
	}
	if at+authenticatorSize > len(p.raw) || p.raw[at-1] != 2+authenticatorSize {
		return false, true
	}
	var zero [authenticatorSize]byte
	mac := hmac.New(md5.New, secret)
	mac.Write(p.raw[:4])
	if p.code == accountingRequest { // its own authenticator was computed over this one
		mac.Write(zero[:])
	} else {
		mac.Write(p.authenticator[:])
	}
	mac.Write(p.raw[headerSize:at])
	mac.Write(zero[:])
	mac.Write(p.raw[at+authenticatorSize:])
	return hmac.Equal(mac.Sum(nil), p.raw[at:at+authenticatorSize]), true
}

// signature is where the value of the Message-Authenticator begins; 0: there is none.
func (p *packet) signature() int {
	for at := headerSize; at < len(p.raw); at += int(p.raw[at+1]) {
		if p.raw[at] == messageAuthenticator {
			return at + 2
		}
	}
	return 0
}

// accountingAuthentic checks the authenticator of an Accounting-Request (RFC 2866,
// section 3).
func (p *packet) accountingAuthentic(secret []byte) bool {
	var zero [authenticatorSize]byte
	sum := md5.New()
	sum.Write(p.raw[:4])
	sum.Write(zero[:])
	sum.Write(p.raw[headerSize:])
	sum.Write(secret)
	return subtle.ConstantTimeCompare(sum.Sum(nil), p.authenticator[:]) == 1
}

// password uncovers User-Password (RFC 2865, section 5.2); ok is false where there is
// none, or one that cannot be.
func (p *packet) password(secret []byte) (password []byte, ok bool) {
	covered := p.value(userPassword)
	if len(covered) == 0 || len(covered) > 128 || len(covered)%md5.Size != 0 {
		return nil, false
	}
	previous := p.authenticator[:]
	for ; len(covered) > 0; covered = covered[md5.Size:] {
		sum := md5.New()
		sum.Write(secret)
		sum.Write(previous)
		pad := sum.Sum(nil)
		previous = covered[:md5.Size]
		for i, c := range previous {
			password = append(password, c^pad[i])
		}
	}
	return bytes.TrimRight(password, "\x00"), true
}
