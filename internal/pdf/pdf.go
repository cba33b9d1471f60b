// Package pdf prints invoices and statements.
package pdf

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"

	"tollkeeper"
)

// Printer prints in the carrier's name.
type Printer struct {
	Logo    []byte // PNG or JPEG; nil: the carrier's name in its place
	Contact string // at the foot of each page: website, telephone number, mail address
	Note    string // stands below the totals: how to pay, what the law asks for
	Zone    *time.Location
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
	tongue
	printer *Printer
	invoice *tollkeeper.Invoice
	widths  []int // of the pictures, in pixels
}

// Print makes the PDF of an invoice.
func (p *Printer) Print(_ context.Context, document tollkeeper.InvoiceDocument) ([]byte, error) {
	i, items := document.Invoice, document.Items
	d := &page{Fpdf: fpdf.New("P", "mm", "A4", ""), tongue: tongueOf(document.Language), printer: p, invoice: &i}
	d.AddUTF8FontFromBytes(font, "", liberationsansregular.TTF)
	d.AddUTF8FontFromBytes(font, "B", liberationsansbold.TTF)
	d.SetTitle(d.title()+" "+i.Number, true)
	d.SetLang(d.language)
	d.SetAuthor(firstLine(i.Seller), true)
	d.SetCreationDate(i.CreatedAt)
	d.SetModificationDate(i.CreatedAt)
	d.SetCatalogSort(true)
	d.SetAutoPageBreak(false, 0)
	d.SetMargins(left, top, 210-right)
	d.SetHeaderFunc(d.header)
	d.AddPage()
	d.head()
	d.parties(document.BuyerLogo)
	d.table(items)
	d.totals(items)
	d.note()
	for n, all := 1, d.PageCount(); n <= all; n++ {
		d.SetPage(n)
		d.footer(n, all)
	}
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		return nil, fmt.Errorf("print invoice %s: %w", i.Number, err)
	}
	return b.Bytes(), nil
}

func (d *page) title() string {
	if d.invoice.Kind == tollkeeper.InvoiceStatement {
		return d.words.statement
	}
	return d.words.invoice
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
	if !d.picture("carrier", d.printer.Logo, box{left, top - 3, 60, 18}) {
		d.write(15, "B")
		d.grey(30)
		d.at(left, top+5, d.fit(firstLine(d.invoice.Seller), 100))
	}
	d.write(22, "B")
	d.grey(30)
	d.rightAt(right, top+6, d.title())
	d.write(10, "")
	d.grey(90)
	d.rightAt(right, top+13, d.invoice.Number)
}

// parties are both addresses and the dates.
func (d *page) parties(logo []byte) {
	y := top + 26
	foot := d.block(left+62, y, d.to, d.invoice.Buyer)
	if at := (box{left + 62, foot - 1, 30, 12}); d.picture("customer", logo, at) {
		foot += at.height + 3
	}
	foot = max(foot, d.block(left, y, d.from, d.invoice.Seller))
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
	row(d.words.date, d.on(i.CreatedAt))
	row(d.periodFrom, d.on(i.PeriodStart))
	row(d.periodTo, d.on(i.PeriodEnd.Add(-time.Millisecond)))
	if i.Kind != tollkeeper.InvoiceStatement {
		row(d.due, d.on(i.DueAt))
	}
	row(d.currency, i.Currency)
	row(d.words.status, d.status())
	d.SetY(max(y, foot) + 8)
}

func (d *page) status() string {
	i := d.invoice
	switch {
	case i.Kind == tollkeeper.InvoiceStatement:
		return d.forYourRecords
	case i.Due() <= 0 && i.WrittenOff == 0:
		return d.isPaid
	case i.Status == tollkeeper.InvoiceClosed:
		return d.isClosed
	default:
		return d.isOpen
	}
}

func (d *page) on(at time.Time) string { return d.tongue.on(at.In(d.printer.Zone)) }

// maxWrapped bounds the lines that one line of an address becomes.
const maxWrapped = 3

// block is a heading with lines below it, and returns where they end.
func (d *page) block(x, y float64, heading, text string) float64 {
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
		wrapped := d.SplitText(line, 56)
		for _, part := range wrapped[:min(len(wrapped), maxWrapped)] {
			d.at(x, y, d.fit(part, 57))
			y += 4.6
		}
	}
	return y
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

// together is how many of the last lines stay on one page with the totals.
const together = 3

// table lists the lines, on as many pages as they need.
func (d *page) table(items []tollkeeper.InvoiceItem) {
	lines := slices.DeleteFunc(slices.Clone(items), func(i tollkeeper.InvoiceItem) bool { return i.Kind == tollkeeper.ItemTax })
	sums := float64(len(d.sums(items)))*sumHeight + sumMargin
	d.tableHead()
	for n, item := range lines {
		room := rowHeight
		if len(lines)-n == min(together, len(lines)) {
			room = rowHeight*float64(len(lines)-n) + sums
		}
		if d.GetY()+room > bottom && n > 0 {
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
	d.at(left+2, y+4.8, d.description)
	d.rightAt(columnQuantity, y+4.8, d.quantity)
	d.rightAt(columnMinutes, y+4.8, d.minutes)
	d.rightAt(columnAmount-2, y+4.8, d.amount)
	d.SetY(y + 7)
}

func (d *page) row(item tollkeeper.InvoiceItem) {
	y := d.GetY()
	d.write(9, "")
	d.grey(30)
	d.at(left+2, y+4.4, d.fit(d.line(item.Description), 80))
	d.rightAt(columnQuantity, y+4.4, d.grouped(item.Quantity))
	if item.Kind == tollkeeper.ItemCalls {
		d.rightAt(columnMinutes, y+4.4, d.clock(item.Seconds))
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
		return d.money(-item.Amount)
	}
	return d.money(item.Amount)
}

// sum is a line of the totals.
type sum struct {
	label  string // is cut off where there is no room
	rest   string // of the label, which is not
	amount int64
	strong bool
}

// Room that the totals take: each of them, and above and below.
const (
	sumHeight = 6.4
	sumMargin = 12.0
)

// sums are what the document comes to.
func (d *page) sums(items []tollkeeper.InvoiceItem) []sum {
	i := d.invoice
	if i.Kind == tollkeeper.InvoiceStatement {
		return []sum{{label: d.before, amount: i.OpeningBalance}, {label: d.used, amount: -i.Total},
			{label: d.added, amount: i.ClosingBalance - i.OpeningBalance + i.Total}, {label: d.after, amount: i.ClosingBalance, strong: true}}
	}
	sums := []sum{{label: d.subtotal, amount: i.Subtotal}}
	for _, item := range items {
		if item.Kind == tollkeeper.ItemTax {
			sums = append(sums, sum{label: item.Description, rest: " " + d.percent(item.Rate) + " %", amount: item.Amount})
		}
	}
	sums = append(sums, sum{label: d.total + " " + i.Currency, amount: i.Total, strong: true})
	if i.Paid != 0 {
		sums = append(sums, sum{label: d.paid, amount: -i.Paid})
	}
	if i.WrittenOff != 0 {
		sums = append(sums, sum{label: d.writtenOff, amount: -i.WrittenOff})
	}
	return append(sums, sum{label: d.unpaid, amount: i.Due(), strong: true})
}

// totals are the sums, and beside them a summary of the calls.
func (d *page) totals(items []tollkeeper.InvoiceItem) {
	sums := d.sums(items)
	if d.GetY()+sumHeight*float64(len(sums))+sumMargin > bottom {
		d.AddPage()
		d.SetY(top)
	}
	y := d.GetY() + 8
	end := d.summary(y, items)
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
		amount := d.money(s.amount)
		room := columnAmount - 2 - d.GetStringWidth(amount) - 3 - (left + 106)
		d.at(left+106, y, d.fit(s.label, room-d.GetStringWidth(s.rest))+s.rest)
		d.rightAt(columnAmount-2, y, amount)
		y += sumHeight
	}
	d.SetY(max(y, end) + 4)
}

// summary tells how much was called, and returns where it ends.
func (d *page) summary(y float64, items []tollkeeper.InvoiceItem) float64 {
	var calls, seconds, destinations int64
	for _, item := range items {
		if item.Kind == tollkeeper.ItemCalls {
			calls, seconds, destinations = calls+item.Quantity, seconds+item.Seconds, destinations+1
		}
	}
	if destinations == 0 {
		return y
	}
	for _, row := range [][2]string{{d.calls, d.grouped(calls)}, {d.minutes, d.clock(seconds)}, {d.destinations, d.grouped(destinations)}} {
		d.write(9, "")
		d.grey(120)
		d.at(left+2, y, row[0])
		d.grey(30)
		d.rightAt(left+62, y, row[1])
		y += 5.4
	}
	return y
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
	y := d.GetY() + 3
	for _, line := range wrapped {
		d.at(left, y, line)
		y += 4.6
	}
}

// header says on the second page and those after it what they belong to.
func (d *page) header() {
	if d.PageNo() == 1 {
		return
	}
	d.write(8.5, "")
	d.grey(120)
	d.at(left, top-3, d.fit(d.title()+" "+d.invoice.Number+" · "+firstLine(d.invoice.Buyer), width))
}

// footer names the carrier and the page.
func (d *page) footer(number, all int) {
	d.SetFontSize(7) // another than the one to come, which would not be written into this page if it were the same
	d.write(8, "")
	d.grey(130)
	d.SetDrawColor(210, 213, 218)
	d.SetLineWidth(0.2)
	d.Line(left, 280, right, 280)
	place := fmt.Sprintf("%s · %d / %d", d.invoice.Number, number, all)
	room := width - d.GetStringWidth(place) - 6
	d.at(left, 285, d.fit(strings.ReplaceAll(d.invoice.Seller, "\n", " · "), room))
	d.at(left, 289, d.fit(d.printer.Contact, width))
	d.rightAt(right, 285, place)
}
