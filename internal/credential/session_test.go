package credential_test

import (
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tollkeeper/internal/credential"
)

var now = time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC)

func TestSessions(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := credential.LoadKey(folder); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a folder without a key: %v", err)
	}
	key, err := credential.MakeKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Save(folder); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(folder + "/" + credential.KeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("files are left: %v", entries)
	}
	if key, err = credential.LoadKey(folder); err != nil {
		t.Fatal(err)
	}
	other, _ := credential.MakeKey()
	keys := func(id string) ([]byte, error) {
		if id == key.ID {
			return key.Public(), nil
		}
		return nil, nil
	}
	said := credential.Session{User: "u", Epoch: 3, Expires: now.Add(time.Hour)}
	good, err := key.Sign(said, now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := credential.ReadSession(good, now, keys); err != nil || got.User != "u" || got.Epoch != 3 || !got.Expires.Equal(said.Expires) {
		t.Errorf("%+v, %v", got, err)
	}
	foreign, _ := other.Sign(said, now)
	head, rest, _ := strings.Cut(good, ".")
	_, foreignRest, _ := strings.Cut(foreign, ".")
	none := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": credential.Issuer, "aud": credential.Audience, "sub": "u", "exp": now.Add(time.Hour).Unix()})
	unsigned, err := none.SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	shared := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": credential.Issuer, "aud": credential.Audience, "sub": "u", "exp": now.Add(time.Hour).Unix()})
	shared.Header["kid"] = key.ID
	confused, err := shared.SignedString(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"of a key that is not known":        foreign,
		"of another key under a known name": head + "." + foreignRest,
		"unsigned":                          unsigned,
		"signed with the public key":        confused,
		"with another signature":            good[:len(good)-8] + "AAAAAAAA",
		"with other claims":                 head + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"x"}`)) + rest[strings.Index(rest, "."):],
	} {
		if got, err := credential.ReadSession(token, now, keys); err != credential.ErrSession {
			t.Errorf("a session %s: %+v, %v", name, got, err)
		}
	}
	if _, err := credential.ReadSession(good, now.Add(time.Hour), keys); err != credential.ErrSession {
		t.Errorf("after its end: %v", err)
	}
	gone := errors.New("the database is gone")
	if _, err := credential.ReadSession(good, now, func(string) ([]byte, error) { return nil, gone }); err != gone {
		t.Errorf("without keys: %v", err)
	}
	for _, wrong := range []struct{ issuer, audience string }{{"other", credential.Audience}, {credential.Issuer, "other"}} {
		text := sign(t, folder, jwt.MapClaims{"iss": wrong.issuer, "aud": wrong.audience, "sub": "u", "exp": now.Add(time.Hour).Unix()})
		if _, err := credential.ReadSession(text, now, keys); err != credential.ErrSession {
			t.Errorf("from %s for %s: %v", wrong.issuer, wrong.audience, err)
		}
	}
}

// sign makes any token with the folder's key.
func sign(t *testing.T, folder string, claims jwt.MapClaims) string {
	t.Helper()
	text, err := os.ReadFile(folder + "/" + credential.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	private, err := jwt.ParseEdPrivateKeyFromPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := credential.LoadKey(folder)
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"] = key.ID
	signed, err := token.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Whatever a client sends, it is read without a panic and proves nothing.
func FuzzReadSession(f *testing.F) {
	key, err := credential.MakeKey()
	if err != nil {
		f.Fatal(err)
	}
	good, err := key.Sign(credential.Session{User: "u", Expires: now.Add(time.Hour)}, now)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{good, good + ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", strings.Repeat(".", 1000)} {
		f.Add(seed)
	}
	keys := func(id string) ([]byte, error) { return key.Public(), nil }
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := credential.ReadSession(token, now, keys); err == nil && token != good {
			t.Errorf("%q is a session", token)
		}
	})
}

func TestCommonPasswords(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]bool{
		"password": true, "PassWord": true, "password123": true, "iloveyou": true, "12345678": true, "correct horse battery": false, "tk8-zQ!m": false,
	} {
		if got := credential.IsCommon(password); got != want {
			t.Errorf("%s: %v", password, got)
		}
	}
}
