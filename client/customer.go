package client

import "time"

// Flag is a switch of the customer's record: 0 or 1 on the wire.
type Flag int

// The positions of a Flag.
const (
	Off Flag = 0
	On  Flag = 1
)

// BillMethod says what a customer's calls draw on.
type BillMethod string

// The bill methods.
const (
	BillCredit        BillMethod = "credit"        // prepaid credit; calls are refused without it
	BillPaymentMethod BillMethod = "paymentmethod" // usage accrues, up to the unbilled limit, and is invoiced
)

// Customer is a customer's account record. A field that the answer leaves out has
// its zero value: optional fields without a value, and those that Find.Select did
// not name.
type Customer struct {
	// ETag names the state of the record, for IfMatch. Records of a list have none.
	ETag string `json:"-"`

	Id                    string     `json:"_id"`
	Name                  string     `json:"name"`
	WebsiteUrl            string     `json:"websiteUrl,omitzero"`
	Logo                  string     `json:"logo,omitzero"`
	Credit                int        `json:"credit"` // cents: the posted balance rounded down
	AdminUserId           string     `json:"adminUserId,omitzero"`
	BillingUserId         string     `json:"billingUserId,omitzero"`
	CallRecordingUserId   string     `json:"callRecordingUserId,omitzero"`
	SupportUserId         string     `json:"supportUserId,omitzero"`
	AutomaticRefillAmount int        `json:"automaticRefillAmount"` // cents; 0 is off
	LowBalanceAlertAmount int        `json:"lowBalanceAlertAmount"` // cents; 0 is off
	InternationalCalling  Flag       `json:"internationalCalling"`
	CreatedByIP           string     `json:"createdByIP,omitzero"`
	MediaBypass           Flag       `json:"mediaBypass"`
	AccountLock           Flag       `json:"accountLock"` // against port-out; never touches calls
	CallRecording         Flag       `json:"callRecording"`
	CdrRetention          int        `json:"cdrRetention"` // months; 0 keeps until deleted by hand
	CnamLookUps           Flag       `json:"cnamLookUps"`
	HoldMusic             Flag       `json:"holdMusic"`
	TranscribeCalls       Flag       `json:"transcribeCalls,omitzero"`
	MaxOutboundCallRate   int        `json:"maxOutboundCallRate"` // new calls per second; 0 is no limit
	DefaultBillMethod     BillMethod `json:"defaultBillMethod"`
	CreatedByUserId       string     `json:"createdByUserId,omitzero"`
	UpdatedByUserId       string     `json:"updatedByUserId,omitzero"`
	CreatedAt             time.Time  `json:"createdAt,omitzero"`
	UpdatedAt             time.Time  `json:"updatedAt,omitzero"`
}

// CustomerList is a page of customers.
type CustomerList = List[Customer]

// CustomersCreateOrPatch is a new customer, or the changes to one. Only the fields
// that were Set are sent. A new customer needs Name and DefaultBillMethod; the
// others get their defaults.
//
// Null clears WebsiteUrl, Logo and the four user ids. The last four fields are
// read-only: they are accepted only when they repeat what is stored, and so is Id.
type CustomersCreateOrPatch struct {
	Id                    Optional[string]     `json:"_id,omitzero"`
	Name                  Optional[string]     `json:"name,omitzero"` // 1 to 45 characters
	WebsiteUrl            Optional[string]     `json:"websiteUrl,omitzero"`
	Logo                  Optional[string]     `json:"logo,omitzero"`
	Credit                Optional[int]        `json:"credit,omitzero"` // cents; posts the difference to the ledger
	AdminUserId           Optional[string]     `json:"adminUserId,omitzero"`
	BillingUserId         Optional[string]     `json:"billingUserId,omitzero"`
	CallRecordingUserId   Optional[string]     `json:"callRecordingUserId,omitzero"`
	SupportUserId         Optional[string]     `json:"supportUserId,omitzero"`
	AutomaticRefillAmount Optional[int]        `json:"automaticRefillAmount,omitzero"` // cents; 0 is off
	LowBalanceAlertAmount Optional[int]        `json:"lowBalanceAlertAmount,omitzero"` // cents; 0 is off
	InternationalCalling  Optional[Flag]       `json:"internationalCalling,omitzero"`
	CreatedByIP           Optional[string]     `json:"createdByIP,omitzero"`
	MediaBypass           Optional[Flag]       `json:"mediaBypass,omitzero"`
	AccountLock           Optional[Flag]       `json:"accountLock,omitzero"`
	CallRecording         Optional[Flag]       `json:"callRecording,omitzero"`
	CdrRetention          Optional[int]        `json:"cdrRetention,omitzero"` // months; 0 keeps until deleted by hand
	CnamLookUps           Optional[Flag]       `json:"cnamLookUps,omitzero"`
	HoldMusic             Optional[Flag]       `json:"holdMusic,omitzero"`
	TranscribeCalls       Optional[Flag]       `json:"transcribeCalls,omitzero"`
	MaxOutboundCallRate   Optional[int]        `json:"maxOutboundCallRate,omitzero"` // new calls per second; 0 is no limit
	DefaultBillMethod     Optional[BillMethod] `json:"defaultBillMethod,omitzero"`
	CreatedByUserId       Optional[string]     `json:"createdByUserId,omitzero"`
	UpdatedByUserId       Optional[string]     `json:"updatedByUserId,omitzero"`
	CreatedAt             Optional[time.Time]  `json:"createdAt,omitzero"`
	UpdatedAt             Optional[time.Time]  `json:"updatedAt,omitzero"`
}

// CustomersPatch is the same record under the name it has in a PATCH.
type CustomersPatch = CustomersCreateOrPatch
