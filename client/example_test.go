package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"tollkeeper/client"
)

// carrier is a server that knows just what the examples ask it.
func carrier() *httptest.Server {
	answers := map[string]string{
		"POST /customers":                    `{"_id":"69a555184b1f8c3a5e000003","name":"Harbour Coffee Roasters","credit":5000,"defaultBillMethod":"credit"}`,
		"GET /customers/69a5":                `{"_id":"69a5","name":"Harbour Coffee Roasters","credit":5000,"logo":"harbour.example/logo.png","defaultBillMethod":"credit"}`,
		"GET /customers":                     `{"total":2,"limit":250,"skip":0,"data":[{"_id":"69a5","name":"Harbour Coffee Roasters","credit":5000,"defaultBillMethod":"credit"},{"_id":"69a6","name":"Pier Nine","credit":120,"defaultBillMethod":"credit"}]}`,
		"POST /calls":                        `{"callId":"a84b4c76e66710@pbx","leg":"","decision":"allow","reason":"ok","sipCode":200,"grantedSeconds":60,"final":false,"to":"+442071838750","destination":"United Kingdom, London","pricePerMinuteMicros":12000,"heldMicros":12000,"emergency":false,"media":{"bypass":false,"bypassReason":"recording","record":true,"transcribe":false,"holdMusic":""}}`,
		"POST /calls/a84b4c76e66710@pbx/end": `{"_id":"69a566a84b1f8c3a5e000006","callId":"a84b4c76e66710@pbx","leg":"","durationSeconds":63,"billedSeconds":120,"chargeMicros":24000,"cause":"normal_clearing"}`,
		"PUT /ratedecks/default":             `{"name":"default","version":3,"rates":2,"dryRun":false,"difference":{"new":{"count":1,"examples":[]},"dearer":{"count":0,"examples":[]},"cheaper":{"count":0,"examples":[]},"changed":{"count":0,"examples":[]},"gone":{"count":0,"examples":[]},"unchanged":1}}`,
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"7c1f0a52"`)
		found, ok := answers[r.Method+" "+r.URL.Path]
		switch {
		case r.Method == http.MethodPatch:
			fmt.Println("the server got", string(body), "for", r.Header.Get("If-Match"))
			io.WriteString(w, `{"_id":"69a5","name":"Harbour Coffee Roasters","internationalCalling":1,"defaultBillMethod":"credit"}`)
		case !ok:
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"name":"NotFound","message":"there is no such record","code":404,"className":"not-found","errors":[]}`)
		default:
			io.WriteString(w, found)
		}
	}))
}

func Example() {
	server := carrier()
	defer server.Close()
	ctx := context.Background()

	c, err := client.New(server.URL, client.WithToken("tk_3q7mZJ0sVh2n8cXr5yLwA1"))
	if err != nil {
		log.Fatal(err)
	}
	customer, err := c.Customers.Create(ctx, client.CustomersCreateOrPatch{
		Name:              client.Set("Harbour Coffee Roasters"),
		Credit:            client.Set(5000), // cents
		DefaultBillMethod: client.Set(client.BillCredit),
	})
	if err != nil {
		log.Fatal(err)
	}
	decision, err := c.Calls.Authorize(ctx, client.CallAuthorize{
		CallId: "a84b4c76e66710@pbx", Customer: customer.Id, Direction: client.Outbound,
		From: "+12125550100", To: "+442071838750",
	})
	if err != nil {
		log.Fatal(err)
	}
	if !decision.Allowed() {
		log.Fatalf("denied: %s, send SIP status %d", decision.Reason, decision.SipCode)
	}
	fmt.Println(decision.Destination, decision.GrantedSeconds, "s at", decision.PricePerMinuteMicros, "a minute")

	record, err := c.Calls.End(ctx, decision.CallId, client.CallEnd{DurationSeconds: client.Set(63)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("charged", record.ChargeMicros)
	// Output:
	// United Kingdom, London 60 s at 0.012 a minute
	// charged 0.024
}

func ExampleCustomersService_Patch() {
	server := carrier()
	defer server.Close()
	ctx := context.Background()
	c, _ := client.New(server.URL)

	customer, err := c.Customers.Get(ctx, "69a5")
	if err != nil {
		log.Fatal(err)
	}
	changes := client.CustomersPatch{
		InternationalCalling: client.Set(client.On),
		Logo:                 client.Null[string](), // cleared; every other field is left alone
	}
	customer, err = c.Customers.Patch(ctx, customer.Id, changes, client.IfMatch(customer.ETag))
	if errors.Is(err, client.ErrConflict) {
		log.Fatal("somebody else changed the record in between")
	}
	fmt.Println(customer.InternationalCalling == client.On, err)
	// Output:
	// the server got {"logo":null,"internationalCalling":1} for "7c1f0a52"
	// true <nil>
}

func ExampleCustomersService_All() {
	server := carrier()
	defer server.Close()
	c, _ := client.New(server.URL)

	poor := client.Find{Where: []client.Condition{
		client.Eq("defaultBillMethod", client.BillCredit),
		client.Lt("credit", 10_000),
	}}
	for customer, err := range c.Customers.All(context.Background(), poor) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(customer.Name, customer.Credit)
	}
	// Output:
	// Harbour Coffee Roasters 5000
	// Pier Nine 120
}

func ExampleError() {
	server := carrier()
	defer server.Close()
	c, _ := client.New(server.URL)

	_, err := c.Customers.Get(context.Background(), "69a555184b1f8c3a5e00ffff")
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.ClassName, errors.Is(err, client.ErrNotFound))
	}
	fmt.Println(err)
	// Output:
	// 404 not-found true
	// customersGet: 404 not-found: there is no such record
}

func ExampleRatedecksService_Import() {
	server := carrier()
	defer server.Close()
	c, _ := client.New(server.URL)

	csv := strings.NewReader("prefix,destination,price,increment\n1,United States,0.009,6/6\n4420,\"United Kingdom, London\",0.012,60/60\n")
	deck, err := c.Ratedecks.Import(context.Background(), "default", csv, client.ImportOptions{})
	if err != nil {
		log.Fatal(err) // a wrong deck: the Errors of the *client.Error name line and column
	}
	fmt.Println("version", deck.Version, "has", deck.Rates, "rates,", deck.Difference.New.Count, "of them new")
	// Output: version 3 has 2 rates, 1 of them new
}
