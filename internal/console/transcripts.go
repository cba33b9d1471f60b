package console

import (
	"tollkeeper/client"
)

var (
	transcriptStates = []option{{"queued", "Being made"}, {"ready", "Ready"}, {"failed", "Given up"}}
	transcriptTones  = map[string]string{"queued": "info", "ready": "good", "failed": "bad"}
)

// transcripts are what was said in recordings, searched by what was said.
func (v *visit) transcripts() list[client.Transcript] {
	return list[client.Transcript]{
		Name: "transcripts", Search: "What was said", Find: v.api.Transcripts.Find, All: v.api.Transcripts.All,
		Empty: "No transcript yet. Recordings are transcribed when the customer's record says so and the server has an engine for it.",
		Link:  func(t client.Transcript) string { return recordingLink(t.Id) },
		Names: func(t client.Transcript) (string, []string) { return t.Customer, nil },
		Columns: []column[client.Transcript]{
			{Key: "startedAt", Title: "Started", Cell: func(v *visit, t client.Transcript) cell {
				at := v.time(t.StartedAt)
				at.Link = recordingLink(t.Id)
				return at
			}},
			customerColumn(func(t client.Transcript) string { return t.Customer }),
			{Key: "from", Title: "From", Cell: func(v *visit, t client.Transcript) cell { return code(t.From) }},
			{Key: "to", Title: "To", Cell: func(v *visit, t client.Transcript) cell { return code(t.To) }},
			{Key: "state", Title: "State", Cell: func(v *visit, t client.Transcript) cell {
				return v.named(string(t.State), transcriptStates, transcriptTones)
			}},
			{Key: "text", Title: "Said", Fixed: true, Wrap: true, Cell: func(v *visit, t client.Transcript) cell { return plain(shorten(t.Text)).raw(t.Text) }},
			{Key: "language", Title: "Language", Extra: true, Cell: func(v *visit, t client.Transcript) cell { return plain(t.Language) }},
			{Key: "error", Title: "Error", Extra: true, Fixed: true, Wrap: true, Cell: func(v *visit, t client.Transcript) cell { return plain(t.Error) }},
			{Key: "callId", Title: "Call id", Extra: true, Cell: func(v *visit, t client.Transcript) cell { return code(t.CallId) }},
		},
		Filters: []filter{{Field: "state", Title: "State", Kind: oneOf, Choices: transcriptStates}, {Field: "startedAt", Title: "Started", Kind: days}},
	}
}

// shorten cuts a text that is too long for a row.
func shorten(s string) string {
	const longest = 160
	if runes := []rune(s); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return s
}

func (v *visit) transcriptsPage() error {
	l := v.transcripts()
	return showList(v, &l, listPage{Title: v.t("Transcripts")})
}

func (v *visit) customerTranscriptsPage() error {
	return showWithin(v, within(v.transcripts(), v.r.PathValue("id")), "/transcripts")
}

// said is a transcript as a part of a call's page.
type said struct {
	State    cell
	Error    string
	Redacted string
	Lines    []saidLine
}

type saidLine struct{ At, Who, Text string }

// transcriptOf finds what was said in a call; nil where there is nothing for the visitor.
func (v *visit) transcriptOf(id string) (*said, error) {
	t, err := v.api.Transcripts.Get(v.ctx(), id)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &said{State: v.named(string(t.State), transcriptStates, transcriptTones), Error: t.Error}
	if t.Redacted > 0 {
		s.Redacted = v.several(int64(t.Redacted), "%d card number was taken out.", "%d card numbers were taken out.", t.Redacted)
	}
	for _, segment := range t.Segments {
		line := saidLine{At: clockOf(segment.StartMillis), Text: segment.Text}
		if segment.Channel > 0 {
			line.Who = v.t("Speaker %d", segment.Channel)
		}
		s.Lines = append(s.Lines, line)
	}
	if s.Lines == nil && t.Text != "" {
		s.Lines = []saidLine{{Text: t.Text}}
	}
	return s, nil
}
