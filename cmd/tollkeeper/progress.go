package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// newProgress shows on the terminal how far long work has come. Where standard
// error is none, nothing is shown. A total of -1 is not known yet.
func newProgress(what string, total int64, options ...progressbar.Option) *progressbar.ProgressBar {
	var to io.Writer = os.Stderr
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		to = io.Discard
	}
	options = append([]progressbar.Option{
		progressbar.OptionSetWriter(to), progressbar.OptionSetDescription(what), progressbar.OptionClearOnFinish(),
	}, options...)
	return progressbar.NewOptions64(total, options...)
}
