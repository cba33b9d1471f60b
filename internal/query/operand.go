package query

import (
	"strings"
	"time"

	"tollkeeper"
)

// operand is a value as one comparison needs it.
type operand struct {
	value   Value
	null    bool
	between bool // the time asked for lies between value and the next millisecond
}

// operand reads a scalar as a value of the field's kind, or notes a fault.
func (p *parser) operand(field Field, s scalar) (operand, bool) {
	if s.form == null || s.form == plain && field.Kind != String && s.text == "null" {
		return operand{null: true}, true
	}
	o, problem := readOperand(field.Kind, s)
	if problem != "" {
		p.fault(problem)
		return operand{}, false
	}
	return o, true
}

func readOperand(kind Kind, s scalar) (_ operand, problem string) {
	isText := s.form == plain || s.form == quoted
	switch kind {
	case Integer:
		if s.form == boolean {
			return operand{}, notInteger
		}
		n, problem := parseInteger(s.text)
		return operand{value: IntegerValue(n)}, problem
	case ID:
		id, err := tollkeeper.ParseID(s.text)
		if err != nil || !isText {
			return operand{}, "must be an ObjectId of 24 hex digits"
		}
		return operand{value: IDValue(id)}, ""
	case Time:
		t, ok := parseTime(s.text)
		if !ok || !isText {
			return operand{}, "must be a time such as 2006-01-02T15:04:05.000Z or a day such as 2006-01-02"
		}
		return operand{value: TimeValue(t), between: t.Nanosecond()%int(time.Millisecond) != 0}, ""
	case Bool:
		if s.form == number || s.text != "true" && s.text != "false" {
			return operand{}, "must be true or false"
		}
		return operand{value: StringValue(s.text)}, ""
	default:
		if !isText {
			return operand{}, "must be a string"
		}
		return operand{value: StringValue(s.text)}, ""
	}
}

// parseTime reads an RFC 3339 time, or a day as its first instant in UTC. The
// plus of an offset that a client forgot to escape arrives as a space, and is
// understood.
func parseTime(text string) (time.Time, bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, true
	}
	if sign := len(text) - len("+00:00"); sign > 0 && text[sign] == ' ' {
		text = text[:sign] + "+" + text[sign+1:]
	}
	t, err := time.Parse(time.RFC3339, text)
	// The standard library also takes an hour of one digit and a decimal comma.
	return t, err == nil && text[len("2006-01-02T15")] == ':' && !strings.Contains(text, ",")
}

// opensObject and opensList report whether text is meant as JSON where no value
// could begin so.
func opensObject(text string) bool { return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") }
func opensList(text string) bool   { return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[") }
func opensEither(text string) bool { return opensObject(text) || opensList(text) }

// opensQuoted does so for a String, of which a value may begin with a bracket,
// but hardly with a bracket and a quote.
func opensQuoted(text string) bool {
	if !opensEither(text) {
		return false
	}
	inner := strings.TrimLeft(text, " \t\r\n")[1:]
	return strings.HasPrefix(strings.TrimLeft(inner, " \t\r\n"), `"`)
}
