package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// ServerStatus says whether calls are known by a trunk.
type ServerStatus string

// The statuses of a trunk.
const (
	ServerActive   ServerStatus = "active"
	ServerInactive ServerStatus = "inactive"
)

// Server is a trunk, by which a customer's calls reach the carrier's switches.
type Server struct {
	Id                  string       `json:"_id"`
	Name                string       `json:"name"`
	Customer            string       `json:"customer"`
	Status              ServerStatus `json:"status"`
	Host                string       `json:"host,omitzero"`     // address or network that its calls come from
	Port                int          `json:"port,omitzero"`     // port that they come from; 0 is any
	CallerId            string       `json:"callerId,omitzero"` // calling number of its outbound calls
	DigestUser          string       `json:"digestUser,omitzero"`
	DigestRealm         string       `json:"digestRealm,omitzero"`
	MaxConcurrentCalls  int          `json:"maxConcurrentCalls"`  // 0 is no limit of its own
	MaxOutboundCallRate int          `json:"maxOutboundCallRate"` // per second; 0 is no limit of its own
	CreatedAt           time.Time    `json:"createdAt"`
	UpdatedAt           time.Time    `json:"updatedAt"`

	ETag string `json:"-"` // for IfMatch; empty in lists
}

// ServerCreate says what a new trunk is to be.
type ServerCreate struct {
	Name                string       `json:"name"` // 1 to 45 characters
	Customer            string       `json:"customer"`
	Status              ServerStatus `json:"status,omitzero"` // ServerActive when empty
	Host                string       `json:"host,omitzero"`
	Port                int          `json:"port,omitzero"`
	CallerId            string       `json:"callerId,omitzero"`
	DigestUser          string       `json:"digestUser,omitzero"`
	DigestPassword      string       `json:"digestPassword,omitzero"` // 8 to 255 characters; only hashes are kept
	MaxConcurrentCalls  int          `json:"maxConcurrentCalls,omitzero"`
	MaxOutboundCallRate int          `json:"maxOutboundCallRate,omitzero"`
}

// ServerPatch is the changes to a trunk. Only the fields that were Set are sent.
type ServerPatch struct {
	Name                Optional[string]       `json:"name,omitzero"`
	Status              Optional[ServerStatus] `json:"status,omitzero"`
	Host                Optional[string]       `json:"host,omitzero"`           // Null clears it
	Port                Optional[int]          `json:"port,omitzero"`           // Null clears it
	CallerId            Optional[string]       `json:"callerId,omitzero"`       // Null clears it
	DigestUser          Optional[string]       `json:"digestUser,omitzero"`     // Null clears it; another needs the password
	DigestPassword      Optional[string]       `json:"digestPassword,omitzero"` // sets it anew
	MaxConcurrentCalls  Optional[int]          `json:"maxConcurrentCalls,omitzero"`
	MaxOutboundCallRate Optional[int]          `json:"maxOutboundCallRate,omitzero"`
}

// ServerList is a page of trunks.
type ServerList = List[Server]

// ServersService has the operations on trunks.
type ServersService struct{ c *Client }

// Find lists trunks, by _id where the Find does not say. Search looks in name, host
// and digestUser.
func (s ServersService) Find(ctx context.Context, f Find) (*ServerList, error) {
	r := get("serversFind", "servers")
	r.query = f.encode()
	return fetch[ServerList](ctx, s.c, r)
}

// All yields every trunk that is found, until the first error, which it yields last.
func (s ServersService) All(ctx context.Context, f Find) iter.Seq2[Server, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(t Server) string { return t.Id }, s.Find)
}

// Get reads a trunk.
func (s ServersService) Get(ctx context.Context, id string) (*Server, error) {
	return s.fetch(ctx, get("serversGet", "servers", id))
}

// Create makes a trunk. A name, digest user or host that another has is an ErrConflict.
func (s ServersService) Create(ctx context.Context, trunk ServerCreate, options ...CreateOption) (*Server, error) {
	return s.fetch(ctx, keyed("serversCreate", http.MethodPost, trunk, "servers").creating(options))
}

// Patch changes a trunk, within a second on every node.
func (s ServersService) Patch(ctx context.Context, id string, changes ServerPatch, options ...ChangeOption) (*Server, error) {
	return s.fetch(ctx, keyed("serversPatch", http.MethodPatch, changes, "servers", id).changing(options))
}

// Remove deletes a trunk and returns it as it was. Calls that came by it go on.
func (s ServersService) Remove(ctx context.Context, id string, options ...ChangeOption) (*Server, error) {
	return s.fetch(ctx, keyed("serversRemove", http.MethodDelete, nil, "servers", id).changing(options))
}

func (s ServersService) fetch(ctx context.Context, r *request) (*Server, error) {
	trunk, tag, err := fetchTagged[Server](ctx, s.c, r)
	if err != nil {
		return nil, err
	}
	trunk.ETag = tag
	return trunk, nil
}
