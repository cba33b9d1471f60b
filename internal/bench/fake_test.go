package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// The faults that a fake server can have, each the name it is started by.
const (
	sound       = "sound"
	denies      = "denies"
	overcharges = "overcharges"
	losesCalls  = "loses-calls"
	stores      = "stores-nothing"
	miscounts   = "miscounts"
	fails       = "fails"
	dies        = "dies"
)

// fake is a Tollkeeper that keeps what the benchmark looks at, in memory.
type fake struct {
	fault string

	mu        sync.Mutex // guards all below
	customers []string   // their names; the index is the id
	prices    map[string]int64
	calls     map[string]int64 // price per minute, by call
	ended     int
	finds     int
}

// runFake behaves like `tollkeeper serve` and `tollkeeper seed`.
func runFake(args []string) {
	f := &fake{fault: filepath.Base(os.Args[0]), prices: map[string]int64{}, calls: map[string]int64{}}
	flag := func(name string) string { return args[slices.Index(args, name)+1] }
	seeded := flag("--data") + ".seeded"
	if args[0] == "seed" {
		os.WriteFile(seeded, []byte(flag("--customers")), 0o600)
		return
	}
	if count, err := os.ReadFile(seeded); err == nil {
		n, _ := strconv.Atoi(string(count))
		for i := range n {
			f.customers = append(f.customers, fmt.Sprintf("%s %05d", []string{"Harbour Coffee", "Cedar Legal"}[i%2], i))
		}
	}
	if f.fault == dies {
		fmt.Fprintln(os.Stderr, "the disk is full")
		os.Exit(1)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go http.ListenAndServe(flag("--listen"), f.routes())
	<-stop
}

func (f *fake) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, answer := range map[string]func(*http.Request, []byte) string{
		"GET /readyz":            func(*http.Request, []byte) string { return `{"status":"ok"}` },
		"POST /authentication":   func(*http.Request, []byte) string { return `{"accessToken":"secret"}` },
		"POST /customers":        f.create,
		"GET /customers/{id}":    f.read,
		"PATCH /customers/{id}":  f.patch,
		"GET /customers":         f.find,
		"PUT /ratedecks/default": f.importDeck,
		"POST /calls":            f.authorize,
		"POST /calls/{call}/end": f.end,
		"GET /calls":             func(*http.Request, []byte) string { return page(len(f.calls)) },
		"GET /cdrs":              func(*http.Request, []byte) string { return page(f.ended) },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			f.mu.Lock()
			defer f.mu.Unlock()
			if r.Header.Get("Authorization") != "Bearer secret" && pattern != "GET /readyz" && pattern != "POST /authentication" {
				w.WriteHeader(http.StatusUnauthorized)
			}
			if f.fault == fails && r.Method == "PATCH" {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			answer := answer(r, body)
			w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
			io.WriteString(w, answer)
		})
	}
	return mux
}

func (f *fake) create(_ *http.Request, body []byte) string {
	var c struct{ Name string }
	json.Unmarshal(body, &c)
	f.customers = append(f.customers, c.Name)
	return f.customer(len(f.customers) - 1)
}

func (f *fake) customer(i int) string {
	return fmt.Sprintf(`{"_id":"%024d","name":%q}`, i, f.customers[i])
}

func (f *fake) read(r *http.Request, _ []byte) string {
	i, _ := strconv.Atoi(r.PathValue("id"))
	return f.customer(i)
}

func (f *fake) patch(r *http.Request, body []byte) string {
	if f.fault == stores {
		return `{"lowBalanceAlertAmount":1000}`
	}
	return string(body)
}

func (f *fake) find(r *http.Request, _ []byte) string {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("$limit"))
	if err != nil {
		limit = 25
	}
	skip, _ := strconv.Atoi(q.Get("$skip"))
	total, data := 0, []string{}
	for i, name := range f.customers {
		if q.Has("name") && name != q.Get("name") || q.Has("mediaBypass") && i%50 != 0 ||
			!strings.Contains(strings.ToLower(name), strings.ToLower(q.Get("$search"))) {
			continue
		}
		if total >= skip && len(data) < limit {
			data = append(data, f.customer(i))
		}
		total++
	}
	if f.finds++; f.fault == miscounts && q.Has("mediaBypass") {
		total += f.finds
	}
	return fmt.Sprintf(`{"total":%d,"limit":%d,"skip":%d,"data":[%s]}`, total, limit, skip, strings.Join(data, ","))
}

func page(total int) string { return fmt.Sprintf(`{"total":%d,"limit":0,"skip":0,"data":[]}`, total) }

func (f *fake) importDeck(_ *http.Request, body []byte) string {
	for line := range strings.Lines(string(body)) {
		var fee, destination string
		prefix, rest, _ := strings.Cut(line, `,"`)
		destination, rest, found := strings.Cut(rest, `",0.`)
		price, fee, _ := strings.Cut(rest, ",")
		if found && destination != "" && fee != "" {
			f.prices[prefix], _ = strconv.ParseInt(price, 10, 64)
		}
	}
	return fmt.Sprintf(`{"name":"default","version":1,"rates":%d}`, len(f.prices))
}

func (f *fake) authorize(_ *http.Request, body []byte) string {
	var call struct{ CallID, Customer, To string }
	json.Unmarshal(body, &call)
	if f.fault == denies && len(f.calls) > 2 {
		return `{"decision":"deny","reason":"no_price"}`
	}
	prefix := call.To[1:]
	for prefix != "" && f.prices[prefix] == 0 {
		prefix = prefix[:len(prefix)-1]
	}
	f.calls[call.CallID] = f.prices[prefix]
	return fmt.Sprintf(`{"decision":"allow","prefix":%q}`, prefix)
}

func (f *fake) end(r *http.Request, _ []byte) string {
	charge := 2 * f.calls[r.PathValue("call")]
	if f.fault == overcharges {
		charge++
	}
	delete(f.calls, r.PathValue("call"))
	if f.ended++; f.fault == losesCalls && f.ended == 5 {
		f.ended--
	}
	return fmt.Sprintf(`{"chargeMicros":%d,"cause":"normal_clearing"}`, charge)
}
