package credential

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A session is a JSON Web Token (RFC 7519) signed by a node with Ed25519 (RFC
// 8037). It names its user and the user's epoch: when that rises, the session
// ends.

// Issuer and Audience are what every session says of who made it and whom it is
// for.
const (
	Issuer   = "tollkeeper"
	Audience = "tollkeeper-api"
)

// Session is what a session says.
type Session struct {
	User    string
	Epoch   int64
	Expires time.Time
}

type claims struct {
	Epoch int64 `json:"epoch"`
	jwt.RegisteredClaims
}

// Key is a node's private key. Its ID is made of the public one.
type Key struct {
	ID      string
	private ed25519.PrivateKey
}

// Public is the key that proves what this one signs.
func (k *Key) Public() []byte { return k.private.Public().(ed25519.PublicKey) }

// Sign makes a session's token.
func (k *Key) Sign(s Session, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{Epoch: s.Epoch, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: Issuer, Audience: jwt.ClaimStrings{Audience}, Subject: s.User, IssuedAt: jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(s.Expires),
	}})
	token.Header["kid"] = k.ID
	return token.SignedString(k.private)
}

// ErrSession is returned for a token that proves nothing.
var ErrSession = errors.New("the session is not valid")

// IsSession tells a session's token from others by its form.
func IsSession(token string) bool { return strings.Count(token, ".") == 2 }

// ReadSession proves a session's token. PublicKey finds the key with an id; it
// returns nil for one that is not known. An error of PublicKey is returned as it
// is, every other is ErrSession.
func ReadSession(token string, now time.Time, publicKey func(id string) ([]byte, error)) (Session, error) {
	var said claims
	var failure error
	_, err := jwt.ParseWithClaims(token, &said, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		public, err := publicKey(id)
		if failure = err; err != nil || len(public) != ed25519.PublicKeySize {
			return nil, ErrSession
		}
		return ed25519.PublicKey(public), nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(Issuer), jwt.WithAudience(Audience),
		jwt.WithExpirationRequired(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case failure != nil:
		return Session{}, failure
	case err != nil:
		return Session{}, ErrSession
	}
	return Session{User: said.Subject, Epoch: said.Epoch, Expires: said.ExpiresAt.Time}, nil
}

// KeyFile is the name of a node's private key in its data folder.
const KeyFile = "session.key"

// LoadKey reads the private key of a data folder. The error is os.ErrNotExist
// when there is none yet.
func LoadKey(folder string) (*Key, error) {
	text, err := os.ReadFile(filepath.Join(folder, KeyFile))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: is not a key in PEM form", KeyFile)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s: is not an Ed25519 key", KeyFile)
	}
	return newKey(private), nil
}

// MakeKey makes a private key. Nothing is written yet.
func MakeKey() (*Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return newKey(private), nil
}

func newKey(private ed25519.PrivateKey) *Key {
	sum := sha256.Sum256(private.Public().(ed25519.PublicKey))
	return &Key{ID: base64.RawURLEncoding.EncodeToString(sum[:12]), private: private}
}

// Save writes the key into a data folder, readable by its owner only. It takes
// the place of the one before in one step.
func (k *Key) Save(folder string) error {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, KeyFile+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // no longer there when all went well
	_, err = file.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(folder, KeyFile))
}
