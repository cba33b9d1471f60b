package store

import (
	"context"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

const userColumns = `id, email, first, last, job_title, mobile_phone, business_phone, language, timezone, customer,
 admin_permission, billing_permission, phone_permission, epoch, created_at, updated_at`

var userSource = &source{
	table: "users", columns: userColumns, id: "id", search: contains,
	fields: map[string]column{
		"_id": {expr: "id"}, "email": {expr: "email"}, "first": {expr: "first", absent: ""}, "last": {expr: "last", absent: ""},
		"jobTitle": {expr: "job_title", absent: ""}, "mobilePhone": {expr: "mobile_phone", absent: ""},
		"businessPhone": {expr: "business_phone", absent: ""}, "language": {expr: "language", absent: ""}, "timezone": {expr: "timezone"},
		"adminPermission": {expr: "admin_permission", absent: ""}, "billingPermission": {expr: "billing_permission", absent: ""},
		"phonePermission": {expr: "phone_permission", absent: ""},
		"customer":        {expr: "customer"}, "createdAt": {expr: "created_at"}, "updatedAt": {expr: "updated_at"},
	},
}

func scanUser(r row) (tollkeeper.User, error) {
	return tollkeeper.User{
		ID: r.id(0), Email: r.text(1), First: r.text(2), Last: r.text(3), JobTitle: r.text(4), MobilePhone: r.text(5),
		BusinessPhone: r.text(6), Language: r.text(7), Timezone: r.text(8), Customer: r.id(9),
		AdminPermission: tollkeeper.Permission(r.text(10)), BillingPermission: tollkeeper.Permission(r.text(11)),
		PhonePermission: tollkeeper.Permission(r.text(12)), Epoch: r.int(13),
		CreatedAt: fromMillis(r.int(14)), UpdatedAt: fromMillis(r.int(15)),
	}, nil
}

// FindUsers returns a page of users.
func (s *Store) FindUsers(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.User], error) {
	return find(ctx, s, userSource, f, "", nil, scanUser)
}

// User returns one user.
func (s *Store) User(ctx context.Context, id tollkeeper.ID) (u tollkeeper.User, err error) {
	err = s.engine.read(ctx, func(t tx) (err error) {
		u, err = mustLoadUser(t, id)
		return err
	})
	return u, err
}

func mustLoadUser(t tx, id tollkeeper.ID) (tollkeeper.User, error) {
	u, found, err := loadUser(t, id)
	if err == nil && !found {
		err = notFound("user", id.String())
	}
	return u, err
}

func loadUser(t tx, id tollkeeper.ID) (u tollkeeper.User, found bool, err error) {
	err = t.query(func(r row) (err error) { u, err = scanUser(r); found = true; return err },
		"SELECT "+userColumns+" FROM users WHERE id = ?", id)
	return u, found, err
}

// CreateUser stores a new user with the hash of a password.
func (s *Store) CreateUser(ctx context.Context, w tollkeeper.Write, u tollkeeper.User, passwordHash string) (tollkeeper.User, error) {
	err := s.write(ctx, w, func(t tx) (any, error) {
		if err := s.createUser(t, &u, passwordHash); err != nil {
			return nil, err
		}
		return u, s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: u.ID.String(), Action: "user.create",
			Changes: u.Changes(tollkeeper.User{})})
	})
	return u, err
}

// CreateOperator stores the first user. Where there is any user already, nothing
// happens and the error is tollkeeper.ErrOperatorExists.
func (s *Store) CreateOperator(ctx context.Context, w tollkeeper.Write, u tollkeeper.User, passwordHash string) (tollkeeper.User, error) {
	err := s.engine.write(ctx, func(t tx) error {
		found, err := hasUsers(t)
		if err != nil {
			return err
		}
		if found {
			return tollkeeper.ErrOperatorExists
		}
		if err := s.createUser(t, &u, passwordHash); err != nil {
			return err
		}
		if w.Address.IsValid() { // over HTTP, by who knows the code: the operator it is to be
			w.User = u.ID
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Subject: u.ID.String(), Action: "operator.create", Changes: u.Changes(tollkeeper.User{})})
	})
	return u, err
}

func (s *Store) createUser(t tx, u *tollkeeper.User, passwordHash string) error {
	u.ID, u.CreatedAt = s.NewID(), s.now()
	u.UpdatedAt = u.CreatedAt
	if err := checkUser(t, *u); err != nil {
		return err
	}
	if u.Timezone == "" {
		u.Timezone = tollkeeper.DefaultTimezone
	}
	_, err := t.exec("INSERT INTO users ("+userColumns+", email_key, password_hash) VALUES ("+marks(18)+")",
		u.ID, u.Email, u.First, u.Last, u.JobTitle, u.MobilePhone, u.BusinessPhone, u.Language, u.Timezone, idOrNull(u.Customer),
		string(u.AdminPermission), string(u.BillingPermission), string(u.PhonePermission), u.Epoch,
		millis(u.CreatedAt), millis(u.UpdatedAt), emailKey(u.Email), passwordHash)
	return err
}

// PatchUser applies change to a user, and sets the password unless it is nil. Another
// password ends all of the user's sessions.
func (s *Store) PatchUser(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.User) error, password *tollkeeper.NewPassword) (u tollkeeper.User, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		before, err := mustLoadUser(t, id)
		if err != nil {
			return nil, err
		}
		u = before
		if err := change(&u); err != nil {
			return nil, err
		}
		changes := u.Changes(before)
		if password != nil {
			changes = append(changes, tollkeeper.Change{Field: "password"})
			u.Epoch++
		}
		if len(changes) == 0 {
			return u, nil
		}
		if err := checkUser(t, u); err != nil {
			return nil, err
		}
		u.UpdatedAt = s.now()
		_, err = t.exec(`UPDATE users SET email = ?, email_key = ?, first = ?, last = ?, job_title = ?, mobile_phone = ?, business_phone = ?,
 language = ?, timezone = ?, customer = ?, admin_permission = ?, billing_permission = ?, phone_permission = ?, epoch = ?, updated_at = ?
 WHERE id = ?`,
			u.Email, emailKey(u.Email), u.First, u.Last, u.JobTitle, u.MobilePhone, u.BusinessPhone, u.Language, u.Timezone, idOrNull(u.Customer),
			string(u.AdminPermission), string(u.BillingPermission), string(u.PhonePermission), u.Epoch, millis(u.UpdatedAt), id)
		if err != nil {
			return nil, err
		}
		if password != nil {
			if err := s.setPassword(t, before, *password); err != nil {
				return nil, err
			}
		}
		return u, s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: id.String(), Action: "user.patch", Changes: changes})
	})
	return u, err
}

// DeleteUser removes a user with its tokens, and returns it. A user whom a
// customer names as a contact stays, and one whom expect does not find as it
// should be.
func (s *Store) DeleteUser(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, expect func(tollkeeper.User) error) (u tollkeeper.User, err error) {
	err = s.write(ctx, w, func(t tx) (any, error) {
		if u, err = mustLoadUser(t, id); err != nil {
			return nil, err
		}
		if err := expect(u); err != nil {
			return nil, err
		}
		contact, err := exists(t, `SELECT 1 FROM customers WHERE admin_user_id = ? UNION ALL SELECT 1 FROM customers WHERE billing_user_id = ?
 UNION ALL SELECT 1 FROM customers WHERE call_recording_user_id = ? UNION ALL SELECT 1 FROM customers WHERE support_user_id = ? LIMIT 1`, id, id, id, id)
		if err != nil {
			return nil, err
		}
		if contact {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "the user is a contact of a customer; name another first")
		}
		others, err := exists(t, "SELECT 1 FROM users WHERE customer IS NULL AND id <> ? LIMIT 1", id)
		if err != nil {
			return nil, err
		}
		if u.Customer.IsZero() && !others {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "the user is the last of the carrier's own staff; make another first")
		}
		if _, err := t.exec("DELETE FROM tokens WHERE user_id = ?", id); err != nil {
			return nil, err
		}
		if err := deleteReset(t, id); err != nil {
			return nil, err
		}
		if err := deleteFactor(t, id); err != nil {
			return nil, err
		}
		if _, err := t.exec("DELETE FROM views WHERE user_id = ?", id); err != nil {
			return nil, err
		}
		if _, err := t.exec("DELETE FROM users WHERE id = ?", id); err != nil {
			return nil, err
		}
		return u, s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: id.String(), Action: "user.remove",
			Changes: tollkeeper.User{}.Changes(u)})
	})
	return u, err
}

// checkUser makes sure that the address is nobody else's and that the customer
// exists.
func checkUser(t tx, u tollkeeper.User) error {
	taken, err := exists(t, "SELECT 1 FROM users WHERE email_key = ? AND id <> ?", emailKey(u.Email), u.ID)
	if err != nil {
		return err
	}
	if taken {
		return tollkeeper.Errorf(tollkeeper.CodeConflict, "email: another user has this address")
	}
	if u.Customer.IsZero() {
		return nil
	}
	found, err := exists(t, "SELECT 1 FROM customers WHERE id = ?", u.Customer)
	if err == nil && !found {
		err = tollkeeper.Invalid("customer: must be the id of an existing customer")
	}
	return err
}

func emailKey(email string) string { return strings.ToLower(email) }

// SignedIn records that a user has signed in.
func (s *Store) SignedIn(ctx context.Context, w tollkeeper.Write, u tollkeeper.User) error {
	return s.engine.write(ctx, func(t tx) error {
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: u.ID.String(), Action: "login.accept"})
	})
}

// Credentials returns the user who signs in with an address, and the hash of the
// password; found is false when there is none.
func (s *Store) Credentials(ctx context.Context, email string) (u tollkeeper.User, passwordHash string, found bool, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		return t.query(func(r row) (err error) {
			u, err = scanUser(r)
			passwordHash, found = r.text(16), true
			return err
		}, "SELECT "+userColumns+", password_hash FROM users WHERE email_key = ?", emailKey(email))
	})
	return u, passwordHash, found, err
}

// HasUsers reports whether anybody can sign in yet.
func (s *Store) HasUsers(ctx context.Context) (found bool, err error) {
	err = s.engine.read(ctx, func(t tx) (err error) {
		found, err = hasUsers(t)
		return err
	})
	return found, err
}

func hasUsers(t tx) (bool, error) { return exists(t, "SELECT 1 FROM users LIMIT 1") }
