package media

import (
	"bytes"
	"context"
	"image"
	_ "image/gif" // pictures that are taken
	_ "image/jpeg"
	"image/png"
	"io"

	"tollkeeper"
)

// Limits of a logo as it is uploaded. The picture's size is looked at before anything
// is made of it.
const (
	maxLogoBytes  = 2 << 20
	maxLogoPixels = 2048 // of each side
)

// Logo keeps a picture as a customer's logo. It is decoded and written anew as PNG, so
// that nothing but the picture is left of what was uploaded.
func (m *Media) Logo(ctx context.Context, customer tollkeeper.ID, body io.Reader, keep func(tollkeeper.Blob) error) error {
	content, err := io.ReadAll(&limited{from: body, left: maxLogoBytes, tooLarge: tollkeeper.Invalid("body: must have at most 2 MiB")})
	if err != nil {
		return err
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return tollkeeper.Invalid("body: must be a picture in PNG, JPEG or GIF")
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxLogoPixels || head.Height > maxLogoPixels {
		return tollkeeper.Invalid("body: must have 1 to 2048 pixels on each side")
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return tollkeeper.Invalid("body: must be a whole picture in PNG, JPEG or GIF")
	}
	var written bytes.Buffer
	if err := png.Encode(&written, picture); err != nil {
		return tollkeeper.Internal("write a logo", err)
	}
	return m.keep(ctx, customer, tollkeeper.BlobLogo, &written, keep)
}
