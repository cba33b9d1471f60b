package store_test

import (
	"bytes"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestTransactionsRunTwice lets every transaction run twice, and opens the database anew
// to see that what was answered was stored.
func TestTransactionsRunTwice(t *testing.T) {
	t.Parallel()
	config := storetest.Config(t)
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	s.RunTwice()
	draft := tollkeeper.NewCustomer()
	draft.Name, draft.DefaultBillMethod, draft.Credit, draft.InternationalCalling = "Acme", tollkeeper.BillCredit, 500, true
	a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.Secret(t.Context(), "links")
	if err != nil {
		t.Fatal(err)
	}
	fresh := tollkeeper.MediaKey{Identity: []byte("private"), Recipient: "public"}
	if _, _, err := s.MediaKey(t.Context(), a.ID, &fresh); err != nil {
		t.Fatal(err)
	}
	manual := tollkeeper.PaymentMethod{Customer: a.ID, Provider: tollkeeper.ProviderManual, Kind: "manual", Label: "cheque"}
	if _, err := s.AddPaymentMethod(t.Context(), tollkeeper.Write{}, manual); err != nil {
		t.Fatal(err)
	}
	deck := rating.Compile([]rating.Rate{{Prefix: "44", Destination: "United Kingdom", PricePerMinute: tollkeeper.Cent, MinimumSeconds: 60, IncrementSeconds: 60}})
	if _, err := s.PutDeck(t.Context(), tollkeeper.Write{}, tollkeeper.DeckVersion{Deck: tollkeeper.DefaultDeck}, deck, nil); err != nil {
		t.Fatal(err)
	}
	callOnce(t, s, a.ID)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	if s, err = store.Open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if stored, err := s.Secret(t.Context(), "links"); err != nil || !bytes.Equal(stored, secret) {
		t.Errorf("the secret that was answered is not the one that is stored (%v)", err)
	}
	if key, found, err := s.MediaKey(t.Context(), a.ID, nil); err != nil || !found || key.Recipient != fresh.Recipient {
		t.Errorf("the media key that was answered is not stored: %+v %t %v", key, found, err)
	}
	if a, err = s.Account(t.Context(), a.ID); err != nil || a.Posted != 499*tollkeeper.Cent || a.Held != 0 {
		t.Errorf("%s posted and %s held (%v), want one call off 5.00", a.Posted, a.Held, err)
	}
	if v, err := s.Verify(t.Context()); err != nil || !v.OK() || v.Records != 1 {
		t.Errorf("verify: %v %+v", err, v)
	}
}

// callOnce places a call that costs a cent.
func callOnce(t *testing.T, s *store.Store, customer tollkeeper.ID) {
	t.Helper()
	l := ledger.New(ledger.Config{Store: s, Policy: ledger.DefaultPolicy, Now: time.Now, NewID: s.NewIDAfter})
	defer l.Close()
	key, used := tollkeeper.CallKey{CallID: "once"}, 30*time.Second
	d, err := l.Authorize(t.Context(), tollkeeper.Authorization{CallKey: key, Customer: customer, Direction: tollkeeper.Outbound,
		To: "+442071838750", Called: tollkeeper.CalledNumber{E164: "+442071838750"}})
	if err != nil || !d.Allowed {
		t.Fatalf("%+v %v", d, err)
	}
	if _, err := l.End(t.Context(), tollkeeper.Report{CallKey: key, Used: &used}); err != nil {
		t.Fatal(err)
	}
}
