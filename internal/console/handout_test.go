package console_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tollkeeper"
)

// TestFilesThatFail shows a page in place of a file that does not begin, and breaks one
// off that does not go on.
func TestFilesThatFail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "billing@example.com", Customer: c.ID, BillingPermission: tollkeeper.PermissionWrite})
	staff, billing := s.signedIn(operatorEmail), s.ofCustomer("billing@example.com")
	const rules, callers, deck = "/console/barrings/export", "/console/callernames?format=csv", "/console/ratedecks/default/versions/1"
	for path, a := range map[string]*answer{
		rules: billing.get(rules).is(http.StatusForbidden), callers: billing.get(callers).is(http.StatusForbidden), deck: staff.get(deck).is(http.StatusNotFound),
	} {
		if a.has("</html>"); a.header.Get("Content-Disposition") != "" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s is refused with %v", path, a.header)
		}
	}
	s.asked.instead = map[string]http.HandlerFunc{"GET /barrings/export": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		io.WriteString(w, "prefix,region,customer,effect,note\n")
		http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
	}}
	if whole, err := staff.client.Get(staff.url + rules); err == nil {
		defer whole.Body.Close()
		if content, err := io.ReadAll(whole.Body); err == nil {
			t.Errorf("half a file looks whole: %.80q", content)
		}
	}
}
