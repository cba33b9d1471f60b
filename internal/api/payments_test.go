package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"tollkeeper"
)

// TestPaymentsByHand refills by hand, records the money, refunds a part of it, and
// prints the invoice.
func TestPaymentsByHand(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, "")
	refill := "POST /customers/" + id + "/refills"
	if a := s.do(t, refill, `{"amount":2000}`); a.status != http.StatusConflict {
		t.Errorf("without a payment method the answer is %d %s", a.status, a.body)
	}
	method := member(t, s.ask(t, "POST /paymentmethods", `{"customer":"`+id+`","provider":"manual","label":"bank transfer"}`), "_id").(string)
	for _, body := range []string{`{"customer":"` + id + `","provider":"manual","label":"4242 4242 4242 4242"}`, `{"customer":"` + id + `","provider":"none","setUp":"x"}`,
		`{"customer":"` + id + `","provider":"manual","label":"x","number":"4242"}`} {
		if a := s.do(t, "POST /paymentmethods", body); a.status != http.StatusBadRequest {
			t.Errorf("%s answered %d %s", body, a.status, a.body)
		}
	}
	payment := member(t, s.ask(t, refill, `{"amount":2000}`, "Idempotency-Key: once"), "_id").(string)
	if again := member(t, s.ask(t, refill, `{"amount":2000}`, "Idempotency-Key: once"), "_id"); again != payment {
		t.Errorf("the repeat made payment %v, want %s", again, payment)
	}
	for _, request := range []string{refill, "DELETE /paymentmethods/" + method, "DELETE /customers/" + id} {
		body := ""
		if request == refill {
			body = `{"amount":2000}`
		}
		if a := s.do(t, request, body); a.status != http.StatusConflict {
			t.Errorf("%s while a refill is under way answered %d %s", request, a.status, a.body)
		}
	}
	body := s.ask(t, "POST /payments/"+payment+"/record", `{"reference":"wire 4711"}`)
	invoice := member(t, body, "invoice").(string)
	if got := member(t, s.ask(t, "GET /invoices/"+invoice, ""), "number"); got != "INV-000001" {
		t.Errorf("the first invoice is %v", got)
	}
	s.ask(t, "POST /payments/"+payment+"/refund", `{"amount":500,"reason":"too much"}`)
	if got := member(t, s.ask(t, "GET /customers/"+id+"/balance", ""), "postedMicros"); fmt.Sprint(got) != "15000000" {
		t.Errorf("after a refund the balance is %v", got)
	}
	if a := s.do(t, "POST /payments/"+payment+"/refund", `{"amount":1501,"reason":"too much"}`); a.status != http.StatusConflict {
		t.Errorf("a refund of more than is left answered %d", a.status)
	}
	printed := func() string { return s.ask(t, "GET /invoices/"+invoice+"/pdf", "", "Accept: application/pdf") }
	if pdf := printed(); !strings.HasPrefix(pdf, "%PDF-") || strings.Contains(pdf, "/Subtype /Image") {
		t.Errorf("the PDF begins with %.20q, or has a picture", pdf)
	}
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewNRGBA(image.Rect(0, 0, 60, 20))); err != nil {
		t.Fatal(err)
	}
	s.ask(t, "PUT /customers/"+id+"/logo", logo.String(), "Content-Type: image/png")
	if pdf := printed(); !strings.Contains(pdf, "/Subtype /Image") {
		t.Error("the PDF is without the customer's logo")
	}
	s.ask(t, "PATCH /customers/"+id, `{"logo":"https://elsewhere.example/logo.png"}`)
	if pdf := printed(); strings.Contains(pdf, "/Subtype /Image") {
		t.Error("the PDF has a picture whose address is elsewhere")
	}
	reader, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "billing@acme.example", Language: "es-MX"}, "")
	if err != nil {
		t.Fatal(err)
	}
	s.ask(t, "PATCH /customers/"+id, `{"billingUserId":"`+reader.ID.String()+`"}`)
	if pdf := printed(); !strings.Contains(pdf, "/Lang (es)") {
		t.Error("the PDF is not in the language of who gets it")
	}
	for _, list := range []string{"payments?purpose=refill", "refunds?payment=" + payment, "invoices?due=0", "invoiceitems?invoice=" + invoice, "paymentmethods?isDefault=true"} {
		if total := member(t, s.ask(t, "GET /"+list, ""), "total"); fmt.Sprint(total) != "1" {
			t.Errorf("GET /%s found %v", list, total)
		}
	}
}

// TestBilling changes how a customer is billed, and refuses what cannot be.
func TestBilling(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := "/customers/" + s.customer(t, "") + "/billing"
	body := s.ask(t, "PATCH "+path, `{"line1":"12 Quay Street","country":"US","state":"CA","timezone":"America/Los_Angeles"}`)
	if got := member(t, body, "nextInvoiceAt"); got != "2026-04-01T07:00:00.000Z" {
		t.Errorf("the month ends at %v", got)
	}
	for field, value := range map[string]string{"country": `"usa"`, "state": `"ca"`, "timezone": `"Mars/Base"`, "taxExempt": `"yes"`, "credit": `1`} {
		if a := s.do(t, "PATCH "+path, `{"`+field+`":`+value+`}`); a.status != http.StatusBadRequest || !strings.Contains(a.body, field) {
			t.Errorf("%s: %s answered %d %s", field, value, a.status, a.body)
		}
	}
	s.ask(t, "PATCH "+path, `{"line1":null}`)
	if got := s.ask(t, "GET "+path, ""); strings.Contains(got, "line1") {
		t.Errorf("a cleared line stays: %s", got)
	}
}
