package api

import (
	"context"
	"regexp"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/query"
)

// portoutStore keeps other carriers' requests for numbers, and by what they are
// validated.
type portoutStore interface {
	Porting(ctx context.Context, customer tollkeeper.ID) (tollkeeper.Porting, error)
	SetPorting(ctx context.Context, w tollkeeper.Write, customer tollkeeper.ID, change func(*tollkeeper.Porting)) (tollkeeper.Porting, error)
	CreatePortout(ctx context.Context, w tollkeeper.Write, p tollkeeper.Portout, pinHash string) (tollkeeper.Portout, error)
	Portout(context.Context, tollkeeper.ID) (tollkeeper.Portout, error)
	FindPortouts(context.Context, *query.Find) (tollkeeper.Page[tollkeeper.Portout], error)
	PatchPortout(ctx context.Context, w tollkeeper.Write, id tollkeeper.ID, change func(*tollkeeper.Portout) error) (tollkeeper.Portout, error)
}

// maxPortoutNumbers bounds the numbers of one request.
const maxPortoutNumbers = 100

func portoutBody(p tollkeeper.Portout, keep func(string) bool) []byte {
	w := newWire(keep)
	w.id("_id", p.ID)
	w.id("customer", p.Customer)
	w.texts("numbers", p.Numbers)
	w.text("gainingCarrier", p.GainingCarrier)
	w.optional("authorizedPerson", p.AuthorizedPerson)
	w.text("accountNumber", p.AccountNumber)
	w.text("requestedDate", p.RequestedDate)
	w.text("state", string(p.State))
	reasons := make([]string, len(p.Reasons))
	for i, reason := range p.Reasons {
		reasons[i] = string(reason)
	}
	w.texts("reasons", reasons)
	w.time("decideBy", p.DecideBy)
	w.time("decidedAt", p.DecidedAt)
	w.optional("decidedBy", p.DecidedBy)
	w.time("createdAt", p.CreatedAt)
	w.text("createdBy", p.CreatedBy)
	w.time("updatedAt", p.UpdatedAt)
	return w.end()
}

func (a *API) findPortouts(x *exchange) error {
	return list(x, query.Portouts, a.Store.FindPortouts, portoutBody)
}

// portout reads the request that the path names, if it is the caller's to see.
func (a *API) portout(x *exchange) (tollkeeper.Portout, error) {
	id, err := x.pathID("port-out")
	if err != nil {
		return tollkeeper.Portout{}, err
	}
	p, err := a.Store.Portout(x.r.Context(), id)
	if err == nil && !x.mine(p.Customer) {
		err = noSuch("port-out", id.String())
	}
	return p, err
}

func (a *API) getPortout(x *exchange) error {
	p, err := a.portout(x)
	if err != nil {
		return err
	}
	return x.answer(portoutBody(p, nil))
}

// createPortout validates a request of another carrier. The PIN is compared here and
// kept nowhere.
func (a *API) createPortout(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	p := tollkeeper.Portout{
		Numbers: o.numbers("numbers", a.Plan), GainingCarrier: o.text("gainingCarrier", 1, 100), AuthorizedPerson: o.text("authorizedPerson", 0, 100),
		AccountNumber: o.text("accountNumber", 1, 64), RequestedDate: o.text("requestedDate", 1, 10),
	}
	pin := o.text("pin", 0, 64)
	if date, err := time.Parse(time.DateOnly, p.RequestedDate); err != nil {
		o.fault("requestedDate", "must be a date such as 2026-04-01")
	} else if date.Before(a.Now().UTC().Truncate(24 * time.Hour)) {
		o.fault("requestedDate", "must not be in the past")
	}
	if err := o.done(); err != nil {
		return err
	}
	pinHash, err := a.checkPIN(x, p.Numbers, pin)
	if err != nil {
		return err
	}
	return perform(x, untagged(portoutBody), func(w tollkeeper.Write) (tollkeeper.Portout, error) {
		return a.Store.CreatePortout(x.r.Context(), w, p, pinHash)
	})
}

// checkPIN compares a PIN with that of the owner of the first number that has one, and
// returns the hash by which it is right; "" where it is wrong or there is none.
func (a *API) checkPIN(x *exchange, numbers []string, pin string) (hash string, err error) {
	for _, e164 := range numbers {
		n, err := a.Store.NumberByE164(x.r.Context(), e164)
		if err != nil {
			return "", err
		}
		if n.Customer.IsZero() {
			continue
		}
		porting, err := a.Store.Porting(x.r.Context(), n.Customer)
		if err != nil || porting.PINHash == "" || !credential.CheckPassword(pin, porting.PINHash) {
			return "", err
		}
		return porting.PINHash, nil
	}
	return "", nil
}

// numbers reads a list of telephone numbers, as their E.164, each once.
func (o *object) numbers(key string, plan *numbering.Plan) (numbers []string) {
	texts, ok := o.texts(key, maxPortoutNumbers)
	for _, text := range texts {
		n, err := plan.Parse(text)
		if err != nil || n.Class == numbering.Emergency || slices.Contains(numbers, n.E164) {
			ok = false
		}
		numbers = append(numbers, n.E164)
	}
	if !ok || len(numbers) == 0 {
		o.fault(key, "must be a list of 1 to 100 telephone numbers, each once")
	}
	return numbers
}

// decidePortout is the owner's decision, with the password and, where there is one,
// the second factor: an open session is not enough.
func (a *API) decidePortout(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	decision := oneOf(o, "decision", "approve", "refuse")
	password, factor := o.text("password", 1, maxPassword), readSecondFactor(o)
	if err := o.done(); err != nil {
		return err
	}
	p, err := a.portout(x)
	if err != nil {
		return err
	}
	if x.who.User.IsZero() {
		return tollkeeper.Errorf(tollkeeper.CodeForbidden, "only a user may decide about port-outs")
	}
	u, err := a.Store.User(x.r.Context(), x.who.User)
	if err != nil {
		return err
	}
	if err := a.checkPassword(x, u, password, "password"); err != nil {
		return err
	}
	if err := a.checkSecondFactor(x, u, factor); err != nil {
		return err
	}
	return a.ownerDecides(x, p.ID, decision)
}

// ownerDecides keeps what the owner has decided.
func (a *API) ownerDecides(x *exchange, portout tollkeeper.ID, decision string) error {
	return a.changePortout(x, portout, func(p *tollkeeper.Portout) error {
		return p.Decide(decision == "approve", tollkeeper.PortoutOwnerRefused, x.who.Actor(), a.Now())
	})
}

// patchPortout ends a request that was carried out or withdrawn.
func (a *API) patchPortout(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	state := oneOf(o, "state", tollkeeper.PortoutCompleted, tollkeeper.PortoutCancelled)
	if err := o.done(); err != nil {
		return err
	}
	p, err := a.portout(x)
	if err != nil {
		return err
	}
	return a.changePortout(x, p.ID, func(p *tollkeeper.Portout) error { return p.Close(state) })
}

func (a *API) changePortout(x *exchange, id tollkeeper.ID, change func(*tollkeeper.Portout) error) error {
	return perform(x, untagged(portoutBody), func(w tollkeeper.Write) (tollkeeper.Portout, error) {
		return a.Store.PatchPortout(x.r.Context(), w, id, change)
	})
}

func portingBody(p tollkeeper.Porting) []byte {
	w := newWire(nil)
	w.id("customer", p.Customer)
	account := p.AccountNumber
	if account == "" {
		account = p.Customer.String()
	}
	w.text("accountNumber", account)
	w.bool("pinSet", p.PINHash != "")
	w.bool("locked", p.Locked)
	w.time("unlockedAt", p.UnlockedAt)
	return w.end()
}

func (a *API) getPorting(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	p, err := a.Store.Porting(x.r.Context(), id)
	if err != nil {
		return err
	}
	return x.answer(portingBody(p))
}

var pinForm = regexp.MustCompile(`^[0-9]{4,15}$`)

func (a *API) patchPorting(x *exchange) error {
	id, err := x.pathID("customer")
	if err != nil {
		return err
	}
	o, err := x.object()
	if err != nil {
		return err
	}
	account, renumbered := o.optionalText("accountNumber", 1, 64)
	pin, given := o.optionalText("pin", 4, 15)
	if pin != "" && !pinForm.MatchString(pin) {
		o.fault("pin", "must have 4 to 15 digits")
	}
	if err := o.done(); err != nil {
		return err
	}
	hash := ""
	if pin != "" {
		hash = credential.HashPassword(pin)
	}
	p, err := a.Store.SetPorting(x.r.Context(), tollkeeper.Write{Principal: x.who}, id, func(p *tollkeeper.Porting) {
		set(&p.AccountNumber, account, renumbered)
		set(&p.PINHash, hash, given)
	})
	if err != nil {
		return err
	}
	return x.answer(portingBody(p))
}
