package client

import "context"

// Digest is by what to check the password of a trunk's digest user: as good as the
// password, in its realm.
type Digest struct {
	User      string `json:"user"`
	Realm     string `json:"realm"`
	Ha1       string `json:"ha1"`       // MD5 of user:realm:password, in hex (RFC 7616)
	Ha1Sha256 string `json:"ha1Sha256"` // SHA-256 of the same (RFC 8760)
}

// DigestsService tells switches how to challenge.
type DigestsService struct{ c *Client }

// Get tells a switch by what to check the password of a digest user.
func (s DigestsService) Get(ctx context.Context, user string) (*Digest, error) {
	return fetch[Digest](ctx, s.c, get("digestsGet", "digests", user))
}
