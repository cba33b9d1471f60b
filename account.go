package tollkeeper

import "time"

// Status says whether an account is in use. Only an active account may call;
// emergency calls always may.
type Status string

// The statuses of an account.
const (
	StatusActive     Status = "active"
	StatusSuspended  Status = "suspended"
	StatusTerminated Status = "terminated"
	StatusFraud      Status = "fraud"
)

// Statuses lists every status.
var Statuses = []Status{StatusActive, StatusSuspended, StatusTerminated, StatusFraud}

// Account is everything the server knows of one customer's account: the record
// and, beside it, the money and the counters that decide about calls.
type Account struct {
	Customer
	Revision     int64 // rises with every write of the record
	Status       Status
	StatusReason string
	RateDeck     string // "" is the deck named DefaultDeck
	Limits       Limits // what is set for this customer; nil members take the server's default
	Media        MediaSettings

	Posted      Micros // prepaid credit; negative when a call ran over its grant
	Held        Micros // sum of the open holds on prepaid credit
	Accrued     Micros // unbilled usage of the bill method paymentmethod
	AccruedHeld Micros // sum of the open holds on it
	LiveCalls   int64  // calls in progress, emergency calls left out

	SpendDay   int64  // the UTC day Spent belongs to, in days since 1970-01-01
	Spent      Micros // charged on SpendDay
	RateWindow RateWindow
	Alerts     Alerts // what the owner has been told of the balances
	LastEntry  ID     // of the ledger; entries of one account rise by their ids, whichever node writes them
}

// DefaultDeck is the rate deck of every customer without another.
const DefaultDeck = "default"

// Available is the prepaid credit that no open hold has claimed. A debt so deep
// that the difference is out of range is MinMicros.
func (a *Account) Available() Micros { return a.Posted.Less(a.Held) }

// Deck is the name of the customer's rate deck.
func (a *Account) Deck() string {
	if a.RateDeck == "" {
		return DefaultDeck
	}
	return a.RateDeck
}

// SyncCredit derives the record's credit from the posted balance.
func (a *Account) SyncCredit() { a.Credit = int32(min(max(a.Posted.Cents(), -1<<31), 1<<31-1)) }

// SpentOn returns what was charged on the UTC day of now.
func (a *Account) SpentOn(now time.Time) Micros {
	if a.SpendDay == a.spendDay(now) {
		return a.Spent
	}
	return 0
}

// spendDay is the day that spending counts for. A clock that is a little behind,
// stepped back or another node's, does not bring yesterday back.
func (a *Account) spendDay(now time.Time) int64 {
	if day := dayOf(now); day != a.SpendDay-1 {
		return day
	}
	return a.SpendDay
}

// Spend adds a charge to the day of now.
func (a *Account) Spend(now time.Time, charge Micros) error {
	spent, err := a.SpentOn(now).Add(charge)
	if err != nil {
		return err
	}
	if day := a.spendDay(now); day != a.SpendDay {
		a.SpendDay = day
		a.Alerts &^= AlertDailySpend
	}
	a.Spent = spent
	return nil
}

func dayOf(t time.Time) int64 { return t.Unix() / 86400 }

// Limits bound what a customer's calls may do, beside the record's
// maxOutboundCallRate. In every one 0 means no limit, and nil means that the
// server's default applies.
type Limits struct {
	MaxConcurrentCalls *int64  // calls in progress at once
	MaxPricePerMinute  *Micros // dearest destination that may be called
	DailySpend         *Micros // charges and open holds per UTC day
	Unbilled           *Micros // usage that may accrue under the bill method paymentmethod
	OutboundBarred     *bool   // refuses every outbound call
}

// EffectiveLimits are the limits with the server's defaults filled in.
type EffectiveLimits struct {
	MaxConcurrentCalls int64
	MaxPricePerMinute  Micros
	DailySpend         Micros
	Unbilled           Micros
	OutboundBarred     bool
	RefillBelow        Micros // the server's; credit is refilled below it where the record names no amount
}

// Over fills in the defaults wherever the customer has no limit of its own.
func (l Limits) Over(defaults EffectiveLimits) EffectiveLimits {
	return EffectiveLimits{
		MaxConcurrentCalls: either(l.MaxConcurrentCalls, defaults.MaxConcurrentCalls),
		MaxPricePerMinute:  either(l.MaxPricePerMinute, defaults.MaxPricePerMinute),
		DailySpend:         either(l.DailySpend, defaults.DailySpend),
		Unbilled:           either(l.Unbilled, defaults.Unbilled),
		OutboundBarred:     either(l.OutboundBarred, defaults.OutboundBarred),
		RefillBelow:        defaults.RefillBelow,
	}
}

func either[T any](own *T, fallback T) T {
	if own != nil {
		return *own
	}
	return fallback
}
