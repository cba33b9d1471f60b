package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/client"
	"tollkeeper/internal/store"
)

// doctorCommand takes the settings of a server, from the same file and environment, and
// looks whether everything they name is there and answers.
type doctorCommand struct {
	settings `embed:""`
	Token    string `help:"Token of a switch or a user, to ask the server about a call." placeholder:"TOKEN"`
	Customer string `help:"Customer of that call; its trunk or number tells when absent." env:"-" placeholder:"ID"`
	From     string `help:"Calling number of that call." env:"-" placeholder:"NUMBER"`
	To       string `help:"Called number of that call; nothing is placed." default:"+12125550101" env:"-" placeholder:"NUMBER"`
}

// errUnwell is what doctor ends with when something must be mended.
var errUnwell = errors.New("something must be mended")

// Run looks at one thing after the other.
func (c *doctorCommand) Run(ctx context.Context) error {
	x := &examination{settings: &c.settings, to: os.Stdout, now: time.Now}
	for _, look := range []func(context.Context){
		x.lookAtSettings, x.lookAtFolder, x.lookAtDatabase, x.lookAtFailMode, x.lookAtServer, c.tryCall(x), x.lookAtRADIUS, x.lookAtSIP, x.lookAtSwitches, x.lookAtConverter, x.lookAtMail,
	} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		look(ctx)
	}
	return x.conclude()
}

// patience is how long one thing may take to answer.
const patience = 5 * time.Second

// Limits of what is well.
const (
	clockTolerance = 2 * time.Second
	expiryWarning  = 21 * 24 * time.Hour
	spaceWarning   = 1 << 30 // bytes
)

// examination notes what was found.
type examination struct {
	*settings
	to                io.Writer
	now               func() time.Time
	well, poor, unfit int
}

func (x *examination) note(state, what, format string, args ...any) {
	fmt.Fprintf(x.to, "%-8s %-24s %s\n", state, what, printable(strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")))
}

func (x *examination) good(what, format string, args ...any) {
	x.well++
	x.note("ok", what, format, args...)
}

func (x *examination) warn(what, format string, args ...any) {
	x.poor++
	x.note("warning", what, format, args...)
}

func (x *examination) fault(what, format string, args ...any) {
	x.unfit++
	x.note("FAULT", what, format, args...)
}

func (x *examination) conclude() error {
	fmt.Fprintf(x.to, "\nok: %d, warnings: %d, faults: %d\n", x.well, x.poor, x.unfit)
	if x.unfit > 0 {
		return errUnwell
	}
	return nil
}

func (x *examination) lookAtSettings(context.Context) {
	var known *tollkeeper.Error
	err := x.validate()
	if errors.As(err, &known) {
		for _, fault := range known.Faults {
			x.fault("settings", "%s", fault)
		}
		return
	}
	for _, read := range []func() error{
		func() error { _, err := x.plan(); return err }, func() error { _, err := x.tlsConfig(); return err }, func() error { _, err := x.purse(); return err },
	} {
		err = errors.Join(err, read())
	}
	if err != nil {
		x.fault("settings", "%v", err)
		return
	}
	x.good("settings", "every one can be used")
}

func (x *examination) lookAtFolder(context.Context) {
	info, err := os.Stat(x.Data)
	switch {
	case errors.Is(err, os.ErrNotExist):
		x.warn("data", "%s is not there yet; the server makes it when it starts", x.Data)
		return
	case err != nil:
		x.fault("data", "%v", err)
		return
	case info.Mode().Perm()&0o077 != 0:
		x.warn("data", "%s can be read by others than its owner (%s); it holds calls and keys", x.Data, info.Mode().Perm())
	}
	free, known := freeSpace(x.Data)
	switch {
	case known && free < spaceWarning:
		x.warn("data", "%s has %d MiB left", x.Data, free>>20)
	case known:
		x.good("data", "%s has %d GiB left", x.Data, free>>30)
	default:
		x.good("data", "%s is there", x.Data)
	}
}

func (x *examination) lookAtDatabase(ctx context.Context) {
	at := database{Data: x.Data, Database: x.Database}
	if at.mustExist() != nil {
		x.warn("database", "there is none yet; the server makes it when it starts")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked := x.now()
	c, err := store.Inspect(ctx, at.config())
	if err != nil {
		x.fault("database", "%v", err)
		return
	}
	what := c.Engine + " " + c.Version
	switch {
	case c.Steps > c.Known:
		x.fault("database", "%s; its schema has %d steps and this release knows %d: it is older than the database", what, c.Steps, c.Known)
	case c.Steps < c.Known:
		x.warn("database", "%s; its schema has run %d of %d steps; the server runs the rest when it starts", what, c.Steps, c.Known)
	default:
		x.good("database", "%s, schema of %d steps", what, c.Steps)
	}
	for _, setting := range c.Forgets {
		x.fault("database", "%s is off: what was answered may be lost when the machine fails", setting)
	}
	if !c.Clock.IsZero() {
		x.compareClock("clock of the database", c.Clock, asked)
	}
}

// compareClock compares another machine's clock with this one's. Asked is when it was
// asked; its answer took until now.
func (x *examination) compareClock(what string, theirs, asked time.Time) {
	ours := asked.Add(x.now().Sub(asked) / 2)
	if apart := theirs.Sub(ours).Abs(); apart > clockTolerance {
		x.warn(what, "differs by %s from this machine's; nodes and switches need a common time (NTP)", apart.Round(100*time.Millisecond))
		return
	}
	x.good(what, "agrees with this machine's")
}

func (x *examination) lookAtFailMode(context.Context) {
	if x.FailOpenSeconds == 0 {
		x.good("fail mode", "closed: while the database is gone calls are refused, but for emergency calls")
		return
	}
	x.good("fail mode", "open: while the database is gone domestic calls get %d seconds, and are charged afterwards", x.FailOpenSeconds)
}

// tryCall asks the server what would become of a call.
func (c *doctorCommand) tryCall(x *examination) func(context.Context) {
	return func(ctx context.Context) {
		if c.Token == "" {
			x.note("skipped", "a call", "give --token to ask the server about one")
			return
		}
		server, err := client.New(x.address(), client.WithToken(c.Token), client.WithUserAgent("tollkeeper/"+version))
		if err != nil {
			x.fault("a call", "%v", err)
			return
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		began := x.now()
		checked, err := server.Calls.Check(ctx, client.CallCheck{Customer: c.Customer, Direction: client.Outbound, From: c.From, To: c.To})
		took := x.now().Sub(began).Round(100 * time.Microsecond)
		switch {
		case err != nil:
			x.fault("a call", "%v", err)
		case checked.Decision == client.Allow:
			x.good("a call", "to %s would get %d seconds; answered in %s", c.To, checked.GrantedSeconds, took)
		default:
			x.warn("a call", "to %s would be refused: %s; tollkeeper why tells more", c.To, checked.Reason)
		}
	}
}
