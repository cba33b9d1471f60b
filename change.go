package tollkeeper

import "strconv"

// Change is one field that a write altered. From and To are JSON; empty means
// absent.
type Change struct {
	Field    string
	From, To string
}

// AppendChanges appends changes as a JSON list of {field, from, to}.
func AppendChanges(dst []byte, changes []Change) []byte {
	dst = append(dst, '[')
	for i, c := range changes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(append(dst, `{"field":`...), c.Field)
		if c.From != "" {
			dst = append(append(dst, `,"from":`...), c.From...)
		}
		if c.To != "" {
			dst = append(append(dst, `,"to":`...), c.To...)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// changes collects the fields in which a record differs from an older state.
type changes []Change

// json notes a field whose values are JSON, "" where they are absent.
func (c *changes) json(field, from, to string) {
	if from != to {
		*c = append(*c, Change{Field: field, From: from, To: to})
	}
}

func (c *changes) text(field, from, to string) { c.json(field, JSONText(from), JSONText(to)) }

func (c *changes) id(field string, from, to ID) { c.text(field, textOf(from), textOf(to)) }

func (c *changes) flag(field string, from, to bool) {
	c.json(field, strconv.FormatBool(from), strconv.FormatBool(to))
}

// secret says of a field only that it is another.
func (c *changes) secret(field, from, to string) {
	if from != to {
		*c = append(*c, Change{Field: field})
	}
}

// JSONText writes a text as a JSON string, and an absent one as "".
func JSONText(s string) string {
	if s == "" {
		return ""
	}
	return string(appendText(nil, s))
}

func textOf(id ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// countText writes a count as JSON, and 0 as absent.
func countText[T ~int32 | ~int64 | ~uint16](n T) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}
