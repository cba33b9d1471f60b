package ledger

import (
	"cmp"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
)

// authorize decides whether a call may be placed. The checks stand in the order
// the reasons are documented in; a denial changes nothing.
func (p *Policy) authorize(b *Book, q tollkeeper.Authorization) (tollkeeper.Decision, error) {
	known := b.call(q.CallKey)
	if known.Live != nil || known.Record != nil {
		return repeated(known, q)
	}
	if q.Called.Emergency && q.Direction == tollkeeper.Outbound {
		return p.letEmergencyThrough(b, q), nil
	}
	a := b.account(q.Customer)
	if a == nil {
		return deny(q, tollkeeper.ReasonUnknownCustomer), nil
	}
	limits := a.Limits.Over(p.Limits)
	if reason := p.barred(b, a, q); reason != tollkeeper.ReasonOK {
		return deny(q, reason), nil
	}
	window, ok := a.RateWindow, true
	if q.Direction == tollkeeper.Outbound && a.MaxOutboundCallRate > 0 {
		if window, ok = window.Admit(b.Now, a.MaxOutboundCallRate); !ok {
			return deny(q, tollkeeper.ReasonRateLimited), nil
		}
	}
	trunk, trunkWindow := b.Trunks[TrunkKey{q.Customer, q.Trunk}], tollkeeper.RateWindow(nil)
	if trunk != nil {
		if trunkWindow, ok = trunk.admit(b.Now, q.Direction); !ok {
			return deny(q, tollkeeper.ReasonRateLimited), nil
		}
	}
	if limits.MaxConcurrentCalls > 0 && a.LiveCalls >= limits.MaxConcurrentCalls || trunk != nil && trunk.full() {
		return deny(q, tollkeeper.ReasonTooManyCalls), nil
	}
	tariff := q.Inbound.Tariff(q.Called.E164)
	if q.Direction == tollkeeper.Outbound {
		if tariff, ok = b.Tariff(a.Deck(), q.Called.E164, b.Now); !ok {
			return deny(q, tollkeeper.ReasonNoPrice), nil
		}
		if limits.MaxPricePerMinute > 0 && tariff.PricePerMinute > limits.MaxPricePerMinute {
			return denyPriced(q, tollkeeper.ReasonPriceCap, tariff), nil
		}
	}
	tariff.BillMethod = a.DefaultBillMethod
	call := p.newCall(b, q, tariff)
	call.Media = p.media(&a.Account, q)
	reason, err := p.grant(b, a, call, p.firstWish(q))
	if err != nil || reason != tollkeeper.ReasonOK {
		return denyPriced(q, reason, tariff), err
	}
	call.Final = call.Final || call.WholeCall
	call.FirstGrant, call.FirstFinal = call.Granted, call.Final
	a.RateWindow, a.Changed = window, true
	a.LiveCalls++
	if trunk != nil {
		trunk.RateWindow, trunk.Changed, call.TrunkCounted = trunkWindow, true, true
		trunk.LiveCalls++
	}
	p.keepAlive(b.Now, call)
	known.Live, known.Changed = call, true
	return decisionFor(call, call.Granted), nil
}

// admit counts a new call of the trunk against its calls per second.
func (t *Trunk) admit(now time.Time, direction tollkeeper.Direction) (tollkeeper.RateWindow, bool) {
	if direction != tollkeeper.Outbound || t.MaxOutboundCallRate == 0 {
		return t.RateWindow, true
	}
	return t.RateWindow.Admit(now, t.MaxOutboundCallRate)
}

// full reports whether the trunk can take no other call.
func (t *Trunk) full() bool {
	return t.MaxConcurrentCalls > 0 && t.LiveCalls >= t.MaxConcurrentCalls
}

// barred applies the rules that need neither counters nor prices.
func (p *Policy) barred(b *Book, a *Account, q tollkeeper.Authorization) tollkeeper.Reason {
	switch {
	case a.Status != tollkeeper.StatusActive:
		return tollkeeper.ReasonSuspended
	case q.Direction == tollkeeper.Inbound:
		return tollkeeper.ReasonOK
	case a.Limits.Over(p.Limits).OutboundBarred:
		return tollkeeper.ReasonOutboundBarred
	case q.Called.E164 == "":
		return tollkeeper.ReasonInvalidNumber
	}
	effect := q.Called.PlanEffect()
	if row := b.Barrings.Find(a.ID, q.Called); row != nil {
		effect = row.Effect
	}
	switch {
	case effect == tollkeeper.BarringDeny:
		return tollkeeper.ReasonDestinationBar
	case bool(a.InternationalCalling):
		return tollkeeper.ReasonOK
	case effect == tollkeeper.BarringInternational:
		return tollkeeper.ReasonInternationalBar
	case effect == tollkeeper.BarringPremium:
		return tollkeeper.ReasonPremiumBarred
	}
	return tollkeeper.ReasonOK
}

func (p *Policy) newCall(b *Book, q tollkeeper.Authorization, tariff tollkeeper.Tariff) *tollkeeper.Call {
	return &tollkeeper.Call{
		ID: b.newID(tollkeeper.ID{}), CallKey: q.CallKey, Customer: q.Customer, Direction: q.Direction, Trunk: q.Trunk,
		From: q.Caller.Shown, To: q.Shown(), WholeCall: q.WholeCall,
		Tariff: tariff, StartedAt: b.Now, Slice: p.FirstSliceSeconds,
	}
}

// firstWish is how many seconds authorize asks for.
func (p *Policy) firstWish(q tollkeeper.Authorization) int64 {
	wish := p.FirstSliceSeconds
	if q.WholeCall {
		wish = p.MaxCallSeconds
	}
	if q.MaxSeconds > 0 {
		wish = min(wish, q.MaxSeconds)
	}
	return wish
}

// grant raises a call's grant to total seconds, or to as many as the account can
// pay for, and holds their price.
func (p *Policy) grant(b *Book, a *Account, call *tollkeeper.Call, total int64) (tollkeeper.Reason, error) {
	budget, reason := p.budget(b.Now, a, call)
	rate := rateOf(call.Tariff)
	affordable := total // what costs nothing needs no credit
	if rate.PricePerMinute > 0 || rate.ConnectFee > 0 {
		affordable = rate.Affordable(budget)
	}
	if affordable < total {
		call.Final = true
		total = affordable
		if !call.WholeCall || total <= call.Granted { // who asks for hours is not told of every call that gets fewer
			b.ranOut(a, reason)
		}
	}
	if total <= call.Granted {
		return reason, nil
	}
	_, price, err := rate.Price(time.Duration(total) * time.Second)
	if err != nil {
		return reason, amountFault(err)
	}
	if claim := price - call.Held; claim > 0 {
		err := b.post(purseOf(a, call), tollkeeper.Transfer{Kind: tollkeeper.TransferHold, Amount: claim, Call: call.ID})
		if err != nil {
			return reason, err
		}
	}
	call.Granted, call.Held = total, max(price, call.Held)
	return tollkeeper.ReasonOK, nil
}

// budget is the most that the call may hold in all, and the reason to give when
// that is not enough.
func (p *Policy) budget(now time.Time, a *Account, call *tollkeeper.Call) (tollkeeper.Micros, tollkeeper.Reason) {
	limits := a.Limits.Over(p.Limits)
	free, reason := a.Available(), tollkeeper.ReasonInsufficientCredit
	if call.Tariff.BillMethod == tollkeeper.BillPaymentMethod {
		free, reason = tollkeeper.MaxMicros, tollkeeper.ReasonUnbilledLimit
		if limits.Unbilled > 0 {
			free = limits.Unbilled.Less(a.Accrued, a.AccruedHeld)
		}
	}
	if limits.DailySpend > 0 {
		if left := limits.DailySpend.Less(a.SpentOn(now), a.Held, a.AccruedHeld); left < free {
			free, reason = left, tollkeeper.ReasonDailySpendCap
		}
	}
	if free > tollkeeper.MaxMicros-call.Held {
		return tollkeeper.MaxMicros, reason
	}
	return free + call.Held, reason
}

func purseOf(a *Account, call *tollkeeper.Call) purse {
	return purse{account: a, accrues: call.Tariff.BillMethod == tollkeeper.BillPaymentMethod}
}

func rateOf(t tollkeeper.Tariff) rating.Rate {
	return rating.Rate{
		PricePerMinute: t.PricePerMinute, ConnectFee: t.ConnectFee,
		MinimumSeconds: t.MinimumSeconds, IncrementSeconds: t.IncrementSeconds,
	}
}

// media says how the switch handles the call's media. Bypass only takes effect
// when nothing needs the media to pass through the switch.
func (p *Policy) media(c *tollkeeper.Account, q tollkeeper.Authorization) tollkeeper.Media {
	m := tollkeeper.Media{
		Record:     bool(c.CallRecording) || c.Transcribes(), // there is no transcript without a recording
		Transcribe: c.Transcribes(),
		CallerName: q.Direction == tollkeeper.Inbound && bool(c.CNAMLookUps),
	}
	if c.HoldMusic {
		m.HoldMusic = p.HoldMusicURL
		if !c.Media.Music.IsZero() {
			m.HoldMusic = tollkeeper.MusicPath(c.ID, c.Media.Music)
		}
	}
	if m.Record {
		m.Consent, m.Prompt = p.consent(c, q)
	}
	switch {
	case !bool(c.MediaBypass):
		m.BypassReason = tollkeeper.BypassOff
	case bool(c.CallRecording):
		m.BypassReason = tollkeeper.BypassRecording
	case m.Transcribe:
		m.BypassReason = tollkeeper.BypassTranscription
	case bool(c.HoldMusic):
		m.BypassReason = tollkeeper.BypassHoldMusic
	default:
		m.Bypass = true
	}
	return m
}

// consent is the strictest of what the regions of both parties and the customer ask
// for before a call is recorded, and the announcement of it.
func (p *Policy) consent(c *tollkeeper.Account, q tollkeeper.Authorization) (tollkeeper.Consent, string) {
	rule := max(c.Media.Consent, p.Consent.For(q.Called.E164, q.Called.Region), p.Consent.For(q.Caller.Shown, q.Caller.Region))
	if rule == tollkeeper.ConsentNone {
		return rule, ""
	}
	return rule, cmp.Or(c.Media.ConsentPrompt, p.ConsentPrompt)
}

// letEmergencyThrough admits an emergency call: no rule, price or counter
// applies to it, and the customer need not even be known.
func (p *Policy) letEmergencyThrough(b *Book, q tollkeeper.Authorization) tollkeeper.Decision {
	call := p.newCall(b, q, tollkeeper.Tariff{})
	call.Emergency = true
	call.Granted, call.FirstGrant = p.MaxCallSeconds, p.MaxCallSeconds
	if a := b.account(q.Customer); a == nil {
		call.Customer, call.Trunk, call.Media.BypassReason = tollkeeper.ID{}, tollkeeper.ID{}, tollkeeper.BypassOff
	} else {
		call.Media = p.media(&a.Account, q)
	}
	p.keepAlive(b.Now, call)
	known := b.call(q.CallKey)
	known.Live, known.Changed = call, true
	return decisionFor(call, call.Granted)
}

// unrecordedEmergency admits an emergency call while nothing can be stored.
func (p *Policy) unrecordedEmergency(q tollkeeper.Authorization) tollkeeper.Decision {
	return tollkeeper.Decision{
		CallKey: q.CallKey, Allowed: true, Reason: tollkeeper.ReasonOK, Emergency: true,
		GrantedSeconds: p.MaxCallSeconds, Customer: q.Customer, To: q.Shown(),
		Media: tollkeeper.Media{BypassReason: tollkeeper.BypassOff},
	}
}

// repeated answers a question that was asked before: with the same answer, or
// with a conflict when the question is another one.
func repeated(known *Call, q tollkeeper.Authorization) (tollkeeper.Decision, error) {
	call := known.Live
	if call == nil {
		call = callOf(known.Record)
		if !known.Record.Corrects.IsZero() {
			call.ID = known.Record.Corrects // what the switch was told at first
		}
	}
	same := call.Direction == q.Direction && call.WholeCall == q.WholeCall &&
		call.From == q.Caller.Shown && call.To == q.Shown() &&
		(call.Customer == q.Customer || call.Customer.IsZero() && call.Emergency)
	if !same {
		return tollkeeper.Decision{}, tollkeeper.Errorf(tollkeeper.CodeConflict,
			"call %q was authorised before with other parties", q.CallID)
	}
	first := *call
	if !call.Emergency {
		_, first.Held, _ = rateOf(call.Tariff).Price(time.Duration(call.FirstGrant) * time.Second)
	}
	first.Final = call.FirstFinal
	return decisionFor(&first, call.FirstGrant), nil
}

func deny(q tollkeeper.Authorization, reason tollkeeper.Reason) tollkeeper.Decision {
	return tollkeeper.Decision{CallKey: q.CallKey, Reason: reason, Final: true, Customer: q.Customer, To: q.Shown()}
}

// denyPriced denies a call whose price is known, and tells it.
func denyPriced(q tollkeeper.Authorization, reason tollkeeper.Reason, tariff tollkeeper.Tariff) tollkeeper.Decision {
	d := deny(q, reason)
	d.Tariff = tariff
	return d
}

func decisionFor(call *tollkeeper.Call, seconds int64) tollkeeper.Decision {
	return tollkeeper.Decision{
		CallKey: call.CallKey, Allowed: true, Reason: tollkeeper.ReasonOK,
		GrantedSeconds: seconds, Final: call.Final, Customer: call.Customer, To: call.To,
		Tariff: call.Tariff, Held: call.Held, Emergency: call.Emergency, Media: call.Media, Call: call.ID,
	}
}
