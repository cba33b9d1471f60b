package console

import (
	"bytes"
	"io"
)

// importing is a kind of CSV file that the API takes, all of it or nothing.
type importing struct {
	title, intro, help, example string
	back                        crumb
	send                        func(csv io.Reader, dryRun bool) (said string, err error)
}

// importFile takes such a file in: first to check it and to say what is in it, then for
// good.
func (v *visit) importFile(i importing) error {
	f := form{
		Action: v.r.URL.Path, Title: i.title, Intro: i.intro, Submit: v.t("Check"), Cancel: i.back.Link, Upload: true,
		Fields: []field{
			{Name: "file", Label: v.t("CSV file"), Kind: "file", Help: i.help},
			{Name: "csv", Label: v.t("or CSV text"), Kind: "textarea", Placeholder: i.example},
		},
	}
	if !v.posted() {
		return v.showForm(f, i.back)
	}
	data, _ := v.readUpload(&f)
	if f.wrong() {
		return v.showForm(f, i.back)
	}
	apply := v.r.PostFormValue("apply") == "1"
	said, err := i.send(bytes.NewReader(data), !apply)
	if err != nil {
		if err := f.blame(err); err != nil {
			return err
		}
		f.Fields[1].Value = string(data[:min(len(data), 64<<10)])
		return v.showForm(f, i.back)
	}
	if apply {
		return v.done(i.back.Link, said)
	}
	sure := form{Action: f.Action, Title: i.title, Intro: said, Submit: v.t("Import"), Cancel: i.back.Link, Upload: true,
		Hidden: []pair{{"csv", string(data)}, {"apply", "1"}}}
	return v.showForm(sure, i.back)
}
