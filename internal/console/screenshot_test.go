package console_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tollkeeper"
	"tollkeeper/internal/demo"
	"tollkeeper/internal/query"
)

// TestGallery takes pictures of all pages with the demonstration's data, as the carrier's
// staff and as a customer's user see them, for people to look through. They go to the
// folder that GALLERY names: make gallery.
func TestGallery(t *testing.T) {
	gallery := os.Getenv("GALLERY")
	if gallery == "" {
		t.Skip("make gallery takes the pictures")
	}
	b, folder := startChromium(t), t.TempDir()
	_, _, err := demo.Fill(context.Background(), demo.Config{Folder: folder, Now: time.Now(), Operator: operatorEmail, PasswordHash: passwordHash()})
	must(t, err)
	s := openSite(t, folder)
	f, err := query.Parse("name="+url.QueryEscape(demo.Showcase), query.Customers)
	must(t, err)
	found, err := s.store.FindCustomers(context.Background(), f)
	must(t, err)
	showcase := found.Items[0].ID
	s.furnish(showcase.String())
	s.user(tollkeeper.User{Email: "owner@example.com", First: "Nora", Customer: showcase, Timezone: "America/New_York"}.WithAllRights())
	for email, kind := range map[string]string{operatorEmail: "staff", "owner@example.com": "customer"} {
		for _, look := range []struct{ theme, language string }{{"light", "en"}, {"dark", "en"}, {"light", "es"}} {
			t.Run(kind+"-"+look.theme+"-"+look.language, func(t *testing.T) {
				w := b.signedIn(s.with(t), email)
				w.look(look.theme, look.language)
				for _, path := range w.pages(showcase.String()) {
					w.open(path)
					w.picture(filepath.Join(gallery, kind), look.theme+"-"+look.language, strings.ReplaceAll(path, showcase.String(), "id"))
				}
			})
		}
	}
}

// look chooses how pages look, as a hand would.
func (w *window) look(theme, language string) {
	w.t.Helper()
	for button, shows := range map[string]string{
		`.themes button[value="` + theme + `"]`:       `document.documentElement.dataset.theme === "` + theme + `"`,
		`.languages button[value="` + language + `"]`: `document.documentElement.lang.startsWith("` + language + `")`,
	} {
		if !have(w, chromedp.Evaluate[bool](shows)) {
			w.click(button)
			w.until(shows + ` && document.readyState === "complete"`)
		}
	}
}

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
