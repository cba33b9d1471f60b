package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"

	"tollkeeper/internal/bench/load"
)

// accounts is the part about single customers and their calls.
type accounts struct {
	*bench
	system  *system
	session *session

	mu  sync.Mutex // guards ids while customers are made
	ids []string
}

// accounts measures calls, reads and writes on a fresh folder.
func (b *bench) accounts(ctx context.Context) error {
	return b.serve(ctx, filepath.Join(b.folder, "accounts"), func(s *system, session *session) error {
		a := &accounts{bench: b, system: s, session: session}
		return a.run(ctx)
	})
}

func (a *accounts) run(ctx context.Context) error {
	if err := a.makeCustomers(ctx); err != nil {
		return err
	}
	if a.settings.wants("call") {
		if err := a.calls(ctx); err != nil {
			return err
		}
	}
	for _, o := range []operation{
		{"get", "GET a customer", a.gets},
		{"patch", "PATCH a customer", a.patches},
		{"post", "POST a customer", a.creates(func([]byte) {})},
	} {
		if !a.settings.wants(o.key) {
			continue
		}
		if _, err := a.measure(ctx, a.system, o); err != nil {
			return err
		}
	}
	return nil
}

func (a *accounts) makeCustomers(ctx context.Context) error {
	a.say("making %d customers", a.settings.callers)
	return load.Repeat(ctx, a.plan(a.system), a.settings.callers, a.creates(a.remember))
}

func (a *accounts) remember(id []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, string(id))
}

// newCustomer has credit, may call everywhere and is not limited in its rate.
// Its name gets a number.
const newCustomer = `{"name":"Harbour Coffee 0000000000000000","websiteUrl":"https://harbour.example","credit":1000000,` +
	`"lowBalanceAlertAmount":1000,"internationalCalling":1,"maxOutboundCallRate":0,"defaultBillMethod":"credit"}`

// workerSpan keeps the numbers of workers apart.
const workerSpan = 1_000_000_000_000

// roundSpan keeps the numbers of a worker in several rounds apart.
const roundSpan = 10_000_000_000

// creates makes customers, and tells what ids they got.
func (a *accounts) creates(made func(id []byte)) func(worker int) load.Operation {
	return func(worker int) load.Operation {
		request := a.session.request("POST", "/customers", newCustomer)
		name := request.Slot("0000000000000000")
		number := uint64(worker) * workerSpan
		return func(c *load.Conn) error {
			number++
			load.Digits(name, number)
			body, err := c.Expect(request)
			if err != nil {
				return err
			}
			id := textAfter(body, `"_id":"`)
			if len(id) != idLength || !bytes.Contains(body, name) {
				return load.Wrong(request, "not the new customer", body)
			}
			made(id)
			return nil
		}
	}
}

// idPlaceholder stands where an id will.
const (
	idPlaceholder = "IDIDIDIDIDIDIDIDIDIDIDID"
	idLength      = len(idPlaceholder)
)

// gets reads customers at random.
func (a *accounts) gets(worker int) load.Operation {
	request := a.session.request("GET", "/customers/"+idPlaceholder, "")
	id := request.Slot(idPlaceholder)
	random := a.random(worker)
	return func(c *load.Conn) error {
		copy(id, a.ids[random.IntN(len(a.ids))])
		body, err := c.Expect(request)
		if err == nil && !bytes.Equal(textAfter(body, `"_id":"`), id) {
			err = load.Wrong(request, "not the customer", body)
		}
		return err
	}
}

// patches changes customers, each time to a value that is new.
func (a *accounts) patches(worker int) load.Operation {
	request := a.session.request("PATCH", "/customers/"+idPlaceholder, `{"lowBalanceAlertAmount":1000000000}`)
	id, amount := request.Slot(idPlaceholder), request.Slot("1000000000")
	mine, random := a.share(worker), a.random(worker)
	value := uint64(1_000_000_000)
	return func(c *load.Conn) error {
		value++
		copy(id, mine[random.IntN(len(mine))])
		load.Digits(amount, value)
		body, err := c.Expect(request)
		if err == nil && integerAfter(body, `"lowBalanceAlertAmount":`) != int64(value) {
			err = load.Wrong(request, "not changed", body)
		}
		return err
	}
}

// share is the customers that only this worker changes and calls for.
func (a *accounts) share(worker int) []string {
	n, workers := len(a.ids), a.settings.connections
	return a.ids[worker*n/workers : (worker+1)*n/workers]
}

// random is the worker's own and the same in every run.
func (a *accounts) random(worker int) *rand.Rand { return rand.New(rand.NewPCG(1, uint64(worker))) }
