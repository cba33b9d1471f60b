package query

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep brackets or JSON nest in the deepest query allowed: each
// $or adds a name and an index, a field adds itself, an operator and an index.
const maxDepth = 2*MaxNesting + 3

// nestedTooDeep is the fault for both ways of nesting.
var nestedTooDeep = "nested deeper than " + strconv.Itoa(MaxNesting) + " levels"

// readPairs reads name=value pairs in their order. url.ParseQuery would lose
// it, and $sort needs it.
func (p *parser) readPairs(raw string) *document {
	root := new(document)
	for pairs := 0; raw != ""; {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		if pairs++; pairs > maxPairs {
			p.faults = []string{"query: more than " + strconv.Itoa(maxPairs) + " parameters"}
			return new(document)
		}
		p.readPair(root, pair)
	}
	return root
}

func (p *parser) readPair(root *document, pair string) {
	rawName, rawText, _ := strings.Cut(pair, "=")
	name, problem := unescape(rawName)
	if problem == "" {
		var text string
		if text, problem = unescape(rawText); problem == "" {
			var buffer [maxDepth]string
			var path []string
			if path, problem = splitName(name, buffer[:0]); problem == "" {
				insert(root, path, text)
				return
			}
		}
	} else {
		name = rawName
	}
	p.enter(name)
	p.fault(problem)
	p.leave()
}

func insert(doc *document, path []string, text string) {
	for _, name := range path {
		doc = doc.child(name)
	}
	doc.scalars = append(doc.scalars, scalar{plain, text})
}

// unescape decodes percent signs, and + as a space (the HTML form encoding,
// which clients use in queries).
func unescape(escaped string) (text, problem string) {
	text, err := url.QueryUnescape(escaped)
	switch {
	case err != nil:
		return "", "has a malformed percent escape"
	case !utf8.ValidString(text):
		return "", "is not valid UTF-8"
	case strings.IndexByte(text, 0) >= 0:
		return "", "must not contain NUL"
	}
	return text, ""
}

// splitName splits $or[0][name] into its names and appends them to path.
func splitName(name string, path []string) (_ []string, problem string) {
	head := strings.IndexByte(name, '[')
	if head < 0 {
		head = len(name)
	}
	if head == 0 {
		return nil, "parameter without a name"
	}
	path = append(path, name[:head])
	for rest := name[head:]; rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 {
			return nil, "malformed brackets"
		}
		if len(path) == maxDepth {
			return nil, nestedTooDeep
		}
		path = append(path, rest[1:end])
		rest = rest[end+1:]
	}
	return path, ""
}
