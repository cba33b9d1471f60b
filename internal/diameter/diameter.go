// Package diameter is the door for switches and IMS cores that speak Diameter credit
// control: Ro and Gy (RFC 6733, RFC 8506, 3GPP TS 32.299), over TCP and over TLS.
//
// A Credit-Control-Request of type INITIAL authorises a call, UPDATE extends it and
// TERMINATION ends it. Every rule is the ledger's: the door reads messages and writes
// them, and answers when what it says is durable.
//
// A session is a call: its Session-Id is the call's id. Clients tell the seconds used
// since their last message, the ledger wants those since the answer: the door adds
// them up, in memory. Where it does not know a session, because the server was started
// anew in between, the server's clock says how long the call has been going on.
package diameter

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// Calls decides about calls, and returns when what it decided is durable.
type Calls interface {
	Authorize(context.Context, admission.Attempt) (tollkeeper.Decision, error)
	Extend(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error)
}

// creditControl is the application (RFC 8506, section 1.3); relay stands for any (RFC
// 6733, section 2.4).
const (
	creditControl = 4
	relay         = 0xffffffff
	tgpp          = 10415 // the vendor of the AVPs of TS 32.299
)

// Values of CC-Request-Type (RFC 8506, section 8.3).
const (
	initialRequest     = 1
	updateRequest      = 2
	terminationRequest = 3
)

// finalTerminate is the Final-Unit-Action that ends the call (RFC 8506, section 8.35).
const finalTerminate = 0

// ringSeconds is what Validity-Time has beyond the grant, so that a telephone that rings
// makes no client ask for more.
const ringSeconds = 120

// maxSeconds is the longest grant that CC-Time is told of.
const maxSeconds = 24 * 3600

// Result-Codes (RFC 6733, section 7.1; RFC 8506, section 9).
const (
	success           = 2001
	unsupported       = 3001 // command
	tooBusy           = 3004
	unknownPeer       = 3010
	serviceDenied     = 4010
	creditLimit       = 4012
	unknownSession    = 5002
	invalidValue      = 5004
	missingAVP        = 5005
	noCommonApp       = 5010
	unableToComply    = 5012
	userUnknown       = 5030
	ratingFailed      = 5031
	firstOfPermanents = 4000 // below it are protocol errors, which the E bit tells of
)

// results are the Result-Codes of denials; service denied for all others.
var results = map[tollkeeper.Reason]uint32{
	tollkeeper.ReasonUnknownCustomer:    userUnknown,
	tollkeeper.ReasonInvalidNumber:      ratingFailed,
	tollkeeper.ReasonNoPrice:            ratingFailed,
	tollkeeper.ReasonInsufficientCredit: creditLimit,
	tollkeeper.ReasonUnbilledLimit:      creditLimit,
	tollkeeper.ReasonDailySpendCap:      creditLimit,
	tollkeeper.ReasonOverloaded:         tooBusy,
}

// failures are the Result-Codes of what could not be decided; too busy for all others,
// so that the client asks another server or asks again.
var failures = map[tollkeeper.Code]uint32{
	tollkeeper.CodeInvalid:   invalidValue,
	tollkeeper.CodeForbidden: serviceDenied,
	tollkeeper.CodeNotFound:  unknownSession,
	tollkeeper.CodeConflict:  unableToComply,
}
