package main

import (
	"context"
	"fmt"
	"time"

	"tollkeeper/internal/bench/deck"
	"tollkeeper/internal/bench/load"
	"tollkeeper/internal/bench/report"
)

// calls measures the life of calls: authorise, then end, one of each a cycle.
func (a *accounts) calls(ctx context.Context) error {
	routes := deck.Routes()
	if err := a.importDeck(routes); err != nil {
		return err
	}
	before, err := a.databases.size(ctx, a.system.folder)
	if err != nil {
		return err
	}
	done, err := a.measure(ctx, a.system, operation{"call", "authorise + end a call", a.cyclesOver(routes, 0)})
	if err != nil {
		return err
	}
	after, err := a.databases.size(ctx, a.system.folder)
	if err != nil {
		return err
	}
	if after.log > before.log {
		for _, f := range []struct {
			key, name string
			bytes     int64
		}{
			{"log", "write-ahead log of a call", after.log - before.log},
			{"ledger", "two ledger entries of a call, with their indexes", after.ledger - before.ledger},
			{"record", "record of a call, with its indexes", after.records - before.records},
		} {
			a.report.AddFigure(report.Figure{Key: "call." + f.key + "Bytes", Name: f.name, Value: float64(f.bytes) / float64(done), Unit: "bytes"})
		}
	}
	return a.checkRecords(done)
}

// importDeck puts the deck into force, and times it.
func (a *accounts) importDeck(routes []deck.Route) error {
	a.say("importing %d prefixes", len(routes))
	request := load.Message{
		Method: "PUT", Target: "/ratedecks/default", Token: a.session.token, ContentType: "text/csv", Body: deck.CSV(routes),
	}.Request()
	began := time.Now()
	body, err := a.session.conn.Expect(request)
	if err != nil {
		return err
	}
	if integerAfter(body, `"rates":`) != int64(len(routes)) {
		return load.Wrong(request, "not imported", body)
	}
	a.report.AddFigure(report.Figure{
		Key: "import.seconds", Name: fmt.Sprintf("import of %d prefixes", len(routes)), Value: time.Since(began).Seconds(), Unit: "s",
	})
	return nil
}

const (
	callPlaceholder   = "CALLCALLCALLCALL"
	numberPlaceholder = "+00000000000"
)

// cyclesOver makes each worker's cycles. No two rounds use the same call ids.
func (a *accounts) cyclesOver(routes []deck.Route, round uint64) func(worker int) load.Operation {
	return func(worker int) load.Operation { return a.cycles(worker, round, routes) }
}

// cycles authorises a call of one of the worker's customers to a number of the
// deck, ends it after deck.CallSeconds, and checks what was charged.
func (a *accounts) cycles(worker int, round uint64, routes []deck.Route) load.Operation {
	authorize := a.session.request("POST", "/calls", `{"callId":"`+callPlaceholder+`","customer":"`+idPlaceholder+
		`","direction":"outbound","from":"+12125550100","to":"`+numberPlaceholder+`"}`)
	end := a.session.request("POST", "/calls/"+callPlaceholder+"/end",
		fmt.Sprintf(`{"durationSeconds":%d,"cause":"normal_clearing"}`, deck.CallSeconds))
	authorizedCall, endedCall := authorize.Slot(callPlaceholder), end.Slot(callPlaceholder)
	customer, number := authorize.Slot(idPlaceholder), authorize.Slot(numberPlaceholder)
	mine, random := a.share(worker), a.random(worker)
	call := uint64(worker)*workerSpan + round*roundSpan
	return func(c *load.Conn) error {
		call++
		load.Digits(authorizedCall, call)
		copy(endedCall, authorizedCall)
		copy(customer, mine[random.IntN(len(mine))])
		route := &routes[random.IntN(len(routes))]
		copy(number, route.Number)

		body, err := c.Expect(authorize)
		if err != nil {
			return err
		}
		if string(textAfter(body, `"decision":"`)) != "allow" || string(textAfter(body, `"prefix":"`)) != route.Prefix {
			return load.Wrong(authorize, "not allowed at the price of "+route.Prefix, body)
		}
		body, err = c.Expect(end)
		if err == nil && integerAfter(body, `"chargeMicros":`) != route.ChargeMicros() {
			err = load.Wrong(end, fmt.Sprintf("not charged %d", route.ChargeMicros()), body)
		}
		return err
	}
}

// checkRecords makes sure that every call that was ended left its record, and
// none is live.
func (a *accounts) checkRecords(ended int64) error {
	live, err := a.session.total("/calls?$limit=0")
	if err != nil {
		return err
	}
	records, err := a.session.total("/cdrs?$limit=0")
	if err != nil {
		return err
	}
	if live != 0 || records != ended {
		return fmt.Errorf("%d calls were ended, but there are %d call records and %d live calls", ended, records, live)
	}
	return nil
}
