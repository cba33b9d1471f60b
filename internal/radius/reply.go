package radius

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
)

// reply is an answer that is being written.
type reply struct {
	raw    []byte
	signed bool // begins with a Message-Authenticator
}

// newReply begins the answer to a request. The Message-Authenticator comes first, so
// that nothing that an attacker chose stands before it (draft-ietf-radext-deprecating-radius,
// CVE-2024-3596); Accounting-Responses have one where the request had.
func newReply(c code, request *packet) *reply {
	r := &reply{raw: make([]byte, headerSize, 256)}
	r.raw[0], r.raw[1] = byte(c), request.id
	copy(r.raw[4:], request.authenticator[:])
	if c != accountingResponse || request.value(messageAuthenticator) != nil {
		r.signed = true
		var zero [authenticatorSize]byte
		r.bytes(messageAuthenticator, zero[:])
	}
	for kind, v := range request.attributes() {
		if kind == proxyState { // goes back as it came (RFC 2865, section 5.33)
			r.bytes(proxyState, v)
		}
	}
	return r
}

// bytes adds an attribute, cut at what one can hold. One that no packet has room for
// is left out.
func (r *reply) bytes(kind byte, v []byte) {
	v = v[:min(len(v), maxAttribute)]
	if len(r.raw)+2+len(v) > maxPacket {
		return
	}
	r.raw = append(append(r.raw, kind, byte(2+len(v))), v...)
}

func (r *reply) text(kind byte, v string) { r.bytes(kind, []byte(v)) }

func (r *reply) number(kind byte, n uint32) {
	r.bytes(kind, binary.BigEndian.AppendUint32(nil, n))
}

// cisco adds an attribute of Cisco.
func (r *reply) cisco(kind byte, v string) {
	v = v[:min(len(v), maxVendorAttribute)]
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 6+len(v)), cisco)
	r.bytes(vendorSpecific, append(append(b, kind, byte(2+len(v))), v...))
}

// sign ends the answer: its length, its Message-Authenticator, then the Response
// Authenticator over all of it (RFC 2865, section 3; RFC 2869, section 5.14).
func (r *reply) sign(secret []byte) []byte {
	binary.BigEndian.PutUint16(r.raw[2:], uint16(len(r.raw)))
	if r.signed {
		mac := hmac.New(md5.New, secret)
		mac.Write(r.raw)
		copy(r.raw[headerSize+2:], mac.Sum(nil))
	}
	sum := md5.New()
	sum.Write(r.raw)
	sum.Write(secret)
	copy(r.raw[4:headerSize], sum.Sum(nil))
	return r.raw
}
