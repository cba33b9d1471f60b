package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/query"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// findStore opens a store whose clock moves a second at every look at it, so that
// no two times are alike.
func findStore(t *testing.T) *store.Store {
	t.Helper()
	var looks atomic.Int64
	config := storetest.Config(t)
	config.Now = func() time.Time {
		return time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC).Add(time.Duration(looks.Add(1)) * time.Second / 7)
	}
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func ok[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// texts hold what text conditions trip over: case that folds, quotes, wildcards,
// characters of one to four bytes, and each other's pieces.
var texts = []string{
	"Acme", "acme", "ACME Telecom", "Acme.example", "Straße", "STRASSE", "Ünïcödé", "\u212belvin \u212a", "ſmall", "İstanbul", "日本電話", "😀😀", "a", "ab", "abc",
	`quo"te`, "quo'te", "100%", "under_score", "star*", `back\slash`, "NEAR(a b)", "a OR b", "-minus", " ", "mm", "zebra",
}

func randomLink(r *rand.Rand) *string {
	if r.IntN(3) == 0 {
		return nil
	}
	link := strings.ReplaceAll(pick(r, texts), " ", "") + pick(r, []string{"", ".example", ".example/a?b=c"})
	return &link
}

// randomUsers stores users and returns them with their samples.
func randomUsers(t *testing.T, s *store.Store, r *rand.Rand, n int, customers []tollkeeper.ID) (users []tollkeeper.User, samples []sample) {
	t.Helper()
	for i := range n {
		u := tollkeeper.User{Email: fmt.Sprintf("%c%d@%s.example", 'A'+rune(r.IntN(50)), i, pick(r, []string{"ACME", "acme", "x"}))}
		if r.IntN(3) > 0 {
			u.First = pick(r, texts)
		}
		if r.IntN(3) > 0 {
			u.Last = pick(r, texts)
		}
		if len(customers) > 0 && r.IntN(2) == 0 {
			u.Customer = pick(r, customers)
		}
		u = ok[tollkeeper.User](t)(s.CreateUser(t.Context(), tollkeeper.Write{}, u, ""))
		v := sample{}
		v.id("_id", u.ID)
		v.text("email", u.Email)
		v.optional("first", u.First)
		v.optional("last", u.Last)
		v.id("customer", u.Customer)
		v.time("createdAt", u.CreatedAt)
		v.time("updatedAt", u.UpdatedAt)
		users, samples = append(users, u), append(samples, v)
	}
	return users, samples
}

func (s sample) time(field string, v time.Time) {
	if !v.IsZero() {
		s[field] = query.TimeValue(v)
	}
}

func randomDraft(r *rand.Rand, users []tollkeeper.User) tollkeeper.Customer {
	flag := func() tollkeeper.Flag { return r.IntN(2) == 0 }
	contact := func() (id tollkeeper.ID) {
		if r.IntN(2) == 0 {
			id = pick(r, users).ID
		}
		return id
	}
	c := tollkeeper.Customer{
		Name: pick(r, texts), WebsiteURL: randomLink(r), Logo: randomLink(r), Credit: int32(r.IntN(7)-3) * pick(r, []int32{1, 100, 1 << 29}),
		AdminUserID: contact(), BillingUserID: contact(), CallRecordingUserID: contact(), SupportUserID: contact(),
		AutomaticRefillAmount: r.Int32N(3), LowBalanceAlertAmount: r.Int32N(3), InternationalCalling: flag(), MediaBypass: flag(), AccountLock: flag(),
		CallRecording: flag(), CDRRetention: r.Int32N(3), CNAMLookUps: flag(), HoldMusic: flag(), MaxOutboundCallRate: r.Int32N(3),
		DefaultBillMethod: pick(r, []tollkeeper.BillMethod{tollkeeper.BillCredit, tollkeeper.BillPaymentMethod}),
		CreatedByIP:       pick(r, []string{"::ffff:1.1.1.1", "192.0.2.44", "2001:db8::1"}),
	}
	if r.IntN(3) > 0 {
		transcribe := flag()
		c.TranscribeCalls = &transcribe
	}
	return c
}

// writer is a random principal.
func writer(r *rand.Rand, users []tollkeeper.User) tollkeeper.Write {
	var w tollkeeper.Write
	switch r.IntN(3) {
	case 0:
		w.User = pick(r, users).ID
	case 1:
		w.Token = tollkeeper.ID{1: byte(r.IntN(3)), 2: 1}
	}
	if r.IntN(2) == 0 {
		w.Address = netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(4))})
	}
	w.UserAgent = pick(r, []string{"", "curl/8", "Java/21"})
	return w
}

// randomCustomers stores customers, changes and deletes some, and returns those
// that remain.
func randomCustomers(t *testing.T, s *store.Store, r *rand.Rand, n int, users []tollkeeper.User) (ids []tollkeeper.ID, samples []sample) {
	t.Helper()
	ctx := t.Context()
	for range n {
		a := ok[tollkeeper.Account](t)(s.CreateCustomer(ctx, writer(r, users), randomDraft(r, users)))
		switch r.IntN(6) {
		case 0:
			a = ok[tollkeeper.Account](t)(s.PatchCustomer(ctx, writer(r, users), a.ID, []tollkeeper.Field{
				{Key: "name", Value: tollkeeper.Value{Kind: tollkeeper.StringValue, Text: pick(r, texts)}}, {Key: "websiteUrl"},
				{Key: "mediaBypass", Value: tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: "1"}},
			}, nil))
		case 1:
			ok[tollkeeper.Transfer](t)(s.Adjust(ctx, tollkeeper.Write{}, a.ID, tollkeeper.Adjustment{Amount: -1, Reason: "fraction", Key: "k", AllowNegative: true}))
			a = ok[tollkeeper.Account](t)(s.Account(ctx, a.ID))
		case 2:
			ok[tollkeeper.Account](t)(s.DeleteCustomer(ctx, writer(r, users), a.ID, nil))
			continue
		}
		ids, samples = append(ids, a.ID), append(samples, customerSample(&a.Customer))
	}
	return ids, samples
}

func customerSample(c *tollkeeper.Customer) sample {
	s := sample{}
	for i := range tollkeeper.CustomerFields {
		f := &tollkeeper.CustomerFields[i]
		switch v := f.At(c).(type) {
		case *string:
			s.text(f.Name, *v)
		case **string:
			if *v != nil {
				s.text(f.Name, **v)
			}
		case *int32:
			s.int(f.Name, int64(*v))
		case *tollkeeper.Flag:
			s.int(f.Name, flagInt(*v))
		case **tollkeeper.Flag:
			if *v != nil {
				s.int(f.Name, flagInt(**v))
			}
		case *tollkeeper.ID:
			s.id(f.Name, *v)
		case *tollkeeper.BillMethod:
			s.text(f.Name, string(*v))
		case *time.Time:
			s.time(f.Name, *v)
		}
	}
	return s
}

func flagInt(f tollkeeper.Flag) int64 {
	if f {
		return 1
	}
	return 0
}

// randomCall makes a call with or without everything a call may lack.
func randomCall(r *rand.Rand, id tollkeeper.ID, customers []tollkeeper.ID) *tollkeeper.Call {
	started := time.UnixMilli(1_772_000_000_000 + r.Int64N(50)*700).UTC()
	c := &tollkeeper.Call{
		ID: id, CallKey: tollkeeper.CallKey{CallID: id.String() + pick(r, []string{"@pbx", "@PBX", ""}), Leg: pick(r, []string{"", "a", "b"})},
		Customer: pick(r, customers), Direction: pick(r, []tollkeeper.Direction{tollkeeper.Outbound, tollkeeper.Inbound}),
		From: pick(r, []string{"", "+12125550100", "+442071838750"}), To: pick(r, []string{"+12125550101", "911"}), WholeCall: r.IntN(2) == 0,
		StartedAt: started, Granted: r.Int64N(200), Slice: 60, Final: r.IntN(2) == 0, Used: time.Duration(r.Int64N(5000)) * time.Millisecond,
		Held: tollkeeper.Micros(r.Int64N(4)), ExpiresAt: started.Add(time.Minute),
	}
	if r.IntN(2) == 0 {
		c.AnsweredAt = started.Add(time.Second)
	}
	switch r.IntN(3) {
	case 0:
		c.Emergency, c.Customer = true, tollkeeper.ID{}
	case 1:
		c.Tariff.BillMethod = tollkeeper.BillPaymentMethod // an inbound call has no price
	default:
		c.Tariff = tollkeeper.Tariff{BillMethod: tollkeeper.BillCredit, Prefix: pick(r, []string{"1", "44"}), Destination: pick(r, []string{"United States", "UK"}),
			PricePerMinute: tollkeeper.Micros(r.Int64N(3)), ConnectFee: tollkeeper.Micros(r.Int64N(2)), MinimumSeconds: 1 + r.Int32N(2), IncrementSeconds: 1 + r.Int32N(2),
			Deck: pick(r, []string{"default", "gold"}), DeckVersion: 1 + r.Int64N(3)}
	}
	return c
}

func (s sample) party(c *tollkeeper.Call) {
	s.id("_id", c.ID)
	s.text("callId", c.CallID)
	s.text("leg", c.Leg)
	s.id("customer", c.Customer)
	s.text("direction", string(c.Direction))
	s.text("from", c.From)
	s.text("to", c.To)
	s.optional("prefix", c.Tariff.Prefix)
	s.optional("destination", c.Tariff.Destination)
	s.time("startedAt", c.StartedAt)
	s.time("answeredAt", c.AnsweredAt)
	s.bool("emergency", c.Emergency)
	s.bool("wholeCall", c.WholeCall)
	s.optional("billMethod", string(c.Tariff.BillMethod))
	if c.Tariff.Deck != "" {
		s.text("deck", c.Tariff.Deck)
		s.int("deckVersion", c.Tariff.DeckVersion)
	}
}

// seconds rounds up, as answers do.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func callSample(c *tollkeeper.Call) sample {
	s := sample{}
	s.party(c)
	if c.Tariff.Prefix != "" {
		s.int("pricePerMinuteMicros", int64(c.Tariff.PricePerMinute))
		s.int("connectFeeMicros", int64(c.Tariff.ConnectFee))
	}
	s.int("grantedSeconds", c.Granted)
	s.int("usedSeconds", seconds(c.Used))
	s.bool("final", c.Final)
	s.int("heldMicros", int64(c.Held))
	s.time("expiresAt", c.ExpiresAt)
	return s
}

func randomRecord(r *rand.Rand, c *tollkeeper.Call) *tollkeeper.CDR {
	record := &tollkeeper.CDR{
		ID: c.ID, CallKey: c.CallKey, Customer: c.Customer, Direction: c.Direction, From: c.From, To: c.To, Emergency: c.Emergency, WholeCall: c.WholeCall,
		Tariff: c.Tariff, StartedAt: c.StartedAt, AnsweredAt: c.AnsweredAt, EndedAt: c.ExpiresAt, Granted: c.Granted, Duration: c.Used,
		Billed: r.Int64N(3), Charge: tollkeeper.Micros(r.Int64N(3)), Cause: pick(r, []string{"normal_clearing", "expired"}), Expired: r.IntN(2) == 0,
	}
	if r.IntN(3) == 0 {
		record.Corrects = tollkeeper.ID{0: 1, 11: byte(r.IntN(3))}
	}
	return record
}

func recordSample(c *tollkeeper.Call, r *tollkeeper.CDR) sample {
	s := sample{}
	s.party(c)
	s.int("pricePerMinuteMicros", int64(r.Tariff.PricePerMinute))
	s.int("connectFeeMicros", int64(r.Tariff.ConnectFee))
	if r.Tariff.Prefix != "" {
		s.int("minimumSeconds", int64(r.Tariff.MinimumSeconds))
		s.int("incrementSeconds", int64(r.Tariff.IncrementSeconds))
	}
	s.time("endedAt", r.EndedAt)
	s.int("durationSeconds", seconds(r.Duration))
	s.int("durationMillis", r.Duration.Milliseconds())
	s.int("billedSeconds", r.Billed)
	s.int("chargeMicros", int64(r.Charge))
	s.text("cause", r.Cause)
	s.bool("expired", r.Expired)
	s.id("corrects", r.Corrects)
	return s
}

func randomTransfer(r *rand.Rand, id, customer tollkeeper.ID) tollkeeper.Transfer {
	x := tollkeeper.Transfer{
		ID: id, Customer: customer, Kind: pick(r, tollkeeper.TransferKinds), Debit: pick(r, tollkeeper.BookAccounts), Credit: pick(r, tollkeeper.BookAccounts),
		Amount: tollkeeper.Micros(r.Int64N(3)), Released: tollkeeper.Micros(r.Int64N(3)), PostedAfter: tollkeeper.Micros(r.Int64N(7) - 3),
		HeldAfter: tollkeeper.Micros(r.Int64N(3)), Actor: pick(r, []string{"", "server"}), CreatedAt: time.UnixMilli(1_772_000_000_000 + r.Int64N(20)).UTC(),
	}
	if r.IntN(2) == 0 {
		x.Call = tollkeeper.ID{0: 1, 11: byte(r.IntN(3))}
	}
	if r.IntN(2) == 0 {
		x.Reason, x.Key = pick(r, texts), id.String()
	}
	return x
}

func transferSample(x tollkeeper.Transfer) sample {
	s := sample{}
	s.id("_id", x.ID)
	s.id("customer", x.Customer)
	s.text("kind", string(x.Kind))
	s.text("debitAccount", string(x.Debit))
	s.text("creditAccount", string(x.Credit))
	s.int("amountMicros", int64(x.Amount))
	s.int("releasedMicros", int64(x.Released))
	s.int("postedMicros", int64(x.PostedAfter))
	s.int("heldMicros", int64(x.HeldAfter))
	s.id("call", x.Call)
	s.optional("reason", x.Reason)
	s.optional("key", x.Key)
	s.optional("actor", x.Actor)
	s.time("createdAt", x.CreatedAt)
	return s
}

func auditSample(e tollkeeper.AuditEntry) sample {
	s := sample{}
	s.id("_id", e.ID)
	s.id("customer", e.Customer)
	s.text("subject", e.Subject)
	s.text("actor", e.Actor)
	kind, _, _ := strings.Cut(e.Actor, ":")
	s.text("actorType", kind)
	s.text("action", e.Action)
	s.optional("address", e.Address)
	s.optional("userAgent", e.UserAgent)
	s.time("createdAt", e.CreatedAt)
	return s
}

// write puts calls, records and transfers into the store as a batch does.
func write(t *testing.T, s *store.Store, change func(*ledger.Book)) {
	t.Helper()
	if err := s.Transact(context.Background(), func() ledger.Touch { return ledger.Touch{} }, func(b *ledger.Book) error { change(b); return nil }); err != nil {
		t.Fatal(err)
	}
}
