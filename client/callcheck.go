package client

// CallCheck is a call that nobody wants to place yet.
type CallCheck struct {
	Customer   string    `json:"customer,omitzero"`
	Direction  Direction `json:"direction"`
	From       string    `json:"from,omitzero"` // "" where withheld
	To         string    `json:"to"`            // as dialled
	WholeCall  bool      `json:"wholeCall,omitzero"`
	MaxSeconds int       `json:"maxSeconds,omitzero"` // 0 is a server setting
	Trunk      string    `json:"trunk,omitzero"`      // name of the trunk it would come by
	DigestUser string    `json:"digestUser,omitzero"`
	Source     string    `json:"source,omitzero"`
	SourcePort int       `json:"sourcePort,omitzero"`
}

// CallChecked is what would become of a call, and why.
type CallChecked struct {
	Decision             Verdict       `json:"decision"`
	Reason               Reason        `json:"reason"`
	SipCode              int           `json:"sipCode"`
	GrantedSeconds       int           `json:"grantedSeconds"`
	Final                bool          `json:"final"`
	Customer             string        `json:"customer,omitzero"`
	To                   string        `json:"to"`
	Region               string        `json:"region,omitzero"` // of the called number, ISO 3166-1
	Domestic             bool          `json:"domestic"`
	Premium              bool          `json:"premium"`
	Emergency            bool          `json:"emergency"`
	Prefix               string        `json:"prefix,omitzero"`
	Destination          string        `json:"destination,omitzero"`
	Deck                 string        `json:"deck,omitzero"`
	DeckVersion          int64         `json:"deckVersion,omitzero"`
	PricePerMinuteMicros Micros        `json:"pricePerMinuteMicros,omitzero"`
	ConnectFeeMicros     Micros        `json:"connectFeeMicros,omitzero"`
	MinimumSeconds       int           `json:"minimumSeconds,omitzero"`
	IncrementSeconds     int           `json:"incrementSeconds,omitzero"`
	HeldMicros           Micros        `json:"heldMicros"` // what would be held
	CallerNameWanted     bool          `json:"callerNameWanted,omitzero"`
	CallerId             string        `json:"callerId,omitzero"`
	Media                Media         `json:"media,omitzero"`
	Rules                []CheckedRule `json:"rules"` // in the order of checking
}

// CheckedRule is what one rule says of a call.
type CheckedRule struct {
	Rule    Reason      `json:"rule"` // the reason that it refuses calls with
	Outcome RuleOutcome `json:"outcome"`
	Detail  string      `json:"detail,omitzero"`
}

// RuleOutcome is what a rule did to a call.
type RuleOutcome string

// The outcomes.
const (
	OutcomePassed     RuleOutcome = "passed"
	OutcomeRefused    RuleOutcome = "refused"
	OutcomeNotReached RuleOutcome = "not_reached" // a rule before it has refused the call
	OutcomeExempt     RuleOutcome = "exempt"      // the rule is not about such calls
)
