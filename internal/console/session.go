package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tollkeeper/client"
)

// session is what a browser holds of a sign-in, sealed.
type session struct {
	Token string // the API's own
	User  string
	Seen  time.Time // the last page that was asked for
	Fresh time.Time // when a password was last given
}

// Names of cookies.
const (
	sessionCookie  = "tollkeeper_session"
	halfCookie     = "tollkeeper_half_session" // a right password without its second factor
	themeCookie    = "tollkeeper_theme"
	languageCookie = "tollkeeper_language"
	flashCookie    = "tollkeeper_notice"
)

const (
	// freshFor is how long a password counts for dangerous acts.
	freshFor = 10 * time.Minute
	// halfLife is how long a code may take to be typed.
	halfLife = 5 * time.Minute
	// seenEvery spares most answers a cookie.
	seenEvery = time.Minute
)

var errSignedOut = errors.New("nobody is signed in")

// resume takes up the session of the browser's cookie.
func (v *visit) resume() error {
	cookie, err := v.r.Cookie(sessionCookie)
	if err != nil || !v.seal.open(sessionCookie, cookie.Value, &v.session) || v.Now().Sub(v.session.Seen) > v.Idle {
		return errSignedOut
	}
	v.api = v.client(v.session.Token)
	user, err := v.api.Users.Get(v.ctx(), v.session.User)
	if err != nil {
		return err
	}
	v.welcome(user)
	if now := v.Now(); now.Sub(v.session.Seen) > seenEvery {
		v.session.Seen = now
		v.remember()
	}
	return nil
}

// welcome shows pages as a user wants them.
func (v *visit) welcome(u *client.User) {
	v.user, v.who = u, principal(u)
	if u.Language != "" {
		v.locale = v.spoken(localeOf(u.Language))
	}
	if zone, err := time.LoadLocation(u.Timezone); err == nil {
		v.zone = zone
	}
}

// spoken is a locale in the language that was chosen in this browser, if one was.
func (v *visit) spoken(l locale) locale {
	if cookie, err := v.r.Cookie(languageCookie); err == nil {
		return l.speaking(cookie.Value)
	}
	return l
}

// remember gives the browser its session.
func (v *visit) remember() {
	v.cookie(sessionCookie, v.seal.close(sessionCookie, v.session), 0)
}

func (v *visit) forget() { v.cookie(sessionCookie, "", -1) }

// cookie sets a cookie for the console alone. It is sent with links from elsewhere
// but not with forms, and scripts cannot read it.
func (v *visit) cookie(name, value string, maxAge int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/console", MaxAge: maxAge, HttpOnly: true, Secure: v.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// fresh reports whether a password was given lately.
func (v *visit) fresh() bool { return v.Now().Sub(v.session.Fresh) < freshFor }

// half is a sign-in that waits for its second factor.
type half struct {
	Email, Password string
	At              time.Time
}

// signInPage is what the page of the sign-in shows.
type signInPage struct {
	Email, Next, Fault string
	NeedsCode          bool
	Confirm            bool // the visitor is known and proves it again
}

func (v *visit) signInPage() error {
	if v.user != nil {
		return v.redirect(next(v.r.FormValue("next")))
	}
	if v.operatorNeeded() {
		return v.redirect("/console/operator")
	}
	return v.showSignIn(http.StatusOK, signInPage{Next: v.r.FormValue("next")})
}

func (v *visit) showSignIn(status int, p signInPage) error {
	title := v.t("Sign in")
	if p.Confirm {
		title = v.t("Confirm that it is you")
	}
	return v.render(status, "sign-in", title, p)
}

func (v *visit) signIn() error { return v.authenticate(signInPage{Next: v.r.FormValue("next")}) }

func (v *visit) confirmPage() error {
	return v.showSignIn(http.StatusOK, signInPage{Next: v.r.FormValue("next"), Email: v.user.Email, Confirm: true})
}

func (v *visit) confirm() error {
	return v.authenticate(signInPage{Next: v.r.FormValue("next"), Email: v.user.Email, Confirm: true})
}

// authenticate asks the API for a session. The password waits, sealed, in the browser
// while its owner looks for the code of the second factor.
func (v *visit) authenticate(p signInPage) error {
	login := client.AuthenticationRequest{Strategy: client.StrategyLocal, Email: p.Email, Password: v.r.PostFormValue("password")}
	if !p.Confirm {
		login.Email = strings.TrimSpace(v.r.PostFormValue("email"))
	}
	if code := strings.TrimSpace(v.r.PostFormValue("code")); code != "" {
		var kept half
		cookie, err := v.r.Cookie(halfCookie)
		if err != nil || !v.seal.open(halfCookie, cookie.Value, &kept) || v.Now().Sub(kept.At) > halfLife {
			p.Fault = v.t("That took too long. Start again.")
			return v.showSignIn(http.StatusUnprocessableEntity, p)
		}
		login.Email, login.Password = kept.Email, kept.Password
		if isTOTP(code) {
			login.TotpCode = code
		} else {
			login.RecoveryCode = code
		}
	}
	p.Email = login.Email
	signedIn, err := v.client("").Authentication.Create(v.ctx(), login)
	if answer := (*client.Error)(nil); errors.As(err, &answer) {
		return v.refuse(p, login, answer)
	}
	if err != nil {
		return err
	}
	v.begins(signedIn)
	v.cookie(halfCookie, "", -1)
	return v.redirect(next(p.Next))
}

// begins takes up a session that was just made by a password.
func (v *visit) begins(signedIn *client.Authentication) {
	now := v.Now()
	v.session = session{Token: signedIn.AccessToken, User: signedIn.Id, Seen: now, Fresh: now}
	v.remember()
}

// refuse shows why the API made no session. Codes have six digits (RFC 6238), so a
// fault of a login that had none asks for one.
func (v *visit) refuse(p signInPage, login client.AuthenticationRequest, answer *client.Error) error {
	needed := strings.Contains(answer.Message, "totpCode")
	if needed || login.TotpCode != "" || login.RecoveryCode != "" {
		p.NeedsCode = true
		v.cookie(halfCookie, v.seal.close(halfCookie, half{login.Email, login.Password, v.Now()}), int(halfLife.Seconds()))
	}
	switch {
	case needed && login.TotpCode == "" && login.RecoveryCode == "":
		return v.showSignIn(http.StatusOK, p)
	case answer.Code == http.StatusUnauthorized && p.NeedsCode:
		p.Fault = v.t("The code is wrong, or was used already.")
	case answer.Code == http.StatusUnauthorized:
		p.Fault = v.t("The e-mail address or the password is wrong.")
	default:
		p.Fault = answerText(answer)
	}
	return v.showSignIn(http.StatusUnprocessableEntity, p)
}

func isTOTP(code string) bool {
	return len(code) == 6 && strings.Trim(code, "0123456789") == ""
}

func (v *visit) signOut() error {
	if v.user != nil {
		if _, err := v.api.Authentication.Remove(v.ctx()); err != nil && !errors.Is(err, client.ErrNotAuthenticated) {
			return err
		}
	}
	v.forget()
	v.cookie(startCookie, "", -1)
	return v.redirect("/console/sign-in")
}

// next is where a visitor goes on to: a page of the console, whatever was asked for.
func next(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/console/") || strings.Contains(address, "\\") {
		return "/console/"
	}
	return address
}

func escape(s string) string { return url.QueryEscape(s) }
