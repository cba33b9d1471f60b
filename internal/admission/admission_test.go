package admission_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/numbering"
)

var (
	alice = tollkeeper.ID{1}
	bob   = tollkeeper.ID{2}
)

// asked is a ledger that allows every call of a customer, and tells what it was
// asked.
type asked struct {
	admission.Ledger
	last   tollkeeper.Authorization
	report tollkeeper.Report
}

func (l *asked) Answer(_ context.Context, r tollkeeper.Report) (d tollkeeper.Decision, err error) {
	l.report = r
	return d, nil
}

func (l *asked) Extend(_ context.Context, r tollkeeper.Report) (d tollkeeper.Decision, err error) {
	l.report = r
	return d, nil
}

func (l *asked) End(_ context.Context, r tollkeeper.Report) (record tollkeeper.CDR, err error) {
	l.report = r
	return record, nil
}

func (l *asked) Authorize(_ context.Context, q tollkeeper.Authorization) (tollkeeper.Decision, error) {
	l.last = q
	d := tollkeeper.Decision{CallKey: q.CallKey, Allowed: !q.Customer.IsZero(), Customer: q.Customer, To: q.Shown()}
	d.Media.CallerName = q.Direction == tollkeeper.Inbound
	return d, nil
}

// directory knows two trunks, one of them by its address, and a number.
type directory struct{ err error }

func (d directory) Trunk(_ context.Context, key tollkeeper.TrunkKey) (tollkeeper.Trunk, bool, error) {
	switch {
	case key.Name == "alice":
		return tollkeeper.Trunk{ID: tollkeeper.ID{3}, Customer: alice, CallerID: "+12125550199", MaxConcurrentCalls: 1}, true, d.err
	case key.Source.Addr() == netip.MustParseAddr("192.0.2.7"):
		return tollkeeper.Trunk{ID: tollkeeper.ID{4}, Customer: bob}, true, d.err
	}
	return tollkeeper.Trunk{}, false, d.err
}

func (d directory) Number(_ context.Context, e164 string) (tollkeeper.ID, tollkeeper.InboundPrice, error) {
	if e164 == "+12125550101" {
		return alice, tollkeeper.InboundPrice{PricePerMinute: 5}, d.err
	}
	return tollkeeper.ID{}, tollkeeper.InboundPrice{}, d.err
}

type names struct{}

func (names) CallerName(_ context.Context, _ tollkeeper.Decision, e164 string) tollkeeper.CallerName {
	return tollkeeper.CallerName{Display: "CALLER " + e164[len(e164)-4:]}
}

func attempt(direction tollkeeper.Direction, customer, only tollkeeper.ID, trunk, source string) admission.Attempt {
	t := admission.Attempt{Only: only, Trunk: trunk, Authorization: tollkeeper.Authorization{
		Customer: customer, Direction: direction, From: "12125550100", To: "(212) 555-0101",
	}}
	t.Source, _ = netip.ParseAddr(source)
	return t
}

// TestBytesThatAreNoText has a switch pass on whatever a caller sends.
func TestBytesThatAreNoText(t *testing.T) {
	t.Parallel()
	plan, err := numbering.NewPlan(numbering.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, kept := tollkeeper.CallKey{CallID: "c\x00", Leg: "\xe9"}, tollkeeper.CallKey{CallID: "c", Leg: "\uFFFD"}
	ledger := &asked{}
	m := admission.Admission{Ledger: ledger, Plan: plan}
	_, err = m.Authorize(t.Context(), admission.Attempt{Authorization: tollkeeper.Authorization{CallKey: key, From: "J\xf6rg", To: "911\x00"}})
	if q := ledger.last; err != nil || q.CallKey != kept || q.From != "J\uFFFDrg" || q.To != "911" || !q.Called.Emergency {
		t.Errorf("the ledger is asked about %+q from %+q to %+q, %v", q.CallKey, q.From, q.To, err)
	}
	r := tollkeeper.Report{CallKey: key, Cause: "\xff"}
	for what, tell := range map[string]func() error{
		"answer": func() error { _, err := m.Answer(t.Context(), r); return err },
		"extend": func() error { _, err := m.Extend(t.Context(), r); return err },
		"end":    func() error { _, err := m.End(t.Context(), r); return err },
	} {
		ledger.report = tollkeeper.Report{}
		if err := tell(); err != nil || ledger.report.CallKey != kept || ledger.report.Cause != "\uFFFD" {
			t.Errorf("%s: the ledger is told of %+q, cause %+q, %v", what, ledger.report.CallKey, ledger.report.Cause, err)
		}
	}
}

func TestWhoseCallItIs(t *testing.T) {
	t.Parallel()
	none := tollkeeper.ID{}
	in, out := tollkeeper.Inbound, tollkeeper.Outbound
	plan, err := numbering.NewPlan(numbering.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name        string
		attempt     admission.Attempt
		ask, answer tollkeeper.ID
		callerName  string
		trunk       tollkeeper.ID
		from        string
	}{
		{"named", attempt(out, alice, none, "", ""), alice, alice, "", none, "+12125550100"},
		{"named, whatever its trunk", attempt(out, bob, none, "alice", ""), bob, bob, "", none, "+12125550100"},
		{"by trunk", attempt(out, none, none, "alice", ""), alice, alice, "", tollkeeper.ID{3}, "+12125550199"},
		{"by source", attempt(out, none, none, "", "192.0.2.7"), bob, bob, "", tollkeeper.ID{4}, "+12125550100"},
		{"by called number", attempt(in, none, none, "", ""), alice, alice, "CALLER 0100", none, "+12125550100"},
		{"nobody's", attempt(out, none, none, "", "192.0.2.8"), none, none, "", none, "+12125550100"},
		{"the only one", attempt(out, none, bob, "alice", ""), bob, bob, "", none, "+12125550100"},
		{"another's is unknown", attempt(out, alice, bob, "", ""), none, alice, "", none, "+12125550100"},
	} {
		ledger := &asked{}
		desk := admission.Admission{Ledger: ledger, Plan: plan, Directory: directory{}, Names: names{}}
		d, err := desk.Authorize(t.Context(), row.attempt)
		if err != nil || ledger.last.Customer != row.ask || d.Customer != row.answer || d.CallerName.Display != row.callerName {
			t.Errorf("%s: the ledger was asked for %v, the answer is for %v, caller %q: %v", row.name, ledger.last.Customer, d.Customer, d.CallerName, err)
		}
		if q := ledger.last; q.Called.E164 != "+12125550101" || !q.Called.Domestic || q.Caller.Shown != row.from {
			t.Errorf("%s: the numbers are %+v and %+v", row.name, q.Called, q.Caller)
		}
		if q := ledger.last; q.Trunk != row.trunk || q.TrunkLimited != (row.trunk == tollkeeper.ID{3}) {
			t.Errorf("%s: the trunk is %v, limited %t", row.name, q.Trunk, q.TrunkLimited)
		}
		if want := row.attempt.Direction == tollkeeper.Inbound && row.answer == alice; (ledger.last.Inbound.PricePerMinute == 5) != want {
			t.Errorf("%s: the inbound price is %+v", row.name, ledger.last.Inbound)
		}
	}
}

// TestCallersWithoutNumber looks no name up for whoever hides his number, or has none
// that can be, nor where the switch cannot be told.
func TestCallersWithoutNumber(t *testing.T) {
	t.Parallel()
	plan, err := numbering.NewPlan(numbering.Options{})
	if err != nil {
		t.Fatal(err)
	}
	desk := admission.Admission{Ledger: &asked{}, Plan: plan, Directory: directory{}, Names: names{}}
	for from, want := range map[string]string{
		"2125550100": "CALLER 0100", "+442071838750": "CALLER 8750", "sip:+12125550100@192.0.2.1": "CALLER 0100",
		"": "", "anonymous": "", "Anonymous@anonymous.invalid": "", "sip:anonymous@anonymous.invalid": "", "Restricted": "", "unavailable": "",
		"911": "", "12": "", "+12": "", "+0123456789": "", "alice": "", "+1212555010012345": "",
		"Anonymous <sip:anonymous@anonymous.invalid>": "", "unknown": "", "Private": "", "withheld": "", "asserted": "", "0": "", "0000000000": "", "1111111111": "",
		"+266696687": "", "266696687": "", "+7378742833": "", "+2562533": "", "+8656696": "", "+86282452253": "", "7748283": "",
		"+10000000000": "", "+11111111111": "", "+12120000000": "", "+12345": "",
	} {
		call := attempt(tollkeeper.Inbound, tollkeeper.ID{}, tollkeeper.ID{}, "", "")
		call.From = from
		if d, err := desk.Authorize(t.Context(), call); err != nil || d.CallerName.Display != want {
			t.Errorf("%q: the name is %q, not %q: %v", from, d.CallerName.Display, want, err)
		}
		call.NoName = true
		if d, err := desk.Authorize(t.Context(), call); err != nil || d.CallerName.Display != "" {
			t.Errorf("%q: a switch that cannot be told gets the name %q: %v", from, d.CallerName.Display, err)
		}
	}
}

// TestHidden reads the values of Privacy headers.
func TestHidden(t *testing.T) {
	t.Parallel()
	for privacy, want := range map[string]bool{
		"id": true, "ID": true, "user": true, "header;session; id;critical": true, "user;critical": true,
		"": false, "none": false, "header": false, "session;critical": false, "history": false, "idle": false,
	} {
		if got := admission.Hidden(privacy); got != want {
			t.Errorf("Privacy: %s hides: %t", privacy, got)
		}
	}
}

func TestDirectoryThatFails(t *testing.T) {
	t.Parallel()
	plan, err := numbering.NewPlan(numbering.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lost := errors.New("the database is gone")
	desk := admission.Admission{Ledger: &asked{}, Plan: plan, Directory: directory{lost}}
	if _, err := desk.Authorize(t.Context(), attempt(tollkeeper.Outbound, tollkeeper.ID{}, tollkeeper.ID{}, "alice", "")); !errors.Is(err, lost) {
		t.Errorf("authorised without a directory: %v", err)
	}
	emergency := attempt(tollkeeper.Outbound, tollkeeper.ID{}, tollkeeper.ID{}, "alice", "")
	emergency.To = "911"
	if _, err := desk.Authorize(t.Context(), emergency); err != nil {
		t.Errorf("an emergency call waits for a directory: %v", err)
	}
	desk.Directory = nil
	if d, err := desk.Authorize(t.Context(), attempt(tollkeeper.Inbound, tollkeeper.ID{}, tollkeeper.ID{}, "", "")); err != nil || d.Allowed {
		t.Errorf("without a directory: %+v, %v", d, err)
	}
}
