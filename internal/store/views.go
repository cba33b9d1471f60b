package store

import (
	"context"
	"strconv"

	"tollkeeper"
)

const viewColumns = "id, user_id, page, name, query, created_at"

// maxViews bounds what one user keeps.
const maxViews = 100

// Views returns the views that a user has kept, by their names.
func (s *Store) Views(ctx context.Context, user tollkeeper.ID) (views []tollkeeper.View, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		views = nil
		return t.query(func(r row) error { views = append(views, scanView(r)); return nil },
			"SELECT "+viewColumns+" FROM views WHERE user_id = ? ORDER BY page, name, id", user)
	})
	return views, err
}

func scanView(r row) tollkeeper.View {
	return tollkeeper.View{ID: r.id(0), User: r.id(1), Page: r.text(2), Name: r.text(3), Query: r.text(4), CreatedAt: fromMillis(r.int(5))}
}

// CreateView keeps a view. One of the same page and name is replaced.
func (s *Store) CreateView(ctx context.Context, w tollkeeper.Write, v tollkeeper.View) (tollkeeper.View, error) {
	err := s.write(ctx, w, func(t tx) (any, error) {
		if _, err := t.exec("DELETE FROM views WHERE user_id = ? AND page = ? AND name = ?", v.User, v.Page, v.Name); err != nil {
			return nil, err
		}
		n, err := count(t, "SELECT COUNT(*) FROM views WHERE user_id = ?", v.User)
		if err != nil {
			return nil, err
		}
		if n >= maxViews {
			return nil, tollkeeper.Errorf(tollkeeper.CodeConflict, "a user keeps at most %s views; delete one first", strconv.Itoa(maxViews))
		}
		v.ID, v.CreatedAt = s.NewID(), s.now()
		if _, err := t.exec("INSERT INTO views ("+viewColumns+") VALUES (?,?,?,?,?,?)", v.ID, v.User, v.Page, v.Name, v.Query, millis(v.CreatedAt)); err != nil {
			return nil, err
		}
		return v, s.audited(t, w, tollkeeper.AuditEntry{Customer: v.Customer, Subject: v.ID.String(), Action: "view.create",
			Changes: changed(nil, "name", "", tollkeeper.JSONText(v.Name))})
	})
	return v, err
}

// DeleteView deletes one of a user's views and returns it as it was.
func (s *Store) DeleteView(ctx context.Context, w tollkeeper.Write, v tollkeeper.View) (tollkeeper.View, error) {
	customer := v.Customer
	err := s.write(ctx, w, func(t tx) (any, error) {
		found := false
		err := t.query(func(r row) error { v, found = scanView(r), true; return nil },
			"SELECT "+viewColumns+" FROM views WHERE user_id = ? AND id = ?", v.User, v.ID)
		if err == nil && !found {
			err = notFound("view", v.ID.String())
		}
		if err != nil {
			return nil, err
		}
		if _, err := t.exec("DELETE FROM views WHERE user_id = ? AND id = ?", v.User, v.ID); err != nil {
			return nil, err
		}
		return v, s.audited(t, w, tollkeeper.AuditEntry{Customer: customer, Subject: v.ID.String(), Action: "view.remove",
			Changes: changed(nil, "name", tollkeeper.JSONText(v.Name), "")})
	})
	return v, err
}
