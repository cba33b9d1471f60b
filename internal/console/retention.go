package console

import (
	"net/http"

	"tollkeeper/client"
)

// retentionPage says how long records are kept, and changes it after it has said how
// many records will go.
func (v *visit) retentionPage() error {
	id := v.r.PathValue("id")
	head, err := v.head(id)
	if err != nil {
		return err
	}
	r, err := v.api.Retention.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	p := detailPage{Title: head.Name, Head: head, Tabs: v.tabs(id, "/retention")}
	rows := []detail{
		{v.t("Retention"), plain(v.months(r.Months)), v.t("As the record says.")}, {v.t("In effect"), plain(v.months(r.EffectiveMonths)), ""},
		{v.t("Changes"), v.time(r.ChangesAt), v.t("A shorter time waits until then.")},
		{v.t("Call records"), plain(v.months(r.RecordMonths)), v.t("Within the carrier's bounds.")}, {v.t("Recordings and transcripts"), plain(v.months(r.RecordingMonths)), v.t("Within the carrier's bounds.")},
	}
	if r.LegalHold {
		rows = append(rows, detail{v.t("Legal hold"), badge(v.t("Nothing is deleted"), "warn"), r.HoldReason})
	}
	p.Groups = []detailGroup{{v.t("How long records are kept"), rows}}
	if v.writable("cdrRetention") {
		f, err := v.retentionForm(id, r)
		if err != nil {
			return err
		}
		if v.posted() {
			if err := v.changeRetention(&f, id); err != nil || !f.wrong() {
				return err
			}
		}
		p.Forms = append(p.Forms, f)
	}
	title := text("Legal hold")
	if r.LegalHold {
		title = "Lift the legal hold"
	}
	p.Actions = v.actions(action{"PATCH /customers/{id}/retention", title, customerLink(id) + "/hold"})
	return v.showDetail(p)
}

func (v *visit) months(n int) string {
	if n == 0 {
		return v.t("until deleted by hand")
	}
	return v.several(int64(n), "%d month", "%d months", n)
}

// retentionForm asks for months first, and then, with what they would delete, whether
// to save them.
func (v *visit) retentionForm(id string, r *client.Retention) (form, error) {
	f := form{Title: v.t("Change"), Action: customerLink(id) + "/retention", Submit: v.t("Show what would go"), Fields: []field{
		{Name: "months", Label: v.t("Keep for"), Kind: "number", Unit: v.t("months"), Value: itoa(int64(r.Months)), Required: true, Help: v.t("Calendar months; 0 keeps records until they are deleted by hand. Nothing is saved yet.")},
	}}
	if !v.posted() {
		return f, nil
	}
	f.refill(v.r)
	n, ok := readInt(v.typed("months"))
	if !ok {
		f.fault("months", v.t("must be a whole number"))
		return f, nil
	}
	months := int(n)
	would, err := v.api.Retention.Preview(v.ctx(), id, &months)
	if err != nil {
		return f, f.blame(err)
	}
	f.Title, f.Submit, f.Cancel = v.t("Keep for %s?", v.months(months)), v.t("Save"), customerLink(id)+"/retention"
	f.Danger = would.Records+would.Recordings > 0
	f.Intro = v.t("Nothing that is there now would be deleted.")
	if f.Danger {
		f.Intro = v.t("From %s on, these would be deleted for good: call records %s, recordings with their transcripts %s.", v.moment(would.EffectiveAt).Text, v.count(would.Records), v.count(would.Recordings))
	}
	f.Hidden, f.Fields = []pair{{"months", itoa(n)}, {"sure", "1"}}, nil
	return f, nil
}

// changeRetention saves the months once the visitor has seen what they delete.
func (v *visit) changeRetention(f *form, id string) error {
	if f.wrong() {
		return nil
	}
	if v.r.PostFormValue("sure") == "" {
		head, err := v.head(id)
		if err != nil {
			return err
		}
		return v.render(http.StatusOK, "detail", head.Name, detailPage{Title: head.Name, Head: head, Tabs: v.tabs(id, "/retention"), Forms: []form{*f}})
	}
	if !v.fresh() {
		return v.redirect("/console/confirm?next=" + escape(v.here()))
	}
	n, _ := readInt(v.typed("months"))
	if _, err := v.api.Customers.Patch(v.ctx(), id, client.CustomersPatch{CdrRetention: client.Set(int(n))}); err != nil {
		return f.blame(err)
	}
	return v.done(customerLink(id)+"/retention", v.t("Retention was saved."))
}

// changeHold keeps everything of a customer, or lets time take it again.
func (v *visit) changeHold() error {
	id := v.r.PathValue("id")
	r, err := v.api.Retention.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	hold, notice := true, v.t("Nothing of this customer is deleted from now on.")
	f := form{Title: v.t("Legal hold"), Submit: v.t("Place the hold"), Intro: v.t("Nothing of this customer is deleted, by time or by hand, until the hold is lifted. The customer is not told."),
		Fields: []field{{Name: "reason", Label: v.t("Reason"), Kind: "text", Required: true, Focus: true, Help: v.t("Such as the number of the order.")}}}
	if r.LegalHold {
		hold, notice = false, v.t("The hold was lifted.")
		f = form{Title: v.t("Lift the legal hold?"), Submit: v.t("Lift the hold"), Danger: true, Intro: v.t("What is older than its time is deleted at the next run of the job. The reason was: %s", r.HoldReason)}
	}
	return v.ask(f, crumb{v.t("Retention"), customerLink(id) + "/retention"}, func(*form) (string, error) {
		_, err := v.api.Retention.Patch(v.ctx(), id, client.RetentionPatch{LegalHold: hold, HoldReason: v.r.PostFormValue("reason")})
		return notice, err
	})
}
