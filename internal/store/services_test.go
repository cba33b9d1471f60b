package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/store"
	"tollkeeper/internal/store/storetest"
)

// TestChargeService charges usage under both bill methods, once for each key, beyond
// what there is, and has the ledger verified.
func TestChargeService(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), storetest.Config(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for method, want := range map[tollkeeper.BillMethod]tollkeeper.Account{
		tollkeeper.BillCredit:        {Posted: -2 * tollkeeper.Cent},
		tollkeeper.BillPaymentMethod: {Posted: tollkeeper.Cent, Accrued: 3 * tollkeeper.Cent},
	} {
		draft := tollkeeper.NewCustomer()
		draft.Name, draft.DefaultBillMethod, draft.Credit = "Acme", method, 1
		a, err := s.CreateCustomer(t.Context(), tollkeeper.Write{}, draft)
		if err != nil {
			t.Fatal(err)
		}
		dip := tollkeeper.Usage{Customer: a.ID, Service: "caller name", Key: "dip-1", Amount: 3 * tollkeeper.Cent}
		first, err := s.ChargeService(t.Context(), dip)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.ChargeService(t.Context(), dip); err != nil || again.ID != first.ID {
			t.Errorf("%s: the repeat made entry %s (%v), want %s", method, again.ID, err, first.ID)
		}
		other := dip
		other.Amount++
		var refused *tollkeeper.Error
		if _, err := s.ChargeService(t.Context(), other); !errors.As(err, &refused) || refused.Code != tollkeeper.CodeConflict {
			t.Errorf("%s: another amount under the same key: %v, want a conflict", method, err)
		}
		got, err := s.Account(t.Context(), a.ID)
		if err != nil || got.Posted != want.Posted || got.Accrued != want.Accrued || got.SpentOn(time.Now()) != dip.Amount {
			t.Errorf("%s: posted %s, unbilled %s, spent %s (%v), want %s, %s and %s", method,
				got.Posted, got.Accrued, got.SpentOn(time.Now()), err, want.Posted, want.Accrued, dip.Amount)
		}
	}
	if _, err := s.ChargeService(t.Context(), tollkeeper.Usage{Customer: s.NewID(), Service: "x", Key: "k", Amount: 1}); err == nil {
		t.Error("a customer who does not exist was charged")
	}
	if v, err := s.Verify(t.Context()); err != nil || !v.OK() {
		t.Errorf("verify: %v, %v", v, err)
	}
}

// TestSecret makes a secret once, whoever asks for it.
func TestSecret(t *testing.T) {
	t.Parallel()
	config := storetest.Config(t)
	var known []byte
	for range 2 {
		s, err := store.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		one, err := s.Secret(t.Context(), "links")
		if err != nil || len(one) != 32 {
			t.Fatalf("secret: %d bytes, %v", len(one), err)
		}
		if known != nil && !bytes.Equal(one, known) {
			t.Error("the secret is another after a restart")
		}
		other, err := s.Secret(t.Context(), "other")
		if err != nil || bytes.Equal(one, other) {
			t.Errorf("two names have one secret (%v)", err)
		}
		known = one
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
