// Package export writes call records for other programs: as CSV, as lines of JSON, and
// as Parquet, in constant memory however many there are.
package export

import (
	"io"

	"tollkeeper"
)

// Writer takes call records, one after the other. Its output is whole after Close, and
// written out as far as the format can after Flush.
type Writer interface {
	Write(*tollkeeper.CDR) error
	Flush() error
	Close() error
}

// Format is a format of exports.
type Format struct {
	Name      string
	MediaType string
	New       func(io.Writer) Writer
}

// Formats are the formats that can be asked for.
var Formats = []Format{
	{"csv", "text/csv; charset=utf-8", newCSV},
	{"jsonl", "application/x-ndjson", newLines},
	{"parquet", "application/vnd.apache.parquet", newParquet},
}

// row is a call record as every format has it.
type row struct {
	ID                   string  `json:"_id" parquet:"_id"`
	CallID               string  `json:"callId" parquet:"callId"`
	Leg                  string  `json:"leg" parquet:"leg"`
	Customer             string  `json:"customer" parquet:"customer,dict"`
	Server               string  `json:"server" parquet:"server,dict"`
	Direction            string  `json:"direction" parquet:"direction,dict"`
	From                 string  `json:"from" parquet:"from"`
	To                   string  `json:"to" parquet:"to"`
	CallerName           string  `json:"callerName" parquet:"callerName"`
	CallerNameFull       string  `json:"callerNameFull" parquet:"callerNameFull"`
	Prefix               string  `json:"prefix" parquet:"prefix,dict"`
	Destination          string  `json:"destination" parquet:"destination,dict"`
	StartedAt            moment  `json:"startedAt" parquet:"startedAt,timestamp(millisecond)"`
	AnsweredAt           *moment `json:"answeredAt" parquet:"answeredAt,optional,timestamp(millisecond)"`
	EndedAt              moment  `json:"endedAt" parquet:"endedAt,timestamp(millisecond)"`
	DurationMillis       int64   `json:"durationMillis" parquet:"durationMillis"`
	BilledSeconds        int64   `json:"billedSeconds" parquet:"billedSeconds"`
	PricePerMinuteMicros int64   `json:"pricePerMinuteMicros" parquet:"pricePerMinuteMicros"`
	ConnectFeeMicros     int64   `json:"connectFeeMicros" parquet:"connectFeeMicros"`
	ChargeMicros         int64   `json:"chargeMicros" parquet:"chargeMicros"`
	Cause                string  `json:"cause" parquet:"cause,dict"`
	Emergency            bool    `json:"emergency" parquet:"emergency"`
	Expired              bool    `json:"expired" parquet:"expired"`
	WholeCall            bool    `json:"wholeCall" parquet:"wholeCall"`
	BillMethod           string  `json:"billMethod" parquet:"billMethod,dict"`
	Deck                 string  `json:"deck" parquet:"deck,dict"`
	DeckVersion          int64   `json:"deckVersion" parquet:"deckVersion"`
	Corrects             string  `json:"corrects" parquet:"corrects"`
}

func rowOf(r *tollkeeper.CDR) row {
	x := row{
		ID: r.ID.String(), CallID: r.CallID, Leg: r.Leg, Customer: idText(r.Customer), Server: idText(r.Trunk), Direction: string(r.Direction),
		From: r.From, To: r.To, CallerName: r.CallerName.Display, CallerNameFull: r.CallerName.Full, Prefix: r.Tariff.Prefix, Destination: r.Tariff.Destination,
		StartedAt: moment(r.StartedAt.UnixMilli()), EndedAt: moment(r.EndedAt.UnixMilli()),
		DurationMillis: r.Duration.Milliseconds(), BilledSeconds: r.Billed,
		PricePerMinuteMicros: int64(r.Tariff.PricePerMinute), ConnectFeeMicros: int64(r.Tariff.ConnectFee), ChargeMicros: int64(r.Charge),
		Cause: r.Cause, Emergency: r.Emergency, Expired: r.Expired, WholeCall: r.WholeCall,
		BillMethod: string(r.Tariff.BillMethod), Deck: r.Tariff.Deck, DeckVersion: r.Tariff.DeckVersion, Corrects: idText(r.Corrects),
	}
	if !r.AnsweredAt.IsZero() {
		answered := moment(r.AnsweredAt.UnixMilli())
		x.AnsweredAt = &answered
	}
	return x
}

func idText(id tollkeeper.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}
