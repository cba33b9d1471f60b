package tollkeeper

import (
	"strings"
	"time"
)

// DraftCustomer makes a new record from the fields of a create request, with
// the defaults of all the others. All faults are reported at once.
func DraftCustomer(fields []Field) (Customer, error) {
	c := NewCustomer()
	faults := c.set(fields)
	for i := range CustomerFields {
		if f := &CustomerFields[i]; f.Required && !hasKey(fields, f.Name) {
			faults = append(faults, f.Name+": is required")
		}
	}
	if len(faults) > 0 {
		return Customer{}, Invalid(faults...)
	}
	return c, nil
}

// Patched returns the record as a patch request would leave it. c itself stays
// as it is. A read-only key must repeat what is stored.
func (c *Customer) Patched(fields []Field) (Customer, error) {
	patched := *c
	if faults := patched.set(fields); len(faults) > 0 {
		return Customer{}, Invalid(faults...)
	}
	return patched, nil
}

func (c *Customer) set(fields []Field) (faults []string) {
	for _, field := range fields {
		f := customerFieldIndex[field.Key]
		fault := ""
		switch {
		case f == nil:
			fault = "is not a field of a customer"
		case f.ReadOnly && !f.repeats(c, field.Value):
			fault = "is read-only"
		case !f.ReadOnly:
			fault = f.set(c, field.Value)
		}
		if fault != "" {
			faults = append(faults, shownKey(field.Key)+": "+fault)
		}
	}
	return faults
}

// maxShownKey bounds the part of a client's key, in bytes, that a fault repeats.
const maxShownKey = 64

// shownKey makes a client's key fit for a message.
func shownKey(key string) string {
	if len(key) <= maxShownKey {
		return key
	}
	return strings.ToValidUTF8(key[:maxShownKey], "") + "..."
}

// repeats reports whether a client's value says what the record holds already.
func (f *CustomerField) repeats(c *Customer, v Value) bool {
	switch held := f.at(c).(type) {
	case *ID:
		return v.Kind == NullValue && held.IsZero() ||
			v.Kind == StringValue && !held.IsZero() && strings.EqualFold(v.Text, held.String())
	case *time.Time:
		if held.IsZero() || v.Kind == NullValue {
			return held.IsZero() && v.Kind == NullValue
		}
		at, err := time.Parse(time.RFC3339Nano, v.Text)
		return v.Kind == StringValue && err == nil && at.Truncate(time.Millisecond).Equal(held.Truncate(time.Millisecond))
	}
	return false
}

// CustomerChanges lists the fields in which two states of a record differ, in the
// order of CustomerFields. Before is nil for a new record, after for a deleted one.
func CustomerChanges(before, after *Customer) []Change {
	var changes []Change
	for i := range CustomerFields {
		f := &CustomerFields[i]
		if f.ReadOnly {
			continue
		}
		if from, to := f.json(before), f.json(after); from != to {
			changes = append(changes, Change{Field: f.Name, From: from, To: to})
		}
	}
	return changes
}

// json writes the field's value as JSON, "" when it or the record is absent.
func (f *CustomerField) json(c *Customer) string {
	if c == nil {
		return ""
	}
	value, _ := f.AppendJSON(nil, c)
	return string(value)
}

func hasKey(fields []Field, key string) bool {
	for i := range fields {
		if fields[i].Key == key {
			return true
		}
	}
	return false
}
