package billing_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/query"
)

// told is a message that the bank sends of a payment which it knows by its own name.
type told struct {
	id       string
	kind     tollkeeper.MessageKind
	state    tollkeeper.PaymentState // of a refund
	name     string                  // of a refund
	amount   int64
	returned bool
}

func withdrawn(amount int64) told {
	return told{id: "dp_1/withdrawn", kind: tollkeeper.MessageDispute, amount: amount}
}

func reinstated(amount int64) told {
	return told{id: "dp_1/reinstated", kind: tollkeeper.MessageDispute, amount: amount, returned: true}
}

func refunded(name string, amount int64) told {
	return told{id: name + "/succeeded", kind: tollkeeper.MessageRefund, state: tollkeeper.PaymentSucceeded, name: name, amount: amount}
}

func sentBack(name string, amount int64) told {
	return told{id: name + "/failed", kind: tollkeeper.MessageRefund, state: tollkeeper.PaymentFailed, name: name, amount: amount}
}

// hear heeds a message, and reports whether the bank has to repeat it.
func (w *world) hear(reference string, x told) (again bool) {
	w.t.Helper()
	err := w.store.Heed(w.t.Context(), "bank", tollkeeper.Message{ID: x.id, Kind: x.kind, Reference: reference, Amount: x.amount, Returned: x.returned,
		Outcome: tollkeeper.Outcome{State: x.state, Reference: x.name}})
	var known *tollkeeper.Error
	if errors.As(err, &known) && known.Code == tollkeeper.CodeUnavailable {
		return true
	}
	must(w.t, err)
	return false
}

// hearAll sends messages in some order, each twice, until none has to be repeated.
func (w *world) hearAll(reference string, messages []told, random *rand.Rand) {
	w.t.Helper()
	random.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	for range 2 {
		for left := messages; len(left) > 0; {
			var again []told
			for _, x := range left {
				if w.hear(reference, x) {
					again = append(again, x)
				}
			}
			if len(again) == len(left) {
				w.t.Fatalf("for ever too early: %+v", again)
			}
			left = again
		}
	}
}

// TestProviderMoves books what happens at the provider, in whatever order it is told, each twice:
// a refill of 20.00 with 1.45 of tax, of which given and disputed cents go.
func TestProviderMoves(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name               string
		messages           []told
		refunded, disputed int64
		credit             tollkeeper.Micros // with 10.00 from before
	}{
		{"refund", []told{refunded("re_1", 1000)}, 1000, 0, 2068 * tollkeeper.Cent},
		{"refund in parts", []told{refunded("re_1", 1), refunded("re_2", 1000), refunded("re_3", 1144)}, 2145, 0, 1000 * tollkeeper.Cent},
		{"refund that came back", []told{refunded("re_1", 1000), sentBack("re_1", 1000)}, 0, 0, 3000 * tollkeeper.Cent},
		{"dispute lost", []told{withdrawn(2145)}, 0, 2145, 1000 * tollkeeper.Cent},
		{"dispute won", []told{withdrawn(2145), reinstated(2145)}, 0, 0, 3000 * tollkeeper.Cent},
		{"dispute lost of what was given back in part", []told{refunded("re_1", 1145), withdrawn(1000)}, 1145, 1000, 1000 * tollkeeper.Cent},
		{"dispute lost of all after a refund", []told{refunded("re_1", 2145), withdrawn(2145)}, 2145, 2145, -1000 * tollkeeper.Cent},
		{"dispute won of all after a refund", []told{refunded("re_1", 2145), withdrawn(2145), reinstated(2145)}, 2145, 0, 1000 * tollkeeper.Cent},
		{"everything", []told{refunded("re_1", 500), refunded("re_2", 45), sentBack("re_2", 45), withdrawn(1645), reinstated(1645), refunded("re_3", 145)},
			645, 0, 2399 * tollkeeper.Cent},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, billing.Rate{Region: "*", Name: "VAT", Percent: 7_250_000})
			for seed := range uint64(6) {
				random := rand.New(rand.NewPCG(seed, 2))
				id := w.customer(func(c *tollkeeper.Customer) { c.AutomaticRefillAmount = 0 })
				p := w.refilled(id, random)
				messages := append([]told(nil), row.messages...)
				for i := range messages { // each customer has a payment of its own
					messages[i].id += strconv.FormatUint(seed, 10)
					if messages[i].name != "" {
						messages[i].name += strconv.FormatUint(seed, 10)
					}
				}
				w.hearAll("ref-"+p.String(), messages, random)
				got, err := w.store.Payment(t.Context(), p)
				must(t, err)
				if got.Refunded != row.refunded || got.Disputed != row.disputed {
					t.Errorf("seed %d: %d given back and %d disputed, want %d and %d", seed, got.Refunded, got.Disputed, row.refunded, row.disputed)
				}
				w.credit(id, row.credit)
			}
			w.verified()
		})
	}
}

// refilled refills a customer by 20.00 and returns the payment. Now and then the bank's
// answer was lost, and the job has not asked again when the first message comes.
func (w *world) refilled(customer tollkeeper.ID, random *rand.Rand) tollkeeper.ID {
	w.t.Helper()
	p, err := w.store.OrderRefill(w.t.Context(), tollkeeper.Write{}, customer, 2000, []tollkeeper.Tax{{Name: "VAT", Amount: 145}})
	must(w.t, err)
	if random.IntN(2) == 0 {
		w.bank.mood = func(int) string { return "late" }
		w.run()
		w.bank.mood = func(int) string { return "" }
		early := refunded("early", 1)
		early.id += p.ID.String()
		if !w.hear("ref-"+p.ID.String(), early) {
			w.t.Error("a message about a payment whose answer was lost is not repeated")
		}
		w.wait(askAgain)
	}
	w.run()
	return p.ID
}

// askAgain is after the time at which a provider that gave no clear answer is asked again.
const askAgain = 11e9

// TestRefundRefused gives all back at the provider while a refund of ours is under way,
// which the provider then refuses.
func TestRefundRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.customer(func(c *tollkeeper.Customer) { c.AutomaticRefillAmount = 0 })
	p := w.refilled(id, rand.New(rand.NewPCG(1, 1)))
	_, err := w.store.AddRefund(t.Context(), tollkeeper.Write{}, p, 1500, "asked for")
	must(t, err)
	w.hear("ref-"+p.String(), refunded("re_1", 2000))
	w.bank.mood = func(int) string { return "decline" }
	w.run()
	w.credit(id, tollkeeper.FromCents(1136))
	w.verified()
}

// TestInvoiceGivenBack refunds an invoice in parts, with their shares of the tax, and has it
// disputed and won.
func TestInvoiceGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, billing.Rate{Region: "*", Name: "VAT", Percent: 20_000_000})
	id := w.customer(func(c *tollkeeper.Customer) {
		c.DefaultBillMethod, c.AutomaticRefillAmount, c.Credit = tollkeeper.BillPaymentMethod, 0, 0
	})
	w.use(id, "a", 85*tollkeeper.Unit)
	_, err := w.invoicer.RunUsage(t.Context())
	must(t, err)
	w.run()
	w.charges(10_200)
	p := w.payments()[0]
	for _, amount := range []int64{601, 599} {
		_, err := w.store.AddRefund(t.Context(), tollkeeper.Write{}, p.ID, amount, "asked for")
		must(t, err)
	}
	w.run()
	w.moved(id, tollkeeper.BookTax, tollkeeper.FromCents(1700-200))
	w.moved(id, tollkeeper.BookAdjustments, -tollkeeper.FromCents(1000))
	w.hear(p.Reference, withdrawn(9000))
	i, err := w.store.Invoice(t.Context(), p.Invoice)
	must(t, err)
	if i.Due() != 9000 || i.Status != tollkeeper.InvoiceCollection {
		t.Errorf("a disputed invoice is %s with %d due", i.Status, i.Due())
	}
	w.verified()
	w.hear(p.Reference, reinstated(9000))
	if i, err = w.store.Invoice(t.Context(), p.Invoice); err != nil || i.Due() != 0 || i.Status != tollkeeper.InvoiceClosed {
		t.Errorf("after the dispute was won it is %s with %d due (%v)", i.Status, i.Due(), err)
	}
	w.verified()
}

// moved compares what an account of the carrier's has gained by a customer.
func (w *world) moved(customer tollkeeper.ID, account tollkeeper.BookAccount, want tollkeeper.Micros) {
	w.t.Helper()
	f, err := query.Parse("$limit=1000", query.Ledger)
	must(w.t, err)
	page, err := w.store.FindTransfers(w.t.Context(), customer, f)
	must(w.t, err)
	var got tollkeeper.Micros
	for _, x := range page.Items {
		if x.Credit == account {
			got += x.Amount
		}
		if x.Debit == account {
			got -= x.Amount
		}
	}
	if got != want {
		w.t.Errorf("the account %s has gained %s, want %s", account, got, want)
	}
}
