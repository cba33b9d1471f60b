package simulation_test

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// auditor keeps books of its own, from nothing but the answers that were given.
type auditor struct {
	w         *world
	customers []*client
	calls     []*call
	trunks    []*trunk
	posts     []posting
	rates     map[string]map[string]tariff // by deck and prefix
	revenue   *big.Int
	adjusted  *big.Int // what came in by adjustments, less what went out
	tally     map[string]int
}

// client is a customer in the auditor's books.
type client struct {
	id       tollkeeper.ID
	posted   *big.Int
	accrued  *big.Int
	status   tollkeeper.Status
	method   tollkeeper.BillMethod
	unbilled tollkeeper.Micros
	deck     string
	limited  bool // by more than money
	deleted  bool
}

// tariff is a price in the auditor's books.
type tariff struct {
	perMinute, fee     int64
	minimum, increment int64
}

// call is a call in the auditor's books.
type call struct {
	question tollkeeper.Authorization
	first    tollkeeper.Decision
	client   *client // nil: an emergency call of nobody
	trunk    *trunk  // nil: by none
	price    tariff
	accrues  bool

	live       bool
	expired    bool // ended by silence, and not corrected yet
	uncertain  bool // an emergency call that may not have been stored
	held       *big.Int
	answeredAt time.Time
	used       time.Duration
	extends    int
	heard      time.Time // last sign of life that counted
	remaining  int64     // of its grant, at that time
	record     *tollkeeper.CDR
	charged    *big.Int
}

// posting is an adjustment that was answered.
type posting struct {
	client *client
	asked  tollkeeper.Adjustment
	entry  tollkeeper.Transfer
}

func newAuditor(w *world) *auditor {
	return &auditor{w: w, rates: map[string]map[string]tariff{}, revenue: new(big.Int), adjusted: new(big.Int), tally: map[string]int{}}
}

func amount(m tollkeeper.Micros) *big.Int { return big.NewInt(int64(m)) }

func ceilDiv(n, by int64) int64 { return (n + by - 1) / by }

// of is what a conversation costs.
func (p tariff) of(talked time.Duration) (billed int64, charge *big.Int) {
	if talked == 0 {
		return 0, new(big.Int)
	}
	seconds := ceilDiv(talked.Milliseconds(), 1000)
	billed = p.minimum
	if seconds > billed {
		billed += ceilDiv(seconds-billed, p.increment) * p.increment
	}
	charge = new(big.Int).Mul(big.NewInt(p.perMinute), big.NewInt(billed))
	charge.Add(charge, big.NewInt(59)).Div(charge, big.NewInt(60))
	return billed, charge.Add(charge, big.NewInt(p.fee))
}

// lookup finds the price of a number the slow way.
func (a *auditor) lookup(deck, number string) (found tariff, ok bool) {
	if deck == "" {
		deck = tollkeeper.DefaultDeck
	}
	for length := len(number); length > 1; length-- {
		if found, ok = a.rates[deck][number[1:length]]; ok {
			return found, true
		}
	}
	return found, false
}

// held sums what a client's live calls hold.
func (a *auditor) held(c *client, accrues bool) *big.Int {
	sum := new(big.Int)
	for _, k := range a.calls {
		if k.live && k.client == c && k.accrues == accrues {
			sum.Add(sum, k.held)
		}
	}
	return sum
}

func (a *auditor) liveCalls(c *client) (charged, emergency int) {
	for _, k := range a.calls {
		switch {
		case !k.live || k.client != c:
		case k.first.Emergency:
			emergency++
		default:
			charged++
		}
	}
	return charged, emergency
}

// free is what a client may still claim; nil is without limit.
func (a *auditor) free(c *client, accrues bool) *big.Int {
	held := a.held(c, accrues)
	switch {
	case !accrues:
		return held.Sub(c.posted, held)
	case c.unbilled == 0:
		return nil
	default:
		return held.Sub(amount(c.unbilled), held.Add(held, c.accrued))
	}
}

// expected writes a client's account as the books have it.
func (a *auditor) expected(c *client) string {
	if c.deleted {
		return "none"
	}
	live, _ := a.liveCalls(c)
	return fmt.Sprintf("posted %s held %s unbilled %s held %s calls %d", c.posted, a.held(c, false), c.accrued, a.held(c, true), live)
}

// actual writes it as the database has it.
func (a *auditor) actual(c *client) string {
	account, err := a.w.store.Account(context.Background(), c.id)
	if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
		return "none"
	}
	if err != nil {
		a.w.fatalf("read customer %s: %v", c.id, err)
	}
	if account.Available() != account.Posted-account.Held {
		a.w.fatalf("customer %s has %s available of %s with %s held", c.id, account.Available(), account.Posted, account.Held)
	}
	return fmt.Sprintf("posted %d held %d unbilled %d held %d calls %d",
		int64(account.Posted), int64(account.Held), int64(account.Accrued), int64(account.AccruedHeld), account.LiveCalls)
}

// around runs a command on a client and compares the account with the books
// before it, after it, and in between where it was not sure what became of it.
func (a *auditor) around(c *client, command func() error, enter func(error)) {
	if c == nil {
		enter(a.w.settled(command, nil))
		return
	}
	before := a.expected(c)
	var between []string
	err := a.w.settled(command, func() { between = append(between, a.actual(c)) })
	enter(err)
	after := a.expected(c)
	for _, seen := range between {
		a.tally["unsure"]++
		if seen != before && seen != after {
			a.w.fatalf("customer %s had, after a failed write: %s\nbefore it: %s\nafter it: %s", c.id, seen, before, after)
		}
	}
	if actual := a.actual(c); actual != after {
		a.w.fatalf("customer %s has: %s\nthe books say: %s\nbefore the command: %s", c.id, actual, after, before)
	}
}

// claimed checks that a claim on a client's money was covered at its moment.
func (a *auditor) claimed(k *call, held *big.Int) {
	claim := new(big.Int).Sub(held, k.held)
	if claim.Sign() < 0 {
		a.w.fatalf("call %s holds %s after %s", k.question.CallID, held, k.held)
	}
	if free := a.free(k.client, k.accrues); claim.Sign() > 0 && free != nil && claim.Cmp(free) > 0 {
		a.w.fatalf("call %s claimed %s of %s that were free", k.question.CallID, claim, free)
	}
	k.held = held
}

// charge moves a charge from a client to revenue.
func (a *auditor) charge(k *call, charge *big.Int) {
	a.revenue.Add(a.revenue, charge)
	if k.accrues {
		k.client.accrued.Add(k.client.accrued, charge)
	} else {
		k.client.posted.Sub(k.client.posted, charge)
	}
}

// inspect compares everything: each account, each entry of the ledger, and each
// answer that was ever given.
func (a *auditor) inspect() {
	ctx := context.Background()
	v, err := a.w.store.Verify(ctx)
	if err != nil || !v.OK() {
		a.w.fatalf("verify: %v %v", err, v)
	}
	revenue, adjusted, credit, unbilled := new(big.Int), new(big.Int), new(big.Int), new(big.Int)
	for _, c := range a.customers {
		if actual, expected := a.actual(c), a.expected(c); actual != expected {
			a.w.fatalf("customer %s has: %s\nthe books say: %s", c.id, actual, expected)
		}
		if !c.deleted {
			credit.Add(credit, c.posted)
			unbilled.Add(unbilled, c.accrued)
		}
		for entry := range a.entries(c) {
			sides := map[tollkeeper.BookAccount]*big.Int{tollkeeper.BookRevenue: revenue, tollkeeper.BookAdjustments: adjusted}
			if entry.Kind == tollkeeper.TransferHold {
				continue
			}
			if side := sides[entry.Credit]; side != nil {
				side.Add(side, amount(entry.Amount))
			}
			if side := sides[entry.Debit]; side != nil {
				side.Sub(side, amount(entry.Amount))
			}
		}
	}
	if revenue.Cmp(a.revenue) != 0 || adjusted.Neg(adjusted).Cmp(a.adjusted) != 0 {
		a.w.fatalf("the ledger has revenue %s and adjustments %s, the books %s and %s", revenue, adjusted, a.revenue, a.adjusted)
	}
	// What came in is with the customers or has become revenue.
	if sum := new(big.Int).Add(credit, revenue); sum.Sub(sum, unbilled).Cmp(a.adjusted) != 0 {
		a.w.fatalf("%s came in; the customers have %s, owe %s, and revenue is %s", a.adjusted, credit, unbilled, revenue)
	}
	a.inspectTrunks()
	a.reaskAll()
}

// entries reads a client's ledger from the beginning.
func (a *auditor) entries(c *client) func(func(tollkeeper.Transfer) bool) {
	return func(yield func(tollkeeper.Transfer) bool) {
		const pageSize = 1000
		for skip := 0; ; skip += pageSize {
			find, err := query.Parse(fmt.Sprintf("$limit=%d&$skip=%d", pageSize, skip), query.Ledger)
			if err != nil {
				a.w.fatalf("make a query: %v", err)
			}
			page, err := a.w.store.FindTransfers(context.Background(), c.id, find)
			if tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound && c.deleted {
				return // deleted without ever having had an entry
			}
			if err != nil {
				a.w.fatalf("read the ledger of %s: %v", c.id, err)
			}
			for _, entry := range page.Items {
				if !yield(entry) {
					return
				}
			}
			if len(page.Items) < pageSize {
				return
			}
		}
	}
}
