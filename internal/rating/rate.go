// Package rating holds rate decks: what a minute to a prefix costs, how a call
// is rounded up to billed seconds, and which rate of a deck applies to a number
// at a time. It is pure: it reads and writes only the streams it is given, and
// every amount is exact.
//
// A deck arrives as CSV (ParseCSV), is compiled for lookups (Compile), compared
// with the deck in force (Diff), and stored in a compact binary form
// (Deck.AppendBinary, DecodeBinary).
package rating

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tollkeeper"
)

// Limits of a rate.
const (
	MaxPrefixDigits      = 15                     // the longest number of ITU-T E.164
	MaxDestinationLength = 255                    // code points
	MaxPricePerMinute    = 1000 * tollkeeper.Unit // beyond the dearest satellite rates by two orders
	MaxConnectFee        = 1000 * tollkeeper.Unit // as the price, so that a slip of the decimal point is caught
	MaxSeconds           = 3600                   // of a minimum or an increment
)

// Rate is the price of calls to one prefix during one period.
type Rate struct {
	Prefix         string // leading digits of an E.164 number, without "+": "4420"
	Destination    string // what the customer sees: "United Kingdom, London"
	PricePerMinute tollkeeper.Micros
	ConnectFee     tollkeeper.Micros // added once to every answered call of more than 0 s

	// A call is billed for at least MinimumSeconds and beyond them in steps of
	// IncrementSeconds. A carrier writes both as "60/60" or "30/6".
	MinimumSeconds   int32
	IncrementSeconds int32

	EffectiveFrom time.Time // first moment in force; zero: always was
	EffectiveTo   time.Time // first moment no longer in force; zero: no end
}

// InForce reports whether the rate applies at a time.
func (r Rate) InForce(at time.Time) bool {
	return period{r.EffectiveFrom, r.EffectiveTo}.covers(at)
}

// Validate checks every limit. The error is a *tollkeeper.Error of CodeInvalid
// with one fault for each field that is wrong.
func (r Rate) Validate() error {
	var faults []string
	check := func(field string, err error) {
		if err != nil {
			faults = append(faults, field+": "+err.Error())
		}
	}
	check("prefix", checkPrefix(r.Prefix))
	check("destination", checkDestination(r.Destination))
	check("pricePerMinute", checkAmount(r.PricePerMinute, MaxPricePerMinute))
	check("connectFee", checkAmount(r.ConnectFee, MaxConnectFee))
	check("minimumSeconds", checkSeconds(r.MinimumSeconds))
	check("incrementSeconds", checkSeconds(r.IncrementSeconds))
	check("effectiveFrom", checkTime(r.EffectiveFrom))
	check("effectiveTo", checkTime(r.EffectiveTo))
	check("effectiveTo", checkPeriod(period{r.EffectiveFrom, r.EffectiveTo}))
	if len(faults) > 0 {
		return tollkeeper.Invalid(faults...)
	}
	return nil
}

// A prefix that begins with 0 is refused because no E.164 number does: such a
// file was written with national or "00" prefixes, and none of it would match.
func checkPrefix(prefix string) error {
	if len(prefix) == 0 || len(prefix) > MaxPrefixDigits || prefix[0] == '0' {
		return errPrefix
	}
	for i := range len(prefix) {
		if prefix[i] < '0' || prefix[i] > '9' {
			return errPrefix
		}
	}
	return nil
}

var errPrefix = fmt.Errorf("must be 1 to %d digits that begin with a country code, such as 4420", MaxPrefixDigits)

func checkDestination(name string) error {
	switch {
	case !utf8.ValidString(name):
		return errors.New("must be valid UTF-8")
	case name == "" || utf8.RuneCountInString(name) > MaxDestinationLength:
		return fmt.Errorf("must be 1 to %d characters", MaxDestinationLength)
	case strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) != name:
		return errors.New("must not hold control characters, nor begin or end with a space")
	}
	return nil
}

func checkAmount(amount, limit tollkeeper.Micros) error {
	if amount < 0 || amount > limit {
		return fmt.Errorf("must be 0 to %d", limit/tollkeeper.Unit)
	}
	return nil
}

func checkSeconds(seconds int32) error {
	if seconds < 1 || seconds > MaxSeconds {
		return errSeconds
	}
	return nil
}

var errSeconds = fmt.Errorf("must be whole seconds from 1 to %d", MaxSeconds)

// checkTime keeps years to the four digits that RFC 3339 can write.
func checkTime(t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return errors.New("must be in the years 1 to 9999")
	}
	return nil
}

func checkPeriod(p period) error {
	if !p.to.IsZero() && !p.from.Before(p.to) {
		return errors.New("must be later than the begin of the period")
	}
	return nil
}
