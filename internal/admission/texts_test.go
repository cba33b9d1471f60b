package admission_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/admission/admissiontest"
)

// TestCallersTexts lets calls through, and keeps them, whatever stands where the caller's
// number should be.
func TestCallersTexts(t *testing.T) {
	t.Parallel()
	w := admissiontest.New(t)
	customer := w.Customer(t, 1000)
	var decided []tollkeeper.Authorization
	w.Calls.Decided = func(q tollkeeper.Authorization, _ tollkeeper.Decision) { decided = append(decided, q) }
	for callID, row := range map[string]struct{ from, shown string }{
		"long":    {strings.Repeat("x", 300), strings.Repeat("x", 255)},
		"wide":    {strings.Repeat("é", 255), strings.Repeat("é", 255)},
		"wider":   {strings.Repeat("é", 256), strings.Repeat("é", 255)},
		"halved":  {strings.Repeat("😀", 254) + "abc😀", strings.Repeat("😀", 254) + "a"},
		"latin-1": {"Caf\xe9 Central", "Caf\uFFFD Central"},
		"nul":     {"a\x00b", "ab"},
		"number":  {strings.Repeat(" ", 300) + "+12125550100", "+12125550100"},
	} {
		a := admission.Attempt{Authorization: tollkeeper.Authorization{
			CallKey: tollkeeper.CallKey{CallID: callID}, Customer: customer, Direction: tollkeeper.Outbound, From: row.from, To: "+442071838750",
		}}
		if d, err := w.Calls.Authorize(t.Context(), a); err != nil || !d.Allowed {
			t.Errorf("%s: %v, %v", callID, d.Reason, err)
			continue
		}
		if _, err := w.Calls.End(t.Context(), tollkeeper.Report{CallKey: a.CallKey}); err != nil {
			t.Errorf("%s: %v", callID, err)
			continue
		}
		if got := w.Record(t, callID).From; got != row.shown {
			t.Errorf("%s: the record is of a call from %q", callID, got)
		}
	}
	a := admission.Attempt{Authorization: tollkeeper.Authorization{
		CallKey: tollkeeper.CallKey{CallID: "nowhere"}, Customer: customer, Direction: tollkeeper.Outbound, To: "\xff" + strings.Repeat("y", 600),
	}}
	if d, err := w.Calls.Authorize(t.Context(), a); err != nil || d.Reason != tollkeeper.ReasonInvalidNumber || d.To != "\uFFFD"+strings.Repeat("y", 254) {
		t.Errorf("a call to nowhere: %v to %q, %v", d.Reason, d.To, err)
	}
	for _, q := range decided {
		if utf8.RuneCountInString(q.From) > 255 || utf8.RuneCountInString(q.To) > 255 || !utf8.ValidString(q.From+q.To) {
			t.Errorf("told of a call from %q to %q", q.From, q.To)
		}
	}
}
