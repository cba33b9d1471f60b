package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tollkeeper"
)

// walk goes through a page as somebody does who has no mouse. The first stop is the way
// past the menu; every stop can be seen, says what it is, and shows that it has the focus;
// and the stops are in the order in which the page is read.
func (w *window) walk(path string) {
	w.t.Helper()
	w.do(chromedp.Evaluate[chromedp.Void](`document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)`), chromedp.KeyEvent("\t"))
	const look = `(() => {
  const faults = [], first = document.activeElement;
  const outside = document.body.classList.contains("outside");
  const autofocus = Boolean(document.querySelector("[autofocus]"));
  if (!outside && !autofocus && !first.classList.contains("skip")) faults.push("the first stop is " + first.outerHTML.slice(0, 120));
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, audio, [tabindex]")].filter((e) =>
    !e.disabled && !e.closest("fieldset:disabled") && e.type !== "hidden" && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }));
  for (const stop of stops) {
    if (stop.tabIndex > 0) faults.push("is out of order: " + stop.outerHTML.slice(0, 120));
    stop.focus();
    if (document.activeElement !== stop) { faults.push("takes no focus: " + stop.outerHTML.slice(0, 120)); continue; }
    const style = getComputedStyle(stop), box = stop.getBoundingClientRect();
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) faults.push("does not show its focus: " + stop.outerHTML.slice(0, 120));
    if (box.width < 1 || box.height < 1 || box.bottom < 0 || box.right < 0) faults.push("cannot be seen with the focus: " + stop.outerHTML.slice(0, 120));
  }
  first.focus();
  return stops.length ? faults.slice(0, 5).join("; ") : "there is nowhere to go";
})()`
	if faults := have(w, chromedp.Evaluate[string](look)); faults != "" {
		w.t.Errorf("%s, by the keyboard: %s", path, faults)
	}
}

// zoom looks at a page on a laptop of 1280 pixels whose user has made all of it twice and
// four times as large: it must not have to be moved sideways (WCAG 2.2, 1.4.10).
func (w *window) zoom(path string) {
	w.t.Helper()
	for _, times := range []int64{2, 4} {
		w.do(chromedp.EmulateViewport(1280/times, 900/times))
		w.fits(fmt.Sprintf("%s, %d times as large,", path, times))
	}
	w.do(chromedp.EmulateViewport(1280, 900))
}

// fits fails where a page is wider than its window, or a table than its place.
func (w *window) fits(page string) {
	w.t.Helper()
	const wide = `document.documentElement.scrollWidth > innerWidth || [...document.querySelectorAll(".sheet:not(.figures *)")].some(e => e.scrollWidth > e.clientWidth)`
	for end := time.Now().Add(patience); have(w, chromedp.Evaluate[bool](wide)); time.Sleep(50 * time.Millisecond) { // charts are drawn anew after the window has changed
		if time.Now().Before(end) {
			continue
		}
		const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > (e.closest(".sheet")?.getBoundingClientRect().right ?? innerWidth) + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join("; ")`
		w.t.Errorf("%s is wider than its window: %s", page, have(w, chromedp.Evaluate[string](widest)))
		return
	}
}

// useKeyboard goes by real presses of the tab key all the way through a page and around
// again, past the menu, and through a menu that opens.
func useKeyboard(t *testing.T, b chromium) {
	s := newSite(t)
	s.customer("Alder Bakery", nil)
	s.customer("Birch Dental", func(c *tollkeeper.Customer) { c.Credit = 100 })
	w := b.signedIn(s, operatorEmail)
	w.open("/console/customers")
	press := func(keys string) { w.do(chromedp.KeyEvent(keys)) }
	press("\t")
	w.until(`document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().top >= 0`)
	press("\r")
	w.until(`document.activeElement.id === "main"`)
	press("\t")
	w.until(`document.querySelector("main").contains(document.activeElement)`)
	around := false
	for range 120 {
		if press("\t"); have(w, chromedp.Evaluate[bool](`document.activeElement === document.body || document.activeElement.matches(".skip")`)) {
			around = true
			break
		}
	}
	if !around {
		t.Errorf("the tab key does not lead through the page: %s", have(w, chromedp.Evaluate[string](`document.activeElement.outerHTML.slice(0, 200)`)))
	}
	w.do(chromedp.Focus(chromedp.CSS(`.tools .pop summary`)))
	press("\r")
	w.until(`document.querySelector(".tools .pop").open`)
	press("\t")
	w.until(`document.querySelector(".tools .pop-body").contains(document.activeElement)`)
	press("\x1b")
	w.until(`!document.querySelector(".tools .pop").open && document.activeElement.matches(".tools .pop summary")`)
	w.do(chromedp.Focus(chromedp.CSS(`th a[href*="sort=credit"]`)))
	press("\r")
	w.until(`document.querySelector('th[aria-sort="ascending"]')?.innerText.startsWith("Credit") && document.activeElement.closest('th[aria-sort="ascending"]')`)
	w.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	press("?")
	w.until(`document.querySelector("#keys").open && document.querySelector("#keys").contains(document.activeElement)`)
	press("\x1b")
	w.until(`!document.querySelector("#keys").open`)
	press("g")
	press("u")
	w.until(`location.pathname === "/console/users"`)
}

// hearChanges checks that what changes on a page without being loaded is told in a region
// that readers of screens watch, and that the fault of a form is led to.
func hearChanges(t *testing.T, b chromium) {
	s := newSite(t)
	c := s.customer("Alder Bakery", nil)
	s.customer("Birch Dental", nil)
	w := b.signedIn(s, operatorEmail)
	w.open("/console/customers")
	w.fill("main .search", "dent")
	w.until(`document.querySelector("#said[role=status]").textContent.includes("1–1 of 1")`)
	w.fill("main .search", "nobody")
	w.until(`document.querySelector("#said").textContent.includes("Nothing matches")`)
	w.open("/console/customers/" + c.ID.String())
	w.do(chromedp.Focus(chromedp.CSS("#f-websiteUrl .edit")), chromedp.KeyEvent("\r"))
	w.until(`document.activeElement.id === "in-websiteUrl"`)
	w.fill("#in-websiteUrl", "javascript:alert(1)")
	w.do(chromedp.KeyEvent("\r"))
	w.until(`document.activeElement.getAttribute("aria-describedby") === "fault-websiteUrl" && document.querySelector("#fault-websiteUrl[role=alert]")`)
	w.fill("#in-websiteUrl", "alder.example")
	w.do(chromedp.KeyEvent("\r"))
	w.until(`document.querySelector("#said").textContent.includes("was saved") && document.activeElement.matches("#f-websiteUrl .edit")`)
	w.open("/console/customers/new")
	w.fill("#in-name", "Cedar Motors")
	w.fill("#in-credit", "a lot")
	w.click("main button.first")
	w.until(`document.activeElement.id === "in-credit" && document.activeElement.getAttribute("aria-invalid") === "true"`)
	s.ask(c, "first")
	for v, end := s.signedIn(operatorEmail), time.Now().Add(patience); !strings.Contains(v.get("/console/decisions").body, "<tbody>"); { // what was decided is written down each second
		if time.Now().After(end) {
			t.Fatal("the decision is not in the list")
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.open("/console/decisions")
	w.listens()
	s.ask(c, "second")
	w.until(`document.querySelector("#said").textContent.includes("Alder Bakery")`)
}
