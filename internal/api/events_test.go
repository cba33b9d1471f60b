package api_test

import (
	"testing"
	"time"

	"tollkeeper"
)

// happened lists the types of a customer's events, oldest first, after the ones
// that were listed before.
type happened struct {
	s        *server
	customer string
	seen     int
}

func (h *happened) expect(t *testing.T, what string, want ...tollkeeper.EventType) {
	t.Helper()
	data := member(t, h.s.ask(t, "GET /events?$sort[_id]=1&$limit=1000&customer="+h.customer, ""), "data").([]any)[h.seen:]
	h.seen += len(data)
	var got []tollkeeper.EventType
	for _, e := range data {
		got = append(got, tollkeeper.EventType(e.(map[string]any)["type"].(string)))
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

func TestEventsOfAnAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	id := s.customer(t, `"credit":1000,"lowBalanceAlertAmount":950,"maxOutboundCallRate":0`)
	h := &happened{s: s, customer: id}
	ask := func(request, body string) string { t.Helper(); return s.ask(t, request, body) }
	call := func(callID string) {
		t.Helper()
		ask("POST /calls", `{"callId":"`+callID+`","customer":"`+id+`","direction":"outbound","from":"+12125550100","to":"`+domestic+`"}`)
	}
	const created, updated = tollkeeper.EventCustomerCreated, tollkeeper.EventCustomerUpdated
	const low, cleared = tollkeeper.EventCreditLow, tollkeeper.EventCreditLowCleared
	h.expect(t, "a new customer", created)
	call("one")
	h.expect(t, "60 of 1000 cents are held: 940 are left", low)
	call("two")
	h.expect(t, "and 60 more")
	ask("POST /calls/one/end", `{"durationSeconds":0}`)
	ask("POST /calls/two/end", `{"durationSeconds":0}`)
	h.expect(t, "all is free again", cleared)
	ask("PATCH /customers/"+id, `{"lowBalanceAlertAmount":2000}`)
	h.expect(t, "a threshold above the balance", low, updated)
	ask("POST /customers/"+id+"/ledger", `{"amountMicros":20000000,"reason":"paid","key":"p1"}`)
	h.expect(t, "a payment", cleared)
	ask("POST /customers/"+id+"/ledger", `{"amountMicros":20000000,"reason":"paid","key":"p1"}`)
	h.expect(t, "the same payment")
	ask("PATCH /customers/"+id, `{"lowBalanceAlertAmount":0,"credit":70,"accountLock":0}`)
	h.expect(t, "no threshold, little credit, unlocked", updated, tollkeeper.EventAccountLock)
	call("three")
	h.expect(t, "60 of 70 cents are held")
	call("four")
	h.expect(t, "a call that gets a sixth of a minute", tollkeeper.EventCreditExhausted)
	call("five")
	h.expect(t, "a call that gets nothing")
	ask("PATCH /customers/"+id+"/status", `{"status":"suspended","reason":"unpaid"}`)
	h.expect(t, "a status", tollkeeper.EventStatusChanged)
	ask("PATCH /customers/"+id+"/status", `{"status":"suspended","reason":"unpaid"}`)
	h.expect(t, "the same status")
	for _, callID := range []string{"three", "four"} {
		ask("POST /calls/"+callID+"/end", `{"durationSeconds":0}`)
	}
	h.expect(t, "what was held is free, and no money has come in")
	ask("DELETE /customers/"+id, "")
	h.expect(t, "it is gone", tollkeeper.EventCustomerDeleted)
}

func TestEventsOfLimits(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	id := s.customer(t, `"credit":0,"maxOutboundCallRate":0,"defaultBillMethod":"paymentmethod"`)
	h := &happened{s: s, customer: id}
	s.ask(t, "PATCH /customers/"+id+"/limits", `{"unbilledMicros":1000000,"dailySpendMicros":1500000}`)
	h.expect(t, "a new customer", tollkeeper.EventCustomerCreated)
	talk := func(callID string) {
		t.Helper()
		s.ask(t, "POST /calls", `{"callId":"`+callID+`","customer":"`+id+`","direction":"outbound","from":"+12125550100","to":"`+domestic+`"}`)
		s.ask(t, "POST /calls/"+callID+"/end", `{"durationSeconds":50}`)
	}
	talk("one") // 50 cents
	h.expect(t, "half of the unbilled limit is used")
	talk("two") // a call that is cut, and lasts longer than it was granted
	h.expect(t, "all of it", tollkeeper.EventUnbilledReached, tollkeeper.EventUnbilledNear)
	s.ask(t, "PATCH /customers/"+id+"/limits", `{"unbilledMicros":10000000}`)
	h.expect(t, "a higher limit")
	talk("three")
	h.expect(t, "the day's limit", tollkeeper.EventDailySpend)
	s.ask(t, "POST /calls", `{"callId":"four","customer":"`+id+`","direction":"outbound","from":"+12125550100","to":"`+domestic+`"}`)
	h.expect(t, "a call that is refused for it again")
	s.clock.advance(24 * time.Hour)
	talk("five")
	h.expect(t, "another day")
}

func TestFindEvents(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	s.ask(t, "PATCH /customers/"+id, `{"name":"Other"}`)
	s.run(t, []row{
		{request: "GET /events?type=customer.updated", want: `{"total":1,"limit":25,"skip":0,"data":[{"_id":"{any}","type":"customer.updated",
"customer":"{customer}","createdAt":"{any}","data":{"changes":[{"field":"name","from":"Acme","to":"Other"}]}}]}`},
		{request: "GET /events?$search=UPDATE&$limit=0", want: `{"total":1,"limit":0,"skip":0,"data":[]}`},
		{request: "GET /events?shoe=1", status: 400, want: invalid("shoe: unknown field")},
	}, "{customer}", id)
}
