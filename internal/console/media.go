package console

import (
	"context"
	"errors"
	"io"
	"net/http"

	"tollkeeper/client"
)

// mediaPage is what callers are told about recording, and what they hear on hold.
func (v *visit) mediaPage() error { return v.showMedia("") }

// showMedia shows the page of a customer's media. A fault is that of the file which was
// sent to the address of the visit.
func (v *visit) showMedia(fault string) error {
	id := v.r.PathValue("id")
	head, err := v.head(id)
	if err != nil {
		return err
	}
	m, err := v.api.CustomerMedia.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Consent to recording"), Action: customerLink(id) + "/media", Submit: v.t("Save"), Fields: []field{
		{Name: "consent", Label: v.t("Before a call is recorded"), Kind: "select", Help: v.t("The law of the regions of both ends can ask for more than is chosen here."),
			Choices: v.options(string(m.Consent), option{"none", "Say nothing"}, option{"announce", "Announce it"}, option{"ask", "Ask for consent"})},
		{Name: "consentPrompt", Label: v.t("Announcement"), Kind: "text", Value: m.ConsentPrompt, Help: v.t("Name of the announcement at the switch; empty: the carrier's.")},
	}}
	p := detailPage{Title: head.Name, Head: head, Tabs: v.tabs(id, "/media")}
	changeable := v.may("PATCH /customers/{id}/media")
	if v.posted() && changeable && fault == "" {
		f.refill(v.r)
		_, err := v.api.CustomerMedia.Patch(v.ctx(), id, client.CustomerMediaPatch{Consent: client.Set(client.Consent(v.r.PostFormValue("consent"))), ConsentPrompt: optionalText(v.r.PostFormValue("consentPrompt"))})
		if err == nil {
			return v.done(customerLink(id)+"/media", v.t("Saved."))
		}
		if err := f.blame(err); err != nil {
			return err
		}
	}
	music := plain(v.t("The carrier's"))
	if m.OwnMusic {
		music = badge(v.t("The account's own"), "info")
	}
	p.Groups = []detailGroup{{v.t("Media"), []detail{{v.t("Hold music"), music, v.t("Played when the record's hold music is on.")}}}}
	for _, note := range m.Notes {
		p.Groups[0].Rows = append(p.Groups[0].Rows, detail{v.t("Has no effect"), plain(note), ""})
	}
	if changeable {
		upload := form{Title: v.t("Hold music"), Action: customerLink(id) + "/holdmusic", Submit: v.t("Upload"), Upload: true, Fields: []field{
			{Name: "audio", Label: v.t("Audio file"), Kind: "file", Required: true, Help: v.t("WAV, MP3 or Ogg with Opus, at most 64 MiB.")}}}
		p.Forms = []form{f, upload}
		if m.OwnMusic {
			p.Forms = append(p.Forms, form{Action: customerLink(id) + "/holdmusic/delete", Submit: v.t("Use the carrier's music"), Compact: true})
		}
	}
	if v.may("PUT /customers/{id}/logo") {
		p.Forms = append(p.Forms, v.logoForms(head)...)
	}
	for i := range p.Forms {
		if fault != "" && p.Forms[i].Action == v.r.URL.Path {
			p.Forms[i].fault(p.Forms[i].Fields[0].Name, fault)
		}
	}
	return v.showDetail(p)
}

// logoForms keep a customer's logo.
func (v *visit) logoForms(head *customerHead) []form {
	forms := []form{{Title: v.t("Logo"), Action: customerLink(head.Id) + "/logo", Submit: v.t("Upload"), Upload: true, Fields: []field{
		{Name: "picture", Label: v.t("Picture"), Kind: "file", Required: true, Help: v.t("PNG, JPEG or GIF, at most 2 MiB and 2048 pixels on each side. It is shown here and on invoices.")}}}}
	if head.Logo != "" {
		forms = append(forms, form{Action: customerLink(head.Id) + "/logo/delete", Submit: v.t("Remove the logo"), Compact: true})
	}
	return forms
}

// maxUploadMemory is how much of an upload is kept in memory; the rest waits on disk.
const maxUploadMemory = 1 << 20

// keepFile lets update have the file of a form, by the name of its field, and goes back to
// the customer's media.
func keepFile[T any](v *visit, name string, update func(context.Context, string, io.Reader) (T, error), said string) error {
	if err := v.r.ParseMultipartForm(maxUploadMemory); err != nil {
		return v.showMedia(v.unread(err))
	}
	defer v.r.MultipartForm.RemoveAll()
	file, _, err := v.r.FormFile(name)
	if err != nil {
		return v.showMedia(v.t("Choose a file."))
	}
	defer file.Close()
	id := v.r.PathValue("id")
	_, err = update(v.ctx(), id, file)
	if answer := (*client.Error)(nil); errors.As(err, &answer) && answer.Code == http.StatusBadRequest {
		return v.showMedia(answerText(answer))
	}
	if err != nil {
		return err
	}
	return v.done(customerLink(id)+"/media", said)
}

func (v *visit) uploadMusic() error {
	return keepFile(v, "audio", v.api.CustomerHoldmusic.Update, v.t("The music was kept."))
}

func (v *visit) uploadLogo() error {
	return keepFile(v, "picture", v.api.CustomerLogo.Update, v.t("The logo was kept."))
}

func (v *visit) removeLogo() error {
	id := v.r.PathValue("id")
	if _, err := v.api.CustomerLogo.Remove(v.ctx(), id); err != nil {
		return err
	}
	return v.done(customerLink(id)+"/media", v.t("The logo was removed."))
}

func (v *visit) removeMusic() error {
	id := v.r.PathValue("id")
	if _, err := v.api.CustomerHoldmusic.Remove(v.ctx(), id); err != nil {
		return err
	}
	return v.done(customerLink(id)+"/media", v.t("Callers on hold hear the carrier's music."))
}
