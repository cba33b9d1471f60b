package tollkeeper

import "time"

// Direction is a call's direction as the customer sees it.
type Direction string

// The directions of a call.
const (
	Outbound Direction = "outbound" // the customer places the call
	Inbound  Direction = "inbound"  // the call reaches the customer's number
)

// CallKey names one leg of a call as the switch does: SIP's Call-ID (RFC 3261,
// section 8.1.1.4), and a leg where one call has several that are charged.
type CallKey struct {
	CallID string // 1 to 255 characters
	Leg    string // 0 to 64 characters
}

// Authorization is a switch's question whether a call may be placed.
type Authorization struct {
	CallKey
	Customer   ID
	Direction  Direction
	From, To   string        // as dialled
	WholeCall  bool          // the switch cannot extend: one grant for all of the call
	MaxSeconds int64         // the longest grant of use to the switch; 0 is no limit
	Called     CalledNumber  // To, as numbering understands it
	Caller     CallingNumber // From, likewise

	Trunk        ID           // of the customer, by which the call comes; zero: not known
	TrunkLimited bool         // the trunk has limits of its own
	Inbound      InboundPrice // of the called number, for its owner
}

// Shown is the called number as answers and records show it: in E.164 where it
// is valid, else as dialled.
func (q *Authorization) Shown() string {
	if q.Called.E164 != "" {
		return q.Called.E164
	}
	return q.To
}

// CalledNumber is what is known of the number a call goes to.
type CalledNumber struct {
	E164      string // "" when the number is not valid; an emergency number as dialled
	Emergency bool
	Region    string // ISO 3166-1; "" for none, and for numbers of several
	Domestic  bool   // in one of the deployment's domestic regions
	Premium   bool   // premium rate
}

// CallingNumber is what is known of the number a call comes from.
type CallingNumber struct {
	Shown  string // E.164 where it is a telephone number, else as given
	Region string // ISO 3166-1; "" for none
}

// Reason says why a call was allowed or denied.
type Reason string

// The reasons, in the order in which they are checked.
const (
	ReasonOK                 Reason = "ok"
	ReasonUnknownCustomer    Reason = "unknown_customer"
	ReasonSuspended          Reason = "suspended"
	ReasonOutboundBarred     Reason = "outbound_barred"
	ReasonInvalidNumber      Reason = "invalid_number"
	ReasonDestinationBar     Reason = "destination_barred"
	ReasonInternationalBar   Reason = "international_barred"
	ReasonPremiumBarred      Reason = "premium_barred"
	ReasonRateLimited        Reason = "rate_limited"
	ReasonTooManyCalls       Reason = "too_many_calls"
	ReasonNoPrice            Reason = "no_price"
	ReasonPriceCap           Reason = "price_cap"
	ReasonDailySpendCap      Reason = "daily_spend_cap"
	ReasonInsufficientCredit Reason = "insufficient_credit"
	ReasonUnbilledLimit      Reason = "unbilled_limit"
	ReasonOverloaded         Reason = "overloaded"
)

// sipCodes maps each reason to the SIP status a switch sends for it (RFC 3261,
// section 21).
var sipCodes = map[Reason]int{
	ReasonOK:                 200,
	ReasonUnknownCustomer:    403,
	ReasonSuspended:          403,
	ReasonOutboundBarred:     403,
	ReasonInvalidNumber:      484,
	ReasonDestinationBar:     403,
	ReasonInternationalBar:   403,
	ReasonPremiumBarred:      403,
	ReasonRateLimited:        503,
	ReasonTooManyCalls:       486,
	ReasonNoPrice:            404,
	ReasonPriceCap:           403,
	ReasonDailySpendCap:      402,
	ReasonInsufficientCredit: 402,
	ReasonUnbilledLimit:      402,
	ReasonOverloaded:         503,
}

// Reasons lists every reason in the order of checking.
var Reasons = []Reason{
	ReasonOK, ReasonUnknownCustomer, ReasonSuspended, ReasonOutboundBarred, ReasonInvalidNumber,
	ReasonDestinationBar, ReasonInternationalBar, ReasonPremiumBarred, ReasonRateLimited, ReasonTooManyCalls, ReasonNoPrice,
	ReasonPriceCap, ReasonDailySpendCap, ReasonInsufficientCredit, ReasonUnbilledLimit, ReasonOverloaded,
}

// SIPCode is the SIP status a switch sends for the reason.
func (r Reason) SIPCode() int { return sipCodes[r] }

// Call is a call in progress: what was agreed when it was authorised, and what
// has been granted and heard of it since.
type Call struct {
	ID ID // becomes the id of the call record
	CallKey
	Customer  ID // zero: an emergency call of an unknown customer
	Direction Direction
	From, To  string
	WholeCall bool
	Emergency bool
	Tariff    Tariff
	Media     Media

	Trunk        ID   // by which it came; zero: not known
	TrunkCounted bool // it is one of the calls that the trunk's limits count

	StartedAt  time.Time
	AnsweredAt time.Time     // zero: not answered yet
	FirstGrant int64         // seconds granted by authorize
	FirstFinal bool          // Final as authorize answered it
	Granted    int64         // seconds granted in all
	Slice      int64         // seconds of the last grant asked for; the next one is larger
	Extends    int64         // extensions so far
	Final      bool          // no further grant will follow
	Used       time.Duration // the last proof of life: conversation reported by the switch
	Held       Micros
	ExpiresAt  time.Time // when silence ends the call
}

// Tariff is the price a call was authorised at. It stays the call's price
// whatever happens to the rate deck in the meantime.
type Tariff struct {
	BillMethod       BillMethod
	Prefix           string // "" for a call without a price
	Destination      string
	PricePerMinute   Micros
	ConnectFee       Micros
	MinimumSeconds   int32
	IncrementSeconds int32
	Deck             string
	DeckVersion      int64
}

// Media tells the switch how to handle a call's media.
type Media struct {
	Bypass       bool         // media may flow directly between the endpoints
	BypassReason BypassReason // why not, or "" when it does
	Record       bool
	Transcribe   bool
	HoldMusic    string  // address of the music; "" for none
	CallerName   bool    // the caller's name is wanted
	Consent      Consent // before recording
	Prompt       string  // the announcement of consent; "" for none
}

// BypassReason says why media does not bypass the switch.
type BypassReason string

// The reasons against media bypass.
const (
	BypassOff           BypassReason = "off" // mediaBypass is 0
	BypassRecording     BypassReason = "recording"
	BypassTranscription BypassReason = "transcription"
	BypassHoldMusic     BypassReason = "hold_music"
)

// Decision is the answer to authorize, answer and extend.
type Decision struct {
	CallKey
	Allowed        bool
	Reason         Reason
	GrantedSeconds int64 // from now on
	Final          bool  // the call must end when the grant does
	Customer       ID
	To             string
	Tariff         Tariff
	Held           Micros
	Emergency      bool
	Media          Media
	CallerID       string     // the calling number to send, where the trunk has one
	Call           ID         // of the call and its record; zero when denied
	Upload         Upload     // where its recording goes
	CallerName     CallerName // empty but where Media.CallerName wants it and it is known
}

// Upload is where a switch brings the recording of a call, without signing in.
type Upload struct {
	URL     string // "" for none
	Expires time.Time
}

// Report is what a switch tells of a call: that it was answered, goes on or is
// over.
type Report struct {
	CallKey
	Customer ID             // a hint that spares a search; zero if not known
	Used     *time.Duration // conversation so far; nil lets the server's clock say
	Cause    string         // why the call ended; used by End only
}

// CDR is a call detail record. It is written once, with the charge, and never
// changed; a correction is a new record.
type CDR struct {
	ID ID
	CallKey
	Customer   ID
	Trunk      ID // by which it came; zero: not known
	Direction  Direction
	From, To   string
	Emergency  bool
	WholeCall  bool
	Tariff     Tariff
	Media      Media
	StartedAt  time.Time
	AnsweredAt time.Time // zero: never answered
	EndedAt    time.Time
	FirstGrant int64         // seconds granted by authorize
	FirstFinal bool          // whether authorize called its grant final
	Granted    int64         // seconds granted in all
	Duration   time.Duration // conversation
	Billed     int64         // seconds, after minimum and increments
	Charge     Micros
	Cause      string
	Expired    bool       // ended by silence; charged to the last proof of life
	Corrects   ID         // the expired record whose charge this one completes
	CallerName CallerName // as the call was told, where the record is read to be shown
}

// WholeSeconds counts a started second in full, as conversation is charged and
// shown.
func WholeSeconds(d time.Duration) int64 {
	seconds := int64(d / time.Second)
	if d%time.Second > 0 {
		seconds++
	}
	return seconds
}
