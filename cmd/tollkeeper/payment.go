package main

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // logos
	_ "image/png"  // likewise
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/bojanz/currency"

	"tollkeeper"
	"tollkeeper/internal/api"
	"tollkeeper/internal/billing"
	"tollkeeper/internal/jobs"
	"tollkeeper/internal/payment"
	"tollkeeper/internal/pdf"
)

// paymentSettings are what a carrier can decide about money that comes in.
type paymentSettings struct {
	RefillBelow     amount `help:"Credit below which customers with automaticRefillAmount and no lowBalanceAlertAmount are refilled, in the account currency." default:"5" placeholder:"AMOUNT"`
	RefillsPerDay   int64  `help:"Refills of a customer per UTC day; 0 is no limit." default:"5" placeholder:"REFILLS"`
	RefillMaxPerDay amount `help:"Credit that a customer may buy by refills per UTC day, in the account currency; 0 is no limit." default:"500" placeholder:"AMOUNT"`
	RefillDeclines  int64  `help:"Declined refills in a row after which automatic refills stop, 1 to 10." default:"3" placeholder:"DECLINES"`

	StripeKey            string `help:"Secret key of the Stripe account that cards are charged by; without one, payments are recorded by hand." placeholder:"KEY" secret:""`
	StripePublishableKey string `help:"Publishable key of the Stripe account, for customers' browsers." placeholder:"KEY"`
	StripeWebhookSecret  string `help:"Secret with which Stripe signs what it sends to /providers/stripe." placeholder:"SECRET" secret:""`
	StripeURL            string `name:"stripe-url" help:"Address of Stripe's API, or of a program in its place." default:"https://api.stripe.com" placeholder:"URL"`

	InvoicePrefix   string         `help:"Begin of the numbers of invoices, 1 to 20 characters." default:"INV-" placeholder:"PREFIX"`
	InvoiceDays     int            `help:"Days to pay an invoice that no provider can charge, 0 to 365." default:"14" placeholder:"DAYS"`
	InvoiceSeller   []string       `help:"The carrier's name and address on invoices, a line each." default:"Tollkeeper" placeholder:"LINE"`
	InvoiceLogo     string         `help:"PNG or JPEG file with the carrier's logo on invoices." placeholder:"FILE"`
	InvoiceContact  string         `help:"The carrier's website, telephone number or mail address at the foot of invoices." placeholder:"TEXT"`
	InvoiceNote     string         `help:"Text below the totals of invoices: how to pay, what the law asks for." placeholder:"TEXT"`
	BillingTimezone string         `help:"Time zone in which months end for customers who have none of their own." default:"UTC" placeholder:"ZONE"`
	DunningDays     []int          `help:"Days between the attempts to charge an invoice; after the last it goes to collection." default:"3,5,7" placeholder:"DAYS"`
	SuspendOverdue  bool           `help:"Suspend customers whose invoice goes to collection, until it is paid."`
	TaxRates        []billing.Rate `help:"Taxes by region (ISO 3166): REGION=PERCENT or REGION=PERCENT:NAME; * is every other region." placeholder:"RATE"`
	TaxURL          string         `name:"tax-url" help:"Program of the carrier's that is asked for the taxes instead." placeholder:"URL"`
}

const (
	// collectEvery is how long a refill that is due waits at most to be begun.
	collectEvery = 2 * time.Second
	// monthsEvery is how long a month that is over waits at most for its invoices.
	monthsEvery = 5 * time.Minute
	// maxLogo bounds the file of a logo, in bytes.
	maxLogo    = 1 << 20
	taxTimeout = 10 * time.Second
)

// purse is what the settings of payments come to.
type purse struct {
	rules     *tollkeeper.BillingRules
	taxes     billing.Taxes
	printer   *pdf.Printer
	providers map[string]billing.Provider
	doors     map[string]api.PaymentProvider
}

// validatePayments finds everything that is wrong with the settings.
func (s *settings) validatePayments() (faults []string) {
	between := func(name string, v, low, high int64) {
		if v < low || v > high {
			faults = append(faults, fmt.Sprintf("%s: must be from %d to %d", name, low, high))
		}
	}
	between("refills-per-day", s.RefillsPerDay, 0, 1000)
	between("refill-declines", s.RefillDeclines, 1, 10)
	between("invoice-days", int64(s.InvoiceDays), 0, 365)
	between("invoice-prefix", int64(len(s.InvoicePrefix)), 1, 20)
	for _, days := range s.DunningDays {
		between("dunning-days", int64(days), 1, 90)
	}
	for name, address := range map[string]string{"stripe-url": s.StripeURL, "tax-url": s.TaxURL} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
			faults = append(faults, name+": must be http:// or https:// and a host, perhaps with a path")
		}
	}
	if (s.StripeKey == "") != (s.StripeWebhookSecret == "") || (s.StripeKey == "") != (s.StripePublishableKey == "") {
		faults = append(faults, "stripe-key: must be given together with stripe-publishable-key and stripe-webhook-secret")
	}
	if digits, known := currency.GetDigits(s.Currency); s.StripeKey != "" && known && digits != 2 {
		faults = append(faults, "currency: must be one of a hundred cents to charge by Stripe")
	}
	if s.TaxURL != "" && len(s.TaxRates) > 0 {
		faults = append(faults, "tax-url: must be absent when tax-rates is given")
	}
	if _, err := time.LoadLocation(s.BillingTimezone); err != nil || s.BillingTimezone == "Local" {
		faults = append(faults, "billing-timezone: must be a name of the IANA time zone database")
	}
	if _, err := s.logo(); err != nil {
		faults = append(faults, "invoice-logo: "+err.Error())
	}
	return faults
}

// logo reads the carrier's logo; nil when there is none.
func (s *paymentSettings) logo() ([]byte, error) {
	if s.InvoiceLogo == "" {
		return nil, nil
	}
	file, err := os.ReadFile(s.InvoiceLogo)
	if err != nil {
		return nil, err
	}
	_, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || kind != "png" && kind != "jpeg" || len(file) > maxLogo {
		return nil, fmt.Errorf("must be a PNG or JPEG picture of at most %d bytes", maxLogo)
	}
	return file, nil
}

func (s *settings) purse() (purse, error) {
	logo, err := s.logo()
	if err != nil {
		return purse{}, err
	}
	zone, err := time.LoadLocation(s.BillingTimezone)
	if err != nil {
		return purse{}, err
	}
	p := purse{
		rules: &tollkeeper.BillingRules{
			Currency: s.Currency, Seller: strings.Join(s.InvoiceSeller, "\n"), Prefix: s.InvoicePrefix, DueDays: s.InvoiceDays,
			DunningDays: s.DunningDays, SuspendOverdue: s.SuspendOverdue, Zone: zone,
			Refill: tollkeeper.RefillRules{MaxDeclines: s.RefillDeclines, MaxCount: s.RefillsPerDay, MaxAmount: tollkeeper.Micros(s.RefillMaxPerDay)},
		},
		taxes: billing.Table(s.TaxRates), printer: &pdf.Printer{Logo: logo, Contact: s.InvoiceContact, Note: s.InvoiceNote, Zone: zone},
		providers: map[string]billing.Provider{}, doors: map[string]api.PaymentProvider{},
	}
	if s.TaxURL != "" {
		p.taxes = &billing.TaxService{URL: s.TaxURL, Currency: s.Currency, Client: &http.Client{Timeout: taxTimeout}, Now: s.Now}
	}
	if s.StripeKey != "" {
		stripe := payment.NewStripe(payment.StripeKeys{
			Secret: s.StripeKey, Publishable: s.StripePublishableKey, Webhook: s.StripeWebhookSecret, URL: s.StripeURL, Currency: s.Currency,
		})
		p.providers[payment.StripeName], p.doors[payment.StripeName] = stripe, stripe
	}
	return p, nil
}

// collecting gets the money in.
func (p *Program) collecting(from purse) []jobs.Job {
	collector := &billing.Collector{Store: p.store, Providers: from.providers, Taxes: from.taxes, Log: p.log.logger(p.settings.LogLevel)}
	invoicer := &billing.Invoicer{Ledger: p.store, Taxes: from.taxes}
	return []jobs.Job{
		{Name: "collect payments", Every: collectEvery, RunOnce: collector.RunOnce},
		{Name: "invoice usage near its limit", Every: collectEvery, RunOnce: invoicer.RunUsage},
		{Name: "invoice months", Every: monthsEvery, After: collectEvery, RunOnce: invoicer.RunMonths},
	}
}
