package apidoc

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // fills the template and the style
	"encoding/base64"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var style template.CSS

var parsedTemplate = template.Must(template.New("page").Parse(pageTemplate))

// StyleSource is the source expression that lets a Content-Security-Policy's
// style-src admit the page's style sheet and no other (CSP Level 3, section
// 2.3.1).
func StyleSource() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func render(source []byte) ([]byte, error) {
	d, err := parse(source)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := parsedTemplate.Execute(&out, viewer{d}.page()); err != nil {
		return nil, fmt.Errorf("render the API description: %w", err)
	}
	return out.Bytes(), nil
}
