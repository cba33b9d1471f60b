package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bojanz/currency"

	"tollkeeper"
)

// page is what the template of a letter is filled in with. Its methods are what
// templates may use.
type page struct {
	Customer string // name of the customer it is about

	user     tollkeeper.User
	at       time.Time
	data     map[string]any
	currency string
	language string
	strict   bool // a key that the data lacks is an error, and not an empty text
}

// Name is how a letter addresses somebody.
func (p *page) Name() string {
	if full := strings.TrimSpace(p.user.First + " " + p.user.Last); full != "" {
		return full
	}
	return p.user.Email
}

// When is the time that a letter speaks of, in the user's time zone.
func (p *page) When() string { return p.moment(p.at) }

func (p *page) moment(at time.Time) string {
	if zone, err := time.LoadLocation(p.user.Timezone); err == nil {
		at = at.In(zone)
	}
	return at.Format("2006-01-02 15:04 MST")
}

// Time is a time in the data, in the user's time zone.
func (p *page) Time(key string) (string, error) {
	text, err := p.Text(key)
	if err != nil || text == "" {
		return "", err
	}
	at, err := time.Parse(time.RFC3339, text)
	return p.moment(at), err
}

// Has reports whether the data has a key that is not empty.
func (p *page) Has(key string) bool {
	v := p.data[key]
	return v != nil && v != ""
}

// Text is a text, a number or a truth in the data.
func (p *page) Text(key string) (string, error) {
	switch v := p.data[key].(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case nil:
		if p.strict {
			return "", fmt.Errorf("there is no %q in what is told of it", key)
		}
		return "", nil
	}
	return "", fmt.Errorf("%q is no text and no number", key)
}

// Words are those of a text in the data, such as reasons.
func (p *page) Words(key string) ([]string, error) {
	text, err := p.Text(key)
	return strings.Fields(text), err
}

// From is what a field was before a change that is told of.
func (p *page) From(field string) (string, error) { return p.change(field, "from") }

// To is what a field is since a change that is told of.
func (p *page) To(field string) (string, error) { return p.change(field, "to") }

func (p *page) change(field, side string) (string, error) {
	changes, _ := p.data["changes"].([]any)
	for _, c := range changes {
		if values, _ := c.(map[string]any); values["field"] == field {
			return (&page{data: values}).Text(side)
		}
	}
	if p.strict {
		return "", fmt.Errorf("there is no change of %q in what is told of it", field)
	}
	return "", nil
}

// Money is an amount in the data, as the user's language writes amounts of the
// currency: micro-units when the key says so, else cents. What is smaller than the
// currency's smallest unit is cut off.
func (p *page) Money(key string) (string, error) {
	text, err := p.Text(key)
	if err != nil || text == "" {
		return "", err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", fmt.Errorf("%q is no amount", key)
	}
	amount := tollkeeper.Micros(n)
	if !strings.HasSuffix(key, "Micros") {
		if n > math.MaxInt32 || n < math.MinInt32 {
			return "", fmt.Errorf("%q is out of range", key)
		}
		amount = tollkeeper.FromCents(int32(n))
	}
	smallest := tollkeeper.Micros(1)
	for digits, _ := currency.GetDigits(p.currency); digits < microDigits; digits++ {
		smallest *= 10
	}
	value, err := currency.NewAmount((amount - amount%smallest).String(), p.currency)
	if err != nil {
		return "", err
	}
	return currency.NewFormatter(currency.NewLocale(p.locale())).Format(value), nil
}

// microDigits are the decimals of a micro-unit.
const microDigits = 6

// locale is the user's own way of writing numbers, when it is the letter's language.
func (p *page) locale() string {
	own := strings.ToLower(p.user.Language)
	if own == p.language || strings.HasPrefix(own, p.language+"-") {
		return p.user.Language
	}
	return p.language
}

// parseData reads the data of an event.
func parseData(data []byte) map[string]any {
	values := map[string]any{}
	if len(data) == 0 {
		return values
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if decoder.Decode(&values) != nil {
		return map[string]any{}
	}
	return values
}
