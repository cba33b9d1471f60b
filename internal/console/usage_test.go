package console_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tollkeeper"
	"tollkeeper/client"
	"tollkeeper/internal/api"
)

// called has calls of a customer, of one minute at a cent each, end now.
func (s *site) called(c tollkeeper.Account, ids ...string) {
	s.t.Helper()
	ctx, api := context.Background(), s.asOperator()
	_, err := api.Ratedecks.Import(ctx, "default", strings.NewReader("prefix,destination,pricePerMinute\n1,United States,0.01\n"), client.ImportOptions{})
	must(s.t, err)
	for _, id := range ids {
		_, err = api.Calls.Authorize(ctx, client.CallAuthorize{CallId: id, Customer: c.ID.String(), Direction: client.Outbound, From: "+12125550100", To: "+12125550123"})
		must(s.t, err)
		_, err = api.Calls.Answer(ctx, id, client.CallAnswer{})
		must(s.t, err)
		s.clock.advance(time.Minute)
		_, err = api.Calls.End(ctx, id, client.CallEnd{})
		must(s.t, err)
	}
}

// TestUsageByDay narrows a customer's usage to days, which are those of UTC.
func TestUsageByDay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit, c.MaxOutboundCallRate = 1000, 0 })
	noon := s.clock.now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour) // far from where a day ends
	s.clock.advance(noon.Sub(s.clock.now()))
	s.called(c, "first")
	s.clock.advance(48 * time.Hour)
	today := s.clock.now().UTC().Truncate(24 * time.Hour)
	s.called(c, "second", "third")
	v, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()+"/usage"
	date := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	v.get(at).is(200).has(date(-2), date(0), `type="date"`, "Charge by day", "Calls by day", `id="charts"`, `<strong>3</strong>`, "1–2 of 2")
	v.get(at+"?day.from="+date(-1)).has("1–1 of 1", `<strong>2</strong>`).lacks(">" + date(-2) + "<")
	v.get(at+"?day.to="+date(-1)).has("1–1 of 1", `<strong>1</strong>`).lacks(">" + date(0) + "<")
	v.get(at+"?day.from="+date(-1)+"&day.to="+date(-1)).has("Nothing matches", "No call in these days.")
	v.get(at+"?day.from=1970-01-01").has("too much to draw", "1–2 of 2")
	v.get(at + "?day.from=never&day.to=999").has("1–2 of 2")
	v.get(at + "?format=csv&day.from=" + date(0)).has(date(0)).lacks(date(-2))
}

// seeUsage draws the charts anew as days are chosen.
func seeUsage(t *testing.T, b chromium) {
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit, c.MaxOutboundCallRate = 1000, 0 })
	s.called(c, "first", "second")
	w := b.signedIn(s, operatorEmail)
	w.open("/console/customers/" + c.ID.String() + "/usage")
	w.until(`document.querySelectorAll("#charts canvas").length === 2`)
	w.click(".pop summary")
	w.do(setDate("day.to", "2020-01-01"))
	w.until(`document.querySelectorAll("#charts canvas").length === 0 && document.querySelector("#charts").innerText.includes("No call in these days")`)
	w.do(setDate("day.to", ""))
	w.until(`document.querySelectorAll("#charts canvas").length === 2`)
}

// setDate chooses a day, or none, as a hand would in the browser's calendar.
func setDate(name, day string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{const i = document.querySelector("[name='%s']"); i.value = %q; i.dispatchEvent(new Event("change", {bubbles: true}))}`, name, day))
}

// TestRecordsNotAllCounted says so where the server has not counted all call records, and
// leads on to the rest.
func TestRecordsNotAllCounted(t *testing.T) {
	t.Parallel()
	s := openSite(t, t.TempDir(), func(c *api.Config) { c.CDRCountLimit = 2 })
	s.user(tollkeeper.User{Email: operatorEmail}.WithAllRights())
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit = 1000 })
	s.called(c, strings.Split("abcdefghijklmnopqrstuvwxyzAB", "")...)
	operator := s.signedIn(operatorEmail)
	operator.get("/console/cdrs?size=25").is(200).has("1–25 of at least 26", "page=2")
	operator.get("/console/cdrs?size=25&page=2").is(200).has("26–28 of 28").lacks("at least")
	operator.get("/console/cdrs?cause=unheard_of").is(200).lacks("/console/cdrs/")
}
