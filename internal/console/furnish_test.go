package console_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tollkeeper/client"
)

// longName is a customer's name as long as one may be.
const longName = "Worldwide Wholesale Voice Termination GmbH 45"

// furnish gives a customer one of everything that lists show, with texts as long as they
// come: pages that hold them hold all.
func (s *site) furnish(id string) {
	s.t.Helper()
	ctx, api, v := s.t.Context(), s.asOperator(), s.signedIn(operatorEmail)
	at, form := "/console/customers/"+id, func(pairs ...string) url.Values {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return values
	}
	v.post("/console/numbers/new", form("number", "+12125550177", "customer", id, "label", "Front desk, second floor", "status", "active", "inboundPricePerMinuteMicros", "0.0125", "inboundMinimumSeconds", "60", "inboundIncrementSeconds", "6")).at("/console/numbers")
	v.post("/console/numbers/new", form("number", "+12125550178", "status", "active", "inboundPricePerMinuteMicros", "0", "inboundMinimumSeconds", "1", "inboundIncrementSeconds", "1")).at("/console/numbers")
	v.post(at+"/trunks/new", form("name", "Session border controller 1, Ashburn, Virginia", "status", "active", "host", "2001:db8:85a3:1234:5678:8a2e:370:7334")).is(http.StatusUnprocessableEntity).has("name")
	v.post(at+"/trunks/new", form("name", "Session border controller 1, Ashburn", "status", "active", "host", "2001:db8:85a3:1234:5678:8a2e:370:7334", "callerId", "+12125550177", "digestUser", "ashburn-1", "digestPassword", "correct horse")).at(at + "/trunks")
	v.post("/console/barrings/new", form("prefix", "+252", "effect", "deny", "note", "Revenue share fraud in March, see the report of the fraud desk")).at("/console/barrings")
	v.post("/console/barrings/new?customer="+id, form("customer", id, "prefix", "JM", "effect", "allow")).is(200)
	v.post("/console/webhooks/new", form("url", "https://receiver.customer.example/hooks/tollkeeper/events", "description", "The customer's own dashboard", "customer", id)).is(200)
	v.post("/console/tokens/new", form("name", "Kamailio in Ashburn, first of the pair", "kind", "switch", "customer", id, "expiresInYears", "1", "networks", "192.0.2.0/24 198.51.100.0/24")).is(200)
	v.post("/console/views", form("page", "cdrs", "name", "Long calls", "query", "durationSeconds.from=3600", "next", "/console/cdrs")).is(200)
	v.post("/console/forgotten", form("email", operatorEmail)).is(200)
	v.post(at+"/methods/new", form("label", "Bank transfer to the carrier", "isDefault", "1")).at(at + "/billing")
	v.post(at+"/refill", form("amount", "80.25", "key", "first")).at(at + "/billing")
	payment := v.get("/console/payments").linkTo("/console/payments/")
	v.post(payment+"/record", form("reference", "Wire 2026-4711-0815")).at(payment)
	v.post(payment+"/refund", form("amount", "5", "reason", "Charged twice by mistake")).at(payment)
	v.post(at+"/refill", form("amount", "20", "key", "second")).at(at + "/billing")
	v.post("/console/portouts/new", form("numbers", "+12125550177", "gainingCarrier", "Another Carrier of North America", "accountNumber", id, "requestedDate", s.clock.now().AddDate(0, 0, 14).Format(time.DateOnly))).at("/console/portouts")
	_, err := api.Callernames.Import(ctx, strings.NewReader("number,name\n+12125550100,Harbour Coffee Roasters\n"), false, nil)
	must(s.t, err)

	_, err = api.Ratedecks.Import(ctx, "ashburn", strings.NewReader("prefix,destination,price,increment\n4420,\"United Kingdom of Great Britain, London and around it\",0.012345,60/60\n"), client.ImportOptions{})
	must(s.t, err)
	_, err = api.CustomerRatedeck.Update(ctx, id, client.CustomerRateDeckUpdate{Name: "ashburn"})
	must(s.t, err)
	_, err = api.Customers.Patch(ctx, id, client.CustomersPatch{CallRecording: client.Set(client.On), InternationalCalling: client.Set(client.On), MaxOutboundCallRate: client.Set(0)})
	must(s.t, err)
	s.furnishCalls(api, id)
}

// furnishCalls has a call that was recorded, one in progress and one that is refused.
func (s *site) furnishCalls(api *client.Client, id string) {
	s.t.Helper()
	ctx := s.t.Context()
	authorize := func(call, to string) *client.Decision {
		decision, err := api.Calls.Authorize(ctx, client.CallAuthorize{CallId: call, Customer: id, Direction: client.Outbound, From: "+4930901820123456", To: to})
		must(s.t, err)
		return decision
	}
	decision := authorize("a84b4c76e66710-recorded@pbx.customer.example", "+442079460123")
	_, err := api.Calls.Answer(ctx, "a84b4c76e66710-recorded@pbx.customer.example", client.CallAnswer{})
	must(s.t, err)
	request, err := http.NewRequest(http.MethodPut, decision.Media.UploadUrl, bytes.NewReader(tone(8000)))
	must(s.t, err)
	answer, err := http.DefaultClient.Do(request)
	must(s.t, err)
	answer.Body.Close()
	_, err = api.Calls.End(ctx, "a84b4c76e66710-recorded@pbx.customer.example", client.CallEnd{DurationSeconds: client.Set(4000)})
	must(s.t, err)
	authorize("live@pbx.customer.example", "+442079460124")
	authorize("refused@pbx.customer.example", "+252615550123")
}
