package pdf_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/pdf"
)

// TestPrint prints an invoice of several pages, and the same bytes again. With
// TOLLKEEPER_TEST_PDF it keeps the file for people to look at.
func TestPrint(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 0, 10, 0, 0, time.UTC)
	i := tollkeeper.Invoice{Number: "INV-000042", Kind: tollkeeper.InvoiceUsage, Status: tollkeeper.InvoiceOpen, Currency: "USD",
		PeriodStart: at.AddDate(0, -1, 0), PeriodEnd: at, Subtotal: 1234567, Tax: 89506, Total: 1324073, CreatedAt: at, DueAt: at.AddDate(0, 0, 14),
		Seller: "Harbour Carrier Inc.\n1 Signal Hill\nOakland, CA 94607\nUS\nTax ID 12-3456789", Buyer: "Göteborgs Kafé Łódź Ελλάς AB and a very long name that goes on and on\n12 Quay Street\nOakland, CA 94607\nUS"}
	var items []tollkeeper.InvoiceItem
	for n := range 60 {
		items = append(items, tollkeeper.InvoiceItem{Kind: tollkeeper.ItemCalls, Description: fmt.Sprintf("Destination %d, mobile", n), Quantity: int64(n*n*n) + 1,
			Seconds: int64(n) * 61_234, Amount: int64(n) * 697})
	}
	items = append(items, tollkeeper.InvoiceItem{Kind: tollkeeper.ItemService, Description: "caller name", Quantity: 12_000, Amount: 4200},
		tollkeeper.InvoiceItem{Kind: tollkeeper.ItemTax, Description: "California sales tax", Rate: 7_250_000, Amount: 89506})
	printer := pdf.Printer{Note: "Please pay by bank transfer to IBAN DE00 0000 and name the number of the invoice.", Zone: time.UTC}
	first, err := printer.Print(t.Context(), i, items)
	if err != nil {
		t.Fatal(err)
	}
	again, err := printer.Print(t.Context(), i, items)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the repeat differs (%v)", err)
	}
	if pages := bytes.Count(first, []byte("/Type /Page\n")); pages != 3 && pages != 2 {
		t.Errorf("%d pages", pages)
	}
	if path := os.Getenv("TOLLKEEPER_TEST_PDF"); path != "" {
		if err := os.WriteFile(path, first, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
