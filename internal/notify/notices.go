package notify

import (
	"context"
	"strings"
	"time"

	"tollkeeper"
)

// notice says who is written to about the events of a type.
type notice struct {
	to []tollkeeper.Role
	// every is the time in which one person gets at most one letter about such events of
	// one customer: the first at once, and one at its end about the next that came
	// meanwhile. Zero is a letter for each, for what does not repeat by itself.
	every   time.Duration
	example string // data of such an event, by which templates are tried
}

var (
	admin     = []tollkeeper.Role{tollkeeper.RoleAdmin}
	billing   = []tollkeeper.Role{tollkeeper.RoleBilling}
	recording = []tollkeeper.Role{tollkeeper.RoleRecording}
	owners    = []tollkeeper.Role{tollkeeper.RoleAdmin, tollkeeper.RoleSupport}
)

// notices are the events that are written about. The letter about credit.low is
// letters/en/credit-low.txt.
var notices = map[tollkeeper.EventType]notice{
	tollkeeper.EventStatusChanged: {owners, 0, `{"changes":[{"field":"status","from":"active","to":"suspended"}]}`},
	tollkeeper.EventAccountLock:   {admin, 0, `{"changes":[{"field":"accountLock","from":1,"to":0}],"protectedUntil":"2026-03-05T09:15:04.000Z","notifyOnly":true}`},

	tollkeeper.EventPortoutRequested: {admin, 0, `{"portout":"69a56c004b1f8c3a5e000041","state":"held","gainingCarrier":"Example Wireless","numbers":"+12125550101","reasons":"account_locked","decideBy":"2026-03-04T11:00:00.000Z","undecided":"refused","link":"` + tollkeeper.MailSecret + `"}`},
	tollkeeper.EventPortoutDecided:   {admin, 0, `{"portout":"69a56c004b1f8c3a5e000041","state":"refused","gainingCarrier":"Example Wireless","numbers":"+12125550101","reasons":"refused_by_owner"}`},

	tollkeeper.EventWebhookDisabled: {admin, 0, `{"webhook":"69a57a104b1f8c3a5e000031","url":"https://portal.example/tollkeeper","reason":"it answered 410 Gone"}`},

	tollkeeper.EventCreditLow:       {billing, time.Hour, `{"availableMicros":9988000,"thresholdMicros":10000000}`},
	tollkeeper.EventCreditExhausted: {billing, time.Hour, `{"availableMicros":8000}`},
	tollkeeper.EventDailySpend:      {billing, time.Hour, `{"spentMicros":99980000,"limitMicros":100000000}`},
	tollkeeper.EventUnbilledNear:    {billing, time.Hour, `{"unbilledMicros":80004000,"limitMicros":100000000}`},
	tollkeeper.EventUnbilledReached: {billing, time.Hour, `{"unbilledMicros":99990000,"limitMicros":100000000}`},

	tollkeeper.EventRefillFailed:   {billing, time.Hour, `{"payment":"69a555184b1f8c3a5e000032","amount":2145,"reason":"insufficient funds"}`},
	tollkeeper.EventRefillDisabled: {billing, 0, `{"declines":3,"reason":"insufficient funds"}`},
	tollkeeper.EventInvoiceFailed:  {billing, 0, `{"invoice":"69a555184b1f8c3a5e000034","number":"INV-000042","kind":"usage","status":"open","total":2145,"due":2145,"currency":"USD","reason":"insufficient funds","attempts":1}`},
	tollkeeper.EventInvoiceOverdue: {billing, 0, `{"invoice":"69a555184b1f8c3a5e000034","number":"INV-000042","kind":"usage","status":"collection","total":2145,"due":2145,"currency":"USD","reason":"insufficient funds","attempts":1}`},

	tollkeeper.EventRecordingReady:  {recording, time.Hour, `{"recording":"69a566a84b1f8c3a5e000006","callId":"a84b4c76e66710@pbx","from":"+12125550100","to":"+442071838750","durationMillis":60000,"link":"` + tollkeeper.MailSecret + `","until":"2026-03-09T09:15:04.000Z"}`},
	tollkeeper.EventTranscriptReady: {recording, time.Hour, `{"recording":"69a566a84b1f8c3a5e000006","callId":"a84b4c76e66710@pbx","from":"+12125550100","to":"+442071838750","language":"english","chargeMicros":6000}`},
}

// letterOf names the letter about events of a type.
func letterOf(kind tollkeeper.EventType) string { return strings.ReplaceAll(string(kind), ".", "-") }

// Notices returns what is written to people about events of a type.
func (l *Letters) Notices(kind tollkeeper.EventType) []tollkeeper.Notice {
	n, found := notices[kind]
	if !found {
		return nil
	}
	return []tollkeeper.Notice{{Kind: letterOf(kind), To: n.to, Every: n.every, Write: l.about}}
}

// about writes the letter about an event.
func (l *Letters) about(e tollkeeper.Event, c tollkeeper.Customer, to tollkeeper.User) tollkeeper.Mail {
	return l.letter(letterOf(e.Type), to, page{Customer: c.Name, at: e.CreatedAt, data: parseData(e.Data)})
}

// Events is where events wait for those who are to be told of them.
type Events interface {
	DispatchEvents(context.Context, func(tollkeeper.EventType) []tollkeeper.Notice) (done int, err error)
	WriteDigest(context.Context, func(tollkeeper.EventType) []tollkeeper.Notice) (found bool, err error)
}

// Dispatcher has letters written about what has happened.
type Dispatcher struct {
	Events  Events
	Letters *Letters
	// DecisionLink makes the address where a user can decide about a port-out until a
	// time, without signing in; nil: there is none.
	DecisionLink func(portout, user tollkeeper.ID, until time.Time) string
	// ListenLink makes the address where a recording that was ready at a time can be
	// listened to without signing in, and says until when; nil: there is none.
	ListenLink func(customer, recording tollkeeper.ID, ready time.Time) (address string, until time.Time)
	// RecordingsEvery is the time in which one person gets at most one letter about a
	// customer's recordings, and one about its transcripts: the first at once, and one at
	// the end of it about all that came meanwhile; 0 is a letter for each.
	RecordingsEvery time.Duration
}

// notices are those of the letters, with links where something is to be decided.
func (d *Dispatcher) notices(kind tollkeeper.EventType) []tollkeeper.Notice {
	list := d.Letters.Notices(kind)
	switch kind {
	case tollkeeper.EventPortoutRequested:
		list[0].Write = d.aboutPortout
	case tollkeeper.EventRecordingReady:
		list[0].Write, list[0].Every, list[0].Digest = d.aboutRecording, d.RecordingsEvery, d.digest(kind)
	case tollkeeper.EventTranscriptReady:
		list[0].Every, list[0].Digest = d.RecordingsEvery, d.digest(kind)
	}
	return list
}

// maxDispatches bounds the transactions of one run, so that it ends.
const maxDispatches = 1000

// RunOnce empties the queue, and writes of what was gathered, where its time has come. It
// returns how many events and digests there were.
func (d *Dispatcher) RunOnce(ctx context.Context) (done int, err error) {
	for range maxDispatches {
		some, err := d.Events.DispatchEvents(ctx, d.notices)
		done += some
		if err != nil || ctx.Err() != nil {
			return done, err
		}
		if some == 0 {
			break
		}
	}
	for range maxDispatches {
		found, err := d.Events.WriteDigest(ctx, d.notices)
		if err != nil || !found || ctx.Err() != nil {
			return done, err
		}
		done++
	}
	return done, nil
}
