package api_test

import (
	"strings"
	"testing"

	"tollkeeper"
)

// TestWebhooks makes, reads, changes and removes a webhook. Its secret is shown when it
// is made and when it is replaced, and nowhere else.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	customer := s.customer(t, "")
	made := s.ask(t, "POST /webhooks", `{"url":"https://portal.example/x?y=1","eventTypes":["credit.low","call.ended","credit.low"],"customer":"`+customer+`"}`)
	id, secret := member(t, made, "_id").(string), member(t, made, "secret").(string)
	if !strings.HasPrefix(secret, "whsec_") || !strings.Contains(made, `"eventTypes":["call.ended","credit.low"],"enabled":true,"failures":0,"waiting":0,`) {
		t.Errorf("made: %s", made)
	}
	for _, request := range []string{"GET /webhooks", "GET /webhooks/" + id, "GET /webhooks?enabled=true&customer=" + customer, "GET /audit", "GET /webhooks/" + id + "/deliveries"} {
		if answer := s.ask(t, request, ""); strings.Contains(answer, secret) || strings.Contains(answer, `"secret":"`) {
			t.Errorf("%s shows the secret: %s", request, answer)
		}
	}
	rotated := s.ask(t, "POST /webhooks/"+id+"/secret", "")
	if now := member(t, rotated, "secret").(string); now == secret || !strings.HasPrefix(now, "whsec_") {
		t.Errorf("rotated: %s", rotated)
	}
	patched := s.ask(t, "PATCH /webhooks/"+id, `{"eventTypes":[],"description":"a portal","enabled":false}`)
	if strings.Contains(patched, "eventTypes") || !strings.Contains(patched, `"description":"a portal","enabled":false`) {
		t.Errorf("patched: %s", patched)
	}
	if answer := s.ask(t, "PATCH /webhooks/"+id, `{"description":null,"enabled":true}`); !strings.Contains(answer, `y=1","enabled":true`) {
		t.Errorf("cleared: %s", answer)
	}
	event := member(t, s.ask(t, "GET /events?type=customer.created&customer="+customer, ""), "data").([]any)[0].(map[string]any)["_id"].(string)
	if answer := s.ask(t, "POST /webhooks/"+id+"/deliveries", `{"event":"`+event+`"}`); !strings.Contains(answer, `"state":"waiting","attempts":0`) {
		t.Errorf("redelivered: %s", answer)
	}
	if answer := s.ask(t, "GET /webhooks/"+id+"/deliveries?state=waiting&event="+event, ""); !strings.HasPrefix(answer, `{"total":1,`) {
		t.Errorf("deliveries: %s", answer)
	}
	s.ask(t, "DELETE /webhooks/"+id, "")
	answersWith(t, s, "GET /webhooks/"+id, "", 404, "no webhook")
}

// answersWith makes a request that is answered with a status and a text.
func answersWith(t *testing.T, s *server, request, body string, status int, text string) {
	t.Helper()
	if a := s.do(t, request, body); a.status != status || !strings.Contains(a.body, text) {
		t.Errorf("%s %s answered %d %s, want %d with %q", request, body, a.status, a.body, status, text)
	}
}

func TestWebhookFaults(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, row := range []struct{ body, want string }{
		{`{}`, "url: is required"},
		{`{"url":"http://portal.example/"}`, "webhook-networks"},
		{`{"url":"ftp://portal.example/"}`, "url: must be https://"},
		{`{"url":"https://user:hunter2@portal.example/"}`, "without a user"},
		{`{"url":"https:///x"}`, "url: must be https://"},
		{`{"url":"https://portal.example/#x"}`, "fragment"},
		{`{"url":"https://portal.example/\u0000"}`, "NUL"},
		{`{"url":"https://p.example/","eventTypes":["credit.law"]}`, "eventTypes: must be a list of types of event, of customer.created, "},
		{`{"url":"https://p.example/","eventTypes":"credit.low"}`, "eventTypes: must be a list"},
		{`{"url":"https://p.example/","customer":"69a555184b1f8c3a5e0000ff"}`, "customer: must be the id of an existing customer"},
		{`{"url":"https://p.example/","secret":"whsec_x"}`, "secret: is not known here"},
	} {
		answersWith(t, s, "POST /webhooks", row.body, 400, row.want)
	}
	for i := range 21 {
		want := 200
		if i == 20 {
			want = 409
		}
		answersWith(t, s, "POST /webhooks", `{"url":"https://p.example/"}`, want, "")
	}
}

// TestCallEnded is told of while a webhook names it, and not otherwise.
func TestCallEnded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	id, other := s.customer(t, `"credit":1000,"maxOutboundCallRate":0`), s.customer(t, `"credit":1000`)
	h := &happened{s: s, customer: id}
	h.expect(t, "a new customer", tollkeeper.EventCustomerCreated)
	call := func(callID string) {
		t.Helper()
		s.ask(t, "POST /calls", `{"callId":"`+callID+`","customer":"`+id+`","direction":"outbound","from":"+12125550100","to":"`+domestic+`"}`)
		s.ask(t, "POST /calls/"+callID+"/end", `{"durationSeconds":61}`)
		if _, err := s.store.DispatchEvents(t.Context(), func(tollkeeper.EventType) []tollkeeper.Notice { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	hook := func(more string) string {
		t.Helper()
		return member(t, s.ask(t, "POST /webhooks", `{"url":"https://p.example/"`+more+`}`), "_id").(string)
	}
	hook("")
	hook(`,"eventTypes":["call.ended"],"customer":"` + other + `"`)
	call("one")
	h.expect(t, "nobody listens")
	own := hook(`,"eventTypes":["credit.low","call.ended"],"customer":"` + id + `"`)
	call("two")
	h.expect(t, "the customer listens", tollkeeper.EventCallEnded)
	data := s.ask(t, "GET /events?type=call.ended", "")
	for _, want := range []string{`"callId":"two"`, `"direction":"outbound"`, `"durationSeconds":61`, `"chargeMicros":`, `"record":"`} {
		if !strings.Contains(data, want) {
			t.Errorf("%s lacks %s", data, want)
		}
	}
	s.ask(t, "PATCH /webhooks/"+own, `{"enabled":false}`)
	call("three")
	h.expect(t, "a webhook that is disabled")
	everybodys := hook(`,"eventTypes":["call.ended"]`)
	call("four")
	h.expect(t, "the carrier listens", tollkeeper.EventCallEnded)
	s.ask(t, "DELETE /webhooks/"+everybodys, "")
	call("five")
	h.expect(t, "nobody listens any more")
}
