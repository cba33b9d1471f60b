package notify

import (
	"strconv"
	"strings"
	"time"

	"tollkeeper"
)

// digests are the letters about several events, by the types of those.
var digests = map[tollkeeper.EventType]string{
	tollkeeper.EventRecordingReady:  "recording-digest",
	tollkeeper.EventTranscriptReady: "transcript-digest",
}

// digestExamples is the data of these letters, by which templates are tried.
var digestExamples = map[string]string{
	"recording-digest": `{"count":3,"more":1,"items":[{"at":"2026-03-02T09:15:04.000Z","recording":"69a566a84b1f8c3a5e000006","callId":"a84b4c76e66710@pbx","from":"+12125550100","to":"+442071838750","durationMillis":60000,"link":"` +
		tollkeeper.HiddenSecret(0) + `","until":"2026-03-09T09:15:04.000Z"},{"at":"2026-03-02T09:25:04.000Z","recording":"69a566a84b1f8c3a5e000007","callId":"b84b4c76e66710@pbx","from":"+12125550100","to":"+442071838750","durationMillis":3723000,"link":"` +
		tollkeeper.HiddenSecret(1) + `","until":"2026-03-09T09:25:04.000Z"}]}`,
	"transcript-digest": `{"count":2,"more":1,"items":[{"at":"2026-03-02T09:15:04.000Z","recording":"69a566a84b1f8c3a5e000006","callId":"a84b4c76e66710@pbx","from":"+12125550100","to":"+442071838750","language":"english","chargeMicros":6000}]}`,
}

// digest is how several events of a type about recordings are told of by one letter.
func (d *Dispatcher) digest(kind tollkeeper.EventType) *tollkeeper.NoticeDigest {
	return &tollkeeper.NoticeDigest{Kind: digests[kind], Recording: recordingOf,
		Write: func(events []tollkeeper.Event, all int64, c tollkeeper.Customer, to tollkeeper.User) tollkeeper.Mail {
			return d.aboutSeveral(digests[kind], events, all, page{Customer: c.Name}, to)
		}}
}

// recordingOf is the recording that an event is about.
func recordingOf(e tollkeeper.Event) tollkeeper.ID {
	text, _ := parseData(e.Data)["recording"].(string)
	id, _ := tollkeeper.ParseID(text) // zero is no recording, and nothing is told
	return id
}

// aboutSeveral writes of events, in their order, each recording with its link.
func (d *Dispatcher) aboutSeveral(kind string, events []tollkeeper.Event, all int64, p page, to tollkeeper.User) tollkeeper.Mail {
	var items []any
	var secrets []string
	var until time.Time
	for _, e := range events {
		item := parseData(e.Data)
		item["at"] = e.CreatedAt.UTC().Format(tollkeeper.TimeLayout)
		if e.Type == tollkeeper.EventRecordingReady && d.ListenLink != nil {
			var address string
			address, until = d.ListenLink(e.Customer, recordingOf(e), e.CreatedAt)
			item["link"], item["until"] = tollkeeper.HiddenSecret(len(secrets)), until.UTC().Format(tollkeeper.TimeLayout)
			secrets = append(secrets, address)
		}
		items = append(items, item)
	}
	p.at = events[len(events)-1].CreatedAt
	p.data = map[string]any{"items": items, "count": strconv.FormatInt(all, 10)}
	if more := all - int64(len(events)); more > 0 {
		p.data["more"] = strconv.FormatInt(more, 10)
	}
	m := d.Letters.letter(kind, to, p)
	m.Secret, m.ExpiresAt = strings.Join(secrets, "\n"), until
	return m
}

// Items are the events that a letter tells of.
func (p *page) Items() (items []*page, err error) {
	list, _ := p.data["items"].([]any)
	for _, one := range list {
		data, _ := one.(map[string]any)
		item := *p
		item.data = data
		text, err := item.Text("at")
		if err != nil {
			return nil, err
		}
		if item.at, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, err
		}
		items = append(items, &item)
	}
	return items, nil
}

// Length is a time in the data, in milliseconds, as 1:05 or 1:02:03.
func (p *page) Length(key string) (string, error) {
	text, err := p.Text(key)
	if err != nil || text == "" {
		return "", err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", err
	}
	seconds := (n + 500) / 1000
	two := func(n int64) string { return strconv.FormatInt(n/10, 10) + strconv.FormatInt(n%10, 10) }
	if hours := seconds / 3600; hours > 0 {
		return strconv.FormatInt(hours, 10) + ":" + two(seconds/60%60) + ":" + two(seconds%60), nil
	}
	return strconv.FormatInt(seconds/60, 10) + ":" + two(seconds%60), nil
}
