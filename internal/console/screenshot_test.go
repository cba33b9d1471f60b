package console_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tollkeeper/internal/demo"
)

// TestScreenshot takes the picture of the README from the demonstration's data. It
// writes to the file that SCREENSHOT names: make screenshot.
func TestScreenshot(t *testing.T) {
	file := os.Getenv("SCREENSHOT")
	if file == "" {
		t.Skip("make screenshot takes the picture")
	}
	b, folder := startChromium(t), t.TempDir()
	_, _, err := demo.Fill(context.Background(), demo.Config{Folder: folder, Now: time.Now(), Operator: operatorEmail, PasswordHash: passwordHash()})
	must(t, err)
	w := b.signedIn(openSite(t, folder), operatorEmail)
	w.do(chromedp.EmulateViewport(1280, 860))
	w.open("/console/customers")
	w.fill("main .search", demo.Showcase)
	w.until(`document.querySelectorAll("#list tbody tr").length === 1`)
	w.click("#list tbody tr a")
	w.until(`document.querySelector(".plot canvas")`)
	time.Sleep(time.Second) // the chart is drawn
	must(t, os.WriteFile(file, have(w, chromedp.CaptureScreenshot()), 0o644))
}
