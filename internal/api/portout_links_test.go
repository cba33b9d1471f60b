package api_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/link"
	"tollkeeper/internal/notify"
)

// held is a request of another carrier that waits for its owner, and what the mail
// about it carries.
type held struct {
	*server
	owner   tollkeeper.User
	portout string
	link    string
}

// heldPortout has a port-out held, and the owner told of it.
func heldPortout(t *testing.T) *held {
	t.Helper()
	h := &held{server: newServer(t)}
	customer := h.customer(t, "")
	id, err := tollkeeper.ParseID(customer)
	must(t, err)
	h.owner, err = h.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "owner@example.com", Customer: id}.WithAllRights(), operatorHash())
	must(t, err)
	h.ask(t, "PATCH /customers/"+customer, `{"adminUserId":"`+h.owner.ID.String()+`"}`)
	var m tollkeeper.Mail
	h.portout, m = h.askFor(t, "+12125550101")
	_, h.link, _ = strings.Cut(m.Secret, "https://people.example.com/portout#")
	if h.link == "" || !strings.Contains(m.Text, tollkeeper.MailSecret) {
		t.Fatalf("the mail is %+v", m)
	}
	h.secrecy.keep(h.link)
	return h
}

// askFor asks for a number of the owner's, and returns the request and the mail about it.
func (h *held) askFor(t *testing.T, number string) (portout string, m tollkeeper.Mail) {
	t.Helper()
	customer := h.owner.Customer.String()
	h.ask(t, "POST /numbers", `{"number":"`+number+`","customer":"`+customer+`"}`)
	made := h.ask(t, "POST /portouts", `{"numbers":["`+number+`"],"gainingCarrier":"Example","accountNumber":"`+customer+`","requestedDate":"2026-03-05"}`)
	d := notify.Dispatcher{Events: h.store, Letters: worldLetters(), DecisionLink: func(portout, user tollkeeper.ID, until time.Time) string {
		return "https://people.example.com/portout#" + portoutKey.SignPortout(portout, user, until)
	}}
	_, err := d.RunOnce(t.Context())
	must(t, err)
	for found := true; m.Kind != "portout-requested"; { // it may have been told of more
		m, found, err = h.store.ClaimMail(t.Context())
		must(t, err)
		if !found || m.User != h.owner.ID {
			t.Fatalf("the mail is %+v", m)
		}
	}
	return member(t, made, "_id").(string), m
}

var portoutKey = link.Key("0123456789abcdef0123456789abcdef")

// decide decides by a link, without signing in.
func (h *held) decide(t *testing.T, link, decision string) answer {
	t.Helper()
	return h.do(t, "POST /portouts/linked/decision", `{"link":"`+link+`","decision":"`+decision+`"}`, "Authorization:")
}

func (h *held) state(t *testing.T) string {
	t.Helper()
	return member(t, h.ask(t, "GET /portouts/"+h.portout, ""), "state").(string)
}

func TestPortoutLink(t *testing.T) {
	t.Parallel()
	h := heldPortout(t)
	page := h.do(t, "GET /portout", "", "Authorization:", "Accept: text/html")
	if page.status != 200 || !strings.Contains(page.body, "portouts/linked/decision") {
		t.Errorf("the page: %d %s", page.status, page.body)
	}
	for request, status := range map[string]int{"HEAD /portout": 200, "HEAD /portouts/linked": 405, "GET /portouts/linked": 405, "GET /portouts/linked/decision": 405} { // as those do who look at all links in mails
		if a := h.do(t, request, "", "Authorization:", "Accept: text/html, */*"); a.status != status {
			t.Errorf("%s answers %d %s", request, a.status, a.body)
		}
	}
	shown := h.do(t, "POST /portouts/linked", `{"link":"`+h.link+`"}`, "Authorization:")
	if shown.status != 200 || member(t, shown.body, "_id") != h.portout {
		t.Errorf("what the page shows: %d %s", shown.status, shown.body)
	}
	if got := h.state(t); got != "held" {
		t.Fatalf("looking at it has made it %s", got)
	}
	portout, err := tollkeeper.ParseID(h.portout)
	must(t, err)
	until := h.clock.now().Add(time.Hour)
	invalid, lost := failure(403, "the link is not valid for this"), failure(403, "whom the link was mailed to may not decide any more")
	h.decide(t, portoutKey.SignPortout(portout, h.operator.ID, until), "approve").expect(t, 403, lost) // the carrier's staff
	h.decide(t, portoutKey.SignPortout(portout, tollkeeper.ID{9}, until), "approve").expect(t, 403, lost)
	h.decide(t, portoutKey.SignPortout(tollkeeper.ID{9}, h.owner.ID, until), "approve").expect(t, 404, failure(404, "no port-out 090000000000000000000000 exists"))
	h.decide(t, link.Key("another").SignPortout(portout, h.owner.ID, until), "approve").expect(t, 403, invalid)
	h.decide(t, strings.Replace(h.link, h.portout, h.owner.ID.String(), 1), "approve").expect(t, 403, invalid)
	h.decide(t, h.link+"x", "approve").expect(t, 403, invalid)
	h.decide(t, "", "approve").expect(t, 400, `"{any}"`)
	h.decide(t, h.link, "perhaps").expect(t, 400, `"{any}"`)
	h.ask(t, "PATCH /users/"+h.owner.ID.String(), `{"adminPermission":"r"}`)
	h.decide(t, h.link, "approve").expect(t, 403, lost)
	h.ask(t, "PATCH /users/"+h.owner.ID.String(), `{"adminPermission":"rw"}`)
	decided := h.decide(t, h.link, "refuse")
	if decided.status != 200 || !strings.Contains(decided.body, `"state":"refused","reasons":["refused_by_owner"]`) || !strings.Contains(decided.body, `"decidedBy":"user:`+h.owner.ID.String()) {
		t.Errorf("decided: %d %s", decided.status, decided.body)
	}
	h.decide(t, h.link, "approve").expect(t, 409, failure(409, "the port-out is refused; there is nothing to decide"))
	h.clock.advance(48 * time.Hour)
	h.decide(t, h.link, "approve").expect(t, 403, failure(403, "the link has expired"))
}

// TestPortoutLinkOfAnother decides about no other request than the one it was mailed for,
// and whoever may not decide gets none.
func TestPortoutLinkOfAnother(t *testing.T) {
	t.Parallel()
	h := heldPortout(t)
	other, _ := h.askFor(t, "+12125550102")
	h.decide(t, strings.Replace(h.link, h.portout, other, 1), "approve").expect(t, 403, failure(403, "the link is not valid for this"))
	h.ask(t, "PATCH /portouts/"+h.portout, `{"state":"cancelled"}`)
	h.decide(t, h.link, "approve").expect(t, 409, failure(409, "the port-out is cancelled; there is nothing to decide"))
	if got := member(t, h.ask(t, "GET /portouts/"+other, ""), "state"); got != "held" {
		t.Errorf("the other request is %s", got)
	}
	h.ask(t, "PATCH /users/"+h.owner.ID.String(), `{"adminPermission":"r"}`)
	if _, m := h.askFor(t, "+12125550103"); m.Secret != "" || !strings.Contains(m.Text, "a user of it who may administer it decides until") || strings.Contains(m.Text, "Sign in") {
		t.Errorf("who may not decide is written %+v", m)
	}
}

// TestPortoutDecidedAtOnce has many decide at the same moment, of whom one does.
func TestPortoutDecidedAtOnce(t *testing.T) {
	t.Parallel()
	h := heldPortout(t)
	var wait sync.WaitGroup
	var done, late atomic.Int32
	for i := range 8 {
		wait.Go(func() {
			switch a := h.decide(t, h.link, []string{"approve", "refuse"}[i%2]); a.status {
			case 200:
				done.Add(1)
			case 409:
				late.Add(1)
			}
		})
	}
	wait.Wait()
	if done.Load() != 1 || late.Load() != 7 {
		t.Errorf("%d have decided, %d came late", done.Load(), late.Load())
	}
	if got := h.ask(t, "GET /events?type=portout.decided&$limit=0", ""); !strings.Contains(got, `"total":1,`) {
		t.Errorf("decisions that were told: %s", got)
	}
}
