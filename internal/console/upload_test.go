package console_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tollkeeper"
)

// untouched is a body that must not be read.
type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body was asked for")
	return 0, errors.New("not to be read")
}

// TestUploadsOfWhoMayNot refuses files without reading them.
func TestUploadsOfWhoMayNot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "reader@example.com", Customer: c.ID, AdminPermission: tollkeeper.PermissionRead})
	v, at := s.ofCustomer("reader@example.com"), "/console/customers/"+c.ID.String()
	for _, path := range []string{
		"/console/callernames/import", "/console/barrings/import", "/console/numbers/import", "/console/upload", "/console/start/deck", at + "/logo", at + "/holdmusic",
	} {
		v.pour(path, untouched{t}).is(http.StatusForbidden)
	}
}

// pour posts a form with a file without a connection, which would break where a form is
// larger than is read.
func (v *visitor) pour(path string, body io.Reader) *answer {
	v.t.Helper()
	request := httptest.NewRequest(http.MethodPost, path, body)
	request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	address, err := url.Parse(v.url + path)
	must(v.t, err)
	for _, cookie := range v.client.Jar.Cookies(address) {
		request.AddCookie(cookie)
	}
	recorded := httptest.NewRecorder()
	v.pages.ServeHTTP(recorded, request)
	return &answer{v.t, recorded.Code, address, recorded.Header(), recorded.Body.String()}
}

// part is a field of such a form that repeats a text up to a size.
func part(field, text string, size int) io.Reader {
	return strings.NewReader("--x\r\nContent-Disposition: form-data; name=" + field + "\r\n\r\n" + strings.Repeat(text, size/len(text)) + "\r\n")
}

// TestTooLargeFiles says of files how large they may be, each by its own kind.
func TestTooLargeFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, at := s.signedIn(operatorEmail), "/console/customers/"+s.customer("Harbour Coffee", nil).ID.String()
	v.pour(at+"/logo", part(`"picture"; filename="logo.png"`, "picture", 6<<20)).is(http.StatusUnprocessableEntity).has("is larger than 2 MiB")
	v.pour("/console/barrings/import", part(`"file"; filename="barrings.csv"`, "252,deny\n", 10<<20)).is(http.StatusUnprocessableEntity).has("is larger than 4 MiB")
}

// TestLargeTexts takes a file that was checked once more, as the text that browsers make
// of it.
func TestLargeTexts(t *testing.T) {
	t.Parallel()
	for path, large := range map[string]struct {
		operation, line string
		size            int
	}{
		"/console/barrings/import": {"POST /barrings/import", "\r\n", 8 << 20},
		"/console/upload":          {"PUT /ratedecks/default", "44,United Kingdom,0.0190,60/60\r\n", 43 << 20}, // more than a form is read of otherwise
	} {
		if large.size > 10<<20 && testing.Short() {
			continue
		}
		s := newSite(t)
		var came int64
		s.asked.instead = map[string]http.HandlerFunc{large.operation: func(w http.ResponseWriter, r *http.Request) {
			came, _ = io.Copy(io.Discard, r.Body)
			http.Error(w, "it was counted", http.StatusServiceUnavailable)
		}}
		s.signedIn(operatorEmail).pour(path, io.MultiReader(part("name", "default", 7), part("apply", "1", 1), part("csv", large.line, large.size), strings.NewReader("--x--\r\n")))
		lines := large.size / len(large.line)
		if want := int64(lines * (len(large.line) - 1)); came != want {
			t.Errorf("%s: %d bytes came, not %d", path, came, want)
		}
	}
}
