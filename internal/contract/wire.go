package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const jsonType = "application/json"

func isJSON(h http.Header) bool { return h.Get("Content-Type") == jsonType }

// checkContentType wants JSON's media type without parameters, because there
// are clients that compare it as a string. Other types may have a charset.
func checkContentType(h http.Header, described *openapi3.Response) error {
	have := h.Values("Content-Type")
	if len(have) != 1 {
		return fmt.Errorf("there must be one Content-Type, there are %q", have)
	}
	bare, _, _ := strings.Cut(have[0], ";")
	for want := range described.Content {
		kind, any := strings.CutSuffix(want, "*")
		if have[0] == want || want != jsonType && bare == want || any && strings.HasPrefix(bare, kind) {
			return nil
		}
	}
	return fmt.Errorf("the content type %q is not described", have[0])
}

// checkJSON checks what holds of every JSON answer and no schema can say.
func checkJSON(status int, body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := checkValue(decoder); err != nil {
		return fmt.Errorf("the body breaks the rules of the wire: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON")
	}
	if status != http.StatusOK {
		return checkError(status, body)
	}
	return nil
}

// checkValue reads one value: none may be null, no number may have a fraction
// or an exponent, and no key may stand twice in an object.
func checkValue(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case nil:
		return errors.New("a value is null")
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return fmt.Errorf("the number %s is not written as an integer", v)
		}
	case json.Delim:
		return checkMembers(decoder, v)
	}
	return nil
}

func checkMembers(decoder *json.Decoder, opening json.Delim) error {
	seen := make(map[json.Token]bool)
	for decoder.More() {
		if opening == '{' {
			name, err := decoder.Token()
			if err != nil {
				return err
			}
			if seen[name] {
				return fmt.Errorf("the key %q stands twice", name)
			}
			seen[name] = true
		}
		if err := checkValue(decoder); err != nil {
			return err
		}
	}
	_, err := decoder.Token() // the closing bracket
	return err
}

// errorClasses are the name and className of each status.
var errorClasses = map[int][2]string{
	400: {"BadRequest", "bad-request"},
	401: {"NotAuthenticated", "not-authenticated"},
	403: {"Forbidden", "forbidden"},
	404: {"NotFound", "not-found"},
	405: {"MethodNotAllowed", "method-not-allowed"},
	406: {"NotAcceptable", "not-acceptable"},
	409: {"Conflict", "conflict"},
	429: {"TooManyRequests", "too-many-requests"},
	500: {"GeneralError", "general-error"},
	503: {"Unavailable", "unavailable"},
}

// checkError wants the status, code and names of an error to agree.
func checkError(status int, body []byte) error {
	var have struct {
		Code            int
		Name, ClassName string
		Message         string
	}
	if err := json.Unmarshal(body, &have); err != nil {
		return fmt.Errorf("read the error: %w", err)
	}
	want := errorClasses[status]
	if have.Code != status || have.Name != want[0] || have.ClassName != want[1] {
		return fmt.Errorf("the error says %d %s %s, want %d %s %s", have.Code, have.Name, have.ClassName, status, want[0], want[1])
	}
	if have.Message == "" {
		return errors.New("the error has no message")
	}
	return nil
}
