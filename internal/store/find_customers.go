package store

import (
	"context"
	"net/netip"
	"slices"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// creditExpr is the posted balance rounded down to a cent, and to the range of
// the record's int32, as Account.SyncCredit derives it.
const creditExpr = "(CASE WHEN posted < -21474836480000 THEN -2147483648 WHEN posted >= 21474836480000 THEN 2147483647" +
	" ELSE (posted - (posted % 10000 + 10000) % 10000) / 10000 END)"

var customerFields = map[string]column{
	"_id": {expr: "id"}, "name": {expr: "name"}, "websiteUrl": {expr: "website_url"}, "logo": {expr: "logo"},
	"credit": {expr: creditExpr}, "adminUserId": {expr: "admin_user_id"}, "billingUserId": {expr: "billing_user_id"},
	"callRecordingUserId": {expr: "call_recording_user_id"}, "supportUserId": {expr: "support_user_id"},
	"automaticRefillAmount": {expr: "automatic_refill_amount"}, "lowBalanceAlertAmount": {expr: "low_balance_alert_amount"},
	"internationalCalling": {expr: "international_calling"}, "createdByIP": {expr: "created_by_ip", normal: writtenAddress},
	"mediaBypass": {expr: "media_bypass"}, "accountLock": {expr: "account_lock"}, "callRecording": {expr: "call_recording"},
	"cdrRetention": {expr: "cdr_retention"}, "cnamLookUps": {expr: "cnam_look_ups"}, "holdMusic": {expr: "hold_music"},
	"transcribeCalls": {expr: "transcribe_calls"}, "maxOutboundCallRate": {expr: "max_outbound_call_rate"},
	"defaultBillMethod": {expr: "default_bill_method"}, "createdByUserId": {expr: "created_by_user_id"},
	"updatedByUserId": {expr: "updated_by_user_id"}, "createdAt": {expr: "created_at"}, "updatedAt": {expr: "updated_at"},
}

// writtenAddress puts an address into the form in which it is stored.
func writtenAddress(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	return tollkeeper.WrittenAddress(address)
}

// FindCustomers returns a page of customers.
func (s *Store) FindCustomers(ctx context.Context, f *query.Find) (tollkeeper.Page[*tollkeeper.Account], error) {
	return find(ctx, s, s.engine.customers(), f, "", nil, func(r row) (*tollkeeper.Account, error) {
		a := &tollkeeper.Account{}
		scanAccount(r, a)
		return a, nil
	})
}

// searchCustomers finds substrings by the index of them.
func searchCustomers(b *sqlBuilder, f *query.Find) {
	index := b.source.indexed
	b.sql.WriteString(b.source.id + " IN (SELECT " + index.row + " FROM customers_search WHERE " + index.match + ")")
	b.args = append(b.args, index.pattern(f.Search))
}

// talliedTotal answers the total of all customers, or of those with one value of
// a field with few values, without counting; and of a search from the index alone.
func talliedTotal(s *Store, t tx, f *query.Find) (total int64, known bool, err error) {
	field, value := tallyAll, ""
	if f.Search != "" {
		if f.Where != nil {
			return 0, false, nil
		}
		total, err = s.searchTotal(t, f.Search)
		return total, true, err
	}
	if f.Where != nil {
		c, ok := f.Where.(query.Compare)
		if !ok || !slices.Contains(talliedFields, c.Field) || c.Op != query.Eq && c.Op != query.Absent {
			return 0, false, nil
		}
		field = c.Field
		if c.Op == query.Eq {
			value = talliedParameter(c.Values[0])
		}
	}
	total, err = count(t, "SELECT total FROM customer_tallies WHERE field = ? AND value = ?", field, value)
	return total, true, err
}

func talliedParameter(v query.Value) string {
	if v.Kind() == query.String {
		return `"` + v.Text() + `"`
	}
	return itoa(v.Int())
}
