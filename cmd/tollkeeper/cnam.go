package main

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"tollkeeper"
	"tollkeeper/internal/cnam"
	"tollkeeper/internal/jobs"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/outbound"
	"tollkeeper/internal/store"
)

// cnamSettings are what a carrier can decide about the names of callers.
type cnamSettings struct {
	CnamDeadlineMillis int `help:"Milliseconds that a call waits for its caller's name at most, 1 to 5000." default:"300" placeholder:"MILLIS"`

	CnamListPrice amount `help:"What a customer pays for a name in the carrier's own list, in the account currency." default:"0" placeholder:"AMOUNT"`

	CnamURL          string         `name:"cnam-url" help:"Address at which a provider of callers' names is asked, with {e164}, {digits} or {national} in the number's place; only the carrier's own list is when absent." placeholder:"URL"`
	CnamMethod       string         `help:"Method of the request." enum:"GET,POST" default:"GET" placeholder:"METHOD"`
	CnamBody         string         `help:"Body of the request, JSON or a form; none when absent." placeholder:"TEXT" secret:""`
	CnamHeaders      []string       `help:"Headers of the request, such as X-Api-Key: {secret}." sep:"none" placeholder:"HEADER" secret:""`
	CnamSecret       string         `help:"What stands in the place of {secret} in address, body and headers; best given in the environment." placeholder:"SECRET" secret:""`
	CnamPointer      string         `help:"Where the name is in an answer of JSON, as a JSON Pointer such as /caller/name; the whole answer is the name when absent." placeholder:"POINTER"`
	CnamNetworks     []netip.Prefix `help:"Networks that are not public and the provider may be in all the same." placeholder:"NETWORK"`
	CnamPrice        amount         `help:"What a customer pays for a look-up that the provider answered, in the account currency." default:"0" placeholder:"AMOUNT"`
	CnamCacheSeconds int            `help:"Seconds that the provider's answers may be used again, 0 to 2592000; 0 is never." default:"0" placeholder:"SECONDS"`
}

// dearestDip bounds the price of a look-up.
const dearestDip = 10 * tollkeeper.Unit

func (s *cnamSettings) validate() (faults []string) {
	if s.CnamDeadlineMillis < 1 || s.CnamDeadlineMillis > 5000 {
		faults = append(faults, "cnam-deadline-millis: must be from 1 to 5000")
	}
	if s.CnamCacheSeconds < 0 || s.CnamCacheSeconds > 30*86400 {
		faults = append(faults, "cnam-cache-seconds: must be from 0 to 2592000")
	}
	for name, price := range map[string]amount{"cnam-list-price": s.CnamListPrice, "cnam-price": s.CnamPrice} {
		if tollkeeper.Micros(price) > dearestDip {
			faults = append(faults, name+": must be at most 10")
		}
	}
	if s.CnamURL != "" {
		for _, fault := range s.provider().Faults() {
			faults = append(faults, "cnam-"+fault)
		}
	}
	return faults
}

// provider is the carrier's provider of names. It is never redirected: that would take
// the time of the call, and the secret to wherever it is told.
func (s *cnamSettings) provider() *cnam.HTTP {
	client := outbound.NewClient(s.CnamNetworks...)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &cnam.HTTP{
		URL: s.CnamURL, Method: s.CnamMethod, Body: s.CnamBody, Headers: s.CnamHeaders, Secret: s.CnamSecret, Pointer: jsontext.Pointer(s.CnamPointer),
		National: numbering.National, Client: client,
	}
}

// listed is the carrier's own list of names.
type listed struct{ *store.Store }

// Name finds the name of a number in the list.
func (l listed) Name(ctx context.Context, e164 string) (string, error) {
	return l.ListedName(ctx, e164)
}

// nameCallers has the names of callers looked up: in the carrier's own list, and then by
// the provider that the settings name.
func (p *Program) nameCallers() {
	s := &p.settings.cnamSettings
	terms := cnam.Terms{
		Name: "list", Price: tollkeeper.Micros(s.CnamListPrice), FreeMiss: true,
		Now: p.settings.Now, Log: p.log.logger(p.settings.LogLevel),
		Observe: func(provider string, outcome cnam.Outcome, took time.Duration) {
			p.metrics.LookUp(provider, string(outcome), took)
		},
	}
	p.names = &cnam.Names{
		Store: p.store, Within: time.Duration(s.CnamDeadlineMillis) * time.Millisecond, Log: terms.Log,
		Sources: []*cnam.Source{cnam.NewSource(listed{p.store}, terms)},
	}
	if s.CnamURL != "" {
		terms.Name, terms.Price, terms.FreeMiss, terms.KeepFor = "http", tollkeeper.Micros(s.CnamPrice), false, time.Duration(s.CnamCacheSeconds)*time.Second
		p.names.Sources = append(p.names.Sources, cnam.NewSource(s.provider(), terms))
	}
	p.calls.Names = p.names
}

// forgetNames removes lists that were replaced.
func (p *Program) forgetNames() []jobs.Job {
	return []jobs.Job{{Name: "remove replaced caller names", Every: time.Hour, After: time.Minute, RunOnce: p.store.RemoveReplacedNames}}
}
