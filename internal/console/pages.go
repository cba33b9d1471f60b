package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed static all:pages text
var assets embed.FS

// pages are the templates, a set for each page and language.
type pages struct {
	sets map[string]map[string]*template.Template // language, page
}

// parsePages reads the templates. Those whose names begin with _ belong to all pages.
func parsePages(files *files) (*pages, error) {
	names, err := fs.Glob(assets, "pages/*.html")
	if err != nil {
		return nil, err
	}
	all := &pages{sets: map[string]map[string]*template.Template{}}
	for language := range catalogues() {
		common := template.New("").Funcs(template.FuncMap{
			"t":      func(t text, args ...any) string { return say(language, t, args...) },
			"static": files.address,
		})
		if common, err = common.ParseFS(assets, "pages/_*.html"); err != nil {
			return nil, err
		}
		all.sets[language] = map[string]*template.Template{}
		for _, name := range names {
			base := strings.TrimSuffix(path.Base(name), ".html")
			if strings.HasPrefix(base, "_") {
				continue
			}
			set, err := common.Clone()
			if err != nil {
				return nil, err
			}
			if all.sets[language][base], err = set.ParseFS(assets, name); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// frame is what every page shows around its own content.
type frame struct {
	Title  string
	Tag    string   // of the language
	Theme  string   // light, dark, or "" for the system's
	Spoken []choice // the languages to choose from
	User   string
	Zone   string // of the times
	Groups []menuGroup
	Notice string
	Here   string
	Page   any
}

// render answers with a page. Nothing is sent before the page is whole.
func (v *visit) render(status int, name, title string, data any) error {
	f := frame{Title: title, Tag: v.locale.tag, Theme: v.theme(), Here: v.here(), Page: data}
	for _, language := range languages() {
		f.Spoken = append(f.Spoken, choice{language, say(language, languageName), language == v.locale.language})
	}
	if v.user != nil {
		f.User, f.Zone, f.Groups, f.Notice = v.user.Email, strings.ReplaceAll(v.zone.String(), "_", " "), v.menu(), v.notice()
	}
	set := v.templates(name)
	if set == nil {
		return fmt.Errorf("there is no page %s", name)
	}
	var b bytes.Buffer
	if err := set.ExecuteTemplate(&b, "frame", f); err != nil {
		return fmt.Errorf("make the page %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, err := v.w.Write(b.Bytes())
	if err != nil {
		return nil // the browser has gone; there is nobody to tell
	}
	return nil
}

// show is render for a page that is as it should be.
func (v *visit) show(name, title string, data any) error {
	return v.render(http.StatusOK, name, title, data)
}

func (v *visit) theme() string {
	cookie, err := v.r.Cookie(themeCookie)
	if err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}

// setTheme remembers how the visitor wants pages to look.
func (v *visit) setTheme() error {
	if theme := v.r.PostFormValue("theme"); theme == "light" || theme == "dark" {
		v.cookie(themeCookie, theme, 365*24*60*60)
	} else {
		v.cookie(themeCookie, "", -1)
	}
	return v.redirect(next(v.r.PostFormValue("next")))
}

// setLanguage remembers in which language the visitor wants pages.
func (v *visit) setLanguage() error {
	if language := v.r.PostFormValue("language"); slices.Contains(languages(), language) {
		v.cookie(languageCookie, language, 365*24*60*60)
	}
	return v.redirect(next(v.r.PostFormValue("next")))
}

// done goes on to a page that begins by saying what was done.
func (v *visit) done(to, notice string) error {
	v.cookie(flashCookie, v.seal.close(flashCookie, notice), 60)
	return v.redirect(to)
}

// notice takes what done left.
func (v *visit) notice() (notice string) {
	cookie, err := v.r.Cookie(flashCookie)
	if err != nil || !v.seal.open(flashCookie, cookie.Value, &notice) {
		return ""
	}
	v.cookie(flashCookie, "", -1)
	return notice
}
