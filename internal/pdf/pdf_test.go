package pdf_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/pdf"
)

var month = time.Date(2026, 3, 1, 0, 10, 0, 0, time.UTC)

// carrier prints in the name of one, with a red logo.
func carrier() *pdf.Printer {
	return &pdf.Printer{Zone: time.UTC, Logo: plate(150, color.NRGBA{R: 200, A: 255}), Contact: "www.harbour.example · +1 212 555 0100 · billing@harbour.example",
		Note: "Please pay by bank transfer to IBAN DE00 0000 and name the number of the invoice. What is not paid within fourteen days is charged interest on, as the law has it."}
}

// plate is a picture of one colour, three times as wide as high, with 16 bits for each.
func plate(wide int, c color.Color) []byte {
	p := image.NewNRGBA64(image.Rect(0, 0, wide, wide/3))
	for i := range wide * (wide / 3) {
		p.Set(i%wide, i/wide, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// usage is an invoice with a line for each of some destinations, and the customer's blue
// logo.
func usage(destinations int) tollkeeper.InvoiceDocument {
	d := tollkeeper.InvoiceDocument{BuyerLogo: plate(150, color.NRGBA{B: 200, A: 255}), Invoice: tollkeeper.Invoice{
		Number: "INV-000042", Kind: tollkeeper.InvoiceUsage, Status: tollkeeper.InvoiceOpen, Currency: "USD", PeriodStart: month.AddDate(0, -1, 0), PeriodEnd: month,
		Subtotal: 1_234_567, Tax: 89_506, Total: 1_324_073, Paid: 100_000, CreatedAt: month, DueAt: month.AddDate(0, 0, 14),
		Seller: "Harbour Carrier Inc.\n1 Signal Hill\nOakland, CA 94607\nUS\nTax ID 12-3456789", Buyer: "Acme\n12 Quay Street\nOakland, CA 94607\nUS"}}
	for n := range destinations {
		d.Items = append(d.Items, tollkeeper.InvoiceItem{Kind: tollkeeper.ItemCalls, Description: fmt.Sprintf("Destination-%d, mobile", n),
			Quantity: int64(n*n*n) + 1, Seconds: int64(n) * 61_234, Amount: int64(n) * 697})
	}
	d.Items = append(d.Items, tollkeeper.InvoiceItem{Kind: tollkeeper.ItemService, Description: "caller name", Quantity: 12_000, Amount: 4200},
		tollkeeper.InvoiceItem{Kind: tollkeeper.ItemTax, Description: "California sales tax", Rate: 7_250_000, Amount: 89_506})
	return d
}

// documents are what there is to print, in many shapes.
func documents() map[string]tollkeeper.InvoiceDocument {
	all := map[string]tollkeeper.InvoiceDocument{"empty": usage(0)}
	for _, n := range []int{1, 24, 25, 26, 27, 28, 60, 400} { // about as many as fit on a page
		all[fmt.Sprint("destinations ", n)] = usage(n)
	}
	long := usage(3)
	long.Invoice.Buyer = "Göteborgs Telefonkonsultbyrå och Kafé Łódź Ελληνική Τηλεφωνία Одесса Handelsgesellschaft AB\n" +
		"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsstraße 12345678\n77000 Ústí nad Labem\nCZ\nTax ID CZ12345678"
	long.Invoice.Seller = long.Invoice.Buyer + "\n" + long.Invoice.Buyer
	long.Invoice.Total, long.Invoice.Subtotal, long.Invoice.Number = 2_000_000_000_00, 1_999_999_999_00, "CARRIER-ABCDEFGHIJKL-12345678"
	for i := range long.Items {
		long.Items[i].Description = "Verwaltungsgemeinschaft der Vereinigten Königreiche, Mobilfunk und Sonderrufnummern " + fmt.Sprint(i)
		long.Items[i].Quantity, long.Items[i].Seconds, long.Items[i].Amount = 999_999_999, 99_999_999_999, 1_000_000_000_00
	}
	all["long"] = long
	statement := usage(5)
	statement.Invoice.Kind, statement.Invoice.Number, statement.Invoice.OpeningBalance, statement.Invoice.ClosingBalance = tollkeeper.InvoiceStatement, "STM-000007", -1, 500
	statement.Items = append(statement.Items, tollkeeper.InvoiceItem{Kind: tollkeeper.ItemCredit, Description: "Refill", Quantity: 1, Amount: 2000})
	all["statement"] = statement
	for _, name := range []string{"destinations 27", "long", "statement"} {
		translated := all[name]
		translated.Language = "es-ES"
		all[name+" in Spanish"] = translated
	}
	return all
}

// TestPrint prints an invoice of several pages, and the same bytes again. With
// TOLLKEEPER_TEST_PDF it keeps the files in that folder for people to look at.
func TestPrint(t *testing.T) {
	t.Parallel()
	first, err := carrier().Print(t.Context(), usage(60))
	if err != nil {
		t.Fatal(err)
	}
	again, err := carrier().Print(t.Context(), usage(60))
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the repeat differs (%v)", err)
	}
	if pages := bytes.Count(first, []byte("/Type /Page\n")); pages != 3 {
		t.Errorf("%d pages", pages)
	}
	if folder := os.Getenv("TOLLKEEPER_TEST_PDF"); folder != "" {
		for name, document := range documents() {
			file, err := carrier().Print(t.Context(), document)
			if err == nil {
				err = os.WriteFile(folder+"/"+name+".pdf", file, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestPrintWithoutLogo prints where logos are missing or cannot be read.
func TestPrintWithoutLogo(t *testing.T) {
	t.Parallel()
	printer, document := carrier(), usage(1)
	printer.Logo, document.BuyerLogo = nil, []byte("\x89PNG and no more")
	if _, err := printer.Print(t.Context(), document); err != nil {
		t.Error(err)
	}
}
