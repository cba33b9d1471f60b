package api

import (
	"context"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/guard"
)

// refusals gathers failed sign-ins until they are written to the audit trail, one
// entry for all attempts on a user from one network. However many an attacker makes
// from however many networks, the trail grows by at most maxRefusals entries a time.
type refusals struct {
	mu       sync.Mutex // guards gathered
	gathered map[refusal]*attempts
}

// refusal is what is counted together.
type refusal struct {
	user tollkeeper.ID // zero: the name is nobody's
	from netip.Addr    // stands for its neighbourhood
}

type attempts struct {
	tollkeeper.AuditEntry // of the first attempt
	count                 int64
}

// maxRefusals bounds what is gathered. Attempts beyond it are counted together,
// without user and address.
const maxRefusals = 100

// note counts one attempt. The name that was tried is not kept, but for the id of
// the user whose it is: people type passwords into the wrong field.
func (r *refusals) note(who tollkeeper.Principal, user tollkeeper.User, now time.Time) {
	key := refusal{user.ID, guard.Neighbourhood(who.Address)}
	first := tollkeeper.AuditEntry{Action: "login.refuse", Actor: tollkeeper.ActorAnonymous, Customer: user.Customer, CreatedAt: now,
		Address: who.Address.String(), UserAgent: who.UserAgent}
	if !user.ID.IsZero() {
		first.Subject = user.ID.String()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gathered[key] == nil && len(r.gathered) >= maxRefusals {
		key = refusal{}
		first = tollkeeper.AuditEntry{Action: first.Action, Actor: first.Actor, CreatedAt: now}
	}
	r.add(key, &attempts{first, 1})
}

// add needs mu to be held.
func (r *refusals) add(key refusal, more *attempts) {
	if r.gathered == nil {
		r.gathered = map[refusal]*attempts{}
	}
	if known := r.gathered[key]; known != nil {
		known.count += more.count
		return
	}
	r.gathered[key] = more
}

// RecordRefusals writes the failed sign-ins that were gathered to the audit trail,
// and returns how many entries they make. It is to be called each minute, and when
// no more requests come.
func (a *API) RecordRefusals(ctx context.Context) (int, error) {
	r := &a.refusals
	r.mu.Lock()
	gathered := r.gathered
	r.gathered = nil
	r.mu.Unlock()
	if len(gathered) == 0 {
		return 0, nil
	}
	entries := make([]tollkeeper.AuditEntry, 0, len(gathered))
	for _, one := range gathered {
		one.Changes = []tollkeeper.Change{{Field: "attempts", To: strconv.FormatInt(one.count, 10)}}
		entries = append(entries, one.AuditEntry)
	}
	err := a.Store.RecordAudit(ctx, entries)
	if err != nil { // they count with what has come meanwhile
		r.mu.Lock()
		defer r.mu.Unlock()
		for key, one := range gathered {
			r.add(key, one)
		}
		return 0, err
	}
	return len(entries), nil
}
