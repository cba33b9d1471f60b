package link_test

import (
	"strings"
	"testing"
	"time"

	"tollkeeper/internal/link"
)

var (
	key   = link.Key("0123456789abcdef0123456789abcdef")
	now   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	grant = link.Grant{Verb: "upload", Object: "recording/65f000000000000000000001"}
)

func TestCheck(t *testing.T) {
	t.Parallel()
	good := key.Sign(grant, now.Add(time.Minute))
	expiry, mac, _ := strings.Cut(good, ".")
	for name, row := range map[string]struct {
		signature string
		grant     link.Grant
		at        time.Time
		key       link.Key
		refused   string // "" is let in
	}{
		"good":                 {good, grant, now, key, ""},
		"last second":          {good, grant, now.Add(59 * time.Second), key, ""},
		"expired":              {good, grant, now.Add(time.Minute), key, "expired"},
		"another verb":         {good, link.Grant{Verb: "read", Object: grant.Object}, now, key, "not valid"},
		"another object":       {good, link.Grant{Verb: "upload", Object: grant.Object[1:]}, now, key, "not valid"},
		"a border moved":       {good, link.Grant{Verb: "uploadr", Object: grant.Object[1:]}, now, key, "not valid"},
		"another key":          {good, grant, now, link.Key("x"), "not valid"},
		"a later expiry":       {key.Sign(grant, now.Add(time.Hour))[:len(expiry)] + "." + mac, grant, now, key, "not valid"},
		"expiry written anew":  {"0" + good, grant, now, key, "not valid"},
		"expiry in capitals":   {strings.ToUpper(expiry) + "." + mac, grant, now, key, "not valid"},
		"a bit of the last":    {good[:len(good)-1] + string(good[len(good)-1]^1), grant, now, key, "not valid"},
		"nothing":              {"", grant, now, key, "not valid"},
		"no signature":         {expiry + ".", grant, now, key, "not valid"},
		"too large an expiry":  {strings.Repeat("z", 30) + "." + mac, grant, now, key, "not valid"},
		"expired and tampered": {good + "x", grant, now.Add(time.Hour), key, "not valid"},
	} {
		err := row.key.Check(row.signature, row.grant, row.at)
		switch {
		case row.refused == "" && err != nil:
			t.Errorf("%s: refused: %v", name, err)
		case row.refused != "" && (err == nil || !strings.Contains(err.Error(), row.refused)):
			t.Errorf("%s: got %v, want an error with %q", name, err, row.refused)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(key.Sign(grant, now.Add(time.Minute)))
	f.Add("abc.def")
	f.Add(".")
	f.Fuzz(func(t *testing.T, signature string) {
		if key.Check(signature, grant, now) == nil && signature != key.Sign(grant, now.Add(time.Minute)) {
			t.Errorf("%q is let in", signature)
		}
	})
}
