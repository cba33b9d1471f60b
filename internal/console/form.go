package console

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"tollkeeper/client"
)

// form is a form with what was typed and what is wrong with it.
type form struct {
	Action  string
	Title   string
	Intro   string
	Fields  []field
	Hidden  []pair
	Submit  string
	Danger  bool
	Cancel  string   // address to go back to; "" for none
	Faults  []string // those that belong to no field
	Upload  bool     // has a file
	Compact bool     // a button and little else
}

// field is one input of a form.
type field struct {
	Name, Label, Help, Unit string
	Kind                    string // text, number, money, select, textarea, checks, file, password, email, date, code, customer, zone
	Value                   string
	Choices                 []choice
	Fault                   string
	Required, Focus         bool
	Autocomplete            string
	Placeholder             string
}

// options makes the choices of a select.
func (v *visit) options(chosen string, all ...option) (choices []choice) {
	for _, o := range all {
		choices = append(choices, choice{o.Value, v.t(o.Title), o.Value == chosen})
	}
	return choices
}

// refill puts what was typed back into the form. Secrets are typed again.
func (f *form) refill(r *http.Request) {
	for i := range f.Fields {
		in := &f.Fields[i]
		switch in.Kind {
		case "password", "file":
		case "checks":
			r.ParseForm()
			for j := range in.Choices {
				in.Choices[j].Chosen = slices.Contains(r.PostForm[in.Name], in.Choices[j].Value)
			}
		case "select":
			for j := range in.Choices {
				in.Choices[j].Chosen = in.Choices[j].Value == r.PostFormValue(in.Name)
			}
		default:
			in.Value = r.PostFormValue(in.Name)
		}
	}
}

// fault blames a field, or the form where it has no such field.
func (f *form) fault(name, message string) {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Fault = message
			return
		}
	}
	if name != "" {
		message = name + ": " + message
	}
	f.Faults = append(f.Faults, message)
}

// wrong reports whether anything was blamed.
func (f *form) wrong() bool {
	for _, in := range f.Fields {
		if in.Fault != "" {
			return true
		}
	}
	return f.Faults != nil
}

// status is that of a page with the form, or with none: as it was asked for, or with its
// faults.
func (f *form) status() int {
	if f != nil && f.wrong() {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// Attended are the fields. The first of those that are wrong gets the focus, so that its
// fault is read out.
func (f form) Attended() []field {
	first := slices.IndexFunc(f.Fields, func(in field) bool { return in.Fault != "" })
	if first < 0 {
		return f.Fields
	}
	fields := slices.Clone(f.Fields)
	for i := range fields {
		fields[i].Focus = i == first
	}
	return fields
}

// blame puts the API's faults beside the fields they name, in the API's words. It
// returns the error where that is none of the visitor's making.
func (f *form) blame(err error) error {
	var answer *client.Error
	if !errors.As(err, &answer) || answer.Code == http.StatusUnauthorized || answer.Code >= 500 || answer.Code == http.StatusNotFound {
		return err
	}
	if len(answer.Errors) == 0 {
		f.fault("", answer.Message)
	}
	for _, fault := range answer.Errors {
		name, message, named := strings.Cut(fault, ": ")
		if !named {
			name, message = "", fault
		}
		f.fault(name, message)
	}
	return nil
}

// answerText is an API's error in one line.
func answerText(answer *client.Error) string {
	if len(answer.Errors) > 0 {
		return strings.Join(answer.Errors, "; ")
	}
	return answer.Message
}

// formPage is a page with nothing but a form.
type formPage struct {
	Form form
	Back crumb
}

// crumb leads back to where a page belongs.
type crumb struct{ Title, Link string }

// showForm shows a form on a page of its own: as it was asked for, or with its faults.
func (v *visit) showForm(f form, back crumb) error {
	return v.render(f.status(), "form", f.Title, formPage{f, back})
}

// ask shows a form, does what it asks for once it was sent and nothing is wrong with it,
// and goes back. What do returns is the notice.
func (v *visit) ask(f form, back crumb, do func(*form) (notice string, err error)) error {
	f.Action, f.Cancel = v.r.URL.RequestURI(), cmp.Or(f.Cancel, back.Link)
	if !v.posted() {
		return v.showForm(f, back)
	}
	f.refill(v.r)
	notice, err := do(&f)
	if err != nil {
		if err := v.blameWithin(&f, err); err != nil {
			return err
		}
	}
	if f.wrong() {
		return v.showForm(f, back)
	}
	return v.done(back.Link, notice)
}

// sure asks once more before something that cannot be undone.
func (v *visit) sure(f form, back crumb, do func() error, notice string) error {
	f.Danger = true
	return v.ask(f, back, func(*form) (string, error) { return notice, do() })
}

// onceKey is the idempotency key of what a form asks for: it stays with the form, so
// that sending it twice does it once.
func (v *visit) onceKey() string {
	if key := v.r.PostFormValue("key"); key != "" {
		return key
	}
	return "console-" + token()
}

// cents reads an amount of cents, or blames the field.
func (f *form) cents(v *visit, name string) int64 {
	n, ok := readCents(v.typed(name))
	if !ok {
		f.fault(name, v.t("must be an amount with at most two decimals"))
	}
	return int64(n)
}

// posted reports whether the form was sent, and not only asked for.
func (v *visit) posted() bool { return v.r.Method == http.MethodPost }
