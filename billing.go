package tollkeeper

import (
	"strings"
	"time"
)

// Billing is what invoices need to know of a customer beside the record.
type Billing struct {
	Customer   ID
	Company    string // on invoices; the customer's name when empty
	Line1      string
	Line2      string
	City       string
	State      string // ISO 3166-2 without the country: "CA"
	PostalCode string
	Country    string // ISO 3166-1 alpha-2
	TaxID      string // the customer's, such as a VAT number
	TaxExempt  bool
	Timezone   string // IANA; the months of invoices end in it; "" is the server's

	Receivable Micros    // invoiced and not paid
	Through    ID        // newest entry of the ledger that was invoiced or stated
	Carry      Micros    // fraction of a cent that no invoice has asked for yet
	UsageFrom  time.Time // end of the usage that was invoiced
	PeriodFrom time.Time // begin of the month to invoice next
	NextAt     time.Time // its end
}

// Zone is the time zone in which the customer's months end.
func (b *Billing) Zone(server *time.Location) *time.Location {
	if b.Timezone == "" {
		return server
	}
	zone, err := time.LoadLocation(b.Timezone)
	if err != nil {
		return server
	}
	return zone
}

// BillingRules are the carrier's for all customers.
type BillingRules struct {
	Currency       string // ISO 4217; its unit has a hundred cents
	Seller         string // the carrier's name and address in lines
	Prefix         string // of invoices' numbers
	DueDays        int    // to pay an invoice that is charged to nothing
	DunningDays    []int  // between the attempts to charge an invoice
	SuspendOverdue bool   // customers whose invoices go to collection
	Zone           *time.Location
	Refill         RefillRules
}

// DefaultBillingRules are those of a server without settings.
var DefaultBillingRules = BillingRules{
	Currency: "USD", Seller: "Tollkeeper", Prefix: "INV-", DueDays: 14, DunningDays: []int{3, 5, 7}, Zone: time.UTC,
	Refill: RefillRules{MaxDeclines: 3, MaxCount: 5, MaxAmount: 500 * Unit},
}

// TaxRegion is the region whose taxes apply: "US-CA", "DE", or "" when the customer
// has no country.
func (b *Billing) TaxRegion() string {
	if b.Country == "" || b.State == "" {
		return b.Country
	}
	return b.Country + "-" + b.State
}

// Address writes the customer's name, address and website in lines.
func (b *Billing) Address(c *Customer) string {
	city := strings.TrimSpace(b.City + " " + b.State)
	if b.City != "" && b.State != "" {
		city = b.City + ", " + b.State
	}
	lines := []string{b.Company, b.Line1, b.Line2, strings.TrimSpace(city + " " + b.PostalCode), b.Country}
	if b.Company == "" {
		lines[0] = c.Name
	}
	if b.TaxID != "" {
		lines = append(lines, "Tax ID "+b.TaxID)
	}
	if c.WebsiteURL != nil {
		lines = append(lines, *c.WebsiteURL)
	}
	kept := lines[:0]
	for _, line := range lines {
		if line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// Changes lists the fields in which a customer's billing differs from an older state.
func (b Billing) Changes(older Billing) []Change {
	var c changes
	c.text("company", older.Company, b.Company)
	c.text("line1", older.Line1, b.Line1)
	c.text("line2", older.Line2, b.Line2)
	c.text("city", older.City, b.City)
	c.text("state", older.State, b.State)
	c.text("postalCode", older.PostalCode, b.PostalCode)
	c.text("country", older.Country, b.Country)
	c.text("taxId", older.TaxID, b.TaxID)
	c.text("timezone", older.Timezone, b.Timezone)
	c.flag("taxExempt", older.TaxExempt, b.TaxExempt)
	return c
}

// MonthAfter is the first instant after t at which a month begins in a zone.
func MonthAfter(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	return time.Date(local.Year(), local.Month()+1, 1, 0, 0, 0, 0, zone).UTC()
}

// Bill is what a customer is to be invoiced, before taxes. It is made from entries of
// the ledger that never change, so it stays true until it is issued.
type Bill struct {
	Account  Account
	Billing  Billing   // as of its making
	Until    time.Time // end of the usage
	Month    bool      // the month is over
	Through  ID        // newest entry in it
	Items    []InvoiceItem
	Subtotal int64         // cents
	Carry    Micros        // fraction of a cent for the next invoice
	State    Invoice       // the statement of prepaid credit; its zero value where nothing moved
	Moves    []InvoiceItem // its lines
}

// Sale is what taxes on the bill are asked for.
func (b *Bill) Sale() Sale {
	return Sale{Billing: b.Billing, Subtotal: b.Subtotal}
}

// Offer is an automatic refill before its taxes.
type Offer struct {
	Sale   Sale
	Method PaymentMethod // that it is to be charged to
}
