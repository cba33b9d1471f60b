package radius

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"tollkeeper"
)

// digest is what proves a password without telling it (RFC 7616), as switches hand it
// on in RADIUS.
type digest struct {
	user, realm, nonce, method, uri, qop, algorithm, count, cnonce, bodyHash, response string
}

// Attributes of RFC 5090, section 3, and sub-attributes of draft-sterman-aaa-sip, which
// stand in Digest-Attributes and end in the same fields.
const (
	digestResponse          = 103
	digestEntityBodyHash    = 112
	digestUsername          = 115
	stermanDigestResponse   = 206
	stermanDigestAttributes = 207
)

// digestIn finds the digest of an Access-Request; ok is false where there is none.
func digestIn(p *packet) (d digest, ok bool) {
	for kind, v := range p.attributes() {
		text := string(v)
		switch {
		case kind == stermanDigestAttributes && wellFormed(v):
			for sub, inner := range attributesOf(v) {
				if field := d.sterman(sub); field != nil {
					*field = string(inner)
				}
			}
		case kind == stermanDigestResponse, kind == digestResponse:
			d.response, ok = text, true
		default:
			if field := d.standard(kind); field != nil {
				*field = text
			}
		}
	}
	return d, ok
}

func (d *digest) standard(kind byte) *string {
	switch kind {
	case 104:
		return &d.realm
	case 105:
		return &d.nonce
	case 108:
		return &d.method
	case 109:
		return &d.uri
	case 110:
		return &d.qop
	case 111:
		return &d.algorithm
	case digestEntityBodyHash:
		return &d.bodyHash
	case 113:
		return &d.cnonce
	case 114:
		return &d.count
	case digestUsername:
		return &d.user
	}
	return nil
}

func (d *digest) sterman(kind byte) *string {
	switch kind {
	case 1:
		return &d.realm
	case 2:
		return &d.nonce
	case 3:
		return &d.method
	case 4:
		return &d.uri
	case 5:
		return &d.qop
	case 6:
		return &d.algorithm
	case 7:
		return &d.bodyHash
	case 8:
		return &d.cnonce
	case 9:
		return &d.count
	case 10:
		return &d.user
	}
	return nil
}

// proves reports whether the response was made with the password of a digest user, by
// MD5 (RFC 7616, section 3.4) or SHA-256 (RFC 8760). Whether the nonce is fresh is for
// the switch to say, which has made it.
func (d *digest) proves(known tollkeeper.Digest) bool {
	hash, ha1 := hexMD5, known.HA1
	switch strings.ToUpper(d.algorithm) {
	case "", "MD5":
	case "SHA-256":
		hash, ha1 = hexSHA256, known.HA1SHA256
	default:
		return false
	}
	if d.nonce == "" || d.realm != known.Realm || ha1 == "" {
		return false
	}
	a2 := d.method + ":" + d.uri
	want := ha1 + ":" + d.nonce
	switch d.qop {
	case "":
	case "auth-int":
		a2 += ":" + d.bodyHash
		fallthrough
	case "auth":
		want += ":" + d.count + ":" + d.cnonce + ":" + d.qop
	default:
		return false
	}
	want += ":" + hash(a2)
	return subtle.ConstantTimeCompare([]byte(hash(want)), []byte(strings.ToLower(d.response))) == 1
}

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func hexSHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
