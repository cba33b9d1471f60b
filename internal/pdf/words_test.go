package pdf

import (
	"reflect"
	"testing"
	"time"

	"tollkeeper"
)

// TestWords has every word in both languages.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, w := range []words{english, spanish} {
		v := reflect.ValueOf(w)
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.String && f.String() == "" {
				t.Errorf("%s: no %s", w.language, v.Type().Field(i).Name)
			}
		}
	}
}

// TestTongue writes numbers and dates as the reader's region has them.
func TestTongue(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 9, 3, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct{ tag, money, clock, percent, day, invoice string }{
		{"", "−1,234,567.05", "12,345:06", "7.25", "3 September 2026", "Invoice"},
		{"en-GB", "−1,234,567.05", "12,345:06", "7.25", "3 September 2026", "Invoice"},
		{"es", "−1.234.567,05", "12.345:06", "7,25", "3 de septiembre de 2026", "Factura"},
		{"es-MX", "−1,234,567.05", "12,345:06", "7.25", "3 de septiembre de 2026", "Factura"},
		{"pt-BR", "−1,234,567.05", "12,345:06", "7.25", "3 September 2026", "Invoice"},
	} {
		d := tongueOf(row.tag)
		got := [...]string{d.money(-123456705), d.clock(12345*60 + 6), d.percent(7_250_000), d.on(day), d.words.invoice}
		if want := [...]string{row.money, row.clock, row.percent, row.day, row.invoice}; got != want {
			t.Errorf("%q: %q, want %q", row.tag, got, want)
		}
	}
	if got := tongueOf("es").line("Prepaid credit") + tongueOf("es").line("Chile, mobile") + tongueOf("").line("Refunds"); got != "Saldo prepagoChile, mobileRefunds" {
		t.Error(got)
	}
	if got := tongueOf("").percent(tollkeeper.Micros(19_000_000)); got != "19" {
		t.Error(got)
	}
}
