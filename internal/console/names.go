package console

import (
	"slices"
	"strings"

	"tollkeeper/client"
)

// learn finds the names of the customers and users that records name.
func (l *list[T]) learn(v *visit, records []T) error {
	var customers, users []string
	for _, record := range records {
		customer, named := l.Names(record)
		customers, users = append(customers, customer), append(users, named...)
	}
	var err error
	if v.userNames, err = v.people(users...); err != nil {
		return err
	}
	v.customerNames, err = v.accounts(customers...)
	return err
}

// accounts finds the names of customers.
func (v *visit) accounts(ids ...string) (map[string]string, error) {
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := v.api.Customers.Find(v.ctx(), client.Find{Limit: len(ids), Select: []string{"name"}, Where: []client.Condition{client.In("_id", ids...)}})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, c := range found.Data {
		names[c.Id] = c.Name
	}
	return names, nil
}

// maxNames is how many ids one condition of the API takes.
const maxNames = 1000

// people finds the names of users. Those that the visitor may not see are left out.
func (v *visit) people(ids ...string) (map[string]string, error) {
	names := map[string]string{}
	var wanted []string
	for _, id := range ids {
		if _, known := names[id]; id != "" && !known {
			names[id], wanted = id, append(wanted, id)
		}
	}
	if wanted == nil {
		return names, nil
	}
	wanted = wanted[:min(len(wanted), maxNames)]
	if !v.may("GET /users") {
		return map[string]string{v.user.Id: userName(v.user)}, nil
	}
	found, err := v.api.Users.Find(v.ctx(), client.Find{Limit: len(wanted), Where: []client.Condition{client.In("_id", wanted...)}})
	if err != nil {
		return nil, err
	}
	for _, u := range found.Data {
		names[u.Id] = userName(&u)
	}
	return names, nil
}

// customer is a customer by name, where it is known, and by id elsewhere.
func (v *visit) customer(id string) cell {
	switch name := v.customerNames[id]; {
	case id == "":
		return cell{}
	case name == "":
		return code(id)
	default:
		return link(name, customerLink(id)).raw(id)
	}
}

// person is a user by name, where it is known, and by id elsewhere.
func (v *visit) person(id string) cell {
	switch name := v.userNames[id]; {
	case id == "":
		return cell{}
	case name != "" && name != id:
		return link(name, userLink(id)).raw(id)
	case v.staff():
		return code(id)
	default:
		return plain(v.t("No user of this account")).raw(id)
	}
}

// by is who did something, as the API names actors: a user by name, a token, the server.
func (v *visit) by(actor string) cell {
	switch kind, id, _ := strings.Cut(actor, ":"); kind {
	case "":
		return cell{}
	case "user":
		return v.person(id)
	case "token":
		return link(v.t("A token"), tokenLink(id)).raw(actor)
	default:
		return plain(v.t("The server")).raw(actor)
	}
}

// userOf is the user that an actor is; "" where it is none.
func userOf(actor string) string {
	id, isUser := strings.CutPrefix(actor, "user:")
	if !isUser {
		return ""
	}
	return id
}

// customerColumn is whose a record is.
func customerColumn[T any](id func(T) string) column[T] {
	return column[T]{Key: "customer", Title: "Customer", Fixed: true, Cut: true, Cell: func(v *visit, record T) cell { return v.customer(id(record)) }}
}
