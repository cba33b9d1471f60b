package notify_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/notify"
)

var (
	acme  = tollkeeper.Customer{ID: tollkeeper.ID{8}, Name: "Acme & Söhne"}
	lowAt = time.Date(2026, 3, 2, 9, 15, 4, 0, time.UTC)
)

// creditLow writes the letter about low credit to a user.
func creditLow(l *notify.Letters, language, zone string) tollkeeper.Mail {
	u := ada
	u.Language, u.Timezone = language, zone
	e := tollkeeper.Event{Type: tollkeeper.EventCreditLow, CreatedAt: lowAt, Data: []byte(`{"availableMicros":1234567890000,"thresholdMicros":-9999}`)}
	return l.Notices(e.Type)[0].Write(e, acme, u)
}

// TestLanguages takes the nearest language there is, the user's time zone, and the
// user's way of writing money.
func TestLanguages(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ language, zone, currency, subject, money, when string }{
		{"", "UTC", "USD", "Credit of Acme & Söhne is low", "$1,234,567.89", "2026-03-02 09:15 UTC"},
		{"en-US", "America/New_York", "USD", "Credit of Acme & Söhne is low", "$1,234,567.89", "2026-03-02 04:15 EST"},
		{"en-GB", "Europe/London", "EUR", "Credit of Acme & Söhne is low", "€1,234,567.89", "2026-03-02 09:15 GMT"},
		{"fr-CA", "UTC", "JPY", "Credit of Acme & Söhne is low", "¥1,234,567 on", "2026-03-02 09:15 UTC"},
		{"es", "Europe/Madrid", "EUR", "Queda poco saldo en Acme & Söhne", "1.234.567,89\u00a0€", "2026-03-02 10:15 CET"},
		{"ES-mx", "America/Mexico_City", "MXN", "Queda poco saldo en Acme & Söhne", "$1,234,567.89", "2026-03-02 03:15 CST"},
		{"es", "nowhere", "USD", "Queda poco saldo en Acme & Söhne", "1.234.567,89\u00a0US$", "2026-03-02 09:15 UTC"},
	} {
		l, err := notify.NewLetters("", row.currency)
		if err != nil {
			t.Fatal(err)
		}
		m := creditLow(l, row.language, row.zone)
		if m.Subject != row.subject || !strings.Contains(m.Text, row.money) || !strings.Contains(m.Text, row.when) {
			t.Errorf("%s, %s, %s: %q\n%s", row.language, row.zone, row.currency, m.Subject, m.Text)
		}
		if strings.Contains(m.HTML, "Acme & ") || !strings.Contains(m.HTML, "Acme &amp; Söhne") {
			t.Errorf("the page does not escape: %s", m.HTML)
		}
	}
	if _, err := notify.NewLetters("", "dollar"); err == nil {
		t.Error("an invented currency is taken")
	}
}

// folder writes files into a folder of its own.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestCallLetters has the letters with the numbers of calls go with the calls' records.
func TestCallLetters(t *testing.T) {
	t.Parallel()
	if kinds := slices.Sorted(slices.Values(tollkeeper.CallLetters)); !slices.Equal(kinds, notify.CallLetters()) {
		t.Errorf("these letters have numbers of calls: %v, not %v", notify.CallLetters(), kinds)
	}
}

// TestOperatorsLetters takes letters, a language, a page and the frame of pages from
// the operator.
func TestOperatorsLetters(t *testing.T) {
	t.Parallel()
	l, err := notify.NewLetters(folder(t, map[string]string{
		"pt/credit-low.txt":     "Saldo baixo\n\nResta {{.Money \"availableMicros\"}}.\n",
		"en/credit-low.txt":     "Top up\r\n\r\nOnly {{.Money \"availableMicros\"}} left.\r\n",
		"en/credit-low.html":    `<b>{{.Customer}}: {{.Money "availableMicros"}}</b>`,
		"en/password-reset.txt": "Reset\n\nGo to {{.Text \"link\"}} now.\n", "en/password-reset.html": `<a href="{{.Text "link"}}">here</a>`,
		"page.html": "<html><!-- mine -->{{.Body}}</html>", ".DS_Store": "\x00",
	}), "USD")
	if err != nil {
		t.Fatal(err)
	}
	if m := creditLow(l, "en", "UTC"); m.Subject != "Top up" || m.Text != "Only $1,234,567.89 left.\n" || m.HTML != "<html><b>Acme &amp; Söhne: $1,234,567.89</b></html>" {
		t.Errorf("%+v", m)
	}
	if m := creditLow(l, "pt-BR", "UTC"); m.Subject != "Saldo baixo" || !strings.Contains(m.Text, "Resta US$\u00a01.234.567,89.") {
		t.Errorf("%+v", m)
	}
	if m := creditLow(l, "es", "UTC"); m.Subject != "Queda poco saldo en Acme & Söhne" || !strings.HasPrefix(m.HTML, "<html><p>Hola") {
		t.Errorf("%+v", m)
	}
	if m := l.PasswordReset(ada, "https://x/#s", time.Minute, lowAt); m.HTML != `<html><a href="[hidden]">here</a></html>` {
		t.Errorf("%+v", m)
	}
}

// TestFaultyLetters names every fault of the operator's at the start.
func TestFaultyLetters(t *testing.T) {
	t.Parallel()
	_, err := notify.NewLetters(folder(t, map[string]string{
		"en/credit-law.txt": "x", "readme.md": "x", "en/credit-low.txt": "a\n\n{{.Money", "en/x/credit-low.txt": "x", "en/unbilled-near.txt": strings.Repeat("x", 300<<10),
	}), "USD")
	for _, want := range []string{
		"en/credit-law.txt: is no letter; there are accountlock-changed, ", "readme.md: must be page.html or a letter", "en/credit-low.txt: template: ",
		"en/x/credit-low.txt: must be", "en/unbilled-near.txt: must have at most 256 KiB",
	} {
		if err == nil || !strings.Contains(err.Error(), "mail-templates: "+want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
	for name, row := range map[string]struct{ file, content, want string }{
		"an unknown method": {"en/credit-low.txt", "a\n\n{{.Amount}}", "can't evaluate field Amount"},
		"an unknown key":    {"en/credit-low.txt", "a\n\n{{.Money \"available\"}}", `there is no "available"`},
		"no amount":         {"en/password-changed.txt", "a\n\n{{.Money \"address\"}}", `"address" is no amount`},
		"no subject":        {"en/credit-low.txt", "\n\nx", "must begin with the subject and a blank line"},
		"one line":          {"en/credit-low.txt", "subject\ntext", "must begin with the subject and a blank line"},
		"no text beside it": {"pt/credit-low.html", "x", "needs pt/credit-low.txt beside it"},
		"no link":           {"en/password-reset.html", "x", "must show the link"},
		"a broken page":     {"page.html", "{{.Nothing}}", "can't evaluate field Nothing"},
	} {
		_, err := notify.NewLetters(folder(t, map[string]string{row.file: row.content}), "USD")
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
	if _, err := notify.NewLetters(filepath.Join(t.TempDir(), "absent"), "USD"); err == nil {
		t.Error("a folder that is not there is taken")
	}
}

// TestPortoutLetters says what is to be done, and what becomes of a request without it.
func TestPortoutLetters(t *testing.T) {
	t.Parallel()
	l, err := notify.NewLetters("", "USD")
	if err != nil {
		t.Fatal(err)
	}
	const about = `"gainingCarrier":"Rival","numbers":"+12125550101 +12125550102"`
	for _, row := range []struct {
		kind   tollkeeper.EventType
		data   string
		en, es string
		never  string // neither letter says it
	}{
		{tollkeeper.EventPortoutRequested, `{"state":"held","reasons":"account_locked","decideBy":"2026-03-04T11:00:00.000Z","undecided":"refused",` + about + `}`,
			"Sign in and approve or refuse the request until 2026-03-04 11:00 UTC; your password is asked for. Without a decision it is refused then.", "Sin una decisión, entonces se rechaza.", "account_locked"},
		{tollkeeper.EventPortoutRequested, `{"state":"held","reasons":"cooling_off","decideBy":"2026-03-04T11:00:00.000Z","undecided":"approved",` + about + `}`,
			"Without a decision it is approved then.\n\nIf you do not know of it, refuse it, and tell", "Sin una decisión, entonces se aprueba.\n\nSi no sabe nada de ella, rechácela y", "cooling_off"},
		{tollkeeper.EventPortoutRequested, `{"state":"held","reasons":"account_locked","decideBy":"2026-03-04T11:00:00.000Z","undecided":"refused","othersDecide":true,` + about + `}`,
			"so a user of it who may administer it decides until 2026-03-04 11:00 UTC; you may not. Without a decision it is refused then.", "usted no puede. Sin una decisión, entonces se rechaza.", "[hidden]"},
		{tollkeeper.EventPortoutRequested, `{"state":"approved","reasons":"",` + about + `}`, "no lock holds it, so the numbers may move.\n\nIf you do not know of it, lock the account", "los números pueden pasar.\n\nSi no sabe nada de ella, bloquee la cuenta", "undecided"},
		{tollkeeper.EventPortoutRequested, `{"state":"refused","reasons":"number_not_found number_not_active numbers_of_different_accounts port_in_progress wrong_account_number wrong_pin too_many_attempts",` + about + `}`,
			"refused: a number is not one of ours; a number is not in use; the numbers are not all of one account; another request for a number is open; the account number is wrong; the PIN is wrong; the PIN was wrong too often within a day.\n\nIf",
			"rechazada: un número no es nuestro; un número no está en uso; los números no son todos de una misma cuenta; hay otra solicitud abierta por un número; el número de cuenta es incorrecto; el PIN es incorrecto; el PIN fue incorrecto demasiadas veces en un día.\n\nSi", "_"},
		{tollkeeper.EventPortoutDecided, `{"state":"refused","reasons":"not_decided_in_time",` + about + `}`, "became refused: +12125550101 +12125550102. Nobody had decided in time.", "Nadie había decidido a tiempo.", "_"},
		{tollkeeper.EventPortoutDecided, `{"state":"refused","reasons":"refused_by_owner",` + about + `}`, "became refused: +12125550101 +12125550102.\n", "fue rechazada: +12125550101 +12125550102.\n", "_"},
		{tollkeeper.EventAccountLock, `{"changes":[{"field":"accountLock","from":1,"to":0}]}`, "turned off. Now numbers can be moved", "desactivó. Ahora los números pueden", "Cannot"},
		{tollkeeper.EventAccountLock, `{"changes":[{"field":"accountLock","from":1,"to":0}],"protectedUntil":"2026-03-05T09:15:04.000Z"}`, "off. From 2026-03-05 09:15 UTC on numbers can be moved", "Desde el 2026-03-05 09:15 UTC los números pueden", "Now"},
		{tollkeeper.EventAccountLock, `{"changes":[{"field":"accountLock","from":0,"to":1}]}`, "on. Numbers cannot be moved to another carrier without your decision", "no pueden pasar a otra compañía sin su decisión", "off"},
		{tollkeeper.EventAccountLock, `{"changes":[{"field":"accountLock","from":0,"to":1}],"notifyOnly":true}`, "on. You are told when another carrier asks for numbers.", "Se le avisa cuando otra compañía pide números.", "decision"},
	} {
		for language, want := range map[string]string{"en": row.en, "es": row.es} {
			u := ada
			u.Language, u.Timezone = language, "UTC"
			m := l.Notices(row.kind)[0].Write(tollkeeper.Event{Type: row.kind, CreatedAt: lowAt, Data: []byte(row.data)}, acme, u)
			if !strings.Contains(m.Text, want) || strings.Contains(m.Text, row.never) {
				t.Errorf("%s %s:\n%s\nlacks %q, or has %q", row.data, language, m.Text, want, row.never)
			}
		}
	}
}
