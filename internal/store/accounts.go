package store

import "tollkeeper"

// accountColumns are read by scanAccount, in this order.
const accountColumns = `id, name, website_url, logo, admin_user_id, billing_user_id, call_recording_user_id,
 support_user_id, automatic_refill_amount, low_balance_alert_amount, international_calling, created_by_ip,
 media_bypass, account_lock, call_recording, cdr_retention, cnam_look_ups, hold_music, transcribe_calls,
 max_outbound_call_rate, default_bill_method, created_by_user_id, updated_by_user_id, created_at, updated_at,
 revision, status, status_reason, rate_deck, limit_concurrent_calls, limit_price_per_minute, limit_daily_spend,
 limit_unbilled, limit_outbound_barred, posted, held, accrued, accrued_held, live_calls, spend_day, spent, rate_window, alerts, last_entry,
 consent, consent_prompt, music`

func scanAccount(r row, a *tollkeeper.Account) {
	a.ID, a.Name = r.id(0), r.text(1)
	a.WebsiteURL, a.Logo = textOrNil(r, 2), textOrNil(r, 3)
	a.AdminUserID, a.BillingUserID, a.CallRecordingUserID, a.SupportUserID = r.id(4), r.id(5), r.id(6), r.id(7)
	a.AutomaticRefillAmount, a.LowBalanceAlertAmount = int32(r.int(8)), int32(r.int(9))
	a.InternationalCalling = r.int(10) == 1
	a.CreatedByIP = r.text(11)
	a.MediaBypass, a.AccountLock, a.CallRecording = r.int(12) == 1, r.int(13) == 1, r.int(14) == 1
	a.CDRRetention = int32(r.int(15))
	a.CNAMLookUps, a.HoldMusic = r.int(16) == 1, r.int(17) == 1
	if !r.null(18) {
		transcribe := tollkeeper.Flag(r.int(18) == 1)
		a.TranscribeCalls = &transcribe
	}
	a.MaxOutboundCallRate = int32(r.int(19))
	a.DefaultBillMethod = tollkeeper.BillMethod(r.text(20))
	a.CreatedByUserID, a.UpdatedByUserID = r.id(21), r.id(22)
	a.CreatedAt, a.UpdatedAt = fromMillis(r.int(23)), fromMillis(r.int(24))
	a.Revision, a.Status, a.StatusReason, a.RateDeck = r.int(25), tollkeeper.Status(r.text(26)), r.text(27), r.text(28)
	a.Limits.MaxConcurrentCalls = intOrNil[int64](r, 29)
	a.Limits.MaxPricePerMinute = intOrNil[tollkeeper.Micros](r, 30)
	a.Limits.DailySpend = intOrNil[tollkeeper.Micros](r, 31)
	a.Limits.Unbilled = intOrNil[tollkeeper.Micros](r, 32)
	if !r.null(33) {
		barred := r.int(33) == 1
		a.Limits.OutboundBarred = &barred
	}
	a.Posted, a.Held = tollkeeper.Micros(r.int(34)), tollkeeper.Micros(r.int(35))
	a.Accrued, a.AccruedHeld = tollkeeper.Micros(r.int(36)), tollkeeper.Micros(r.int(37))
	a.LiveCalls, a.SpendDay, a.Spent = r.int(38), r.int(39), tollkeeper.Micros(r.int(40))
	a.RateWindow, a.Alerts, a.LastEntry = r.blob(41), tollkeeper.Alerts(r.int(42)), r.id(43)
	a.Media = tollkeeper.MediaSettings{Consent: tollkeeper.Consent(r.int(44)), ConsentPrompt: r.text(45), Music: r.id(46)}
	a.SyncCredit()
}

func accountValues(a *tollkeeper.Account) []any {
	return []any{
		a.ID, a.Name, orNull(a.WebsiteURL), orNull(a.Logo), idOrNull(a.AdminUserID), idOrNull(a.BillingUserID),
		idOrNull(a.CallRecordingUserID), idOrNull(a.SupportUserID), a.AutomaticRefillAmount, a.LowBalanceAlertAmount,
		bool(a.InternationalCalling), a.CreatedByIP, bool(a.MediaBypass), bool(a.AccountLock), bool(a.CallRecording),
		a.CDRRetention, bool(a.CNAMLookUps), bool(a.HoldMusic), flagOrNull(a.TranscribeCalls),
		a.MaxOutboundCallRate, string(a.DefaultBillMethod), idOrNull(a.CreatedByUserID), idOrNull(a.UpdatedByUserID),
		millis(a.CreatedAt), millis(a.UpdatedAt), a.Revision, string(a.Status), a.StatusReason, a.RateDeck,
		orNull(a.Limits.MaxConcurrentCalls), orNull(a.Limits.MaxPricePerMinute), orNull(a.Limits.DailySpend),
		orNull(a.Limits.Unbilled), orNull(a.Limits.OutboundBarred),
		a.Posted, a.Held, a.Accrued, a.AccruedHeld, a.LiveCalls, a.SpendDay, a.Spent, []byte(a.RateWindow), int(a.Alerts), a.LastEntry,
		int(a.Media.Consent), a.Media.ConsentPrompt, idOrNull(a.Media.Music),
	}
}

// loadAccount reads one account in a transaction. Found is false when there is
// none.
func loadAccount(t tx, id tollkeeper.ID, a *tollkeeper.Account) (found bool, err error) {
	condition, key := t.customerKey(id)
	err = t.query(func(r row) error {
		scanAccount(r, a)
		found = true
		return nil
	}, "SELECT "+accountColumns+" FROM customers WHERE "+condition+t.locked(), key...)
	return found, err
}

func textOrNil(r row, i int) *string {
	if r.null(i) {
		return nil
	}
	text := r.text(i)
	return &text
}

func intOrNil[T ~int64](r row, i int) *T {
	if r.null(i) {
		return nil
	}
	n := T(r.int(i))
	return &n
}

func orNull[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

func flagOrNull(f *tollkeeper.Flag) any {
	if f == nil {
		return nil
	}
	return bool(*f)
}
