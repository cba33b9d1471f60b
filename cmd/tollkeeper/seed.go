package main

import (
	"context"
	"errors"
	"fmt"

	"tollkeeper"
	"tollkeeper/internal/store"
)

// seedCommand makes a database of the size that measurements ask for.
type seedCommand struct {
	database  `embed:""`
	Customers int `help:"How many customers to make." default:"1000000"`
}

// Run makes the customers.
func (c *seedCommand) Run(ctx context.Context) error {
	s, err := store.Open(ctx, c.config())
	if err != nil {
		return err
	}
	bar := newProgress("seed", int64(c.Customers))
	err = s.CreateCustomers(ctx, tollkeeper.Write{}, func(yield func(tollkeeper.Customer) bool) {
		for n := 0; n < c.Customers && yield(seededCustomer(n)); n++ {
		}
	}, func(done int) { bar.Set(done) })
	return errors.Join(err, s.Close())
}

var (
	firstWords  = []string{"Harbour", "Northern", "Golden", "Cedar", "Summit", "River", "Blue", "Union", "Prairie", "Atlas", "Copper", "Silver", "Maple", "Pacific", "Granite", "Willow"}
	secondWords = []string{"Coffee", "Dental", "Freight", "Media", "Legal", "Travel", "Foods", "Medical", "Hardware", "Insurance", "Motors", "Energy", "Realty", "Software", "Textiles", "Optics"}
	lastWords   = []string{"Roasters", "Partners", "Group", "Services", "Company", "Works", "Associates", "Supply"}
)

// seededCustomer makes the n-th customer: names that repeat in parts, as real ones
// do, and switches of which some are rare.
func seededCustomer(n int) tollkeeper.Customer {
	c := tollkeeper.NewCustomer()
	first, second := firstWords[n%len(firstWords)], secondWords[n/len(firstWords)%len(secondWords)]
	c.Name = fmt.Sprintf("%s %s %s %d", first, second, lastWords[n/256%len(lastWords)], n)
	site := fmt.Sprintf("https://%s-%s-%d.example", first, second, n)
	c.WebsiteURL = &site
	c.Credit = int32(n % 100_000)
	c.DefaultBillMethod = tollkeeper.BillCredit
	if n%5 == 0 {
		c.DefaultBillMethod = tollkeeper.BillPaymentMethod
	}
	c.InternationalCalling = n%3 == 0
	c.MediaBypass = n%50 == 0
	c.CallRecording = n%7 == 0
	c.MaxOutboundCallRate = 0
	return c
}
