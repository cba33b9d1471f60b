package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/docs"
	"tollkeeper/internal/balances"
	"tollkeeper/internal/console"
	"tollkeeper/internal/jobs"
)

// consoleSettings are what a carrier can decide about the console.
type consoleSettings struct {
	ConsoleIdleMinutes int `help:"Minutes without a click until the console signs out, 1 to 1440." default:"30" placeholder:"MINUTES"`
}

func (s *consoleSettings) validate() []string {
	if s.ConsoleIdleMinutes < 1 || s.ConsoleIdleMinutes > 1440 {
		return []string{"console-idle-minutes: must be from 1 to 1440"}
	}
	return nil
}

// recordEvery is how often what was counted is written down, and decisions reach those
// who watch.
const recordEvery = time.Second

// ended hears of call records for metrics and for charts.
func (p *Program) ended() func(tollkeeper.CDR) {
	return func(c tollkeeper.CDR) {
		p.metrics.Ended(c)
		p.activity.Ended(c)
	}
}

// activityJobs write down what happens, keep up to date what somebody looks at, and
// forget what is old.
func (p *Program) activityJobs() []jobs.Job {
	return []jobs.Job{
		{Name: "write down activity", Local: true, Every: recordEvery, After: recordEvery, RunOnce: p.activity.Flush},
		{Name: "read balances", Local: true, Every: balances.Every, After: balances.Every, RunOnce: p.balances.Refresh},
		{Name: "delete old activity", Every: time.Hour, After: time.Minute, RunOnce: p.store.DeleteActivity},
	}
}

// console makes the pages for people.
func (p *Program) console(ctx context.Context) (http.Handler, error) {
	secret, err := p.store.Secret(ctx, "console")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return console.New(console.Config{
		API: p.door, Secret: secret, Secure: strings.HasPrefix(p.door.PublicURL, "https://"), Address: strings.TrimRight(p.door.PublicURL, "/"),
		Idle: time.Duration(p.settings.ConsoleIdleMinutes) * time.Minute, Currency: p.settings.Currency, Switches: docs.Switches, Now: p.settings.Now, Log: p.log.logger(p.settings.LogLevel),
	})
}

// front leads people who type the server's address to the console. Programs get the
// API's answer.
func front(door http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, "/console/", http.StatusSeeOther)
			return
		}
		door.ServeHTTP(w, r)
	})
}
