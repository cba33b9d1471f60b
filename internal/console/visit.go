package console

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tollkeeper"
	"tollkeeper/client"
)

// visit is one request by one person.
type visit struct {
	*Console
	w       http.ResponseWriter
	r       *http.Request
	api     *client.Client
	session session
	user    *client.User         // nil: nobody is signed in
	who     tollkeeper.Principal // of user
	locale  locale
	zone    *time.Location

	asOf time.Time // of what is listed; zero: of now

	userNames, customerNames map[string]string // by id, of the list that is shown

	largest int64 // of the file that the form may have, in bytes

	listens *bool // whether the visitor may hear recordings; nil: not known yet
}

// page answers one request, or returns the error to show.
type page func(*visit) error

// begin makes a visit of a request.
func (c *Console) begin(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{Console: c, w: w, r: r, zone: time.UTC}
	v.locale = v.spoken(localeOf(r.Header.Get("Accept-Language")))
	v.api = v.client("")
	return v
}

// client makes a client that asks the API with a token. Nothing is repeated: whoever
// waits for a page can ask again.
func (v *visit) client(token string) *client.Client {
	api, err := client.New("http://console.invalid", client.WithToken(token), client.WithRetries(0),
		client.WithHTTPClient(&http.Client{Transport: transport{v.API, v.r}}), client.WithUserAgent(v.r.UserAgent()))
	if err != nil {
		panic(err) // the address is a good one
	}
	return api
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// What is read of a form.
const (
	maxOpenForm = 64 << 10 // of those who are not signed in
	maxForm     = 1 << 20  // as much as the API takes
)

// largestFiles are how many bytes a file may have, by the operation of the API that takes it.
var largestFiles = map[string]int64{
	"PUT /ratedecks/{name}": 64 << 20, "PUT /callernames": 64 << 20, "POST /numbers/import": 16 << 20, "POST /barrings/import": 4 << 20,
	"PUT /customers/{id}/holdmusic": 64 << 20, "PUT /customers/{id}/logo": 2 << 20,
}

// withFile is how many bytes a form with a file may have. Where the file comes back as
// text, after it was checked, browsers make two characters of the end of each line.
func withFile(largest int64) int64 { return 2*largest + maxForm }

// open serves a page that needs no session.
func (c *Console) open(pattern string, p page) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxOpenForm)
		v := c.begin(w, r)
		v.resume()
		v.finish(p(v))
	})
}

// route serves a page to whoever is signed in.
func (c *Console) route(pattern string, p page) { c.serve(pattern, maxForm, p) }

// upload serves a page whose form may have a file, for an operation of the API. Of those
// who may not use it nothing is read.
func (c *Console) upload(operation, pattern string, p page) {
	rule, found := tollkeeper.RuleOf(operation)
	largest := largestFiles[operation]
	if !found || largest == 0 {
		panic(operation + " has no rule, or no largest file")
	}
	c.serve(pattern, withFile(largest), func(v *visit) error {
		v.largest = largest
		if lacking, may := v.who.May(&rule); v.posted() && !may {
			return &client.Error{Code: http.StatusForbidden, ClassName: client.ErrForbidden, Message: lacking}
		}
		return p(v)
	})
}

func (c *Console) serve(pattern string, maxBody int64, p page) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		v := c.begin(w, r)
		err := v.resume()
		if err == nil {
			err = p(v)
		}
		v.finish(err)
	})
}

// dangerous serves a page to whoever has proved lately to be the one who is signed in.
func (c *Console) dangerous(pattern string, p page) {
	c.route(pattern, func(v *visit) error {
		if !v.fresh() {
			return v.redirect("/console/confirm?next=" + escape(v.here()))
		}
		return p(v)
	})
}

// finish shows an error, if there is one.
func (v *visit) finish(err error) {
	var answer *client.Error
	switch {
	case err == nil:
	case errors.Is(err, errSignedOut), errors.Is(err, client.ErrNotAuthenticated):
		v.forget()
		v.redirect("/console/sign-in?next=" + escape(v.here()))
	case errors.As(err, &answer):
		v.showError(answer.Code, answer.Message)
	case errors.Is(err, client.ErrInvalidArgument): // such as a change without the version that it changes
		v.showError(http.StatusBadRequest, v.t("The form lacks something that its page gives it. Open the page anew and try again."))
	case v.ctx().Err() != nil: // whoever asked has gone
	default:
		v.Log.Error("console", "path", v.r.URL.Path, "error", err)
		v.showError(http.StatusInternalServerError, v.t("The page could not be made. The server's log says why."))
	}
}

// errorTitles are what pages of errors are called.
var errorTitles = map[int]text{
	http.StatusForbidden:           "You may not see this",
	http.StatusNotFound:            "There is nothing here",
	http.StatusTooManyRequests:     "Too many requests",
	http.StatusServiceUnavailable:  "The server is busy",
	http.StatusInternalServerError: "Something went wrong",
}

// errorPage says what did not work.
type errorPage struct{ Title, Message string }

func (v *visit) showError(status int, message string) {
	title := errorTitles[status]
	if title == "" {
		title = "This did not work"
	}
	v.render(status, "error", v.t(title), errorPage{v.t(title), message})
}

// redirect sends the browser to another page of the console.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// here is the address of the page that is shown, to come back to. A form's address
// is that of its page.
func (v *visit) here() string { return v.r.URL.RequestURI() }

// may reports whether the API would let the visitor use an operation at all.
func (v *visit) may(operation string) bool {
	rule, found := tollkeeper.RuleOf(operation)
	if !found || v.user == nil {
		return false
	}
	_, ok := v.who.May(&rule)
	return ok
}

// staff reports whether the visitor belongs to the carrier.
func (v *visit) staff() bool { return v.who.IsStaff() }

// principal is what the API makes of a user.
func principal(u *client.User) (p tollkeeper.Principal) {
	p.User, _ = tollkeeper.ParseID(u.Id)
	if u.Customer != "" {
		p.Customer, _ = tollkeeper.ParseID(u.Customer)
	}
	user := tollkeeper.User{
		AdminPermission: tollkeeper.Permission(u.AdminPermission), BillingPermission: tollkeeper.Permission(u.BillingPermission),
		PhonePermission: tollkeeper.Permission(u.PhonePermission),
	}
	p.Rights = user.Rights()
	return p
}
