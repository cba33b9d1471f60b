package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"tollkeeper/internal/bench/deck"
	"tollkeeper/internal/bench/report"
)

// soakParts is how many rows a soak has.
const soakParts = 10

// soak places calls for a long time, at half of the rate that is measured first. What
// grows in a server that should not grow shows.
func (b *bench) soak(ctx context.Context) error {
	return b.serve(ctx, filepath.Join(b.folder, "soak"), func(s *system, session *session) error {
		a := &accounts{bench: b, system: s, session: session}
		return a.soak(ctx)
	})
}

func (a *accounts) soak(ctx context.Context) error {
	if err := a.makeCustomers(ctx); err != nil {
		return err
	}
	routes := deck.Routes()
	if err := a.importDeck(routes); err != nil {
		return err
	}
	ended, err := a.measure(ctx, a.system, operation{"soak.full", "authorise + end a call, as many as go", a.cyclesOver(routes, 0)})
	if err != nil {
		return err
	}
	plan := a.plan(a.system)
	plan.Warmup, plan.Measured = 0, a.settings.soak/soakParts
	plan.Every = time.Duration(float64(plan.Connections) / (a.report.Values()["soak.full.perSecond"] / 2) * float64(time.Second))
	for part := range soakParts {
		o := operation{fmt.Sprintf("soak.%d", part+1), fmt.Sprintf("half as many, part %d of %d", part+1, soakParts), a.cyclesOver(routes, uint64(part)+1)}
		done, err := a.measurePlan(ctx, a.system, plan, o)
		if err != nil {
			return err
		}
		ended += done
	}
	a.reportGrowth()
	if a.session, err = signIn(a.system.addresses[0]); err != nil { // the connection from the beginning was idle for too long
		return err
	}
	defer a.session.close()
	return a.checkRecords(ended)
}

// reportGrowth compares the end of a soak with its beginning, after a first part in
// which caches fill.
func (a *accounts) reportGrowth() {
	values := a.report.Values()
	for _, f := range []struct{ column, name string }{
		{"rssAnonBytes", "memory"}, {"p50Millis", "median latency"}, {"p99Millis", "p99 latency"},
	} {
		early, late := values["soak.2."+f.column], values[fmt.Sprintf("soak.%d.%s", soakParts, f.column)]
		a.report.AddFigure(report.Figure{Key: "soak.growth." + f.column, Name: "soak: " + f.name + ", of the last part by that of the second", Value: late / early})
	}
}
