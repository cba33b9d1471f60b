// Package credential makes and checks passwords and tokens. Passwords are kept as
// Argon2id hashes (RFC 9106), tokens as SHA-256 hashes: a token is 256 random
// bits, which cannot be guessed and needs no slow hash.
package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// The cost of one Argon2id hash: 19 MiB and 2 passes, which OWASP's Password
// Storage Cheat Sheet gives as a minimum.
const (
	memoryKiB = 19 << 10
	passes    = 2
	lanes     = 1
	saltBytes = 16
	hashBytes = 32
)

// hashing bounds how many hashes are computed at once, and so the memory that a
// flood of logins can claim.
var hashing = make(chan struct{}, 2)

// HashPassword returns a salted hash in the PHC string format.
func HashPassword(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	hash := derive(password, salt, memoryKiB, passes, lanes, hashBytes)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, encode(salt), encode(hash))
}

func derive(password string, salt []byte, memory, time uint32, threads uint8, length uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, threads, length)
}

// absent is compared with when there is no such user, so that the answer takes as
// long as for a wrong password.
var absent = sync.OnceValue(func() string { return HashPassword(rand.Text()) })

// CheckPassword reports whether a password belongs to a hash. An empty hash, that
// of a user who does not exist, takes as long as any other and never matches.
func CheckPassword(password, hash string) bool {
	known := hash != ""
	if !known {
		hash = absent()
	}
	var version int
	var memory, time uint32
	var threads uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &threads); err != nil || version != argon2.Version {
		return false
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	want, hashErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || hashErr != nil || len(want) == 0 {
		return false
	}
	got := derive(password, salt, memory, time, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known
}

// tokenPrefix marks Tollkeeper's tokens, so that scanners for leaked secrets can
// know them.
const tokenPrefix = "tk_"

// NewToken makes the secret of a token.
func NewToken() string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(secret)
}

// HashToken returns what is stored of a token's secret.
func HashToken(secret string) []byte {
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}
