package credential

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
)

// DigestHashes returns what HTTP digest authentication, as SIP uses it, keeps of a
// password: H(user:realm:password) in hex by MD5 and by SHA-256 (RFC 7616, section
// 3.4.2, and RFC 8760).
func DigestHashes(user, realm, password string) (md5Hex, sha256Hex string) {
	secret := []byte(user + ":" + realm + ":" + password)
	weak, strong := md5.Sum(secret), sha256.Sum256(secret)
	return hex.EncodeToString(weak[:]), hex.EncodeToString(strong[:])
}
