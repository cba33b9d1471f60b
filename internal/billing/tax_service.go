package billing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"tollkeeper"
)

// TaxService is a Taxes that asks a program of the carrier's. While it gives no answer,
// nothing is invoiced or refilled, rather than wrongly, and it is asked less often.
type TaxService struct {
	URL      string
	Currency string
	Client   *http.Client
	Now      func() time.Time
	pauses   pauses
}

// taxQuestion is the body of the request.
type taxQuestion struct {
	Customer   string `json:"customer"`
	Kind       string `json:"kind"` // "usage" or "refill"
	Subtotal   int64  `json:"subtotal"`
	Currency   string `json:"currency"`
	Company    string `json:"company"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2"`
	City       string `json:"city"`
	State      string `json:"state"`
	PostalCode string `json:"postalCode"`
	Country    string `json:"country"`
	TaxID      string `json:"taxId"`
}

// maxTaxAnswer bounds an answer, in bytes.
const maxTaxAnswer = 64 << 10

// maxTaxes bounds the taxes of one sale, as no region has nearly as many.
const maxTaxes = 20

// Of asks the service.
func (s *TaxService) Of(ctx context.Context, sale tollkeeper.Sale) ([]tollkeeper.Tax, error) {
	b := sale.Billing
	if b.TaxExempt {
		return nil, nil
	}
	if err := s.pauses.active(b.Customer, s.Now()); err != nil {
		return nil, err
	}
	taxes, whom, err := s.ask(ctx, sale)
	if err != nil {
		s.pauses.failed(whom, s.Now(), err)
		return nil, err
	}
	s.pauses.worked(b.Customer)
	return taxes, nil
}

// ask asks the service, and tells of a failure whom it is about: the customer of the sale,
// or everybody.
func (s *TaxService) ask(ctx context.Context, sale tollkeeper.Sale) (taxes []tollkeeper.Tax, whom tollkeeper.ID, err error) {
	b, kind := sale.Billing, tollkeeper.InvoiceUsage
	if sale.Refill {
		kind = tollkeeper.InvoiceRefill
	}
	body, err := json.Marshal(taxQuestion{b.Customer.String(), string(kind), sale.Subtotal, s.Currency, b.Company, b.Line1, b.Line2, b.City,
		b.State, b.PostalCode, b.Country, b.TaxID})
	if err != nil {
		return nil, b.Customer, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return nil, everybody, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.Client.Do(request)
	if err != nil {
		return nil, everybody, fmt.Errorf("ask the tax service: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		if whom = b.Customer; response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests {
			whom = everybody
		}
		return nil, whom, fmt.Errorf("the tax service answered %s", response.Status)
	}
	var answer struct {
		Taxes []tollkeeper.Tax `json:"taxes"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxTaxAnswer)).Decode(&answer); err != nil {
		return nil, b.Customer, fmt.Errorf("read the tax service's answer: %w", err)
	}
	return answer.Taxes, b.Customer, checkTaxes(answer.Taxes, sale.Subtotal)
}

// checkTaxes refuses what no invoice should show.
func checkTaxes(taxes []tollkeeper.Tax, subtotal int64) error {
	if len(taxes) > maxTaxes {
		return fmt.Errorf("the tax service names %d taxes; at most %d are taken", len(taxes), maxTaxes)
	}
	for _, tax := range taxes {
		if tax.Name == "" || len(tax.Name) > 100 || tax.Amount < 0 || tax.Rate < 0 || tax.Rate > tollkeeper.WholeTax || tax.Amount > subtotal {
			return fmt.Errorf("the tax service names a tax that cannot be: %q of %d cents at %s %%", tax.Name, tax.Amount, tax.Rate)
		}
	}
	return nil
}
