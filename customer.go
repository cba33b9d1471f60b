package tollkeeper

import "time"

// Customer is the record of one customer account, as the REST API shows it.
// The state of the account beside the record (money held, status, limits) is
// in Account.
type Customer struct {
	ID         ID
	Name       string  // 1 to 45 code points
	WebsiteURL *string // nil: absent
	Logo       *string // nil: absent

	// Credit is the posted prepaid balance, rounded down to a cent. It is
	// derived from the ledger; writing it posts an adjustment of the difference.
	Credit int32

	AdminUserID         ID // zero: absent; gets account notices
	BillingUserID       ID // zero: the admin user gets invoices and balance alerts
	CallRecordingUserID ID // zero: the admin user gets recordings and transcripts
	SupportUserID       ID // zero: absent

	AutomaticRefillAmount int32 // cents; 0 is off
	LowBalanceAlertAmount int32 // cents; 0 is off

	InternationalCalling Flag
	CreatedByIP          string // in the form of WrittenAddress
	MediaBypass          Flag
	AccountLock          Flag
	CallRecording        Flag
	CDRRetention         int32 // calendar months; 0 keeps until deleted by hand
	CNAMLookUps          Flag
	HoldMusic            Flag
	TranscribeCalls      *Flag // nil: absent, which means 0
	MaxOutboundCallRate  int32 // new outbound calls per second; 0 is no limit
	DefaultBillMethod    BillMethod

	CreatedByUserID ID // zero: absent
	UpdatedByUserID ID // zero: absent
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// Flag is a switch of the record: 0 or 1 on the wire.
type Flag bool

// BillMethod says what a customer's calls draw on.
type BillMethod string

// The bill methods.
const (
	// BillCredit draws calls from prepaid credit and refuses them without it.
	BillCredit BillMethod = "credit"
	// BillPaymentMethod lets usage accrue, up to the unbilled limit, and
	// invoices it to the payment method.
	BillPaymentMethod BillMethod = "paymentmethod"
)

// NewCustomer returns a record with the defaults of every field that has one.
func NewCustomer() Customer {
	return Customer{AccountLock: true, CDRRetention: 12, MaxOutboundCallRate: 1}
}

// Transcribes reports whether calls are to be transcribed.
func (c *Customer) Transcribes() bool { return c.TranscribeCalls != nil && bool(*c.TranscribeCalls) }
