package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"time"
)

// Cdr is the record of a call that has ended (call detail record).
type Cdr struct {
	Id                   string     `json:"_id"`
	CallId               string     `json:"callId"`
	Leg                  string     `json:"leg"`
	Customer             string     `json:"customer,omitzero"`
	Server               string     `json:"server,omitzero"` // trunk that it came by
	Direction            Direction  `json:"direction"`
	From                 string     `json:"from"`
	To                   string     `json:"to"`
	CallerName           string     `json:"callerName,omitzero"`
	CallerNameFull       string     `json:"callerNameFull,omitzero"`
	Prefix               string     `json:"prefix,omitzero"`
	Destination          string     `json:"destination,omitzero"`
	StartedAt            time.Time  `json:"startedAt"`
	AnsweredAt           time.Time  `json:"answeredAt,omitzero"` // zero: never answered
	EndedAt              time.Time  `json:"endedAt"`
	DurationSeconds      int        `json:"durationSeconds"` // a started second counted in full
	DurationMillis       int64      `json:"durationMillis,omitzero"`
	BilledSeconds        int        `json:"billedSeconds"` // after minimum and increment
	PricePerMinuteMicros Micros     `json:"pricePerMinuteMicros"`
	ConnectFeeMicros     Micros     `json:"connectFeeMicros"`
	ChargeMicros         Micros     `json:"chargeMicros"`
	Cause                string     `json:"cause"`
	Emergency            bool       `json:"emergency"`
	Expired              bool       `json:"expired"`           // fell silent and was ended by the server
	Corrects             string     `json:"corrects,omitzero"` // id of the record that this one completes
	WholeCall            bool       `json:"wholeCall,omitzero"`
	BillMethod           BillMethod `json:"billMethod,omitzero"`
	MinimumSeconds       int        `json:"minimumSeconds,omitzero"`
	IncrementSeconds     int        `json:"incrementSeconds,omitzero"`
	Deck                 string     `json:"deck,omitzero"`
	DeckVersion          int64      `json:"deckVersion,omitzero"`
	Media                Media      `json:"media,omitzero"`
}

// CdrList is a page of call records.
type CdrList = List[Cdr]

// CdrsService has the operations on call records.
type CdrsService struct{ c *Client }

// Find lists call records, newest first where the Find does not say. Search looks
// in callId, from, to and destination.
func (s CdrsService) Find(ctx context.Context, f Find) (*CdrList, error) {
	r := get("cdrsFind", "cdrs")
	r.query = f.encode()
	found, header, err := fetchWithHeader[CdrList](ctx, s.c, r)
	if err == nil {
		found.AtLeast = header.Get("Total-Count") == "at-least"
	}
	return found, err
}

// All yields every record that is found, by _id falling where the Find does not
// say, until the first error, which it yields last.
func (s CdrsService) All(ctx context.Context, f Find) iter.Seq2[Cdr, error] {
	return walkFind(ctx, f.sortedBy(Desc("_id")), func(r Cdr) string { return r.Id }, s.Find)
}

// ExportFormat is a format of exported call records.
type ExportFormat string

// The formats.
const (
	ExportCSV     ExportFormat = "csv"
	ExportLines   ExportFormat = "jsonl" // an object of JSON in each line
	ExportParquet ExportFormat = "parquet"
)

// CdrsExport says which call records are exported, and how.
type CdrsExport struct {
	Format ExportFormat // ExportCSV when empty
	After  string       // id of the last record that is there already; "" for none
	Search string
	Where  []Condition // all hold
}

// exportTypes are the media types of the formats.
var exportTypes = map[ExportFormat]string{
	"": "text/csv", ExportCSV: "text/csv", ExportLines: "application/x-ndjson", ExportParquet: "application/vnd.apache.parquet",
}

// Export writes call records in the order of their ids, as they come. What was written
// before an error stays written: go on with After. The client's timeout does not bound
// it: ctx does.
func (s CdrsService) Export(ctx context.Context, e CdrsExport, w io.Writer) error {
	var q query
	if e.Format != "" {
		q.add("format", string(e.Format))
	}
	if e.After != "" {
		q.add("after", e.After)
	}
	if e.Search != "" {
		q.add("$search", e.Search)
	}
	q.all("", e.Where)
	r := get("cdrsExport", "cdrs", "export")
	r.query, r.mediaType = q.String(), exportTypes[e.Format]
	r.receive = func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return err
	}
	_, err := s.c.send(ctx, r)
	return err
}

// Get reads a call record.
func (s CdrsService) Get(ctx context.Context, id string) (*Cdr, error) {
	return fetch[Cdr](ctx, s.c, get("cdrsGet", "cdrs", id))
}

// Remove deletes a call record with its recording and transcript, and returns it as it
// was. Only records of customers with cdrRetention 0 can be deleted so.
func (s CdrsService) Remove(ctx context.Context, id string) (*Cdr, error) {
	r := &request{operation: "cdrsRemove", method: http.MethodDelete, repeatable: true}
	return fetch[Cdr](ctx, s.c, r.at("cdrs", id))
}
