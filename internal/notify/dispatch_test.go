package notify_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/notify"
)

// firm is a customer with people.
type firm struct {
	*round
	customer       tollkeeper.Account
	admin, billing tollkeeper.User
	seen           int
}

func newFirm(t *testing.T) *firm {
	t.Helper()
	f := &firm{round: newRound(t)}
	f.admin, f.billing = f.user(t, "admin@acme.example", "es"), f.user(t, "billing@acme.example", "")
	c := tollkeeper.NewCustomer()
	c.Name, c.DefaultBillMethod, c.AdminUserID, c.BillingUserID = "Acme", tollkeeper.BillCredit, f.admin.ID, f.billing.ID
	var err error
	if f.customer, err = f.store.CreateCustomer(t.Context(), tollkeeper.Write{}, c); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *firm) user(t *testing.T, email, language string) tollkeeper.User {
	t.Helper()
	u, err := f.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: email, Language: language}, "")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// patch changes a field of the record to a number, or clears it.
func (f *firm) patch(t *testing.T, key, number string) {
	t.Helper()
	value := tollkeeper.Value{Kind: tollkeeper.NumberValue, Text: number}
	if number == "" {
		value.Kind = tollkeeper.NullValue
	}
	if _, err := f.store.PatchCustomer(t.Context(), tollkeeper.Write{Principal: tollkeeper.Principal{Rights: tollkeeper.AllRights}},
		f.customer.ID, []tollkeeper.Field{{Key: key, Value: value}}, nil); err != nil {
		t.Fatal(err)
	}
}

// dispatch tells of what has happened, and returns the letters that came of it.
func (f *firm) dispatch(t *testing.T) []tollkeeper.Mail {
	t.Helper()
	d := notify.Dispatcher{Events: f.store, Letters: letters}
	if _, err := d.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := f.mails(t) // newest first
	written := all[:len(all)-f.seen]
	f.seen = len(all)
	return written
}

// TestDispatch writes to the people named, once.
func TestDispatch(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	if got := f.dispatch(t); len(got) != 0 {
		t.Fatalf("a new customer is told: %+v", got)
	}
	f.patch(t, "accountLock", "0")
	got := f.dispatch(t)
	if len(got) != 1 || got[0].To != "admin@acme.example" || got[0].Subject != "El bloqueo de Acme está desactivado" ||
		got[0].Customer != f.customer.ID || got[0].User != f.admin.ID || got[0].Kind != "accountlock-changed" {
		t.Fatalf("an account that was unlocked: %+v", got)
	}
	if got := f.dispatch(t); len(got) != 0 {
		t.Fatalf("told twice: %+v", got)
	}
	f.patch(t, "accountLock", "1")
	f.patch(t, "accountLock", "0")
	if got := f.dispatch(t); len(got) != 2 || !strings.HasPrefix(got[1].Subject, "Acme está bloqueada") {
		t.Fatalf("locked and unlocked: %+v", got)
	}
	f.patch(t, "adminUserId", "")
	f.patch(t, "accountLock", "1")
	if got := f.dispatch(t); len(got) != 0 {
		t.Fatalf("nobody is named: %+v", got)
	}
}

// TestPace writes at most one letter an hour about what repeats, and none is the last
// word that is not.
func TestPace(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	start := f.clock()
	cross := func() { // below the threshold and above it again
		f.patch(t, "lowBalanceAlertAmount", "1000")
		f.patch(t, "lowBalanceAlertAmount", "0")
	}
	for range 10 {
		cross()
	}
	got := f.dispatch(t)
	if len(got) != 2 || got[1].DueAt.After(start) || !got[0].NextAt.Equal(start.Add(time.Hour)) || got[0].To != "billing@acme.example" {
		t.Fatalf("ten crossings at once: %+v", got)
	}
	if done := f.run(t, 59*time.Minute); done != 1 {
		t.Fatalf("%d letters were sent in the first hour", done)
	}
	cross()
	if got := f.dispatch(t); len(got) != 0 {
		t.Fatalf("one waits already: %+v", got)
	}
	if done := f.run(t, 2*time.Minute); done != 1 {
		t.Fatalf("%d letters were sent at the hour's end", done)
	}
	cross()
	if got := f.dispatch(t); len(got) != 1 || !got[0].NextAt.Equal(start.Add(2*time.Hour)) {
		t.Fatalf("a crossing after the second letter: %+v", got)
	}
	f.run(t, 3*time.Hour)
	cross()
	if got := f.dispatch(t); len(got) != 1 || got[0].NextAt.After(f.clock()) {
		t.Fatalf("a crossing hours later: %+v", got)
	}
	other := newFirm(t)
	other.patch(t, "billingUserId", "")
	other.patch(t, "lowBalanceAlertAmount", "1000")
	if got := other.dispatch(t); len(got) != 1 || got[0].To != "admin@acme.example" {
		t.Fatalf("without a billing user: %+v", got)
	}
}

// TestManyEvents empties a long queue.
func TestManyEvents(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	const times = 60 // makes 120 events, more than one transaction takes
	for i := range times {
		f.patch(t, "accountLock", strconv.Itoa(i%2))
	}
	got := f.dispatch(t)
	if len(got) != times {
		t.Fatalf("%d letters of %d changes", len(got), times)
	}
	for i, m := range got {
		if off := (times-1-i)%2 == 0; strings.Contains(m.Subject, "desactivado") != off {
			t.Fatal(fmt.Sprint("the letters are out of order at ", i, ": ", m.Subject))
		}
	}
}
