package console_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
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
		request := httptest.NewRequest(http.MethodPost, path, untouched{t})
		request.ContentLength = 60 << 20
		request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		address, err := url.Parse(s.url + path)
		must(t, err)
		for _, cookie := range v.client.Jar.Cookies(address) {
			request.AddCookie(cookie)
		}
		answer := httptest.NewRecorder()
		s.pages.ServeHTTP(answer, request)
		if answer.Code != http.StatusForbidden {
			t.Errorf("%s answers %d", path, answer.Code)
		}
	}
}
