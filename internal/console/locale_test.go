package console

import "testing"

func TestNumbersAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ locale, typed, want string }{
		{"en-US", "12.50", "12.50"}, {"en-US", "12,5", "12.5"}, {"en-US", "1,234", "1234"}, {"en-US", "1,234.5", "1234.5"}, {"en-US", " −1 234 ", "-1234"}, {"en-US", "1.234", "1.234"},
		{"es-ES", "12,50", "12.50"}, {"es-ES", "12.50", "12.50"}, {"es-ES", "1.234", "1234"}, {"es-ES", "-1.234,56", "-1234.56"}, {"es-ES", "0,012", "0.012"}, {"es-ES", "0.012", "0.012"},
		{"es-MX", "1,234.56", "1234.56"}, {"en-US", "many", "many"}, {"en-US", "1,2,3", "1,2,3"}, {"en-US", "", ""}, {"es-ES", "7", "7"},
	} {
		if got := localeOf(row.locale).plain(row.typed); got != row.want {
			t.Errorf("in %s %q is read as %q, not %q", row.locale, row.typed, got, row.want)
		}
	}
}
