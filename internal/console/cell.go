package console

import (
	"maps"
	"slices"
	"time"

	"tollkeeper/client"
)

// cell is what stands in one place of a table.
type cell struct {
	Text   string
	Link   string // where Text leads to
	Tone   string // of a badge: good, bad, warn, quiet or info; "" is plain text
	Time   string // UTC, beside a time
	Stamp  string // for the datetime attribute
	Off    bool   // of no interest
	Code   bool   // set in the typeface of identifiers
	Plain  string // in a CSV file, where Text is made for people
	Action *form  // a button instead of text

	Changes []change // what was changed, instead of text
}

// csv is the cell in a CSV file.
func (c cell) csv() string {
	if c.Plain != "" {
		return c.Plain
	}
	return c.Text
}

func plain(s string) cell        { return cell{Text: s} }
func code(s string) cell         { return cell{Text: s, Code: true} }
func link(s, to string) cell     { return cell{Text: s, Link: to} }
func badge(s, tone string) cell  { return cell{Text: s, Tone: tone} }
func (c cell) raw(s string) cell { c.Plain = s; return c }

func (v *visit) amount(m client.Micros) cell { return cell{Text: v.money(m), Plain: m.String()} }

func (v *visit) time(at time.Time) cell {
	m := v.moment(at)
	c := cell{Text: m.Text, Time: m.UTC, Stamp: m.Machine}
	if !at.IsZero() {
		c.Plain = at.UTC().Format(time.RFC3339Nano)
	}
	return c
}

// flag is a field of 0 or 1.
func (v *visit) flag(f client.Flag) cell {
	if f == client.On {
		return cell{Text: v.t("On"), Tone: "info", Plain: "1"}
	}
	return cell{Text: v.t("Off"), Off: true, Plain: "0"}
}

// yesNo is what is so or is not.
func (v *visit) yesNo(yes bool) cell {
	if yes {
		return plain(v.t("Yes"))
	}
	return plain(v.t("No"))
}

// sortedKeys are the keys of a map in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
