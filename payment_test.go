package tollkeeper_test

import (
	"testing"

	"tollkeeper"
)

// Giving back any amount of what was paid gives back its part of what was sold, also where
// a currency of little worth makes for great numbers.
func TestNetOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ total, tax, returned, want int64 }{
		{0, 0, 0, 0},
		{1200, 200, 1200, 1000},
		{1200, 200, 1, 0},
		{1200, 200, 601, 500},
		{1200, 0, 601, 601},
		{6_000_000_000, 1_000_000_000, 3_600_000_000, 3_000_000_000},
		{600_000_000_000_000, 100_000_000_000_000, 600_000_000_000_000, 500_000_000_000_000},
	} {
		invoice := tollkeeper.Invoice{Total: c.total, Tax: c.tax}
		if got := invoice.NetOf(c.returned); got != c.want {
			t.Errorf("%d of an invoice of %d with %d of taxes: %d, want %d", c.returned, c.total, c.tax, got, c.want)
		}
		payment := tollkeeper.Payment{Amount: c.total, Tax: c.tax}
		if got := payment.NetOf(c.returned); got != c.want {
			t.Errorf("%d of a payment of %d with %d of taxes: %d, want %d", c.returned, c.total, c.tax, got, c.want)
		}
	}
}
