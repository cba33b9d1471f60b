package apidoc_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"tollkeeper/internal/apidoc"
)

// A browser hashes what stands between the tags, to the byte.
func TestStyleSourceAdmitsTheStyleSheet(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(mustPage(t), "<style>")
	sheet, _, found := strings.Cut(rest, "</style>")
	if !found {
		t.Fatal("the page has no style sheet")
	}
	sum := sha256.Sum256([]byte(sheet))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; apidoc.StyleSource() != want {
		t.Errorf("have %s, want %s", apidoc.StyleSource(), want)
	}
}
