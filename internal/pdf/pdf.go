// Package pdf prints invoices and statements.
package pdf

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"

	"tollkeeper"
)

// Printer prints in the carrier's name.
type Printer struct {
	Logo []byte // PNG or JPEG; nil: the carrier's name in its place
	Note string // stands below the totals: how to pay, what the law asks for
	Zone *time.Location
}

// The page: A4, in millimetres.
const (
	left, right, top = 18.0, 192.0, 18.0
	width            = right - left
	bottom           = 272.0 // nothing of the table goes below
	font             = "Liberation"
)

// Columns of the table by their right edges.
const (
	columnQuantity = left + 106
	columnMinutes  = left + 136
	columnAmount   = right
)

type page struct {
	*fpdf.Fpdf
	printer *Printer
	invoice *tollkeeper.Invoice
}

// Print makes the PDF of an invoice.
func (p *Printer) Print(_ context.Context, i tollkeeper.Invoice, items []tollkeeper.InvoiceItem) ([]byte, error) {
	d := &page{Fpdf: fpdf.New("P", "mm", "A4", ""), printer: p, invoice: &i}
	d.AddUTF8FontFromBytes(font, "", liberationsansregular.TTF)
	d.AddUTF8FontFromBytes(font, "B", liberationsansbold.TTF)
	d.SetTitle(title(&i)+" "+i.Number, true)
	d.SetAuthor(firstLine(i.Seller), true)
	d.SetCreationDate(i.CreatedAt)
	d.SetModificationDate(i.CreatedAt)
	d.SetCatalogSort(true)
	d.SetAutoPageBreak(false, 0)
	d.SetMargins(left, top, 210-right)
	d.AliasNbPages("{pages}")
	d.SetFooterFunc(d.footer)
	d.AddPage()
	d.head()
	d.parties()
	d.table(items)
	d.totals(items)
	d.note()
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		return nil, fmt.Errorf("print invoice %s: %w", i.Number, err)
	}
	return b.Bytes(), nil
}

func title(i *tollkeeper.Invoice) string {
	if i.Kind == tollkeeper.InvoiceStatement {
		return "Statement"
	}
	return "Invoice"
}

func firstLine(lines string) string {
	first, _, _ := strings.Cut(lines, "\n")
	return first
}

func (d *page) grey(level int) { d.SetTextColor(level, level, level) }

func (d *page) write(size float64, style string) { d.SetFont(font, style, size) }

// at writes a line with its left edge, or its right one, at x.
func (d *page) at(x, y float64, text string) { d.Text(x, y, text) }

func (d *page) rightAt(x, y float64, text string) { d.Text(x-d.GetStringWidth(text), y, text) }

// head is the carrier's logo or name, and what the document is.
func (d *page) head() {
	if d.printer.Logo != nil {
		kind := "PNG"
		if bytes.HasPrefix(d.printer.Logo, []byte{0xff, 0xd8}) {
			kind = "JPG"
		}
		options := fpdf.ImageOptions{ImageType: kind}
		info := d.RegisterImageOptionsReader("logo", options, bytes.NewReader(d.printer.Logo))
		if info != nil && d.Ok() {
			w, h := 60.0, 60*info.Height()/info.Width()
			if h > 18 {
				w, h = 18*info.Width()/info.Height(), 18
			}
			d.ImageOptions("logo", left, top-3, w, h, false, options, 0, "")
		}
	} else {
		d.write(15, "B")
		d.grey(30)
		d.at(left, top+5, d.fit(firstLine(d.invoice.Seller), 100))
	}
	d.write(22, "B")
	d.grey(30)
	d.rightAt(right, top+6, title(d.invoice))
	d.write(10, "")
	d.grey(90)
	d.rightAt(right, top+13, d.invoice.Number)
}

// parties are both addresses and the dates.
func (d *page) parties() {
	y := top + 26
	d.block(left, y, "From", d.invoice.Seller)
	d.block(left+62, y, "To", d.invoice.Buyer)
	x := left + 126
	row := func(label, value string) {
		d.write(8.5, "")
		d.grey(120)
		d.at(x, y, label)
		d.write(9, "")
		d.grey(30)
		d.rightAt(right, y, value)
		y += 5.4
	}
	i := d.invoice
	row("Date", d.day(i.CreatedAt))
	row("From", d.day(i.PeriodStart))
	row("To", d.day(i.PeriodEnd.Add(-time.Millisecond)))
	if i.Kind != tollkeeper.InvoiceStatement {
		row("Due", d.day(i.DueAt))
	}
	row("Currency", i.Currency)
	row("Status", d.status())
	d.SetY(max(y, top+26+5.2+4.6*float64(max(lines(i.Seller), lines(i.Buyer)))) + 8)
}

func (d *page) status() string {
	i := d.invoice
	switch {
	case i.Kind == tollkeeper.InvoiceStatement:
		return "for your records"
	case i.Due() <= 0 && i.WrittenOff == 0:
		return "paid"
	case i.Status == tollkeeper.InvoiceClosed:
		return "closed"
	default:
		return "to be paid"
	}
}

func (d *page) day(at time.Time) string { return at.In(d.printer.Zone).Format("2 January 2006") }

func lines(text string) int { return strings.Count(text, "\n") + 1 }

// block is a heading with lines below it.
func (d *page) block(x, y float64, heading, text string) {
	d.write(8.5, "")
	d.grey(120)
	d.at(x, y, heading)
	y += 5.2
	for n, line := range strings.Split(text, "\n") {
		style := ""
		if n == 0 {
			style = "B"
		}
		d.write(9.5, style)
		d.grey(30)
		d.at(x, y, d.fit(line, 57))
		y += 4.6
	}
}

// fit cuts a text off that is wider than there is room for.
func (d *page) fit(text string, room float64) string {
	if d.GetStringWidth(text) <= room {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && d.GetStringWidth(string(runes)+"…") > room {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

const rowHeight = 6.4

// table lists the lines, on as many pages as they need.
func (d *page) table(items []tollkeeper.InvoiceItem) {
	d.tableHead()
	for _, item := range items {
		if item.Kind == tollkeeper.ItemTax {
			continue
		}
		if d.GetY()+rowHeight > bottom {
			d.AddPage()
			d.SetY(top + 4)
			d.tableHead()
		}
		d.row(item)
	}
}

func (d *page) tableHead() {
	y := d.GetY()
	d.SetFillColor(240, 242, 245)
	d.Rect(left, y, width, 7, "F")
	d.write(8.5, "B")
	d.grey(60)
	d.at(left+2, y+4.8, "Description")
	d.rightAt(columnQuantity, y+4.8, "Quantity")
	d.rightAt(columnMinutes, y+4.8, "Minutes billed")
	d.rightAt(columnAmount-2, y+4.8, "Amount")
	d.SetY(y + 7)
}

func (d *page) row(item tollkeeper.InvoiceItem) {
	y := d.GetY()
	d.write(9, "")
	d.grey(30)
	d.at(left+2, y+4.4, d.fit(item.Description, 80))
	d.rightAt(columnQuantity, y+4.4, grouped(item.Quantity))
	if item.Kind == tollkeeper.ItemCalls {
		d.rightAt(columnMinutes, y+4.4, minutes(item.Seconds))
	}
	d.rightAt(columnAmount-2, y+4.4, d.shown(item))
	d.SetDrawColor(228, 230, 234)
	d.SetLineWidth(0.15)
	d.Line(left, y+rowHeight, right, y+rowHeight)
	d.SetY(y + rowHeight)
}

// shown is a line's amount. On a statement usage leaves the balance.
func (d *page) shown(item tollkeeper.InvoiceItem) string {
	if d.invoice.Kind == tollkeeper.InvoiceStatement && item.Kind != tollkeeper.ItemCredit {
		return money(-item.Amount)
	}
	return money(item.Amount)
}

// totals are what the document comes to.
func (d *page) totals(items []tollkeeper.InvoiceItem) {
	i := d.invoice
	type sum struct {
		label  string
		amount int64
		strong bool
	}
	sums := []sum{{"Subtotal", i.Subtotal, false}}
	if i.Kind == tollkeeper.InvoiceStatement {
		sums = []sum{{"Balance before", i.OpeningBalance, false}, {"Used", -i.Total, false},
			{"Credit added", i.ClosingBalance - i.OpeningBalance + i.Total, false}, {"Balance after", i.ClosingBalance, true}}
	} else {
		for _, item := range items {
			if item.Kind == tollkeeper.ItemTax {
				sums = append(sums, sum{item.Description + " " + percent(item.Rate) + " %", item.Amount, false})
			}
		}
		sums = append(sums, sum{"Total " + i.Currency, i.Total, true})
		if i.Paid != 0 {
			sums = append(sums, sum{"Paid", -i.Paid, false})
		}
		if i.WrittenOff != 0 {
			sums = append(sums, sum{"Not asked for any more", -i.WrittenOff, false})
		}
		sums = append(sums, sum{"To be paid", i.Due(), true})
	}
	if d.GetY()+6.2*float64(len(sums))+8 > bottom {
		d.AddPage()
		d.SetY(top)
	}
	y := d.GetY() + 8
	for _, s := range sums {
		style := ""
		if s.strong {
			style = "B"
			d.SetDrawColor(120, 124, 130)
			d.SetLineWidth(0.25)
			d.Line(left+104, y-4.4, right, y-4.4)
		}
		d.write(10, style)
		d.grey(30)
		d.at(left+106, y, d.fit(s.label, 45))
		d.rightAt(columnAmount-2, y, money(s.amount))
		y += 6.4
	}
	d.SetY(y + 4)
}

// note is the carrier's own text.
func (d *page) note() {
	if d.printer.Note == "" {
		return
	}
	d.write(9, "")
	d.grey(80)
	wrapped := d.SplitText(d.printer.Note, width)
	if d.GetY()+4.6*float64(len(wrapped)) > bottom {
		d.AddPage()
		d.SetY(top)
	}
	d.MultiCell(width, 4.6, d.printer.Note, "", "L", false)
}

func (d *page) footer() {
	d.write(8, "")
	d.grey(130)
	d.SetDrawColor(210, 213, 218)
	d.SetLineWidth(0.2)
	d.Line(left, 280, right, 280)
	d.at(left, 285, d.fit(strings.ReplaceAll(d.invoice.Seller, "\n", " · "), 130))
	d.SetXY(right-60, 281.2)
	d.CellFormat(60, 5, d.invoice.Number+" · "+strconv.Itoa(d.PageNo())+" / {pages}", "", 0, "R", false, 0, "")
}

// money writes cents with separators: -1,234.56.
func money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "−", -cents
	}
	return fmt.Sprintf("%s%s.%02d", sign, grouped(cents/100), cents%100)
}

func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// minutes writes seconds as minutes and seconds: 1,204:30.
func minutes(seconds int64) string { return fmt.Sprintf("%s:%02d", grouped(seconds/60), seconds%60) }

// percent writes a rate without needless zeros: 7.25, 19.
func percent(rate tollkeeper.Micros) string {
	return strings.TrimSuffix(strings.TrimRight(rate.String(), "0"), ".")
}
