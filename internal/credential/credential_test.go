package credential_test

import (
	"bytes"
	"strings"
	"testing"

	"tollkeeper/internal/credential"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	hash := credential.HashPassword("correct horse")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, "horse") {
		t.Fatalf("unexpected form %q", hash)
	}
	if other := credential.HashPassword("correct horse"); other == hash {
		t.Error("two hashes of one password are equal: there is no salt")
	}
	rows := []struct {
		name, password, hash string
		want                 bool
	}{
		{"right", "correct horse", hash, true},
		{"wrong", "correct Horse", hash, false},
		{"empty password", "", hash, false},
		{"no such user", "correct horse", "", false},
		{"cut off", "correct horse", hash[:len(hash)-10], false},
		{"another scheme", "correct horse", strings.Replace(hash, "argon2id", "argon2i", 1), false},
		{"another version", "correct horse", strings.Replace(hash, "v=19", "v=16", 1), false},
		{"no parameters", "correct horse", strings.Replace(hash, "m=19456,t=2,p=1", "m=,t=,p=", 1), false},
		{"empty digest", "correct horse", hash[:strings.LastIndex(hash, "$")+1], false},
		{"no hash at all", "correct horse", "correct horse", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := credential.CheckPassword(row.password, row.hash); got != row.want {
				t.Errorf("CheckPassword(%q, %q) = %v", row.password, row.hash, got)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		token := credential.NewToken()
		if len(token) != len("tk_")+43 || !strings.HasPrefix(token, "tk_") || seen[token] {
			t.Fatalf("token %q: 256 random bits after tk_ are expected", token)
		}
		seen[token] = true
	}
	if a, b := credential.HashToken("tk_a"), credential.HashToken("tk_b"); len(a) != 32 || bytes.Equal(a, b) {
		t.Error("tokens are told apart by their SHA-256")
	}
}
