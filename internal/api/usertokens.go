package api

import (
	"context"
	"net/netip"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/query"
)

// tokenStore keeps long-lived tokens.
type tokenStore interface {
	CreateToken(ctx context.Context, w tollkeeper.Write, token tollkeeper.Token, secretHash []byte) (tollkeeper.Token, error)
	Token(context.Context, tollkeeper.ID) (token tollkeeper.Token, owner tollkeeper.ID, err error)
	FindTokens(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Token], error)
	PatchToken(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Token)) (tollkeeper.Token, error)
	DeleteToken(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID) (tollkeeper.Token, error)
}

const maxNetworks = 100

func tokenBody(t tollkeeper.Token, keep func(string) bool) []byte {
	w := tokenWire(t, keep)
	return w.end()
}

func tokenWire(t tollkeeper.Token, keep func(string) bool) *wire {
	w := newWire(keep)
	w.id("_id", t.ID)
	w.text("name", t.Name)
	w.text("kind", string(t.Kind))
	w.id("user", t.User)
	w.id("customer", t.Customer)
	if t.Kind == tollkeeper.TokenSwitch {
		w.texts("networks", strings.Fields(tollkeeper.NetworksText(t.Networks)))
	}
	status := int64(0)
	if t.Active {
		status = 1
	}
	w.int("status", status)
	w.time("createdAt", t.CreatedAt)
	w.time("expiresAt", t.ExpiresAt)
	return w
}

func (a *API) findTokens(x *exchange) error {
	return list(x, query.Tokens, func(ctx context.Context, f *query.Find) (tollkeeper.Page[tollkeeper.Token], error) {
		if x.who.Rights&tollkeeper.ReadAdmin == 0 {
			f.Restrict("user", x.who.User)
		}
		return a.Store.FindTokens(ctx, f)
	}, tokenBody)
}

// token reads the token that the path names, if it is the caller's to see, or
// with right, to write.
func (a *API) token(x *exchange, right tollkeeper.Rights) (tollkeeper.Token, error) {
	id, err := x.pathID("token")
	if err != nil {
		return tollkeeper.Token{}, err
	}
	token, owner, err := a.Store.Token(x.r.Context(), id)
	switch {
	case err != nil:
		return token, err
	case !token.User.IsZero() && token.User == x.who.User:
		return token, nil
	case !x.mine(owner):
		return token, noSuch("token", id.String())
	case x.who.Rights&right == 0:
		return token, tollkeeper.Errorf(tollkeeper.CodeForbidden, "other users' tokens need %s", right)
	}
	return token, nil
}

func (a *API) getToken(x *exchange) error {
	token, err := a.token(x, tollkeeper.ReadAdmin)
	if err != nil {
		return err
	}
	return x.answer(tokenBody(token, nil))
}

// createToken makes a token and shows its secret, once.
func (a *API) createToken(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	token := tollkeeper.Token{Name: o.text("name", 1, 45), Kind: tollkeeper.TokenUser}
	if _, given := o.value("kind"); given {
		token.Kind = oneOf(o, "kind", tollkeeper.TokenUser, tollkeeper.TokenSwitch)
	}
	years := o.integer("expiresInYears", 1, 10)
	if years == nil {
		if _, given := o.value("expiresInYears"); !given {
			o.fault("expiresInYears", "is required")
		}
	} else {
		token.ExpiresAt = a.Now().AddDate(int(*years), 0, 0)
	}
	if token.Kind == tollkeeper.TokenSwitch {
		token.Customer, _ = o.id("customer")
		token.Networks = o.networks("networks")
	} else {
		token.User, _ = o.id("user")
		if token.User.IsZero() {
			token.User = x.who.User
		}
		if token.User.IsZero() {
			o.fault("user", "is required")
		}
	}
	if err := o.done(); err != nil {
		return err
	}
	if err := a.mayCreateToken(x, &token); err != nil {
		return err
	}
	secret := credential.NewToken()
	created, err := a.Store.CreateToken(x.r.Context(), tollkeeper.Write{Principal: x.who}, token, credential.HashToken(secret))
	if err != nil {
		return err
	}
	w := tokenWire(created, nil)
	w.text("token", secret)
	return x.answer(w.end())
}

// mayCreateToken lets people make tokens for themselves, and with WriteAdmin for
// others and for switches. A customer's switch speaks of that customer only.
func (a *API) mayCreateToken(x *exchange, token *tollkeeper.Token) error {
	if token.Kind == tollkeeper.TokenUser && token.User == x.who.User {
		return nil
	}
	if x.who.Rights&tollkeeper.WriteAdmin == 0 {
		return tollkeeper.Errorf(tollkeeper.CodeForbidden, "tokens for others need %s", tollkeeper.WriteAdmin)
	}
	if token.Kind == tollkeeper.TokenSwitch {
		if !x.who.IsStaff() && token.Customer.IsZero() {
			token.Customer = x.who.Customer
		}
		if !x.mine(token.Customer) {
			return tollkeeper.Invalid("customer: must be the id of an existing customer")
		}
		return nil
	}
	u, err := a.Store.User(x.r.Context(), token.User)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound || err == nil && !x.mine(u.Customer) {
		return tollkeeper.Invalid("user: must be the id of an existing user")
	}
	if err == nil && u.Rights()&^x.who.Rights != 0 {
		err = tollkeeper.Errorf(tollkeeper.CodeForbidden, "the user may do what you may not")
	}
	return err
}

// networks reads a list of addresses and networks in CIDR notation (RFC 4632).
func (o *object) networks(key string) (networks []netip.Prefix) {
	texts, ok := o.texts(key, maxNetworks)
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || network != network.Masked() {
			ok = false
		}
		networks = append(networks, network)
	}
	if !ok {
		o.fault(key, "must be a list of at most 100 addresses or networks such as 192.0.2.0/24")
	}
	return networks
}

func (a *API) patchToken(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	name, status := "", o.integer("status", 0, 1)
	_, renamed := o.value("name")
	if renamed {
		name = o.text("name", 1, 45)
	}
	if err := o.done(); err != nil {
		return err
	}
	token, err := a.token(x, tollkeeper.WriteAdmin)
	if err != nil {
		return err
	}
	token, err = a.Store.PatchToken(x.r.Context(), tollkeeper.Write{Principal: x.who}, token.ID, func(t *tollkeeper.Token) {
		set(&t.Name, name, renamed)
		if status != nil {
			t.Active = *status == 1
		}
	})
	if err != nil {
		return err
	}
	return x.answer(tokenBody(token, nil))
}

func (a *API) removeToken(x *exchange) error {
	token, err := a.token(x, tollkeeper.WriteAdmin)
	if err != nil {
		return err
	}
	if token, err = a.Store.DeleteToken(x.r.Context(), tollkeeper.Write{Principal: x.who}, token.ID); err != nil {
		return err
	}
	return x.answer(tokenBody(token, nil))
}
