package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Permission is what a user may do with one group of an account's matters.
type Permission string

// The permissions.
const (
	PermissionRead  Permission = "r"
	PermissionWrite Permission = "rw"
)

// User is a person who can sign in.
type User struct {
	// ETag names the state of the record, for IfMatch. Records of a list have none.
	ETag string `json:"-"`

	Id                string     `json:"_id"`
	Email             string     `json:"email"`
	First             string     `json:"first,omitzero"`
	Last              string     `json:"last,omitzero"`
	JobTitle          string     `json:"jobTitle,omitzero"`
	MobilePhone       string     `json:"mobilePhone,omitzero"`
	BusinessPhone     string     `json:"businessPhone,omitzero"`
	Language          string     `json:"language,omitzero"` // a tag of RFC 5646
	Timezone          string     `json:"timezone"`          // a name of the IANA time zone database
	AdminPermission   Permission `json:"adminPermission,omitzero"`
	BillingPermission Permission `json:"billingPermission,omitzero"`
	PhonePermission   Permission `json:"phonePermission,omitzero"`
	Customer          string     `json:"customer,omitzero"` // "" for the carrier's own staff
	CreatedAt         time.Time  `json:"createdAt,omitzero"`
	UpdatedAt         time.Time  `json:"updatedAt,omitzero"`
}

// UserList is a page of users.
type UserList = List[User]

// UsersCreateOrPatch is a new user, or the changes to one. Only the fields that
// were Set are sent. A new user needs Email and Password. Null clears what
// is optional; Id and the times are read-only.
type UsersCreateOrPatch struct {
	Id                Optional[string]     `json:"_id,omitzero"`
	Email             Optional[string]     `json:"email,omitzero"`    // unique, whatever the case
	Password          Optional[string]     `json:"password,omitzero"` // 8 to 255 characters; never answered
	First             Optional[string]     `json:"first,omitzero"`
	OldPassword       Optional[string]     `json:"oldPassword,omitzero"` // needed to change one's own
	Last              Optional[string]     `json:"last,omitzero"`
	JobTitle          Optional[string]     `json:"jobTitle,omitzero"`
	MobilePhone       Optional[string]     `json:"mobilePhone,omitzero"`
	BusinessPhone     Optional[string]     `json:"businessPhone,omitzero"`
	Language          Optional[string]     `json:"language,omitzero"`
	Timezone          Optional[string]     `json:"timezone,omitzero"`
	AdminPermission   Optional[Permission] `json:"adminPermission,omitzero"`
	BillingPermission Optional[Permission] `json:"billingPermission,omitzero"`
	PhonePermission   Optional[Permission] `json:"phonePermission,omitzero"`
	Customer          Optional[string]     `json:"customer,omitzero"`
	CreatedAt         Optional[time.Time]  `json:"createdAt,omitzero"`
	UpdatedAt         Optional[time.Time]  `json:"updatedAt,omitzero"`
}

// UsersPatch is the same record under the name it has in a PATCH.
type UsersPatch = UsersCreateOrPatch

// UsersService has the operations on users.
type UsersService struct{ c *Client }

// Find lists users, by _id where the Find does not say. Search looks in email,
// first and last.
func (s UsersService) Find(ctx context.Context, f Find) (*UserList, error) {
	r := get("usersFind", "users")
	r.query = f.encode()
	return fetch[UserList](ctx, s.c, r)
}

// All yields every user that is found, until the first error, which it yields last.
func (s UsersService) All(ctx context.Context, f Find) iter.Seq2[User, error] {
	return walkFind(ctx, f.sortedBy(Asc("_id")), func(u User) string { return u.Id }, s.Find)
}

// Get reads a user.
func (s UsersService) Get(ctx context.Context, id string) (*User, error) {
	return s.fetch(ctx, get("usersGet", "users", id))
}

// Create makes a user. An e-mail address that another user has is an ErrConflict.
func (s UsersService) Create(ctx context.Context, user UsersCreateOrPatch, options ...CreateOption) (*User, error) {
	return s.fetch(ctx, keyed("usersCreate", http.MethodPost, user, "users").creating(options))
}

// Patch changes the fields that were set, and no others.
func (s UsersService) Patch(ctx context.Context, id string, changes UsersPatch, options ...ChangeOption) (*User, error) {
	return s.fetch(ctx, keyed("usersPatch", http.MethodPatch, changes, "users", id).changing(options))
}

// Remove deletes a user and returns the record as it was. The user's tokens stop
// working. It is an ErrConflict while a customer's record names the user.
func (s UsersService) Remove(ctx context.Context, id string, options ...ChangeOption) (*User, error) {
	return s.fetch(ctx, keyed("usersRemove", http.MethodDelete, nil, "users", id).changing(options))
}

func (s UsersService) fetch(ctx context.Context, r *request) (*User, error) {
	user, tag, err := fetchTagged[User](ctx, s.c, r)
	if err != nil {
		return nil, err
	}
	user.ETag = tag
	return user, nil
}
