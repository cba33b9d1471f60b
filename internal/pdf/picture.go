package pdf

import (
	"bytes"
	"image"
	"image/draw"
	_ "image/jpeg" // of logos
	"image/png"
	"slices"

	"codeberg.org/go-pdf/fpdf"
)

// box is a place on a page.
type box struct{ x, y, width, height float64 }

// picture draws one into a box, as large as it fits, and reports whether it did. One that
// cannot be read is left out: no invoice should fail by its decoration.
func (d *page) picture(name string, content []byte, in box) bool {
	plain, err := d.plainPNG(content)
	if err != nil {
		return false
	}
	options := fpdf.ImageOptions{ImageType: "PNG"}
	info := d.RegisterImageOptionsReader(name, options, bytes.NewReader(plain))
	if !d.Ok() {
		return false
	}
	w, h := in.width, in.width*info.Height()/info.Width()
	if h > in.height {
		w, h = in.height*info.Width()/info.Height(), in.height
	}
	d.ImageOptions(name, in.x, in.y, w, h, false, options, 0, "")
	return true
}

// plainPNG writes a picture anew with 8 bits for each colour and not interlaced, which is
// what can be put into a PDF. The library puts pictures in the order of their widths, and
// those of one width in any order: a column without colour sets them apart, so that a
// document printed again is the same.
func (d *page) plainPNG(content []byte) ([]byte, error) {
	from, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	width := from.Bounds().Dx()
	for slices.Contains(d.widths, width) {
		width++
	}
	d.widths = append(d.widths, width)
	plain := image.NewNRGBA(image.Rect(0, 0, width, from.Bounds().Dy()))
	draw.Draw(plain, plain.Bounds(), from, from.Bounds().Min, draw.Src)
	var b bytes.Buffer
	err = png.Encode(&b, plain)
	return b.Bytes(), err
}
