package demo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"tollkeeper"
)

// openOffice plans how the carrier begins: the operator, the staff and the prices.
func (h *history) openOffice() {
	h.errand(h.ago(399), func(ctx context.Context) error {
		operator := person{first: "Demo", last: "Operator", email: h.Operator, may: everything}
		if err := h.hire(ctx, tollkeeper.Write{}, operator, tollkeeper.ID{}, h.PasswordHash); err != nil {
			return err
		}
		hired := h.by(h.Operator)
		for _, p := range staff {
			if err := h.hire(ctx, hired, p, tollkeeper.ID{}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	h.errand(h.ago(398.6), h.putDecks)
}

// planAccount plans what the office does for one account: its beginning, its
// payments, and what came up since.
func (h *history) planAccount(a *account, t *trunk, random *rand.Rand) {
	h.errand(h.ago(a.joined), func(ctx context.Context) error { return h.enrol(ctx, a, t) })
	h.planPayments(a, t, random)
	for _, e := range events {
		if e.firm == a.name {
			h.errand(h.ago(e.ago), func(ctx context.Context) error { return e.do(ctx, h, t.customer) })
		}
	}
}

// enrol makes the customer with all that stands beside the record.
func (h *history) enrol(ctx context.Context, a *account, t *trunk) error {
	w := h.by(supportDesk)
	made, err := h.store.CreateCustomer(ctx, w, a.draft(w.User))
	if err != nil {
		return err
	}
	t.customer = made.ID
	if a.deck != "" {
		if _, err := h.store.AssignDeck(ctx, h.by(billingDesk), made.ID, a.deck); err != nil {
			return err
		}
	}
	if a.limits != (tollkeeper.Limits{}) {
		if _, err := h.store.SetLimits(ctx, h.by(fraudDesk), made.ID, func(l *tollkeeper.Limits) { *l = a.limits }); err != nil {
			return err
		}
	}
	return h.introduce(ctx, a, made.ID)
}

// planPayments plans a payment about every two weeks of the time with calls.
func (h *history) planPayments(a *account, t *trunk, random *rand.Rand) {
	if a.topUp == 0 {
		return
	}
	means := []string{"card payment", "bank transfer", "card payment", "cheque"}
	for days := min(Days, a.joined) - 1 - 13*random.Float64(); days > 0.2; days -= 10 + 8*random.Float64() {
		amount := tollkeeper.FromCents(a.topUp * int32(1+random.IntN(3)))
		receipt := fmt.Sprintf("R-%05d", 10_000+random.IntN(90_000))
		reason := means[random.IntN(len(means))] + ", receipt " + receipt
		h.errand(h.ago(days), func(ctx context.Context) error {
			_, err := h.store.Adjust(ctx, h.by(billingDesk), t.customer, tollkeeper.Adjustment{Amount: amount, Reason: reason, Key: receipt})
			return err
		})
	}
}

// event is something that came up with one account.
type event struct {
	firm string
	ago  float64 // days
	do   func(ctx context.Context, h *history, customer tollkeeper.ID) error
}

var events = []event{
	{"Harbor Street Dental", 47.2, adjusts(450, "goodwill for the outage of the evening before")},
	{"Bluewater Freight", 41.3, adjusts(-1_500, "number porting, 3 numbers")},
	{"Bluewater Freight", 40.9, adjusts(500, "porting fee of one number waived")},
	{"Himalaya Imports", 33.6, adjusts(-1_500, "bank transfer R-44871 entered twice")},
	{"Greenline Taxi", 29.4, adjusts(-250, "toll-free number, monthly fee")},
	{"Cedar & Vine Restaurants", 22.7, adjusts(1_000, "promotion: second location")},
	{"Maple Leaf Insurance Brokers", 15.1, adjusts(-800, "call recording storage, 8 seats")},
	{"Atlas Conference Services", 9.8, adjusts(2_500, "credit note 2207 for calls with one-way audio")},
	{"Calle Ocho Phone Cards", 0.8, adjusts(150, "cash at the counter")},

	{"Twin Forks Hardware", 55.5, patches("cnamLookUps", "1")},
	{"Pacific Crest Outfitters", 50.3, patches("holdMusic", "1")},
	{"Casa Verde Realty", 44.1, patches("callRecording", "1")},
	{"Aster Recruiting", 38.2, patches("maxOutboundCallRate", "5")},
	{"Desert Sun Solar", 36.4, patches("maxOutboundCallRate", "6")},
	{"Stonebridge Apartments", 27.9, patches("lowBalanceAlertAmount", "500")},
	{"Signal Ridge CPaaS", 24.5, patches("cdrRetention", "18")},
	{"Greenline Taxi", 18.6, patches("automaticRefillAmount", "2000")},
	{"Okafor Law", 11.4, patches("transcribeCalls", "1")},
	{"Old Mill Brewery", 5.7, patches("accountLock", "0")},
	{"Summit Ridge Hotel", 2.3, patches("mediaBypass", "1")},

	{"Vertex Auto Warranty", 21.2, becomes(tollkeeper.StatusFraud, "complaints about robocalls to numbers on the do-not-call list")},
	{"Ironworks Gym", 8.6, becomes(tollkeeper.StatusTerminated, "closed the business, letter of the owner")},
	{"Fenwick Accounting", 30.4, becomes(tollkeeper.StatusSuspended, "card declined twice")},
	{"Fenwick Accounting", 28.8, becomes(tollkeeper.StatusActive, "new card, paid in full")},
	{"Halcyon Event Planning", 6.9, becomes(tollkeeper.StatusSuspended, "cheque R-61190 returned unpaid")},

	{"Zephyr Softphone", 19.5, limits(func(l *tollkeeper.Limits) { l.MaxPricePerMinute = amount(1) })},
	{"Lagos Bridge Remittance", 13.3, limits(func(l *tollkeeper.Limits) { l.DailySpend = amount(75) })},
}

func adjusts(cents int32, reason string) func(context.Context, *history, tollkeeper.ID) error {
	return func(ctx context.Context, h *history, customer tollkeeper.ID) error {
		_, err := h.store.Adjust(ctx, h.by(billingDesk), customer, tollkeeper.Adjustment{Amount: tollkeeper.FromCents(cents), Reason: reason})
		return err
	}
}

func patches(key, number string) func(context.Context, *history, tollkeeper.ID) error {
	return func(ctx context.Context, h *history, customer tollkeeper.ID) error {
		fields := []tollkeeper.Field{{Key: key, Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: number}}}
		_, err := h.store.PatchCustomer(ctx, h.by(supportDesk), customer, fields, nil)
		return err
	}
}

func becomes(status tollkeeper.Status, reason string) func(context.Context, *history, tollkeeper.ID) error {
	return func(ctx context.Context, h *history, customer tollkeeper.ID) error {
		_, err := h.store.SetStatus(ctx, h.by(fraudDesk), customer, status, reason)
		return err
	}
}

func limits(change func(*tollkeeper.Limits)) func(context.Context, *history, tollkeeper.ID) error {
	return func(ctx context.Context, h *history, customer tollkeeper.ID) error {
		_, err := h.store.SetLimits(ctx, h.by(fraudDesk), customer, change)
		return err
	}
}
