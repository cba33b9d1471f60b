package query

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errDepth = errors.New(nestedTooDeep)
	errNUL   = errors.New("must not contain NUL")
	errMore  = errors.New("has text behind its JSON value")
)

// readJSON reads a text that is one JSON object or list, strictly by RFC 8259:
// no name twice, valid UTF-8, nothing behind it. It notes a fault and returns
// nil where it is not.
func (p *parser) readJSON(text string) *document {
	decoder := jsontext.NewDecoder(strings.NewReader(text))
	doc, err := decodeValue(decoder, maxDepth)
	if err == nil && strings.TrimRight(text[decoder.InputOffset():], " \t\r\n") != "" {
		err = errMore
	}
	if err != nil {
		p.fault(jsonProblem(err))
		return nil
	}
	return doc
}

func jsonProblem(err error) string {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return "names the same key twice in JSON"
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return "malformed JSON at byte " + strconv.FormatInt(syntax.ByteOffset, 10)
	}
	return err.Error() // one of ours: a reader of a string has no others
}

// decodeValue reads one value with at most depth lists and objects in each
// other.
func decodeValue(decoder *jsontext.Decoder, depth int) (*document, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		if depth == 0 {
			return nil, errDepth
		}
		return decodeMembers(decoder, token.Kind() == jsontext.KindBeginArray, depth-1)
	}
	s := scalar{text: token.String()}
	switch token.Kind() {
	case jsontext.KindString:
		s.form = quoted
		if strings.IndexByte(s.text, 0) >= 0 {
			return nil, errNUL
		}
	case jsontext.KindNumber:
		s.form = number
	case jsontext.KindNull:
		s.form = null
	default:
		s.form = boolean
	}
	return &document{scalars: []scalar{s}}, nil
}

// decodeMembers reads up to the end of a list or an object.
func decodeMembers(decoder *jsontext.Decoder, list bool, depth int) (*document, error) {
	doc := &document{list: list}
	for {
		if kind := decoder.PeekKind(); kind == jsontext.KindEndObject || kind == jsontext.KindEndArray {
			_, err := decoder.ReadToken()
			return doc, err
		}
		var m member
		if !list {
			token, err := decoder.ReadToken()
			if err != nil {
				return nil, err
			}
			m.name = token.String()
		}
		value, err := decodeValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		m.doc = value
		doc.members = append(doc.members, m)
	}
}
