package console

import (
	"slices"
	"strings"

	"tollkeeper"
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

// distinct are the ids, each once, without "".
func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// accounts finds the names of customers.
func (v *visit) accounts(ids ...string) (map[string]string, error) {
	if ids = distinct(ids); len(ids) == 0 {
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

// people finds the names of users. Those that were asked for and not found have their ids.
func (v *visit) people(ids ...string) (map[string]string, error) {
	if !v.may("GET /users") {
		return map[string]string{v.user.Id: userName(v.user)}, nil
	}
	if ids = distinct(ids); len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), maxNames)]
	found, err := v.api.Users.Find(v.ctx(), client.Find{Limit: len(ids), Where: []client.Condition{client.In("_id", ids...)}})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, id := range ids {
		names[id] = id
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

// person is a user by name, where it is known, and by id elsewhere. A customer's users
// find those of their own account: whom they asked for and did not find is none of it.
func (v *visit) person(id string) cell {
	switch name := v.userNames[id]; {
	case id == "":
		return cell{}
	case name != "" && name != id:
		return link(name, userLink(id)).raw(id)
	case name == "", v.staff():
		return code(id)
	default:
		return plain(v.t("No user of this account")).raw(id)
	}
}

// by is who did something, as the API names actors: a user by name, a token, the server.
// What acts as a token, and not as its user, is the carrier's: only staff may see it.
func (v *visit) by(actor string) (c cell) {
	switch kind, id, _ := strings.Cut(actor, ":"); kind {
	case "":
	case "user":
		c = v.person(id)
	case "token":
		c = plain(v.t("A token"))
		if v.staff() && v.who.Rights&tollkeeper.ReadAdmin != 0 {
			c.Link = tokenLink(id)
		}
	default:
		c = plain(v.t("The server"))
	}
	return c.raw(actor)
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
