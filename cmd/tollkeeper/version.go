package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"tollkeeper/internal/api"
)

// version is set when a release is built.
var version = "devel"

func build() api.Version {
	v := api.Version{Version: version, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				v.Commit = setting.Value
			}
		}
	}
	return v
}

type versionFlag bool

// BeforeApply prints the version instead of running a command.
func (versionFlag) BeforeApply(app *kong.Kong) error {
	v := build()
	fmt.Fprintln(app.Stdout, strings.Join(strings.Fields("tollkeeper "+v.Version+" "+v.Commit+" "+v.Go), " ")) // the commit is not always known
	app.Exit(0)
	return nil
}
