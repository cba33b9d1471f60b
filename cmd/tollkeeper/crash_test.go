package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// exchange is one request of the crash test and, once there was one, its answer.
// The same request must ever after get the same answer.
type exchange struct {
	path, body string
	answer     string // "": none came
	refusal    string // of the last try
}

// carrier is everything that was asked of the server over all its lives.
type carrier struct {
	t    *testing.T
	same func(before, after string) bool // nil: answers are the same when their bytes are

	mu        sync.Mutex // guards all below
	nodes     []*server
	customers []exchange
	posts     []exchange
	calls     []*crashCall
	number    int
}

// crashCall is a call with its messages. Those after the last answered one may or
// may not have been heard.
type crashCall struct {
	customer int // its place among the customers
	begin    exchange
	extend   exchange
	end      exchange
}

const (
	crashWorkers = 8
	crashCredit  = 400 // cents; calls of a customer who has used them up are denied
)

// TestCrash kills the server under load, again and again: nothing that it has
// answered may be missing afterwards, and nothing may be charged twice.
func TestCrash(t *testing.T) {
	t.Parallel()
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	c := &carrier{t: t}
	data := filepath.Join(t.TempDir(), "data")
	c.nodes = []*server{start(t, data)}
	c.nodes[0].importDeck()
	for range 5 {
		c.create()
	}
	for range rounds {
		before := c.mark()
		c.load(before.calls+crashWorkers, time.Duration(200+rand.IntN(500))*time.Millisecond)
		c.nodes[0] = c.nodes[0].again(nil)
		c.ask(before)
		if t.Failed() {
			t.FailNow()
		}
	}
	c.ask(mark{})
	c.audit()
	t.Logf("%d kills: %d customers, %d adjustments and %d calls", rounds, len(c.customers), len(c.posts), len(c.calls))
	if code := c.nodes[0].terminate(); code != 0 {
		t.Errorf("the server ends with %d: %s", code, c.nodes[0].log.String())
	}
	verified(t, data)
}

// load drives the server with many workers until so many calls were placed in all, and
// kills it a while later.
func (c *carrier) load(calls int, while time.Duration) {
	var wait sync.WaitGroup
	for range crashWorkers {
		wait.Go(func() {
			for c.work() {
			}
		})
	}
	until(c.t, "calls are placed", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.calls) >= calls
	})
	time.Sleep(while)
	c.nodes[0].kill()
	wait.Wait()
}

// node is any of the nodes.
func (c *carrier) node() *server {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[rand.IntN(len(c.nodes))]
}

// work does one thing that a carrier does, and reports whether it was answered.
func (c *carrier) work() bool {
	switch rand.IntN(20) {
	case 0:
		return c.create()
	case 1, 2:
		return c.post()
	}
	call := c.newCall()
	switch {
	case !c.send(&call.begin):
		return false
	case granted(call.begin.answer) == 0 || rand.IntN(10) == 0: // some calls stay live
		return true
	case rand.IntN(2) == 0 && !c.send(&call.extend):
		return false
	}
	return c.send(&call.end)
}

func granted(answer string) int64 {
	var d decision
	if err := json.Unmarshal([]byte(answer), &d); err != nil || d.Decision != "allow" {
		return 0
	}
	return d.GrantedSeconds
}

// send sends a message and keeps its answer.
func (c *carrier) send(x *exchange) bool { return c.sendTo(c.node(), x) }

func (c *carrier) sendTo(node *server, x *exchange) bool {
	status, answer, err := node.do("POST", x.path, x.body)
	switch {
	case err != nil:
		return false
	case status == 503: // stopping; a repeat finds out what came of it
		x.refusal = answer
		return false
	case status != 200:
		c.t.Errorf("POST %s %s: %d %s", x.path, x.body, status, answer)
		return false
	}
	x.answer = answer
	return true
}

func (c *carrier) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	return c.number
}

func (c *carrier) create() bool {
	x := exchange{path: "/customers", body: customerBody(fmt.Sprint("Customer ", c.next()), crashCredit)}
	answered := c.send(&x)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.customers = append(c.customers, x) // answered or not: it is asked again after the restart
	return answered
}

func (c *carrier) customer() (place int, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		place = rand.IntN(len(c.customers))
		if id = idOf(c.customers[place].answer); id != "" {
			return place, id
		}
	}
}

func idOf(answer string) string {
	var made struct {
		ID string `json:"_id"`
	}
	json.Unmarshal([]byte(answer), &made) // "" when there was no answer
	return made.ID
}

func (c *carrier) post() bool { return c.postTo(c.node()) }

func (c *carrier) postTo(node *server) bool {
	_, id := c.customer()
	x := exchange{path: "/customers/" + id + "/ledger",
		body: fmt.Sprintf(`{"amountMicros":%d,"reason":"top-up","key":"post-%d"}`, 10_000*(1+rand.IntN(9)), c.next())}
	answered := c.sendTo(node, &x)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts = append(c.posts, x)
	return answered
}

func (c *carrier) newCall() *crashCall {
	place, customer := c.customer()
	id := fmt.Sprint("call-", c.next())
	call := &crashCall{
		customer: place,
		begin:    exchange{path: "/calls", body: callBody(customer, id)},
		extend:   exchange{path: "/calls/" + id + "/extend", body: `{"usedSeconds":55}`},
		end:      exchange{path: "/calls/" + id + "/end", body: fmt.Sprintf(`{"durationSeconds":%d}`, 1+rand.IntN(59))},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call)
	return call
}

// mark is how much had been asked of the server at some time.
type mark struct{ customers, posts, calls int }

func (c *carrier) mark() mark { return mark{len(c.customers), len(c.posts), len(c.calls)} }

// ask repeats everything that was asked of the server since a mark. What was
// answered must be answered the same again; what was not is now.
func (c *carrier) ask(since mark) {
	each(c.customers[since.customers:], c.again)
	each(c.posts[since.posts:], c.again)
	each(c.calls[since.calls:], func(call **crashCall) { c.askCall(*call) })
}

// each visits all items, a few at a time.
func each[T any](items []T, visit func(*T)) {
	var wait sync.WaitGroup
	for worker := range crashWorkers {
		wait.Go(func() {
			for i := worker; i < len(items); i += crashWorkers {
				visit(&items[i])
			}
		})
	}
	wait.Wait()
}

func (c *carrier) askCall(call *crashCall) {
	if call.begin.answer != "" && granted(call.begin.answer) == 0 {
		return // a denial is not kept: there may be credit by now
	}
	c.again(&call.begin)
	if call.end.answer != "" {
		c.again(&call.end)
	}
}

func (c *carrier) again(x *exchange) {
	before := x.answer
	answered := c.send(x)
	for deadline := time.Now().Add(patience); !answered && time.Now().Before(deadline); answered = c.send(x) { // a database that stalls is given up for a while
		time.Sleep(100 * time.Millisecond)
	}
	if !answered {
		c.t.Errorf("POST %s %s is not answered after the restart: %s", x.path, x.body, x.refusal)
	} else if before != "" && before != x.answer && (c.same == nil || !c.same(before, x.answer)) {
		c.t.Errorf("POST %s %s was answered\n%s\nand after the restart\n%s", x.path, x.body, before, x.answer)
	}
}

// audit ends what is live and adds up each customer's money from the answers.
func (c *carrier) audit() {
	want := make([]int64, len(c.customers))
	places := map[string]int{}
	for i := range c.customers {
		want[i] = crashCredit * 10_000
		places[idOf(c.customers[i].answer)] = i
	}
	for _, x := range c.posts {
		var entry struct {
			Customer     string
			AmountMicros int64
		}
		c.read(x, &entry)
		want[places[entry.Customer]] += entry.AmountMicros
	}
	each(c.calls, func(call **crashCall) {
		if granted((*call).begin.answer) > 0 && (*call).end.answer == "" {
			c.again(&(*call).end)
		}
	})
	for _, call := range c.calls {
		if granted(call.begin.answer) == 0 {
			continue
		}
		var record struct{ ChargeMicros int64 }
		c.read(call.end, &record)
		if record.ChargeMicros != 10_000 {
			c.t.Errorf("%s was charged %d", call.end.path, record.ChargeMicros)
		}
		want[call.customer] -= record.ChargeMicros
	}
	for i, x := range c.customers {
		var have balance
		c.node().must("GET", "/customers/"+idOf(x.answer)+"/balance", "", &have)
		if have.PostedMicros != want[i] || have.HeldMicros != 0 {
			c.t.Errorf("%s has %d with %d held, the answers make it %d", x.body, have.PostedMicros, have.HeldMicros, want[i])
		}
	}
}

func (c *carrier) read(x exchange, result any) {
	if err := json.Unmarshal([]byte(x.answer), result); err != nil {
		c.t.Fatalf("%s: %s: %v", x.path, x.answer, err)
	}
}
