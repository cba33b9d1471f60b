package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/client"
	"tollkeeper/internal/jobs"
)

// numbersSettings are what a carrier can decide about numbers and trunks.
type numbersSettings struct {
	DigestRealm string `help:"Realm in which trunks sign in; their passwords are hashed with it, and must be set anew when it changes." default:"tollkeeper" placeholder:"REALM"`

	PortoutPolicy          string `help:"What a lock does to a port-out: refuse or approve what the owner has not decided in time, or notify, which holds nothing." enum:"refuse,approve,notify" default:"refuse" placeholder:"POLICY"`
	PortoutLinks           string `help:"Whether the mail about a port-out that is held has a link to decide without signing in: on or off." enum:"on,off" default:"on" placeholder:"ON"`
	PortoutDecisionHours   int    `help:"Hours that the owner has to decide about a port-out, 1 to 720." default:"48" placeholder:"HOURS"`
	PortoutCoolingOffHours int    `help:"Hours that a lock still protects numbers after it was taken off, 0 to 720." default:"0" placeholder:"HOURS"`
}

// portouts is the policy for port-outs. One that was held before nothing was to be held
// any more is approved like one that comes then.
func (s *numbersSettings) portouts() tollkeeper.PortoutPolicy {
	return tollkeeper.PortoutPolicy{
		NotifyOnly: s.PortoutPolicy == "notify", ApproveUndecided: s.PortoutPolicy != "refuse",
		DecideWithin: time.Duration(s.PortoutDecisionHours) * time.Hour, CoolingOff: time.Duration(s.PortoutCoolingOffHours) * time.Hour,
	}
}

// decisionLink makes the links in mails about port-outs; nil where there are to be none.
func (p *Program) decisionLink() func(portout, user tollkeeper.ID, until time.Time) string {
	if p.settings.PortoutLinks == "off" {
		return nil
	}
	return func(portout, user tollkeeper.ID, until time.Time) string {
		return strings.TrimRight(p.door.PublicURL, "/") + "/portout#" + p.links.Key.SignPortout(portout, user, until)
	}
}

// porting decides about port-outs whose time is up.
func (p *Program) porting() []jobs.Job {
	return []jobs.Job{{Name: "decide port-outs", Every: time.Minute, RunOnce: p.store.DecideOverduePortouts}}
}

// validate finds what is wrong with the settings.
func (s *numbersSettings) validate() (faults []string) {
	if !realmForm.MatchString(s.DigestRealm) {
		faults = append(faults, "digest-realm: must have 1 to 64 visible ASCII characters without quotes and colons")
	}
	if s.PortoutDecisionHours < 1 || s.PortoutDecisionHours > 720 {
		faults = append(faults, "portout-decision-hours: must be from 1 to 720")
	}
	if s.PortoutCoolingOffHours < 0 || s.PortoutCoolingOffHours > 720 {
		faults = append(faults, "portout-cooling-off-hours: must be from 0 to 720")
	}
	return faults
}

var realmForm = regexp.MustCompile(`^[!#-9;-\[\]-~]{1,64}$`)

type numbersCommand struct {
	Import numbersImportCommand `cmd:"" help:"Import numbers from a CSV file with the columns number, customer, label, and perhaps status, price, minimum and increment."`
}

type numbersImportCommand struct {
	remote `embed:""`
	DryRun bool   `help:"Only check the file."`
	File   string `arg:"" help:"CSV file; - reads standard input." type:"existingfile"`
}

// Run sends the file.
func (c *numbersImportCommand) Run(ctx context.Context) error {
	result, err := send(c.remote, c.File, func(server *client.Client, file io.Reader, sent func(int64)) (*client.NumberImport, error) {
		return server.Numbers.Import(ctx, file, client.NumberImportOptions{DryRun: c.DryRun, Progress: sent})
	})
	if err != nil {
		return err
	}
	said := "numbers imported"
	if result.DryRun {
		said = "numbers in the file, not imported by this dry run"
	}
	fmt.Printf("%s: %d\n", said, result.Numbers)
	return nil
}
