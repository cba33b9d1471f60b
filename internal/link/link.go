// Package link makes and checks signed links. Whoever has one may do one thing with
// one object until it expires, without signing in: a switch uploads the recording of
// a call, a person decides about a port-out. The signature is an HMAC (RFC 2104) with
// SHA-256; nothing is stored. What may be done only once must be so by itself.
package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"tollkeeper"
)

// Key signs links. All nodes have the same.
type Key []byte

// Grant is what a link lets its bearer do.
type Grant struct {
	Verb   string // what may be done: "upload"
	Object string // with what: "recording/65f0..."
}

// Sign returns the signature that proves a grant until it expires, to the second. It
// consists of characters that need no escaping in a URL (RFC 3986, section 2.3).
func (k Key) Sign(g Grant, expires time.Time) string {
	seconds := expires.Unix()
	return strconv.FormatInt(seconds, 36) + "." + base64.RawURLEncoding.EncodeToString(k.mac(g, seconds))
}

// Check returns nil for a signature of the grant that has not expired, and otherwise
// an error that may be shown.
func (k Key) Check(signature string, g Grant, now time.Time) error {
	expiry, encoded, _ := strings.Cut(signature, ".")
	seconds, err := strconv.ParseInt(expiry, 36, 64)
	mac, badMAC := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || badMAC != nil || strconv.FormatInt(seconds, 36) != expiry || !hmac.Equal(mac, k.mac(g, seconds)) {
		return tollkeeper.Errorf(tollkeeper.CodeForbidden, "the link is not valid for this")
	}
	if now.Unix() >= seconds {
		return tollkeeper.Errorf(tollkeeper.CodeForbidden, "the link has expired")
	}
	return nil
}

// mac covers every part with its length, so that no two grants are signed alike.
func (k Key) mac(g Grant, expires int64) []byte {
	h := hmac.New(sha256.New, k)
	for _, part := range []string{g.Verb, g.Object} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(expires)))
	return h.Sum(nil)
}
