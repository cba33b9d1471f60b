package billing

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"tollkeeper"
)

// Rate is one row of a table of tax rates.
type Rate struct {
	Region  string // "DE", "US-CA"; all regions where a customer's is in no row: "*"
	Name    string // on the invoice: "VAT"
	Percent tollkeeper.Micros
}

var ratePattern = regexp.MustCompile(`^(\*|[A-Z]{2}(?:-[A-Z0-9]{1,3})?)=([0-9.]+)(?::(.{1,45}))?$`)

// UnmarshalText reads REGION=PERCENT or REGION=PERCENT:NAME.
func (r *Rate) UnmarshalText(text []byte) error {
	parts := ratePattern.FindStringSubmatch(string(text))
	if parts == nil {
		return fmt.Errorf("%q must be REGION=PERCENT or REGION=PERCENT:NAME, such as DE=19:VAT or US-CA=7.25", text)
	}
	percent, err := tollkeeper.ParseMicros(parts[2])
	if err != nil {
		return fmt.Errorf("the rate in %q %w", text, err)
	}
	if percent <= 0 || percent > tollkeeper.WholeTax {
		return fmt.Errorf("the rate in %q must be more than 0 and at most 100", text)
	}
	*r = Rate{Region: parts[1], Name: parts[3], Percent: percent}
	if r.Name == "" {
		r.Name = "Tax"
	}
	return nil
}

// String writes a rate as UnmarshalText reads it.
func (r Rate) String() string { return r.Region + "=" + r.Percent.String() + ":" + r.Name }

// Table is a Taxes with a rate for each region. A region may have several, which are
// all added.
type Table []Rate

// Of returns the taxes of the customer's region: those of the country's part, else of
// the country, else of "*".
func (t Table) Of(_ context.Context, sale tollkeeper.Sale) (taxes []tollkeeper.Tax, err error) {
	if sale.Billing.TaxExempt {
		return nil, nil
	}
	region := sale.Billing.TaxRegion()
	country, _, _ := strings.Cut(region, "-")
	for _, where := range []string{region, country, "*"} {
		for _, rate := range t {
			if where != "" && rate.Region == where {
				taxes = append(taxes, tollkeeper.Tax{Name: rate.Name, Rate: rate.Percent, Amount: tollkeeper.TaxOf(sale.Subtotal, rate.Percent)})
			}
		}
		if taxes != nil {
			return taxes, nil
		}
	}
	return nil, nil
}
