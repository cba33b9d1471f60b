package notify

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/bojanz/currency"
)

// builtIn are the letters that come with the program, in the folder of their
// language, and the page around them.
//
//go:embed letters
var builtIn embed.FS

const (
	// fallback is the language of people whose own has no letters.
	fallback = "en"
	pageFile = "page.html"
	// maxTemplate bounds a file of the operator's, in bytes.
	maxTemplate = 256 << 10
)

// Letters writes the letters. It does not change, and may be shared.
type Letters struct {
	currency string
	texts    map[string]*template.Template     // by "es/credit-low"
	pages    map[string]*htmltemplate.Template // likewise, of the letters that have a page of their own
	page     *htmltemplate.Template            // around the others
	standard *Letters                          // without what the operator changed; nil for that itself
}

// NewLetters reads the letters, and over them those of a folder, if it is not "": files
// such as en/credit-low.txt, pt/credit-low.txt for another language, en/credit-low.html
// for a page instead of the one made of the text, and page.html for what is around
// every page. Each is tried with an example. The error names everything that is wrong.
func NewLetters(folder, currencyCode string) (*Letters, error) {
	if !currency.IsValid(currencyCode) {
		return nil, errors.New("currency: must be a code of ISO 4217 such as USD")
	}
	root, err := fs.Sub(builtIn, "letters")
	if err != nil {
		return nil, err
	}
	l := newLetters(currencyCode)
	if err := l.read(root); err != nil || folder == "" {
		return l, err
	}
	own := newLetters(currencyCode)
	own.standard, own.page = l, l.page
	for name, text := range l.texts {
		own.texts[name] = text
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("mail-templates: %s must be a folder", folder)
	}
	return own, own.read(os.DirFS(folder))
}

func newLetters(currencyCode string) *Letters {
	return &Letters{currency: currencyCode, texts: map[string]*template.Template{}, pages: map[string]*htmltemplate.Template{}}
}

// read takes every file of a folder, whose faults are joined.
func (l *Letters) read(root fs.FS) error {
	var faults []error
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		if err := l.readFile(root, name); err != nil {
			faults = append(faults, fmt.Errorf("mail-templates: %s: %w", name, err))
		}
		return nil
	})
	if err == nil && len(faults) == 0 {
		faults = l.try()
	}
	return errors.Join(append(faults, err)...)
}

func (l *Letters) readFile(root fs.FS, name string) error {
	language, file := path.Split(name)
	kind, extension := strings.TrimSuffix(file, path.Ext(file)), path.Ext(file)
	language = strings.TrimSuffix(language, "/")
	switch {
	case name == pageFile:
	case extension != ".txt" && extension != ".html", language == "", strings.Contains(language, "/"):
		return errors.New("must be page.html or a letter such as en/credit-low.txt")
	case !slices.Contains(kinds, kind):
		return errors.New("is no letter; there are " + strings.Join(kinds, ", "))
	}
	info, err := fs.Stat(root, name)
	if err != nil {
		return err
	}
	if info.Size() > maxTemplate {
		return fmt.Errorf("must have at most %d KiB", maxTemplate>>10)
	}
	content, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	key := strings.ToLower(language) + "/" + kind
	if extension == ".txt" {
		l.texts[key], err = template.New(name).Parse(string(content))
		return err
	}
	page, err := htmltemplate.New(name).Parse(string(content))
	if name == pageFile {
		l.page = page
	} else {
		l.pages[key] = page
	}
	return err
}

// try writes every letter in every language about an example.
func (l *Letters) try() (faults []error) {
	for _, key := range slices.Sorted(keysOf(l.texts, l.pages)) {
		language, kind := path.Split(key)
		p := example(kind, strings.TrimSuffix(language, "/"), l.currency)
		if _, err := l.write(key, p); err != nil {
			faults = append(faults, fmt.Errorf("mail-templates: %w", err))
		}
	}
	return faults
}

// keysOf yields the names of letters; one that has a page and no text is there too.
func keysOf(texts map[string]*template.Template, pages map[string]*htmltemplate.Template) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range texts {
			if !yield(key) {
				return
			}
		}
		for key := range pages {
			if texts[key] == nil && !yield(key) {
				return
			}
		}
	}
}
