package pdf

import (
	"fmt"
	"strings"
	"time"

	"github.com/bojanz/currency"

	"tollkeeper"
)

// words are what stands on a document besides names and numbers, in one language.
type words struct {
	language           string // its tag
	invoice, statement string

	from, to, date, periodFrom, periodTo, due, currency, status string
	forYourRecords, isPaid, isClosed, isOpen                    string // statuses

	description, quantity, minutes, amount    string
	before, used, added, after                string // of a balance
	subtotal, total, paid, writtenOff, unpaid string
	calls, destinations                       string

	day    string // is filled in with the day, the month and the year
	months [12]string
	// lines are descriptions that the server gives lines, which are stored in English.
	lines map[string]string
}

var english = words{
	language: "en", invoice: "Invoice", statement: "Statement",
	from: "From", to: "To", date: "Date", periodFrom: "Period from", periodTo: "to", due: "Due", currency: "Currency", status: "Status",
	forYourRecords: "for your records", isPaid: "paid", isClosed: "closed", isOpen: "to be paid",
	description: "Description", quantity: "Quantity", minutes: "Minutes billed", amount: "Amount",
	before: "Balance before", used: "Used", added: "Credit added", after: "Balance after",
	subtotal: "Subtotal", total: "Total", paid: "Paid", writtenOff: "Not asked for any more", unpaid: "To be paid",
	calls: "Calls", destinations: "Destinations", day: "%d %s %d",
	months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

var spanish = words{
	language: "es", invoice: "Factura", statement: "Extracto",
	from: "De", to: "Para", date: "Fecha", periodFrom: "Desde", periodTo: "hasta", due: "Vence", currency: "Moneda", status: "Estado",
	forYourRecords: "a título informativo", isPaid: "pagada", isClosed: "cerrada", isOpen: "pendiente de pago",
	description: "Concepto", quantity: "Cantidad", minutes: "Minutos facturados", amount: "Importe",
	before: "Saldo anterior", used: "Consumido", added: "Saldo añadido", after: "Saldo final",
	subtotal: "Subtotal", total: "Total", paid: "Pagado", writtenOff: "Ya no se reclama", unpaid: "Por pagar",
	calls: "Llamadas", destinations: "Destinos", day: "%d de %s de %d",
	months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
	lines: map[string]string{
		"Prepaid credit": "Saldo prepago", "Credit bought": "Saldo comprado", "Opening credit": "Saldo inicial", "Adjustments": "Ajustes",
		"Refunds": "Reembolsos", "Disputed payments": "Pagos impugnados", "Closing": "Cierre", "Calls": "Llamadas",
		"Other destinations and services": "Otros destinos y servicios", "caller name": "nombre del llamante", "transcription": "transcripción",
	},
}

// tongue is how a reader's documents are written: words, and numbers as the region has
// them.
type tongue struct {
	*words
	cents, plain *currency.Formatter // numbers with two decimals, and with those they have
}

// tongueOf finds the words of a language tag (RFC 5646), or the English ones.
func tongueOf(tag string) tongue {
	w, locale := &english, currency.NewLocale(english.language)
	if base, _, _ := strings.Cut(strings.ToLower(tag), "-"); base == spanish.language {
		w, locale = &spanish, currency.NewLocale(tag)
	}
	numbers := func(fewest, most uint8) *currency.Formatter {
		f := currency.NewFormatter(locale)
		f.CurrencyDisplay, f.MinDigits, f.MaxDigits = currency.DisplayNone, fewest, most
		return f
	}
	return tongue{w, numbers(2, 2), numbers(0, 6)}
}

// written is a number with separators. What currency it is of makes no difference.
func written(f *currency.Formatter, number string) string {
	amount, err := currency.NewAmount(number, "USD")
	if err != nil {
		return number
	}
	return f.Format(amount)
}

// money writes cents: −1,234.56.
func (t tongue) money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "−", -cents
	}
	return sign + written(t.cents, fmt.Sprintf("%d.%02d", cents/100, cents%100))
}

func (t tongue) grouped(n int64) string { return written(t.plain, fmt.Sprint(n)) }

// percent writes a rate: 7.25.
func (t tongue) percent(rate tollkeeper.Micros) string { return written(t.plain, rate.String()) }

// clock writes seconds as minutes and seconds: 1,204:30.
func (t tongue) clock(seconds int64) string {
	return fmt.Sprintf("%s:%02d", t.grouped(seconds/60), seconds%60)
}

func (t tongue) on(at time.Time) string {
	return fmt.Sprintf(t.day, at.Day(), t.months[at.Month()-1], at.Year())
}

// line is a line's description: a destination as the deck calls it, or what the server
// calls the rest.
func (t tongue) line(description string) string {
	if own := t.lines[description]; own != "" {
		return own
	}
	return description
}
