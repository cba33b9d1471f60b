package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// The second factor: time-based codes (RFC 6238) as every authenticator app makes
// them, six digits by HMAC-SHA-1, a new one each half minute.
const (
	totpStep   = 30 * time.Second
	totpIssuer = "Tollkeeper"
	// totpSkew is how many steps a clock may be off in either direction.
	totpSkew = 1
	// RecoveryCodes is how many codes a user gets for the day the telephone is lost.
	RecoveryCodes = 10
	// recoveryChars of 5 bits each are too many to try, so that a plain hash will do.
	recoveryChars = 16
)

// NewTOTP makes the secret of a second factor, and the address by which an
// authenticator app takes it over (otpauth://).
func NewTOTP(account string) (secret, address string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: account})
	if err != nil {
		return "", "", err
	}
	return key.Secret(), key.URL(), nil
}

// TOTPStep finds the time step whose code was given. Who accepts it must accept no
// code of that step or an earlier one again (RFC 6238, section 5.2).
func TOTPStep(secret, code string, now time.Time) (step int64, ok bool) {
	current := now.Unix() / int64(totpStep.Seconds())
	for step := current - totpSkew; step <= current+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// NewRecoveryCodes makes codes that each stand in for the second factor once.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		text := strings.ToLower(rand.Text()[:recoveryChars]) // base32: no character looks like another
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
	}
	return codes
}

// HashRecoveryCode returns what is stored of a recovery code, however it is spaced.
func HashRecoveryCode(code string) []byte {
	bare := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
	hash := sha256.Sum256([]byte(bare))
	return hash[:]
}
