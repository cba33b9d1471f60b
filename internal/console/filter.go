package console

import (
	"net/url"
	"strings"
	"time"

	"tollkeeper/client"
)

// filter is one way to narrow a list.
type filter struct {
	Field   string
	Title   text
	Kind    filterKind
	Choices []option // of oneOf
}

// filterKind says what a filter compares with.
type filterKind string

// The kinds of filter.
const (
	oneOf    filterKind = "choice" // one of several values
	cents    filterKind = "cents"  // from an amount to another
	micros   filterKind = "micros" // likewise
	numbers  filterKind = "number" // from a number to another
	days     filterKind = "date"   // from a day to another, in the visitor's zone
	utcDays  filterKind = "utc"    // likewise, of days that are counted in UTC for everybody
	exactly  filterKind = "text"   // equal to a text
	presence filterKind = "presence"
)

// option is a value with its name.
type option struct {
	Value string
	Title text
}

var onOff = []option{{"1", "On"}, {"0", "Off"}}

// filterView is a filter with what it is set to.
type filterView struct {
	Field, Title string
	Kind         filterKind
	Choices      []choice
	Value        string
	From, To     string
	Unit         string
	Set          bool
}

func (f filter) view(v *visit, values url.Values) filterView {
	view := filterView{Field: f.Field, Title: v.t(f.Title), Kind: f.Kind, Value: values.Get(f.Field), From: values.Get(f.Field + ".from"), To: values.Get(f.Field + ".to")}
	view.Set = view.Value != "" || view.From != "" || view.To != ""
	for _, o := range f.Choices {
		view.Choices = append(view.Choices, choice{o.Value, v.t(o.Title), o.Value == view.Value})
	}
	if f.Kind == cents || f.Kind == micros {
		view.Unit = v.Currency
	}
	return view
}

// conditions are what the filter asks of the API. What it cannot read it leaves out.
func (f filter) conditions(v *visit, values url.Values) (conditions []client.Condition) {
	value := strings.TrimSpace(values.Get(f.Field))
	switch {
	case f.Kind == presence && value == "1":
		return []client.Condition{client.Present(f.Field)}
	case f.Kind == presence && value == "0":
		return []client.Condition{client.Absent(f.Field)}
	case (f.Kind == oneOf || f.Kind == exactly) && value != "":
		return []client.Condition{client.Eq(f.Field, value)}
	case f.Kind == oneOf || f.Kind == exactly || f.Kind == presence:
		return nil
	}
	if from, ok := f.bound(v, values.Get(f.Field+".from"), false); ok {
		conditions = append(conditions, client.Gte(f.Field, from))
	}
	if to, ok := f.bound(v, values.Get(f.Field+".to"), true); ok {
		if f.Kind == days || f.Kind == utcDays {
			return append(conditions, client.Lt(f.Field, to))
		}
		conditions = append(conditions, client.Lte(f.Field, to))
	}
	return conditions
}

// bound reads one end of a range as the API writes it. The end of a day is the
// beginning of the next.
func (f filter) bound(v *visit, given string, end bool) (string, bool) {
	switch f.Kind {
	case days, utcDays:
		zone := v.zone
		if f.Kind == utcDays {
			zone = time.UTC
		}
		at, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(given), zone)
		if err != nil {
			return "", false
		}
		if end {
			at = at.AddDate(0, 0, 1)
		}
		return at.UTC().Format(time.RFC3339), true
	case cents:
		n, ok := readCents(v.locale.plain(given))
		return itoa(int64(n)), ok
	case micros:
		n, ok := readMicros(v.locale.plain(given))
		return itoa(int64(n)), ok
	default:
		n, ok := readInt(v.locale.plain(given))
		return itoa(n), ok
	}
}
