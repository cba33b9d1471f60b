package apidoc

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// curl writes the command line that sends an operation's first example.
type curl struct {
	server, method, path string
	op                   *operation
	parameters           []parameter
	view                 *operationView
}

func (c curl) String() string {
	address := c.address()
	lines := []string{"curl " + c.flags(address) + quote(address)}
	if !c.view.IsPublic {
		lines = append(lines, `-H "Authorization: Bearer $TOKEN"`)
	}
	if c.op.RequestBody != nil {
		content := c.op.RequestBody.Content[0]
		mediaType, file := fileOf(content.Name)
		data := "--data-binary @" + file
		if file == "" {
			data = body(content)
		}
		lines = append(lines, "-H "+quote("Content-Type: "+mediaType), data)
	}
	return strings.Join(lines, " \\\n  ")
}

// flags names the method where curl would not choose it, and keeps curl from
// reading brackets as ranges.
func (c curl) flags(address string) string {
	flags := ""
	if strings.ContainsAny(address, "[]{}") {
		flags += "-g "
	}
	if c.method != "GET" && !(c.method == "POST" && c.op.RequestBody != nil) {
		flags += "-X " + c.method + " "
	}
	return flags
}

func (c curl) address() string {
	path := c.path
	for _, p := range c.parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(exampleText(p.Example)))
		}
	}
	if c.op.ExampleQuery != "" {
		path += "?" + c.op.ExampleQuery
	}
	return c.server + path
}

// lineLength is how long a body may be that is shown on one line.
const lineLength = 72

// fileOf is what a body is said to be, and the file in which an example has it; none for
// what is typed.
func fileOf(content string) (mediaType, file string) {
	switch content {
	case "text/csv":
		return content, "table.csv"
	case "audio/*":
		return "audio/wav", "audio.wav"
	case "image/*":
		return "image/png", "logo.png"
	}
	return content, ""
}

// body is what the first example sends.
func body(content member[media]) string {
	value := content.Value.Examples[0].Value.Value
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err == nil && compact.Len() <= lineLength {
		return "-d " + quote(compact.String())
	}
	return "-d " + quote(exampleText(value))
}

// quote quotes for a POSIX shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
