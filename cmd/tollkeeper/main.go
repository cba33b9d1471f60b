// Command tollkeeper is the customer account server for telephone carriers.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"reflect"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// commands is the command line. Every flag can also be set in the environment, as
// TOLLKEEPER_ and its name.
type commands struct {
	Serve    serveCommand    `cmd:"" help:"Run the server."`
	Customer customerCommand `cmd:"" help:"Look after customers of a running server."`
	User     userCommand     `cmd:"" help:"Look after users of a running server."`
	Token    tokenCommand    `cmd:"" help:"Look after tokens."`
	Keys     keysCommand     `cmd:"" help:"Look after the keys that sign sessions."`
	Why      whyCommand      `cmd:"" help:"Say what would become of a call on a running server, and why."`
	Rates    ratesCommand    `cmd:"" help:"Import rate decks into a running server."`
	Numbers  numbersCommand  `cmd:"" help:"Look after telephone numbers."`

	Barrings    barringsCommand    `cmd:"" help:"Look after the barring table of a running server: which numbers may be called."`
	CallerNames callerNamesCommand `cmd:"" name:"callernames" help:"Import the carrier's own list of callers' names into a running server."`

	Jobs      jobsCommand      `cmd:"" help:"Look after the work that no request asks for."`
	Cdrs      cdrsCommand      `cmd:"" help:"Export call records of a running server."`
	Usage     usageCommand     `cmd:"" help:"List what a customer's calls came to on a running server, by day and destination."`
	Retention retentionCommand `cmd:"" help:"Look after how long call records are kept."`
	Doctor    doctorCommand    `cmd:"" help:"Look whether everything that a server's settings name is there and answers."`
	Verify    verifyCommand    `cmd:"" help:"Recompute every balance, hold and charge, and list what does not agree."`
	Migrate   migrateCommand   `cmd:"" help:"Look after the schema of a database."`
	Copy      copyCommand      `cmd:"" help:"Move a database to PostgreSQL, or back."`
	Backup    backupCommand    `cmd:"" help:"Copy the database while the server runs."`
	Seed      seedCommand      `cmd:"" hidden:"" help:"Fill an empty folder with generated customers, for measuring."`

	Version versionFlag `help:"Print the version and exit." env:"-"`
}

// gcPercent lets the heap, which is small, grow further between collections than
// Go's default of 100 would: memory for processor time.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tollkeeper: "+err.Error())
		os.Exit(exitCode(err))
	}
}

func run(ctx context.Context, args []string) error {
	var cli commands
	parser, err := kong.New(&cli,
		kong.Name("tollkeeper"),
		kong.Description("The customer account server for telephone carriers."),
		kong.UsageOnError(),
		kong.DefaultEnvars("TOLLKEEPER"),
		kong.Configuration(readConfig),
		kong.TypeMapper(reflect.TypeFor[[]netip.Prefix](), kong.MapperFunc(readNetworks)),
		kong.TypeMapper(reflect.TypeFor[time.Time](), kong.MapperFunc(readTime)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ValueFormatter(helpWithDefault),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	err = command.Run()
	if tool, ok := command.Selected().Target.Addr().Interface().(interface{ explain(error) error }); ok && err != nil {
		err = tool.explain(err)
	}
	return err
}

// exitCode tells a check that found something (1) from a command that could not
// be run (2).
func exitCode(err error) int {
	if errors.Is(err, errFaulty) || errors.Is(err, errUnwell) {
		return 1
	}
	return 2
}

// helpWithDefault ends the help of a flag with its default.
func helpWithDefault(v *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(v)
	if v.HasDefault && v.Default != "" {
		help += " Default: " + v.Default + "."
	}
	return help
}
