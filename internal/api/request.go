package api

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"tollkeeper"
)

// Limits of a JSON body.
const (
	maxBody   = 1 << 20 // bytes
	maxFields = 100     // keys: no record has nearly as many, and each unknown one is a fault to answer
)

// object reads the JSON object in the request's body.
func (x *exchange) object(options ...jsontext.Options) (*object, error) {
	if err := checkMediaType(x.r, "application/json"); err != nil {
		return nil, err
	}
	body, err := readBody(x.r.Body, x.body[:0], maxBody)
	x.body = body
	if err != nil {
		return nil, err
	}
	fields, err := parseObject(body, options...)
	if err != nil {
		return nil, err
	}
	return &object{fields: fields}, nil
}

// optionalObject is object for operations that need no body.
func (x *exchange) optionalObject() (*object, error) {
	if x.r.ContentLength == 0 {
		return &object{}, nil
	}
	if x.r.ContentLength < 0 { // sent in chunks, of which there may be none
		body := bufio.NewReader(x.r.Body)
		if _, err := body.Peek(1); err == io.EOF {
			return &object{}, nil
		}
		x.r.Body = io.NopCloser(body)
	}
	return x.object()
}

// checkMediaType refuses a body of another type. A request without a
// Content-Type is taken at its word.
func checkMediaType(r *http.Request, want string) error {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return tollkeeper.Invalid("Content-Encoding: must be absent; compressed bodies are not read")
	}
	given := r.Header.Get("Content-Type")
	if given == "" {
		return nil
	}
	mediaType, parameters, err := mime.ParseMediaType(given)
	charset := strings.ToLower(parameters["charset"])
	if err != nil || mediaType != want || charset != "" && charset != "utf-8" {
		return tollkeeper.Invalid("Content-Type: must be " + want)
	}
	return nil
}

// readBody reads a body of at most limit bytes into buffer.
func readBody(r io.Reader, buffer []byte, limit int) ([]byte, error) {
	for {
		if len(buffer) == cap(buffer) {
			buffer = slices.Grow(buffer, max(512, cap(buffer)))
		}
		n, err := r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		switch {
		case len(buffer) > limit:
			return buffer, tollkeeper.Invalid("body: must have at most " + strconv.Itoa(limit>>20) + " MiB")
		case errors.Is(err, io.EOF):
			return buffer, nil
		case err != nil:
			return buffer, &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "the body could not be read to its end", Err: err}
		}
	}
}

// parseObject reads one JSON object strictly: no duplicate keys, nothing after it and,
// unless the options allow it, no invalid UTF-8 (RFC 7493).
func parseObject(body []byte, options ...jsontext.Options) ([]tollkeeper.Field, error) {
	if len(body) == 0 {
		return nil, tollkeeper.Invalid("body: must be a JSON object")
	}
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body), options...)
	if decoder.PeekKind() != '{' {
		if _, err := decoder.ReadValue(); err != nil {
			return nil, syntaxFault(err)
		}
		return nil, tollkeeper.Invalid("body: must be a JSON object")
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, syntaxFault(err)
	}
	fields := make([]tollkeeper.Field, 0, 16)
	for decoder.PeekKind() != '}' {
		if len(fields) == maxFields {
			return nil, tollkeeper.Invalid("body: must have at most " + strconv.Itoa(maxFields) + " keys")
		}
		field, err := readField(decoder)
		if err != nil {
			return nil, syntaxFault(err)
		}
		fields = append(fields, field)
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, syntaxFault(err)
	}
	if _, err := decoder.ReadToken(); err != io.EOF {
		return nil, tollkeeper.Invalid("body: must end after the JSON object")
	}
	return fields, nil
}

func readField(decoder *jsontext.Decoder) (field tollkeeper.Field, err error) {
	key, err := decoder.ReadToken()
	if err != nil {
		return field, err
	}
	field.Key = key.String()
	kind := decoder.PeekKind()
	if kind == '{' || kind == '[' {
		raw, err := decoder.ReadValue()
		field.Value = tollkeeper.Value{Kind: tollkeeper.ObjectValue, Text: string(raw)}
		if kind == '[' {
			field.Value.Kind = tollkeeper.ArrayValue
		}
		return field, err
	}
	token, err := decoder.ReadToken()
	if err != nil {
		return field, err
	}
	field.Value.Text = token.String()
	switch kind {
	case 'n':
		field.Value.Kind = tollkeeper.NullValue
	case 't', 'f':
		field.Value.Kind = tollkeeper.BoolValue
	case '0':
		field.Value.Kind = tollkeeper.NumberValue
	default:
		field.Value.Kind = tollkeeper.StringValue
	}
	return field, nil
}

// syntaxFault says where a body stops being JSON, without repeating its content.
func syntaxFault(err error) error {
	var syntactic *jsontext.SyntacticError
	if !errors.As(err, &syntactic) || errors.Is(err, io.ErrUnexpectedEOF) {
		return tollkeeper.Invalid("body: must be JSON; it ends too early")
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return tollkeeper.Invalid(fieldName(syntactic.JSONPointer.LastToken()) + ": must not be given twice")
	}
	return tollkeeper.Invalid("body: must be JSON in UTF-8; it is not at byte " + strconv.FormatInt(syntactic.ByteOffset, 10))
}

// fieldName makes a client's key fit for a message.
func fieldName(key string) string {
	const longest = 64
	if len(key) > longest {
		key = key[:longest] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return '?'
		}
		return r
	}, key)
}

// pathID reads the id in the path. What is not an id names nothing that exists.
func (x *exchange) pathID(noun string) (tollkeeper.ID, error) {
	text := x.r.PathValue("id")
	id, err := tollkeeper.ParseID(text)
	if err != nil {
		return id, noSuch(noun, fieldName(text))
	}
	if noun == "customer" && !x.mine(id) {
		return id, noSuch(noun, id.String())
	}
	return id, nil
}

// mine reports whether what belongs to a customer is the caller's to see: staff see
// everything.
func (x *exchange) mine(customer tollkeeper.ID) bool {
	return x.who.IsStaff() || x.who.Customer == customer
}

func noSuch(noun, id string) error {
	return tollkeeper.Errorf(tollkeeper.CodeNotFound, "no %s %s exists", noun, id)
}
