// Package client is the Go client of Tollkeeper's HTTP interface. It covers every
// operation of openapi.yaml, under the names that generated clients use, and needs
// nothing but the standard library.
//
//	c, err := client.New("http://127.0.0.1:8080", client.WithToken(os.Getenv("TOLLKEEPER_TOKEN")))
//	if err != nil {
//		return err
//	}
//	customer, err := c.Customers.Create(ctx, client.CustomersCreateOrPatch{
//		Name:              client.Set("Harbour Coffee Roasters"),
//		Credit:            client.Set(5000), // cents
//		DefaultBillMethod: client.Set(client.BillCredit),
//	})
//	if err != nil {
//		return err
//	}
//	decision, err := c.Calls.Authorize(ctx, client.CallAuthorize{
//		CallId:    "a84b4c76e66710@pbx",
//		Customer:  customer.Id,
//		Direction: client.Outbound,
//		From:      "+12125550100",
//		To:        "+442071838750",
//	})
//
// # Names
//
// An operation is a method of a resource: customersPatch is c.Customers.Patch. A
// record has the name of its schema, and a field that of its key with a capital
// first letter: cdrRetention is CdrRetention, and _id is Id.
//
// # Presence
//
// The fields of a PATCH are Optional: Set sends a value, Null clears, and a field
// that is not mentioned is left alone.
//
//	changes := client.CustomersPatch{
//		InternationalCalling: client.Set(client.On),
//		Logo:                 client.Null[string](),
//	}
//	customer, err = c.Customers.Patch(ctx, customer.Id, changes, client.IfMatch(customer.ETag))
//
// # Errors
//
// An answer that is not a success is an *Error. Its class is found with errors.Is,
// its details with errors.As.
//
//	if errors.Is(err, client.ErrConflict) {
//		// somebody else changed the record: read it again
//	}
//
// # Repeats
//
// The client repeats a failed request where that is safe: reading always, and
// writing where a key makes a second write the same as the first. Creates and
// changes of customers and users carry an Idempotency-Key, which the client makes
// and keeps over the repeats of one call; ledger entries have their own key, and
// calls their id. Other writes are repeated only where they were certainly not
// done: when no connection could be made, or after 429. After any other 4xx
// nothing is repeated. WithRetries and WithBackoff set how often and when.
package client
