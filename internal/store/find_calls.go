package store

import (
	"context"
	"maps"
	"slices"

	"tollkeeper"
	"tollkeeper/internal/query"
)

var partySources = map[string]column{
	"_id": {expr: "id"}, "callId": {expr: "call_id"}, "leg": {expr: "leg"},
	"customer": {expr: "customer", absent: tollkeeper.ID{}}, "direction": {expr: "direction", enum: names(directions)},
	"from": {expr: "from_number"}, "to": {expr: "to_number"}, "prefix": {expr: "prefix", absent: ""},
	"destination": {expr: "destination", absent: ""}, "startedAt": {expr: "started_at"}, "answeredAt": {expr: "answered_at", absent: int64(0)},
	"server": {expr: "trunk"}, "billMethod": {expr: "bill_method", enum: names(billMethods)}, "deck": {expr: "deck", absent: ""},
	"deckVersion": {expr: "deck_version", absent: int64(0)}, "emergency": flagColumn(flagEmergency), "wholeCall": flagColumn(flagWholeCall),
}

// flagColumn is a column that is true or false.
func flagColumn(flag int64) column {
	return column{expr: "((flags / " + itoa(flag) + ") % 2)", enum: []string{"false", "true"}}
}

// priced is a column that only a call with a price shows.
func priced(name string) column {
	return column{expr: "(CASE WHEN prefix <> '' THEN " + name + " END)"}
}

func withParty(fields map[string]column) map[string]column {
	maps.Copy(fields, partySources)
	return fields
}

var callSource = &source{
	table: "calls", columns: callColumns, id: "id", search: contains,
	fields: withParty(map[string]column{
		"grantedSeconds": {expr: "granted"}, "usedSeconds": {expr: "((used_millis + 999) / 1000)"}, "final": flagColumn(flagFinal),
		"pricePerMinuteMicros": priced("price_per_minute"), "connectFeeMicros": priced("connect_fee"),
		"heldMicros": {expr: "held"}, "expiresAt": {expr: "expires_at"},
	}),
}

// FindCalls returns a page of the calls in progress.
func (s *Store) FindCalls(ctx context.Context, f *query.Find) (tollkeeper.Page[*tollkeeper.Call], error) {
	return find(ctx, s, callSource, f, "", nil, func(r row) (*tollkeeper.Call, error) { return scanCall(r), nil })
}

// calledBy asks for what is known of the caller's name in the record of a call that
// wanted it.
func calledBy(column string) string {
	return "(CASE WHEN (flags / " + itoa(flagCallerName) + ") % 2 = 1 THEN (SELECT n." + column +
		" FROM call_names n WHERE n.customer = cdrs.customer AND n.call = cdrs.id AND n.display <> '') END)"
}

// shownCDRColumns are those of a record that is read to be shown.
var shownCDRColumns = cdrColumns + ", " + calledBy("display") + ", " + calledBy("full_name")

func scanShownCDR(r row) *tollkeeper.CDR {
	record := scanCDR(r)
	record.CallerName = tollkeeper.CallerName{Display: r.text(31), Full: r.text(32)}
	return record
}

var cdrSource = &source{
	table: "cdrs", columns: shownCDRColumns, id: "id", search: contains,
	fields: withParty(map[string]column{
		"endedAt": {expr: "ended_at"}, "durationSeconds": {expr: "((duration_millis + 999) / 1000)"}, "expired": flagColumn(flagExpired),
		"pricePerMinuteMicros": {expr: "price_per_minute"}, "connectFeeMicros": {expr: "connect_fee"},
		"minimumSeconds": priced("minimum_seconds"), "incrementSeconds": priced("increment_seconds"), "durationMillis": {expr: "duration_millis"}, "billedSeconds": {expr: "billed_seconds"},
		"chargeMicros": {expr: "charge"}, "cause": {expr: "cause"}, "corrects": {expr: "corrects"},
		"callerName": {expr: calledBy("display")}, "callerNameFull": {expr: calledBy("full_name")},
	}),
}

// FindCDRs returns a page of call records.
func (s *Store) FindCDRs(ctx context.Context, f *query.Find) (tollkeeper.Page[*tollkeeper.CDR], error) {
	order := ""
	if f.Sort[0].Field == "_id" {
		order = cdrSource.order(f)
	}
	src, err := s.recordsFor(ctx, f, order)
	if err != nil {
		return tollkeeper.Page[*tollkeeper.CDR]{}, err
	}
	return find(ctx, s, src, f, "", nil, func(r row) (*tollkeeper.CDR, error) { return scanShownCDR(r), nil })
}

// CDRsAfter returns the first call records of a query whose ids follow one, in the order
// of their ids; the zero ID is before all. Limit, skip and sort of the query are passed
// over.
func (s *Store) CDRsAfter(ctx context.Context, f *query.Find, after tollkeeper.ID, limit int) (records []*tollkeeper.CDR, err error) {
	src, err := s.recordsFor(ctx, f, " ORDER BY id")
	if err != nil {
		return nil, err
	}
	where := &sqlBuilder{source: src, args: slices.Clone(src.tableArgs)}
	where.condition(f, "id > ?", []any{after})
	err = s.engine.readLong(ctx, func(t tx) error {
		records = make([]*tollkeeper.CDR, 0, limit)
		return t.query(func(r row) error {
			records = append(records, scanShownCDR(r))
			return nil
		}, "SELECT "+shownCDRColumns+" FROM "+src.table+where.sql.String()+" ORDER BY id LIMIT ?", append(where.args, limit)...)
	})
	return records, err
}

// CDR returns one call record.
func (s *Store) CDR(ctx context.Context, id tollkeeper.ID) (record *tollkeeper.CDR, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		record, err = cdrByID(t, id)
		return err
	})
	return record, err
}

func cdrByID(t tx, id tollkeeper.ID) (record *tollkeeper.CDR, err error) {
	err = t.query(func(r row) error { record = scanShownCDR(r); return nil }, "SELECT "+shownCDRColumns+" FROM cdrs WHERE id = ?", id)
	if err == nil && record == nil {
		err = notFound("call record", id.String())
	}
	return record, err
}
