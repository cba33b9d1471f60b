package client

import "time"

// Direction is a call's direction as the customer sees it.
type Direction string

// The directions of a call.
const (
	Outbound Direction = "outbound" // placed by the customer
	Inbound  Direction = "inbound"
)

// CallAuthorize is a call that wants to start. CallId, Direction and To are
// required; without Customer only an emergency call is allowed.
type CallAuthorize struct {
	CallId     string    `json:"callId"`       // the switch's id of the call, such as the SIP Call-ID
	Leg        string    `json:"leg,omitzero"` // tells legs of one call apart where each is charged
	Customer   string    `json:"customer,omitzero"`
	Direction  Direction `json:"direction"`
	From       string    `json:"from,omitzero"`       // "" where withheld
	Privacy    string    `json:"privacy,omitzero"`    // of the Privacy header (RFC 3323); with id or user no name of the caller is looked up
	To         string    `json:"to"`                  // as dialled
	WholeCall  bool      `json:"wholeCall,omitzero"`  // one grant for the whole call, for a switch that cannot extend
	MaxSeconds int       `json:"maxSeconds,omitzero"` // longest duration; 0 is a server setting
	Trunk      string    `json:"trunk,omitzero"`      // name of the trunk it came by
	DigestUser string    `json:"digestUser,omitzero"` // who signed in for it
	Source     string    `json:"source,omitzero"`     // address it came from
	SourcePort int       `json:"sourcePort,omitzero"`
}

// CallAnswer is an answered call. Customer is a hint that finds the call sooner.
type CallAnswer struct {
	Leg      string `json:"leg,omitzero"`
	Customer string `json:"customer,omitzero"`
}

// CallExtend is a call that wants more time. Of UsedSeconds and UsedMillis, the
// time since the answer, at most one is set; without either the server's clock
// counts, and the client does not repeat the request by itself.
type CallExtend struct {
	Leg         string          `json:"leg,omitzero"`
	Customer    string          `json:"customer,omitzero"`
	UsedSeconds Optional[int]   `json:"usedSeconds,omitzero"`
	UsedMillis  Optional[int64] `json:"usedMillis,omitzero"`
}

// CallEnd is a call that ended. Of DurationSeconds and DurationMillis, from the
// answer to the end, at most one is set; without either the server's clock counts.
type CallEnd struct {
	Leg             string          `json:"leg,omitzero"`
	Customer        string          `json:"customer,omitzero"`
	DurationSeconds Optional[int]   `json:"durationSeconds,omitzero"`
	DurationMillis  Optional[int64] `json:"durationMillis,omitzero"`
	Cause           string          `json:"cause,omitzero"` // "" is normal_clearing
}

// CallEndBatch are calls that ended.
type CallEndBatch struct {
	Calls []CallEndItem `json:"calls"`
}

// CallEndItem is one call of a batch, which is worth repeating where it has a
// duration.
type CallEndItem struct {
	CallId string `json:"callId"`
	CallEnd
}

// CallEndBatchResult is what became of a batch.
type CallEndBatchResult struct {
	Ended  int              `json:"ended"`
	Failed int              `json:"failed"`
	Data   []CallEndOutcome `json:"data"`
}

// CallEndOutcome is what became of one call: it has a Cdr, or a Code of 400 and
// above with a Message.
type CallEndOutcome struct {
	CallId        string `json:"callId"`
	Leg           string `json:"leg"`
	Cdr           string `json:"cdr,omitzero"` // id of the call record
	BilledSeconds int    `json:"billedSeconds,omitzero"`
	ChargeMicros  Micros `json:"chargeMicros,omitzero"`
	Code          int    `json:"code,omitzero"` // as End would have failed with
	Message       string `json:"message,omitzero"`
}

// Verdict is whether a call may go on.
type Verdict string

// The verdicts.
const (
	Allow Verdict = "allow"
	Deny  Verdict = "deny"
)

// Reason says why a call was allowed or denied.
type Reason string

// The reasons.
const (
	ReasonOK                 Reason = "ok"
	ReasonUnknownCustomer    Reason = "unknown_customer"
	ReasonSuspended          Reason = "suspended"
	ReasonOutboundBarred     Reason = "outbound_barred"
	ReasonInternationalBar   Reason = "international_barred"
	ReasonPremiumBarred      Reason = "premium_barred"
	ReasonInvalidNumber      Reason = "invalid_number"
	ReasonDestinationBarred  Reason = "destination_barred"
	ReasonRateLimited        Reason = "rate_limited"
	ReasonTooManyCalls       Reason = "too_many_calls"
	ReasonNoPrice            Reason = "no_price"
	ReasonPriceCap           Reason = "price_cap"
	ReasonDailySpendCap      Reason = "daily_spend_cap"
	ReasonInsufficientCredit Reason = "insufficient_credit"
	ReasonUnbilledLimit      Reason = "unbilled_limit"
	ReasonOverloaded         Reason = "overloaded"
)

// BypassReason says why media does not bypass the switch.
type BypassReason string

// The reasons against media bypass.
const (
	BypassNone          BypassReason = ""    // it does bypass
	BypassOff           BypassReason = "off" // mediaBypass is 0
	BypassRecording     BypassReason = "recording"
	BypassTranscription BypassReason = "transcription"
	BypassHoldMusic     BypassReason = "hold_music"
)

// Media is how the switch is to treat the media of a call.
type Media struct {
	Bypass       bool         `json:"bypass"` // media flows directly between the endpoints
	BypassReason BypassReason `json:"bypassReason"`
	Record       bool         `json:"record"`
	Transcribe   bool         `json:"transcribe"`
	HoldMusic    string       `json:"holdMusic"` // address; "" for none

	Consent        Consent   `json:"consent,omitzero"`        // before recording
	ConsentPrompt  string    `json:"consentPrompt,omitzero"`  // name of the announcement
	RecordChannels int       `json:"recordChannels,omitzero"` // 2: each party has its own
	RecordFormat   string    `json:"recordFormat,omitzero"`   // that suits best
	UploadUrl      string    `json:"uploadUrl,omitzero"`      // where the recording goes; in decisions only
	UploadUntil    time.Time `json:"uploadUntil,omitzero"`
}

// Decision is whether a call may go on, for how long, at which price, and how its
// media is treated. A denial is a Decision, not an error.
type Decision struct {
	CallId               string  `json:"callId"`
	Leg                  string  `json:"leg"`
	Decision             Verdict `json:"decision"`
	Reason               Reason  `json:"reason"`
	SipCode              int     `json:"sipCode"`        // status to send (RFC 3261)
	GrantedSeconds       int     `json:"grantedSeconds"` // from the answer, or after Extend from now
	Final                bool    `json:"final"`          // no more will be granted
	Customer             string  `json:"customer,omitzero"`
	To                   string  `json:"to"`              // in E.164 where it has that form
	Prefix               string  `json:"prefix,omitzero"` // that prices the call
	Destination          string  `json:"destination,omitzero"`
	PricePerMinuteMicros Micros  `json:"pricePerMinuteMicros,omitzero"`
	ConnectFeeMicros     Micros  `json:"connectFeeMicros,omitzero"`
	HeldMicros           Micros  `json:"heldMicros"`
	Emergency            bool    `json:"emergency"`
	CallerNameWanted     bool    `json:"callerNameWanted,omitzero"`
	CallerName           string  `json:"callerName,omitzero"` // at most 15 characters
	CallerNameFull       string  `json:"callerNameFull,omitzero"`
	CallerId             string  `json:"callerId,omitzero"` // calling number to send, where the trunk has one
	Media                Media   `json:"media,omitzero"`    // zero on deny
}

// CompactDecision is a Decision after Prefer: return=minimal, with flat keys, for
// routing scripts. The client itself asks for whole decisions.
type CompactDecision struct {
	Decision       Verdict `json:"decision"`
	Reason         Reason  `json:"reason"`
	SipCode        int     `json:"sipCode"`
	GrantedSeconds int     `json:"grantedSeconds"`
	Final          bool    `json:"final"`
	To             string  `json:"to"`
	Emergency      bool    `json:"emergency"`
	CallerName     string  `json:"callerName"`
	CallerNameFull string  `json:"callerNameFull"`
	CallerId       string  `json:"callerId"`
	Bypass         bool    `json:"bypass"`
	Record         bool    `json:"record"`
	HoldMusic      string  `json:"holdMusic"`
	UploadUrl      string  `json:"uploadUrl"` // "" for none
	Consent        Consent `json:"consent"`
	ConsentPrompt  string  `json:"consentPrompt"`
}

// Allowed reports whether the call may go on.
func (d *Decision) Allowed() bool { return d.Decision == Allow }

// Call is a live call.
type Call struct {
	Id                   string     `json:"_id"` // its call record will have the same
	CallId               string     `json:"callId"`
	Leg                  string     `json:"leg"`
	Customer             string     `json:"customer,omitzero"`
	Server               string     `json:"server,omitzero"` // trunk that it came by
	Direction            Direction  `json:"direction"`
	From                 string     `json:"from"`
	To                   string     `json:"to"`
	Prefix               string     `json:"prefix,omitzero"`
	Destination          string     `json:"destination,omitzero"`
	StartedAt            time.Time  `json:"startedAt"`
	AnsweredAt           time.Time  `json:"answeredAt,omitzero"` // zero: not answered yet
	GrantedSeconds       int        `json:"grantedSeconds"`      // in all
	UsedSeconds          int        `json:"usedSeconds"`         // as the switch reported last
	ExpiresAt            time.Time  `json:"expiresAt"`           // when silence ends the call
	Final                bool       `json:"final"`
	PricePerMinuteMicros Micros     `json:"pricePerMinuteMicros,omitzero"`
	ConnectFeeMicros     Micros     `json:"connectFeeMicros,omitzero"`
	HeldMicros           Micros     `json:"heldMicros"`
	Emergency            bool       `json:"emergency"`
	WholeCall            bool       `json:"wholeCall,omitzero"`
	BillMethod           BillMethod `json:"billMethod,omitzero"`
	Deck                 string     `json:"deck,omitzero"`
	DeckVersion          int64      `json:"deckVersion,omitzero"`
	Media                Media      `json:"media,omitzero"`
}

// CallList is a page of live calls.
type CallList = List[Call]
