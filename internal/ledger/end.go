package ledger

import (
	"errors"
	"fmt"
	"time"

	"tollkeeper"
)

// DefaultCause is the cause of a call whose switch gave none.
const DefaultCause = "normal_clearing"

// expiredCause is the cause of a call that silence ended.
const expiredCause = "expired"

// end charges a call and writes its record.
func (p *Policy) end(b *Book, r tollkeeper.Report) (*tollkeeper.CDR, error) {
	known, over, err := b.live(r)
	if err != nil {
		return nil, err
	}
	cause := r.Cause
	if cause == "" {
		cause = DefaultCause
	}
	if over {
		if known.Record.Expired && r.Used != nil && *r.Used > known.Record.Duration {
			return b.correct(known, *r.Used, cause)
		}
		return known.Record, nil
	}
	talked := conversation(b.Now, known.Live.AnsweredAt, r.Used)
	record := newRecord(known.Live, talked)
	record.EndedAt, record.Cause = b.Now, cause
	if talked > 0 && record.AnsweredAt.IsZero() {
		record.AnsweredAt = notBefore(record.StartedAt, b.Now.Add(-talked))
	}
	return record, b.settle(known, record, tollkeeper.TransferCharge)
}

// expire ends a call that has been silent for too long, as of the last time the
// switch said it was alive.
func (p *Policy) expire(b *Book, key tollkeeper.CallKey) (bool, error) {
	known := b.call(key)
	if known.Live == nil || known.Live.ExpiresAt.After(b.Now) {
		return false, nil
	}
	record := newRecord(known.Live, known.Live.Used)
	record.Expired, record.Cause, record.EndedAt = true, expiredCause, record.StartedAt
	if !record.AnsweredAt.IsZero() {
		record.EndedAt = record.AnsweredAt.Add(record.Duration)
	}
	if err := b.settle(known, record, tollkeeper.TransferExpire); err != nil {
		return false, err
	}
	return true, nil
}

// expireAll ends the silent ones of some calls and returns how many. A call that
// cannot be charged does not keep the others from ending.
func (p *Policy) expireAll(b *Book, keys []tollkeeper.CallKey) (ended int, faults error) {
	for _, key := range keys {
		expired, err := p.expire(b, key)
		if err != nil {
			faults = errors.Join(faults, fmt.Errorf("expire call %q: %w", key.CallID, err))
		} else if expired {
			ended++
		}
	}
	return ended, faults
}

func newRecord(call *tollkeeper.Call, talked time.Duration) *tollkeeper.CDR {
	record := &tollkeeper.CDR{
		ID: call.ID, CallKey: call.CallKey, Customer: call.Customer, Trunk: call.Trunk, Direction: call.Direction,
		From: call.From, To: call.To, Emergency: call.Emergency, WholeCall: call.WholeCall,
		Tariff: call.Tariff, Media: call.Media, StartedAt: call.StartedAt, AnsweredAt: call.AnsweredAt,
		FirstGrant: call.FirstGrant, FirstFinal: call.FirstFinal, Granted: call.Granted, Duration: talked,
	}
	if !record.AnsweredAt.IsZero() {
		record.AnsweredAt = notBefore(record.StartedAt, record.AnsweredAt)
	}
	return record
}

// settle prices the record, posts the charge, frees the call's holds and takes
// the call out of the live ones. Nothing changes on error.
func (b *Book) settle(known *Call, record *tollkeeper.CDR, kind tollkeeper.TransferKind) error {
	call := known.Live
	if err := price(record); err != nil {
		return err
	}
	a := b.account(call.Customer)
	if record.Charge > 0 || call.Held > 0 {
		if record.Charge == 0 && kind == tollkeeper.TransferCharge {
			kind = tollkeeper.TransferRelease
		}
		err := b.post(purseOf(a, call), tollkeeper.Transfer{
			Kind: kind, Amount: record.Charge, Released: call.Held, Call: call.ID,
		})
		if err != nil {
			return err
		}
	}
	if !call.Emergency {
		a.LiveCalls--
		a.Changed = true
	}
	if trunk := b.trunkOf(call); trunk != nil {
		trunk.LiveCalls--
		trunk.Changed = true
	}
	b.Records = append(b.Records, record)
	known.Live, known.Record, known.Changed = nil, record, true
	return nil
}

// price fills in what a record's conversation costs. Emergency calls are free.
func price(record *tollkeeper.CDR) error {
	if record.Emergency {
		record.Billed = 0
		return nil
	}
	billed, charge, err := rateOf(record.Tariff).Price(record.Duration)
	if err != nil {
		return amountFault(err)
	}
	record.Billed, record.Charge = billed, charge
	return nil
}

// correct completes a call that had expired and turns out to have lasted longer.
// The new record holds what the first one lacks, so that sums over records stay
// true, and takes its place in answers to repeated reports.
func (b *Book) correct(known *Call, talked time.Duration, cause string) (*tollkeeper.CDR, error) {
	expired := known.Record
	a := b.account(expired.Customer)
	if a == nil {
		return expired, nil // an emergency call, or the customer is gone
	}
	whole := *expired
	whole.Duration = talked
	if err := price(&whole); err != nil {
		return nil, err
	}
	missing := whole
	missing.ID, missing.Corrects, missing.Expired, missing.Cause = b.newID(expired.ID), expired.ID, false, cause
	missing.Duration = talked - expired.Duration
	missing.Billed, missing.Charge = whole.Billed-expired.Billed, whole.Charge-expired.Charge
	if missing.AnsweredAt.IsZero() {
		missing.AnsweredAt = notBefore(missing.StartedAt, b.Now.Add(-talked))
	}
	missing.EndedAt = missing.AnsweredAt.Add(talked)
	if missing.Charge > 0 {
		err := b.post(purseOf(a, callOf(expired)), tollkeeper.Transfer{
			Kind: tollkeeper.TransferCorrection, Amount: missing.Charge, Call: missing.ID,
		})
		if err != nil {
			return nil, err
		}
	}
	b.Records = append(b.Records, &missing)
	known.Record = &missing
	return &missing, nil
}

// notBefore keeps a record's times in order: a switch that reports more
// conversation than there was time for is charged for it, but no call is answered
// before it started.
func notBefore(started, at time.Time) time.Time {
	if at.Before(started) {
		return started
	}
	return at
}
