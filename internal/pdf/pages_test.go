package pdf_test

import (
	"encoding/xml"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPages looks at every page as a picture and as words with their places: nothing is
// outside the margins, nothing is over anything else, no line of the invoice is lost,
// and the logos are where they belong.
func TestPages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("draws some forty pages")
	}
	for _, program := range []string{"pdftoppm", "pdftotext"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s (Debian: poppler-utils)", program)
		}
	}
	for name, document := range documents() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := carrier().Print(t.Context(), document)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "invoice.pdf")
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			pages := wordsOf(t, file)
			var all []string
			for n, p := range pages {
				p.check(t, n+1)
				for _, w := range p.Words {
					all = append(all, w.Text)
				}
			}
			for _, item := range document.Items {
				if first, _, _ := strings.Cut(item.Description, ","); strings.HasPrefix(first, "Destination-") && !slices.Contains(all, first+",") {
					t.Errorf("%s is on no page", first)
				}
			}
			for _, must := range []string{document.Invoice.Number, "www.harbour.example"} {
				if count(all, must) < len(pages) {
					t.Errorf("%q is not on every one of %d pages", must, len(pages))
				}
			}
			pictures := drawn(t, file)
			if len(pictures) != len(pages) {
				t.Fatalf("%d pages were drawn of %d", len(pictures), len(pages))
			}
			for n, picture := range pictures {
				checkPicture(t, picture, n+1)
			}
		})
	}
}

func count(words []string, one string) (n int) {
	for _, w := range words {
		if w == one {
			n++
		}
	}
	return n
}

// word is a word with its place, in points from the upper left corner.
type word struct {
	Left   float64 `xml:"xMin,attr"`
	Top    float64 `xml:"yMin,attr"`
	Right  float64 `xml:"xMax,attr"`
	Bottom float64 `xml:"yMax,attr"`
	Text   string  `xml:",chardata"`
}

type sheet struct {
	Width  float64 `xml:"width,attr"`
	Height float64 `xml:"height,attr"`
	Words  []word  `xml:"word"`
}

func wordsOf(t *testing.T, file string) []sheet {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-bbox", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Pages []sheet `xml:"body>doc>page"`
	}
	decoder := xml.NewDecoder(strings.NewReader(string(out)))
	decoder.Strict, decoder.Entity = false, xml.HTMLEntity
	if err := decoder.Decode(&found); err != nil || len(found.Pages) == 0 {
		t.Fatalf("%d pages (%v)", len(found.Pages), err)
	}
	return found.Pages
}

// margin is what must stay empty at the edges, in points: 15 mm, at the foot less.
const margin = 15 / 25.4 * 72

// check finds words outside the margins or over others.
func (p *sheet) check(t *testing.T, number int) {
	t.Helper()
	if len(p.Words) < 10 {
		t.Errorf("page %d has %d words", number, len(p.Words))
	}
	for i, w := range p.Words {
		if w.Left < margin || w.Right > p.Width-margin || w.Top < 20 || w.Bottom > p.Height-10 {
			t.Errorf("page %d: %q is outside the margins", number, w.Text)
		}
		for _, other := range p.Words[:i] {
			wide := min(w.Right, other.Right) - max(w.Left, other.Left)
			high := min(w.Bottom, other.Bottom) - max(w.Top, other.Top)
			if wide > 0.5 && high > 2 { // the boxes of lines that follow each other touch
				t.Errorf("page %d: %q and %q are over each other", number, w.Text, other.Text)
			}
		}
	}
}

// dots is how fine pages are drawn, per inch.
const dots = "50"

func drawn(t *testing.T, file string) (pictures []image.Image) {
	t.Helper()
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", dots, "-png", file, filepath.Join(folder, "page")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, picture)
	}
	return pictures
}

// checkPicture looks at a page by its colours. The carrier's logo is red and 54 by 18 mm at
// the upper left of the first page, the customer's blue and 30 by 10 mm.
func checkPicture(t *testing.T, page image.Image, number int) {
	t.Helper()
	var ink, red, blue int
	var carrier image.Rectangle
	b := page.Bounds()
	edge := b.Dx() * 15 / 210
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, l, _ := page.At(x, y).RGBA()
			if r > 0xf000 && g > 0xf000 && l > 0xf000 {
				continue
			}
			ink++
			if x < edge || x >= b.Max.X-edge {
				t.Fatalf("page %d: something is in the margin, at %d,%d", number, x, y)
			}
			switch {
			case r > 0xa000 && g < 0x3000 && l < 0x3000:
				red++
				carrier = carrier.Union(image.Rect(x, y, x+1, y+1))
			case l > 0xa000 && g < 0x3000 && r < 0x3000:
				blue++
			}
		}
	}
	if ink < 500 {
		t.Errorf("page %d is all but empty", number)
	}
	perMM := float64(b.Dx()) / 210
	wantRed, wantBlue := 54*18*perMM*perMM, 30*10*perMM*perMM
	if number > 1 {
		wantRed, wantBlue = 0, 0
	}
	if near := func(got int, want float64) bool { return float64(got) >= want*0.9 && float64(got) <= want*1.1 }; !near(red, wantRed) || !near(blue, wantBlue) {
		t.Errorf("page %d has %d red and %d blue dots, want %.0f and %.0f", number, red, blue, wantRed, wantBlue)
	}
	if place := image.Rect(int(17*perMM), int(14*perMM), int(73*perMM)+1, int(34*perMM)+1); number == 1 && !carrier.In(place) {
		t.Errorf("the carrier's logo is at %v, want it in %v", carrier, place)
	}
}
