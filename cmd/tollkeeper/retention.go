package main

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/client"
	"tollkeeper/internal/jobs"
)

// retentionSettings are what a carrier can decide about how long call records are kept.
type retentionSettings struct {
	RetentionFloorMonths   int `help:"Months that call records are kept at least, hidden from a customer who wants fewer, 0 to 1200; 0 is none." default:"0" placeholder:"MONTHS"`
	RetentionCeilingMonths int `help:"Months that call records and recordings are kept at most, 0 to 1200; 0 is no limit." default:"0" placeholder:"MONTHS"`
	RetentionGraceDays     int `help:"Days until a retention that was lowered takes effect, 0 to 365." default:"7" placeholder:"DAYS"`
}

// retention are the carrier's bounds.
func (s *retentionSettings) retention() tollkeeper.RetentionRules {
	return tollkeeper.RetentionRules{
		Floor: int32(s.RetentionFloorMonths), Ceiling: int32(s.RetentionCeilingMonths), Grace: time.Duration(s.RetentionGraceDays) * 24 * time.Hour,
	}
}

const maxRetentionMonths = 1200 // a hundred years

// validate finds what is wrong with the settings.
func (s *retentionSettings) validate() (faults []string) {
	if s.RetentionFloorMonths < 0 || s.RetentionFloorMonths > maxRetentionMonths {
		faults = append(faults, "retention-floor-months: must be from 0 to 1200")
	}
	if s.RetentionCeilingMonths < 0 || s.RetentionCeilingMonths > maxRetentionMonths {
		faults = append(faults, "retention-ceiling-months: must be from 0 to 1200")
	}
	if s.RetentionCeilingMonths > 0 && s.RetentionCeilingMonths < s.RetentionFloorMonths {
		faults = append(faults, "retention-ceiling-months: must not be less than retention-floor-months")
	}
	if s.RetentionGraceDays < 0 || s.RetentionGraceDays > 365 {
		faults = append(faults, "retention-grace-days: must be from 0 to 365")
	}
	return faults
}

// purging deletes what is past its retention, adds up records of earlier releases, and
// lets records be found by number.
func (p *Program) purging() []jobs.Job {
	return []jobs.Job{
		{Name: "delete old call records", Every: time.Hour, After: 2 * time.Minute, RunOnce: p.store.Purge},
		{Name: "add up usage of earlier releases", Every: 10 * time.Minute, After: time.Minute, RunOnce: p.store.FillDayUsage},
		{Name: "let call records be found by number", Every: time.Minute, After: time.Minute, RunOnce: p.store.TermCDRs},
	}
}

type retentionCommand struct {
	Show    retentionShowCommand    `cmd:"" help:"Show how long a customer's call records are kept."`
	Preview retentionPreviewCommand `cmd:"" help:"Count what would be deleted; nothing is."`
	Set     retentionSetCommand     `cmd:"" help:"Count what another retention would delete, and save it with --yes."`
	Hold    retentionHoldCommand    `cmd:"" help:"Let nothing of a customer's be deleted (legal hold)."`
	Release retentionReleaseCommand `cmd:"" help:"Lift a legal hold."`
}

var retentionColumns = []column[client.Retention]{
	{"CUSTOMER", func(r client.Retention) string { return r.Customer }},
	{"MONTHS", func(r client.Retention) string { return months(r.Months) }},
	{"IN EFFECT", func(r client.Retention) string { return months(r.EffectiveMonths) }},
	{"CHANGES", func(r client.Retention) string { return moment(r.ChangesAt) }},
	{"RECORDS", func(r client.Retention) string { return months(r.RecordMonths) }},
	{"RECORDINGS", func(r client.Retention) string { return months(r.RecordingMonths) }},
	{"LEGAL HOLD", func(r client.Retention) string { return yesNo(r.LegalHold) }},
	{"REASON", func(r client.Retention) string { return r.HoldReason }},
}

func months(n int) string {
	if n == 0 {
		return "without end"
	}
	return strconv.Itoa(n)
}

type retentionShowCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run shows a retention.
func (c *retentionShowCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, retentionColumns, func(s *client.Client) (*client.Retention, error) { return s.Retention.Get(ctx, c.ID) })
}

var previewColumns = []column[client.RetentionPreview]{
	{"CUSTOMER", func(p client.RetentionPreview) string { return p.Customer }},
	{"MONTHS", func(p client.RetentionPreview) string { return months(p.Months) }},
	{"FROM", func(p client.RetentionPreview) string { return moment(p.EffectiveAt) }},
	{"RECORDS BEFORE", func(p client.RetentionPreview) string { return moment(p.RecordsBefore) }},
	{"RECORDS", func(p client.RetentionPreview) string { return strconv.FormatInt(p.Records, 10) }},
	{"RECORDINGS", func(p client.RetentionPreview) string { return strconv.FormatInt(p.Recordings, 10) }},
}

var purgeColumns = []column[client.PurgePreview]{
	{"CUSTOMERS", func(p client.PurgePreview) string { return strconv.FormatInt(p.Customers, 10) }},
	{"RECORDS", func(p client.PurgePreview) string { return strconv.FormatInt(p.Records, 10) }},
	{"RECORDINGS", func(p client.PurgePreview) string { return strconv.FormatInt(p.Recordings, 10) }},
}

type retentionPreviewCommand struct {
	remote `embed:""`
	ID     string `arg:"" optional:"" help:"Of a customer; without, all that the next run of the job deletes is counted."`
	Months *int   `help:"A retention to try instead of the customer's." env:"-" placeholder:"MONTHS"`
	JSON   bool   `name:"json" help:"Print JSON for scripts." env:"-"`
}

// Run counts what would be deleted.
func (c *retentionPreviewCommand) Run(ctx context.Context) error {
	if c.ID != "" {
		return show(c.remote, c.JSON, previewColumns, func(s *client.Client) (*client.RetentionPreview, error) {
			return s.Retention.Preview(ctx, c.ID, c.Months)
		})
	}
	if c.Months != nil {
		return tollkeeper.Invalid("months: needs the id of a customer")
	}
	return show(c.remote, c.JSON, purgeColumns, func(s *client.Client) (*client.PurgePreview, error) { return s.Retention.PreviewAll(ctx) })
}

type retentionSetCommand struct {
	remote  `embed:""`
	showing `embed:""`
	Months  int  `help:"Calendar months that records are kept; 0 keeps them until they are deleted by hand." required:"" env:"-" placeholder:"MONTHS"`
	Yes     bool `help:"Save it." env:"-"`
}

var errNotSaved = errors.New("nothing was saved; repeat it with --yes to save it")

// Run counts what would be deleted, and saves the retention of who has agreed.
func (c *retentionSetCommand) Run(ctx context.Context) error {
	if !c.Yes {
		preview := retentionPreviewCommand{remote: c.remote, ID: c.ID, Months: &c.Months, JSON: c.JSON}
		return cmp.Or(preview.Run(ctx), errNotSaved)
	}
	return show(c.remote, c.JSON, retentionColumns, func(s *client.Client) (*client.Retention, error) {
		if _, err := s.Customers.Patch(ctx, c.ID, client.CustomersPatch{CdrRetention: client.Set(c.Months)}); err != nil {
			return nil, err
		}
		return s.Retention.Get(ctx, c.ID)
	})
}

type retentionHoldCommand struct {
	remote  `embed:""`
	showing `embed:""`
	Reason  string `help:"Why." env:"-" placeholder:"TEXT"`
}

// Run sets a legal hold.
func (c *retentionHoldCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, retentionColumns, func(s *client.Client) (*client.Retention, error) {
		return s.Retention.Patch(ctx, c.ID, client.RetentionPatch{LegalHold: true, HoldReason: c.Reason})
	})
}

type retentionReleaseCommand struct {
	remote  `embed:""`
	showing `embed:""`
}

// Run lifts a legal hold.
func (c *retentionReleaseCommand) Run(ctx context.Context) error {
	return show(c.remote, c.JSON, retentionColumns, func(s *client.Client) (*client.Retention, error) {
		return s.Retention.Patch(ctx, c.ID, client.RetentionPatch{})
	})
}
