package main_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tollkeeper/internal/store/storetest"
)

// cluster is three nodes on one PostgreSQL database.
type cluster struct {
	carrier
	database *storetest.Process
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{carrier: carrier{t: t}, database: storetest.NewProcess(t)}
	for i := range 3 {
		data := filepath.Join(t.TempDir(), fmt.Sprint("node-", i))
		environment := []string{"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password, "TOLLKEEPER_DATABASE=" + c.database.URL()}
		node := launch(t, data, environment)
		node.serving()
		if i == 0 {
			node.token = node.newToken("test", "--database", c.database.URL())
			node.importDeck()
		} else {
			node.token = c.nodes[0].token
		}
		c.nodes = append(c.nodes, node)
	}
	for range 5 {
		c.create()
	}
	return c
}

// restart kills a node and starts it again.
func (c *cluster) restart(i int) {
	c.mu.Lock()
	node := c.nodes[i]
	c.mu.Unlock()
	node.kill()
	node = node.again([]string{"TOLLKEEPER_DATABASE=" + c.database.URL()})
	c.mu.Lock()
	c.nodes[i] = node
	c.mu.Unlock()
}

// TestCluster keeps three nodes busy while nodes are killed, and then while the
// database is: nothing that was answered may be missing, nothing may be charged twice,
// and service is back soon after the database is.
func TestCluster(t *testing.T) {
	t.Parallel()
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	c := newCluster(t)
	var stop atomic.Bool
	var wait sync.WaitGroup
	for range crashWorkers {
		wait.Go(func() {
			for !stop.Load() {
				if !c.work() {
					time.Sleep(5 * time.Millisecond) // a dead node refuses faster than a live one answers
				}
			}
		})
	}
	var slowest time.Duration
	for range rounds {
		time.Sleep(time.Duration(300+rand.IntN(700)) * time.Millisecond)
		c.restart(rand.IntN(len(c.nodes)))
		time.Sleep(300 * time.Millisecond)
		c.database.Kill()
		time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
		if err := c.database.Start(); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, c.back())
	}
	stop.Store(true)
	wait.Wait()
	c.ask(mark{})
	c.audit()
	if output, code := tool(t, "verify", "--database", c.database.URL()); code != 0 {
		t.Errorf("verify ends with %d: %s", code, output)
	}
	answered := 0
	for _, call := range c.calls {
		if call.end.answer != "" {
			answered++
		}
	}
	t.Logf("%d rounds: %d customers, %d adjustments and %d calls; service back after %v at the latest", rounds, len(c.customers), len(c.posts), answered, slowest)
	if answered < crashWorkers {
		t.Errorf("only %d calls were placed", answered)
	}
	for _, node := range c.nodes {
		if code := node.terminate(); code != 0 {
			t.Errorf("a node ends with %d: %s", code, node.log.String())
		}
	}
}

// back waits until every node decides about calls and takes writes again. The aim, on a
// machine that does nothing else, is 2 s.
func (c *cluster) back() time.Duration {
	began := time.Now()
	for i := range c.nodes {
		c.mu.Lock()
		node := c.nodes[i]
		c.mu.Unlock()
		until(c.t, "a node is back", func() bool { return c.sendTo(node, &c.newCall().begin) && c.postTo(node) })
	}
	return time.Since(began)
}

// proxy stands between a node and the database.
type proxy struct {
	listener net.Listener
	target   string
	silent   atomic.Bool  // it takes everything and passes nothing on
	delay    atomic.Int64 // milliseconds at most that everything is late
	truncate atomic.Bool  // the next message is passed on in part, and the connection ends

	mu    sync.Mutex // guards conns
	conns []net.Conn
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &proxy{listener: listener, target: target}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return p
}

func (p *proxy) serve(conn net.Conn) {
	defer conn.Close()
	database, err := net.Dial("unix", p.target)
	if err != nil {
		return
	}
	defer database.Close()
	p.mu.Lock()
	p.conns = append(p.conns, conn, database)
	p.mu.Unlock()
	go p.pass(conn, database)
	p.pass(database, conn)
}

func (p *proxy) pass(from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		for p.silent.Load() {
			time.Sleep(10 * time.Millisecond)
		}
		if late := p.delay.Load(); late > 0 {
			time.Sleep(time.Duration(rand.Int64N(late)) * time.Millisecond)
		}
		part := n > 1 && p.truncate.CompareAndSwap(true, false)
		if part {
			n = 1 + rand.IntN(n-1)
		}
		if _, writeErr := to.Write(buffer[:n]); err != nil || writeErr != nil || part {
			to.Close()
			from.Close()
			return
		}
	}
}

// cut ends every connection in the middle of whatever it carries.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		conn.Close()
	}
	p.conns = nil
}

// TestConnectionsCut delays a node's messages to the database, truncates them and cuts
// its connections again and again, and then lets the database fall silent: callers are
// refused in time, and emergency calls pass.
func TestConnectionsCut(t *testing.T) {
	t.Parallel()
	database := storetest.NewProcess(t)
	between := newProxy(t, database.Socket())
	address := "postgres://postgres@" + between.listener.Addr().String() + "/postgres?sslmode=disable"
	c := &carrier{t: t}
	node := launch(t, filepath.Join(t.TempDir(), "node"), []string{
		"TOLLKEEPER_ADMIN_EMAIL=" + operator, "TOLLKEEPER_ADMIN_PASSWORD=" + password, "TOLLKEEPER_DATABASE=" + address})
	node.serving()
	node.token = node.newToken("test", "--database", database.URL())
	node.importDeck()
	c.nodes = []*server{node}
	for range 5 {
		c.create()
	}
	var stop atomic.Bool
	var wait sync.WaitGroup
	for range crashWorkers {
		wait.Go(func() {
			for !stop.Load() {
				c.work()
			}
		})
	}
	for i := range 40 {
		time.Sleep(time.Duration(20+rand.IntN(100)) * time.Millisecond)
		if i%2 == 0 {
			between.truncate.Store(true)
		} else {
			between.cut()
		}
		between.delay.Store(int64(i/10%2) * 30)
	}
	stop.Store(true)
	wait.Wait()
	between.delay.Store(0)
	between.truncate.Store(false)

	between.silent.Store(true)
	_, customer := c.customer()
	time.Sleep(1100 * time.Millisecond) // the token is to be looked up again
	const within = 20 * time.Second     // the aim, on a machine that does nothing else, is 3 to 5 s
	for range 3 {
		began := time.Now()
		status, answer, err := node.do("POST", "/calls", callBody(customer, fmt.Sprint("silent-", c.next())))
		took := time.Since(began)
		if t.Logf("while the database is silent a call waits %v", took); err != nil || status != 503 || took > within {
			t.Errorf("while the database is silent a call is answered %d %s (%v) after %v", status, answer, err, took)
		}
	}
	began := time.Now()
	status, answer, err := node.do("POST", "/calls", strings.Replace(callBody(customer, "help"), "+442071838750", "911", 1))
	if took := time.Since(began); err != nil || status != 200 || !strings.Contains(answer, `"decision":"allow"`) || took > within {
		t.Errorf("while the database is silent an emergency call is answered %d %s (%v) after %v", status, answer, err, took)
	}
	between.silent.Store(false)
	until(t, "service is back", func() bool { return c.send(&c.newCall().begin) })
	c.ask(mark{})
	c.audit()
	if output, code := tool(t, "verify", "--database", database.URL()); code != 0 {
		t.Errorf("verify ends with %d: %s", code, output)
	}
}
