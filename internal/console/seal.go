package console

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// seal makes cookies that only a node of this server can read or make (AES-256-GCM,
// NIST SP 800-38D).
type seal struct{ aead cipher.AEAD }

func newSeal(secret []byte) (seal, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return seal{}, fmt.Errorf("console: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return seal{aead}, err
}

// close seals a value under a name, so that one cookie cannot stand in for another.
func (s seal) close(name string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // cookies hold plain structs
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, text, []byte(name)))
}

// open reads what close made, and reports whether it did.
func (s seal) open(name, sealed string, value any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return false
	}
	text, err := s.aead.Open(nil, nil, raw, []byte(name))
	return err == nil && json.Unmarshal(text, value) == nil
}

// token is a random text that nobody guesses.
func token() string { return rand.Text() }
