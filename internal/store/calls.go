package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"tollkeeper"
)

// What a call and its record have in common is stored in columns of the same
// names.
const partyColumns = `customer, id, call_id, leg, direction, from_number, to_number, flags, bypass_reason, hold_music,
 bill_method, prefix, destination, price_per_minute, connect_fee, minimum_seconds, increment_seconds, deck, deck_version,
 started_at, answered_at, first_grant, granted`

const (
	callColumns = partyColumns + `, slice, extends, used_millis, held, expires_at, trunk, consent`
	cdrColumns  = partyColumns + `, ended_at, duration_millis, billed_seconds, charge, cause, corrects, trunk, consent`
)

// Flags of calls and records.
const (
	flagEmergency = 1 << iota
	flagWholeCall
	flagFinal
	flagFirstFinal
	flagBypass
	flagRecord
	flagTranscribe
	flagCallerName
	flagExpired
	flagTrunkCounted
	flagSummed // a record that is in its day's usage: not so those of releases before there was any
)

// Stored as their place in these lists, which only ever grow at their end.
var (
	directions    = []tollkeeper.Direction{tollkeeper.Outbound, tollkeeper.Inbound}
	billMethods   = []tollkeeper.BillMethod{"", tollkeeper.BillCredit, tollkeeper.BillPaymentMethod}
	bypassReasons = []tollkeeper.BypassReason{"", tollkeeper.BypassOff, tollkeeper.BypassRecording,
		tollkeeper.BypassTranscription, tollkeeper.BypassHoldMusic}
)

func mask(flag int64, on bool) int64 {
	if on {
		return flag
	}
	return 0
}

func mediaMask(m tollkeeper.Media) int64 {
	return mask(flagBypass, m.Bypass) | mask(flagRecord, m.Record) |
		mask(flagTranscribe, m.Transcribe) | mask(flagCallerName, m.CallerName)
}

// consentText writes a rule with its announcement; "" for none.
func consentText(m *tollkeeper.Media) string {
	if m.Consent == tollkeeper.ConsentNone {
		return ""
	}
	return m.Consent.String() + ":" + m.Prompt
}

func readConsent(m *tollkeeper.Media, text string) {
	if text != "" {
		name, prompt, _ := strings.Cut(text, ":")
		m.Consent, _ = tollkeeper.ParseConsent(name)
		m.Prompt = prompt
	}
}

func partyValues(values []any, c *tollkeeper.Call, flags int64) []any {
	t := &c.Tariff
	return append(values, c.Customer, c.ID, c.CallID, c.Leg, slices.Index(directions, c.Direction), c.From, c.To,
		flags|mask(flagEmergency, c.Emergency)|mask(flagWholeCall, c.WholeCall)|mask(flagFirstFinal, c.FirstFinal)|mediaMask(c.Media),
		slices.Index(bypassReasons, c.Media.BypassReason), c.Media.HoldMusic,
		slices.Index(billMethods, t.BillMethod), t.Prefix, t.Destination, t.PricePerMinute, t.ConnectFee,
		t.MinimumSeconds, t.IncrementSeconds, t.Deck, t.DeckVersion,
		millis(c.StartedAt), millis(c.AnsweredAt), c.FirstGrant, c.Granted)
}

// scanParty reads partyColumns into a call and returns the stored flags.
func scanParty(r row, c *tollkeeper.Call) (flags int64) {
	flags = r.int(7)
	c.Customer, c.ID, c.CallID, c.Leg = r.id(0), r.id(1), r.text(2), r.text(3)
	c.Direction, c.From, c.To = directions[r.int(4)], r.text(5), r.text(6)
	c.Emergency, c.WholeCall = flags&flagEmergency != 0, flags&flagWholeCall != 0
	c.FirstFinal = flags&flagFirstFinal != 0
	c.Media = tollkeeper.Media{
		Bypass: flags&flagBypass != 0, Record: flags&flagRecord != 0, Transcribe: flags&flagTranscribe != 0,
		CallerName: flags&flagCallerName != 0, BypassReason: bypassReasons[r.int(8)], HoldMusic: r.text(9),
	}
	c.Tariff = tollkeeper.Tariff{
		BillMethod: billMethods[r.int(10)], Prefix: r.text(11), Destination: r.text(12),
		PricePerMinute: tollkeeper.Micros(r.int(13)), ConnectFee: tollkeeper.Micros(r.int(14)),
		MinimumSeconds: int32(r.int(15)), IncrementSeconds: int32(r.int(16)), Deck: r.text(17), DeckVersion: r.int(18),
	}
	c.StartedAt, c.AnsweredAt = fromMillis(r.int(19)), fromMillis(r.int(20))
	c.FirstGrant, c.Granted = r.int(21), r.int(22)
	return flags
}

func scanCall(r row) *tollkeeper.Call {
	c := &tollkeeper.Call{}
	flags := scanParty(r, c)
	c.Final = flags&flagFinal != 0
	c.Slice, c.Extends = r.int(23), r.int(24)
	c.Used = time.Duration(r.int(25)) * time.Millisecond
	c.Held, c.ExpiresAt = tollkeeper.Micros(r.int(26)), fromMillis(r.int(27))
	c.Trunk, c.TrunkCounted = r.id(28), flags&flagTrunkCounted != 0
	readConsent(&c.Media, r.text(29))
	return c
}

var callRows = newMultiRow("calls", callColumns)

func callValues(values []any, c *tollkeeper.Call) []any {
	flags := mask(flagFinal, c.Final) | mask(flagTrunkCounted, c.TrunkCounted)
	return append(partyValues(values, c, flags), c.Slice, c.Extends, c.Used.Milliseconds(), c.Held, millis(c.ExpiresAt), idOrNull(c.Trunk), consentText(&c.Media))
}

// updateCall writes back what changes while a call is in progress.
func updateCall(t tx, c *tollkeeper.Call) error {
	return t.later(nil, `UPDATE calls SET flags = (flags | ?) - (flags & ?), answered_at = ?, granted = ?, slice = ?, extends = ?,
 used_millis = ?, held = ?, expires_at = ? WHERE call_id = ? AND leg = ?`,
		mask(flagFinal, c.Final), mask(flagFinal, !c.Final), millis(c.AnsweredAt), c.Granted, c.Slice, c.Extends,
		c.Used.Milliseconds(), c.Held, millis(c.ExpiresAt), c.CallID, c.Leg)
}

var cdrRows = newMultiRow("cdrs", cdrColumns)

func insertCDRs(t tx, records []*tollkeeper.CDR) error {
	values := make([]any, 0, len(records)*cdrRows.columns)
	var late []any
	for _, d := range records {
		c := tollkeeper.Call{
			ID: d.ID, CallKey: d.CallKey, Customer: d.Customer, Direction: d.Direction, From: d.From, To: d.To,
			Emergency: d.Emergency, WholeCall: d.WholeCall, Tariff: d.Tariff, Media: d.Media, StartedAt: d.StartedAt,
			AnsweredAt: d.AnsweredAt, FirstGrant: d.FirstGrant, FirstFinal: d.FirstFinal, Granted: d.Granted,
		}
		values = append(partyValues(values, &c, mask(flagExpired, d.Expired)|flagSummed), millis(d.EndedAt), d.Duration.Milliseconds(),
			d.Billed, d.Charge, d.Cause, idOrNull(d.Corrects), idOrNull(d.Trunk), consentText(&d.Media))
		late = lateValues(late, d.ID, d.Customer, d.StartedAt)
	}
	if err := cdrRows.insert(t, values); err != nil {
		return err
	}
	return lateRows.insert(t, late)
}

func scanCDR(r row) *tollkeeper.CDR {
	var c tollkeeper.Call
	flags := scanParty(r, &c)
	readConsent(&c.Media, r.text(30))
	return &tollkeeper.CDR{
		ID: c.ID, CallKey: c.CallKey, Customer: c.Customer, Direction: c.Direction, From: c.From, To: c.To,
		Emergency: c.Emergency, WholeCall: c.WholeCall, Tariff: c.Tariff, Media: c.Media, StartedAt: c.StartedAt,
		AnsweredAt: c.AnsweredAt, FirstGrant: c.FirstGrant, FirstFinal: c.FirstFinal, Granted: c.Granted,
		EndedAt: fromMillis(r.int(23)), Duration: time.Duration(r.int(24)) * time.Millisecond, Billed: r.int(25),
		Charge: tollkeeper.Micros(r.int(26)), Cause: r.text(27), Corrects: r.id(28), Trunk: r.id(29), Expired: flags&flagExpired != 0,
	}
}

// ExpiredCalls returns up to limit calls whose time is up.
func (s *Store) ExpiredCalls(ctx context.Context, now time.Time, limit int) (keys []tollkeeper.CallKey, err error) {
	err = s.engine.look(ctx, func(t tx) error {
		return t.query(func(r row) error {
			keys = append(keys, tollkeeper.CallKey{CallID: r.text(0), Leg: r.text(1)})
			return nil
		}, "SELECT call_id, leg FROM calls WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", millis(now), limit)
	})
	return keys, err
}

// Holding returns how many calls are in progress and how much they hold.
func (s *Store) Holding(ctx context.Context) (calls int64, held tollkeeper.Micros, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		return t.query(func(r row) error {
			calls, held = r.int(0), tollkeeper.Micros(r.int(1))
			return nil
		}, "SELECT COUNT(*), COALESCE(SUM(held), 0) FROM calls")
	})
	return calls, held, err
}
