package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Retention is how long a customer's call records are kept, in calendar months; 0 is
// without end.
type Retention struct {
	Customer        string    `json:"customer"`
	Months          int       `json:"months"`          // cdrRetention of the record
	EffectiveMonths int       `json:"effectiveMonths"` // what applies now
	ChangesAt       time.Time `json:"changesAt,omitzero"`
	RecordMonths    int       `json:"recordMonths"`       // of call records, by the carrier's bounds
	RecordingMonths int       `json:"recordingMonths"`    // of recordings and transcripts
	LegalHold       bool      `json:"legalHold,omitzero"` // nothing is deleted; told to staff only
	HoldReason      string    `json:"holdReason,omitzero"`
}

// RetentionPatch sets a legal hold, or lifts it.
type RetentionPatch struct {
	LegalHold  bool   `json:"legalHold"`
	HoldReason string `json:"holdReason,omitzero"`
}

// RetentionPreview is what a retention would delete now.
type RetentionPreview struct {
	Customer         string    `json:"customer"`
	Months           int       `json:"months"`
	EffectiveAt      time.Time `json:"effectiveAt"`
	RecordsBefore    time.Time `json:"recordsBefore,omitzero"`    // zero: nothing is too old
	RecordingsBefore time.Time `json:"recordingsBefore,omitzero"` // likewise
	Records          int64     `json:"records"`
	Recordings       int64     `json:"recordings"`
}

// PurgePreview is what the next run of the job will delete.
type PurgePreview struct {
	Customers  int64 `json:"customers"`
	Records    int64 `json:"records"`
	Recordings int64 `json:"recordings"`
}

// RetentionService has the operations on how long call records are kept.
type RetentionService struct{ c *Client }

// Get reads how long a customer's call records are kept.
func (s RetentionService) Get(ctx context.Context, customer string) (*Retention, error) {
	return fetch[Retention](ctx, s.c, get("retentionGet", "customers", customer, "retention"))
}

// Patch sets a legal hold, or lifts it.
func (s RetentionService) Patch(ctx context.Context, customer string, hold RetentionPatch) (*Retention, error) {
	r := &request{operation: "retentionPatch", method: http.MethodPatch, body: hold, repeatable: true}
	return fetch[Retention](ctx, s.c, r.at("customers", customer, "retention"))
}

// Preview counts what a retention of some months would delete; nil is the customer's
// own. Nothing is deleted.
func (s RetentionService) Preview(ctx context.Context, customer string, months *int) (*RetentionPreview, error) {
	r := get("retentionPreview", "customers", customer, "retention", "preview")
	if months != nil {
		r.query = url.Values{"months": {strconv.Itoa(*months)}}.Encode()
	}
	return fetch[RetentionPreview](ctx, s.c, r)
}

// PreviewAll counts what the next run of the job will delete, of all customers.
func (s RetentionService) PreviewAll(ctx context.Context) (*PurgePreview, error) {
	return fetch[PurgePreview](ctx, s.c, get("retentionPreviewAll", "retention", "preview"))
}
