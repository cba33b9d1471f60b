package console

import (
	"strings"

	"tollkeeper/client"
)

// savedView is a way to look at a list that the visitor has kept.
type savedView struct{ ID, Name, Link string }

// views are those that the visitor has kept of a list; the query of the one that is
// looked at comes with them, to be kept.
func (v *visit) views(t *table, q query) error {
	if !v.may("GET /views") {
		return nil
	}
	found, err := v.api.Views.Find(v.ctx())
	if err != nil {
		return err
	}
	t.CanKeep = true
	_, t.View, _ = strings.Cut(q.with(v, "page", ""), "?")
	for _, kept := range found.Data {
		if kept.Page == t.Name {
			t.Views = append(t.Views, savedView{kept.Id, kept.Name, v.r.URL.Path + "?" + kept.Query})
		}
	}
	return nil
}

// keepView keeps how a list is looked at. A view of the same name is replaced.
func (v *visit) keepView() error {
	name := strings.TrimSpace(v.r.PostFormValue("name"))
	_, err := v.api.Views.Create(v.ctx(), client.ViewCreate{Page: v.r.PostFormValue("page"), Name: name, Query: v.r.PostFormValue("query")})
	if err != nil {
		return err
	}
	return v.done(next(v.r.PostFormValue("next")), v.t("The view %s was kept.", name))
}

func (v *visit) deleteView() error {
	gone, err := v.api.Views.Remove(v.ctx(), v.r.PostFormValue("id"))
	if err != nil {
		return err
	}
	return v.done(next(v.r.PostFormValue("next")), v.t("The view %s was deleted.", gone.Name))
}
