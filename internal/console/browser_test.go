package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tollkeeper"
)

// chromium is one real browser. Each person who uses it has a window of their own, with
// cookies of their own.
type chromium struct{ ctx context.Context }

// startChromium starts Debian's browser, or skips the test where there is none.
func startChromium(t *testing.T) chromium {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no browser: it is in Debian's package chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WindowSize(1280, 900),
		chromedp.Flag("lang", "en-US"), chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	must(t, chromedp.Do(ctx))
	return chromium{ctx}
}

// window is somebody's browser at a site.
type window struct {
	*site
	ctx context.Context
}

func (b chromium) window(s *site) *window {
	ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	s.t.Cleanup(stop)
	must(s.t, chromedp.Do(ctx)) // the window lives as long as this context
	w := &window{s, ctx}
	w.do(chromedp.EmulateViewport(1280, 900))
	return w
}

// signedIn is a window in which somebody has signed in by hand.
func (b chromium) signedIn(s *site, email string) *window {
	s.t.Helper()
	w := b.window(s)
	w.open("/console/sign-in")
	w.fill("#in-email", email)
	w.fill("#in-password", password)
	w.click("main button.first")
	w.until(`document.querySelector(".menu")`)
	return w
}

// patience is how long a step may take on a busy machine.
const patience = 40 * time.Second

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, patience)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatalf("%v, at %s", err, w.shown())
	}
}

// have is do for a step that finds something out.
func have[T any](w *window, step chromedp.Action[T]) T {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.ctx, patience)
	defer stop()
	found, err := chromedp.Run(ctx, step)
	if err != nil {
		w.t.Fatalf("%v, at %s", err, w.shown())
	}
	return found
}

func (w *window) open(path string) {
	w.t.Helper()
	w.do(chromedp.Navigate(w.url + path))
}

func (w *window) click(selector string) {
	w.t.Helper()
	w.do(chromedp.Click(chromedp.CSS(selector)))
}

// fill types a text in the place of what an input has.
func (w *window) fill(selector, text string) {
	w.t.Helper()
	w.do(chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// choose chooses an option as a hand would.
func (w *window) choose(selector, value string) {
	w.t.Helper()
	w.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{const s = document.querySelector(%q); s.value = %q; s.dispatchEvent(new Event("change", {bubbles: true}))}`, selector, value)))
}

// until waits for an expression to hold.
func (w *window) until(expression string) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ctx, stop := context.WithTimeout(w.ctx, patience)
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		stop()
		if holds {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("never: %s (%v), at %s", expression, err, w.shown())
		}
	}
}

// reads waits for texts in a part of the page.
func (w *window) reads(selector string, texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		w.until(fmt.Sprintf(`document.querySelector(%q)?.innerText.includes(%q)`, selector, text))
	}
}

// shown is what a failed test tells of the page.
func (w *window) shown() string {
	ctx, stop := context.WithTimeout(w.ctx, 5*time.Second)
	defer stop()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + ": " + document.body.innerText.slice(0, 900)`))
	if err != nil {
		return err.Error()
	}
	return text
}

// ask lets a switch ask about a call.
func (s *site) ask(c tollkeeper.Account, callID string) {
	s.t.Helper()
	s.askAs(s.switchToken(callID), c, callID)
}

// TestInBrowser does in a real browser what people do in the console.
func TestInBrowser(t *testing.T) {
	b := startChromium(t)
	for name, flow := range map[string]func(*testing.T, chromium){
		"sign in and out": signInAndOut, "customers table": searchCustomers, "edit in place": editInPlace,
		"secrets": seeSecretsOnce, "rate deck": uploadRateDeck, "saved views": keepView, "live feed": seeDecisionsLive, "live calls": seeCallsLive, "try a call": tryCall, "tabs": walkTabs,
		"keyboard": useKeyboard, "announcements": hearChanges,
		"first run": firstRun, "card": addCard, "usage": seeUsage,
	} {
		t.Run(name, func(t *testing.T) { flow(t, b) })
	}
}

func signInAndOut(t *testing.T, b chromium) {
	s := newSite(t)
	w := b.window(s)
	w.open("/console/customers?q=x")
	w.fill("#in-email", operatorEmail)
	w.fill("#in-password", "wrong")
	w.click("main button.first")
	w.reads("[role=alert]", "is wrong")
	w.fill("#in-password", password)
	w.click("main button.first")
	w.until(`location.pathname + location.search === "/console/customers?q=x"`)
	w.click(`form[action="/console/sign-out"] button`)
	w.until(`location.pathname === "/console/sign-in"`)
	w.open("/console/customers")
	w.until(`location.pathname === "/console/sign-in"`)
}

func searchCustomers(t *testing.T, b chromium) {
	s := newSite(t)
	for i, name := range []string{"Alder Bakery", "Birch Dental", "Cedar Motors"} {
		s.customer(name, func(c *tollkeeper.Customer) { c.Credit, c.CallRecording = int32(3-i)*100, i == 1 })
	}
	w := b.signedIn(s, operatorEmail)
	w.open("/console/customers")
	w.fill("main .search", "dent")
	w.until(`document.querySelectorAll("#list tbody tr").length === 1 && location.search.includes("q=dent")`)
	w.reads("#list", "Birch Dental")
	w.open("/console/customers")
	w.click(".pop summary")
	w.choose("#f-callRecording", "1")
	w.until(`document.querySelectorAll("#list tbody tr").length === 1`)
	w.open("/console/customers")
	w.click(`th a[href*="sort=credit"]`)
	w.until(`document.querySelector("#list tbody tr")?.innerText.includes("Cedar Motors") && document.querySelector('th[aria-sort="ascending"]')`)
	w.do(chromedp.KeyEvent("j"))
	w.do(chromedp.KeyEvent("\r"))
	w.reads("h1", "Cedar Motors")
}

func keepView(t *testing.T, b chromium) {
	s := newSite(t)
	s.customer("Alder Bakery", nil)
	s.customer("Birch Dental", func(c *tollkeeper.Customer) { c.CallRecording = true })
	w := b.signedIn(s, operatorEmail)
	w.open("/console/customers?callRecording=1&sort=-name")
	w.click(".turn .pop summary")
	w.fill("#in-view", "Recorded")
	w.click(".turn .pop form.form button")
	w.reads("#notice", "Recorded was kept")
	w.open("/console/customers")
	w.reads("#list", "Alder Bakery")
	w.click(".turn .pop summary")
	w.click(".views a")
	w.until(`location.search.includes("callRecording=1") && location.search.includes("sort=-name")`)
	w.until(`document.querySelectorAll("#list tbody tr").length === 1`)
	w.click(".turn .pop summary")
	w.click(".views button")
	w.reads("#notice", "Recorded was deleted")
	w.until(`!document.querySelector(".views")`)
}

func editInPlace(t *testing.T, b chromium) {
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	w := b.signedIn(s, operatorEmail)
	w.open("/console/customers/" + c.ID.String())
	w.click("#f-websiteUrl .edit")
	w.fill("#in-websiteUrl", "javascript:alert(1)")
	w.click("#f-websiteUrl button.first")
	w.reads("#f-websiteUrl .fault", "must be an http or https address")
	w.fill("#in-websiteUrl", "harbour.example")
	w.click("#f-websiteUrl button.first")
	w.reads("#f-websiteUrl .record-value", "harbour.example")
	w.reads("#notice", "was saved")
	w.reads("#head", "harbour.example")
}

func seeSecretsOnce(t *testing.T, b chromium) {
	s := newSite(t)
	w := b.signedIn(s, operatorEmail)
	w.open("/console/tokens/new")
	w.fill("#in-name", "sbc-1")
	w.click("main button.first")
	w.reads("main", "shown only this once")
	secret := have(w, chromedp.Text(chromedp.CSS("pre.secret")))
	w.open("/console/tokens")
	w.reads("#list", "sbc-1")
	w.until(fmt.Sprintf(`!document.body.innerText.includes(%q)`, strings.TrimSpace(secret)))

	w.open("/console/users/new")
	w.fill("#in-email", "ada@example.com")
	w.fill("#in-password", "a long enough one")
	w.do(chromedp.Submit(chromedp.CSS("main form")))
	w.reads("main", "ada@example.com")
}

func uploadRateDeck(t *testing.T, b chromium) {
	s := newSite(t)
	w := b.signedIn(s, operatorEmail)
	w.upload("prefix,destination,price,increment\n44,United Kingdom,0.0190,60/60\n", "United Kingdom")
	w.reads("main", "Version 1", "$0.019/min")
}

// upload makes a rate deck of a file, after a look at what it would change.
func (w *window) upload(csv, change string) {
	w.t.Helper()
	deck := filepath.Join(w.t.TempDir(), "deck.csv")
	must(w.t, os.WriteFile(deck, []byte(csv), 0o600))
	w.open("/console/upload")
	w.fill("#in-name", "default")
	w.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#said").dataset.stays = "yes"`)) // a region that came with its text would be silent
	w.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type="file"]`), []string{deck}))
	w.click("main .card.narrow button.first")
	w.reads("main", "What this version would change", change)
	w.until(`document.querySelector("#said[data-stays]")?.textContent.startsWith("Prices: ")`)
	w.click("main .card form.compact button")
	w.until(`location.pathname === "/console/ratedecks/default" && document.querySelector("#said[data-stays]")?.textContent.includes("was imported")`)
}

func seeDecisionsLive(t *testing.T, b chromium) {
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	w := b.signedIn(s, operatorEmail)
	w.open("/console/decisions")
	w.listens()
	s.ask(c, "first") // the page had no table before it
	w.until(`document.querySelectorAll("#list tbody tr").length === 1`)
	w.listens()
	s.ask(c, "second")
	w.until(`document.querySelectorAll("#list tbody tr").length === 2`)
	w.reads("#list tbody tr.fresh", "Harbour Coffee", "Refused")
}

// listens waits until what happens comes to the page.
func (w *window) listens() {
	w.t.Helper()
	w.until(`document.querySelector(".live:not([hidden])")`)
}

const domesticDeck = "prefix,destination,price,increment\n1,United States,0.0100,60/60\n"

func seeCallsLive(t *testing.T, b chromium) {
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit = 1000 })
	w := b.signedIn(s, operatorEmail)
	w.upload(domesticDeck, "United States")
	w.open("/console/calls")
	w.reads("#list", "No call is in progress")
	w.listens()
	s.ask(c, "first")
	w.reads("#list tbody tr", "Harbour Coffee", "Ringing")
}

func tryCall(t *testing.T, b chromium) {
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit = 1000 })
	w := b.signedIn(s, operatorEmail)
	w.upload(domesticDeck, "United States")
	w.open("/console/customers/" + c.ID.String())
	w.click(`.tabs a[href$="/calls"]`)
	w.click(`.tabs a[href$="/check"]`)
	w.fill("#in-to", "+12125550123")
	w.do(chromedp.Submit(chromedp.CSS("#in-to")))
	w.reads("#checked", "Allowed", "$0.01/min", "United States", "60 s", "insufficient_credit", "Passed")
	w.fill("#in-to", "+442079460123")
	w.do(chromedp.Submit(chromedp.CSS("#in-to")))
	w.reads("#checked", "Refused", "international_barred", "Not reached", "GB is not domestic")
	w.fill("#in-to", "+1")
	w.do(chromedp.Submit(chromedp.CSS("#in-to")))
	w.reads("#checked", "invalid_number, SIP 484") // the page before names the rule, too
	w.open("/console/calls")
	w.reads("#list", "No call is in progress")
}

// walkTabs goes through a customer's pages by the keyboard, and on a telephone.
func walkTabs(t *testing.T, b chromium) {
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	at := "/console/customers/" + c.ID.String()
	w := b.signedIn(s, operatorEmail)
	w.open(at)
	w.until(`document.querySelectorAll(".tabs a").length < 9 && document.querySelector('.tabs a[aria-current="page"]').innerText === "Record"`)
	press := func(path string) {
		w.do(chromedp.Focus(chromedp.CSS(`.tabs a[href="`+at+path+`"]`)), chromedp.KeyEvent("\r"))
		w.until(`location.pathname === "` + at + path + `"`)
	}
	press("/billing")
	w.until(`document.querySelector('.tabs a[aria-current="true"]').innerText === "Money"`)
	press("/payments")
	w.until(`document.querySelector('.sub-tabs a[aria-current="page"]').innerText === "Payments"`)
	w.do(chromedp.EmulateViewport(390, 800))
	w.until(`document.querySelector(".tabs").offsetHeight < 100 && document.documentElement.scrollWidth <= innerWidth`)
	w.open(at + "/events") // the last of the groups is brought into sight
	w.until(`document.querySelector('.tabs a[aria-current="true"]').getBoundingClientRect().right <= innerWidth`)
}

// TestPagesAreAccessible has axe-core look at every page in both themes, at three
// widths, and keeps pictures of them. make test fetches axe-core.
func TestPagesAreAccessible(t *testing.T) {
	program := os.Getenv("AXE")
	if program == "" {
		t.Skip("no axe-core: make test fetches it, and names it in AXE")
	}
	source, err := os.ReadFile(program)
	must(t, err)
	b := startChromium(t)
	s := newSite(t)
	c := s.customer(longName, func(c *tollkeeper.Customer) { c.Credit = 1_250_000 })
	s.furnish(c.ID.String())
	w := b.signedIn(s, operatorEmail)
	for _, theme := range []string{"light", "dark"} {
		w.look(theme, "en")
		for _, path := range w.pages(c.ID.String()) {
			w.open(path)
			w.judge(string(source), theme+" "+path)
			w.picture(os.Getenv("SCREENSHOTS"), theme, path)
			if theme == "light" {
				w.walk(path)
				w.zoom(path)
			}
		}
		w.open("/console/")
	}
}

// pages are the addresses of all pages: those that the menu and the tabs of a customer
// lead to, and what their links and buttons lead to.
func (w *window) pages(id string) []string {
	w.t.Helper()
	var all []string
	seen := map[string]bool{}
	collect := func(at, selector string) {
		w.open(at)
		found := have(w, chromedp.Evaluate[[]string](`[...document.querySelectorAll('`+selector+`')].filter(a => a.origin === location.origin && !a.hasAttribute("download") && !/\/(export|pdf)$/.test(a.pathname) && !a.search.includes("sort=")).map(a => a.pathname + a.search)`))
		for _, path := range found {
			if !seen[path] && strings.HasPrefix(path, "/console") {
				seen[path] = true
				all = append(all, path)
			}
		}
	}
	collect("/console/", ".menu a")
	customer := "/console/customers/" + id
	collect(customer, ".tabs a, .title .buttons a")
	for _, path := range all {
		if strings.HasPrefix(path, customer) {
			collect(path, ".sub-tabs a")
		}
	}
	for _, path := range all {
		collect(path, "main .title .buttons a, main .under-tabs a, main tbody tr:first-child td:first-child a")
	}
	return append(all, "/console/start/customer", "/console/start/deck", "/console/start/call", "/console/password", "/console/totp", "/console/confirm", "/console/nowhere", "/console/customers?q=nobody")
}

// judge fails on what axe-core finds serious or critical.
func (w *window) judge(axe, where string) {
	w.t.Helper()
	const run = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => ({rule: v.id, help: v.help, at: v.nodes.slice(0, 3).map(n => n.target.join(" ") + " " + n.html.slice(0, 200))}))))`
	w.do(chromedp.Evaluate[chromedp.Void](axe))
	found := have(w, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	var faults []struct {
		Rule, Help string
		At         []string
	}
	must(w.t, json.Unmarshal([]byte(found), &faults))
	for _, f := range faults {
		w.t.Errorf("%s: %s (%s): %s", where, f.Help, f.Rule, strings.Join(f.At, "; "))
	}
}

// widths are those of a phone, a tablet, a laptop and a wide screen.
var widths = []int64{390, 1024, 1280, 1920}

// picture keeps pictures of a page in a folder, if there is one, and fails where a page is
// wider than its window.
func (w *window) picture(folder, look, path string) {
	w.t.Helper()
	name := strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(strings.TrimPrefix(path, "/console")), "-")
	if name == "" {
		name = "overview"
	}
	for _, width := range widths {
		w.do(chromedp.EmulateViewport(width, 900))
		w.fits(fmt.Sprintf("%s %s, %d px,", look, path, width))
		if folder != "" {
			picture := have(w, chromedp.FullScreenshot(100))
			must(w.t, os.MkdirAll(folder, 0o755))
			must(w.t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, width, look)), picture, 0o644))
		}
	}
	w.do(chromedp.EmulateViewport(1280, 900))
}
