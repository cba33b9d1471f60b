package console

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"tollkeeper/client"
)

// locale is how a visitor reads texts, numbers and money.
type locale struct {
	language       string // of the catalogue
	tag            string // for the page's lang attribute
	decimal, group string
	symbolLast     bool // 12,50 $ and not $12.50
	dayFirst       bool
	clock12        bool
}

// pointRegions write numbers with a decimal point whatever is spoken there (Unicode
// CLDR, numbers of es-419, es-US and their like).
var pointRegions = map[string]bool{
	"US": true, "MX": true, "PR": true, "GT": true, "HN": true, "SV": true, "NI": true, "PA": true, "DO": true, "PE": true, "419": true,
}

// localeOf finds the locale of a language tag or of an Accept-Language header: the first
// language that has a catalogue, and English where none has.
func localeOf(header string) locale {
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		wanted = nil
	}
	for _, tag := range append(wanted, language.AmericanEnglish) {
		base, _ := tag.Base()
		if _, found := catalogues()[base.String()]; !found {
			continue
		}
		region, _ := tag.Region()
		l := locale{language: base.String(), tag: base.String() + "-" + region.String(), decimal: ".", group: ","}
		if l.language == "es" && !pointRegions[region.String()] {
			l.decimal, l.group, l.symbolLast = ",", ".", true
		}
		l.dayFirst = l.language != "en" || region.String() != "US"
		l.clock12 = l.language == "en" && slices.Contains([]string{"US", "CA", "AU"}, region.String())
		return l
	}
	panic("there is no English")
}

// speaking is the locale with another language, as it is spoken in the same region.
func (l locale) speaking(language string) locale {
	if _, found := catalogues()[language]; !found || language == l.language {
		return l
	}
	_, region, _ := strings.Cut(l.tag, "-")
	return localeOf(language + "-" + region)
}

// plain is a number as people write it in the locale, with a decimal point and nothing
// between its groups of three. A sign that can be no group's is taken for the decimal one.
func (l locale) plain(s string) string {
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "−", "-").Replace(strings.TrimSpace(s))
	if whole, fraction, _ := strings.Cut(s, l.decimal); grouped(whole, l.group) {
		return strings.TrimSuffix(strings.ReplaceAll(whole, l.group, "")+"."+fraction, ".")
	}
	if strings.Count(s, ",")+strings.Count(s, ".") == 1 {
		return strings.Replace(s, ",", ".", 1)
	}
	return s
}

// grouped reports whether what stands before the decimal sign can be read: digits alone,
// or in groups of three, the first of which begins with no 0.
func grouped(whole, group string) bool {
	parts := strings.Split(strings.TrimLeft(whole, "+-"), group)
	if strings.Trim(strings.Join(parts, ""), "0123456789") != "" {
		return false
	}
	if len(parts) == 1 {
		return true
	}
	first := parts[0]
	return first != "" && first[0] != '0' && len(first) <= 3 && !slices.ContainsFunc(parts[1:], func(part string) bool { return len(part) != 3 })
}

// symbols of currencies that most readers know; others show their code.
var symbols = map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "MXN": "MX$", "BRL": "R$", "INR": "₹"}

// money writes an amount with its currency: two decimals, and up to six where there
// are parts of a cent.
func (l locale) money(m client.Micros, currency string) string {
	return l.priced(l.decimals(m.String()), currency)
}

// cents writes an amount in cents with its currency.
func (l locale) cents(cents int, currency string) string {
	return l.money(client.Micros(cents)*client.Cent, currency)
}

func (l locale) priced(number, currency string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(number, "-"); negative {
		sign, number = "−", rest // U+2212
	}
	symbol := symbols[currency]
	switch {
	case l.symbolLast && symbol != "":
		return sign + number + " " + symbol
	case l.symbolLast:
		return sign + number + " " + currency
	case symbol != "":
		return sign + symbol + number
	}
	return sign + currency + " " + number
}

// decimals writes a decimal number such as -1234.5 as the locale does.
func (l locale) decimals(number string) string {
	whole, fraction, hasFraction := strings.Cut(number, ".")
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(l.group)
		}
		b.WriteRune(digit)
	}
	if hasFraction {
		b.WriteString(l.decimal + fraction)
	}
	return b.String()
}

// count writes a whole number.
func (l locale) count(n int64) string { return l.decimals(strconv.FormatInt(n, 10)) }

func (v *visit) money(m client.Micros) string { return v.locale.money(m, v.Currency) }
func (v *visit) cents(cents int) string       { return v.locale.cents(cents, v.Currency) }
func (v *visit) count(n int64) string         { return v.locale.count(n) }

// about is an amount in whole cents, rounded down as the record's credit is.
func (v *visit) about(m client.Micros) string {
	return v.money(client.Micros(wholeCents(m)) * client.Cent)
}

// perMinute is a price as people say it.
func (v *visit) perMinute(m client.Micros) string { return v.t("%s/min", v.money(m)) }
