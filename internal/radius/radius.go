// Package radius is the door for switches that speak RADIUS (RFC 2865, RFC 2866,
// RFC 2869), over UDP and over TLS (RFC 6614).
//
// An Access-Request authorises a call, and goes on with one; Accounting-Requests say
// that it was answered, goes on and is over. Every rule is the ledger's: the door
// reads packets and writes them.
//
// What cannot be answered for certain is not answered at all, so that the switch asks
// again or asks another server. A request that comes again gets the same answer: at
// once from the remembered replies, later from the ledger, which knows calls by their
// ids.
package radius

import (
	"context"

	"tollkeeper"
	"tollkeeper/internal/admission"
)

// Calls decides about calls, and returns when what it decided is durable.
type Calls interface {
	Authorize(context.Context, admission.Attempt) (tollkeeper.Decision, error)
	Answer(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	Extend(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error)
}

// Trunks knows who may sign in.
type Trunks interface {
	// Digest returns what a digest user's password is checked by; found is false where
	// there is no such user.
	Digest(ctx context.Context, user string) (digest tollkeeper.Digest, found bool, err error)
}

// Balances knows what customers have left, for switches that announce it.
type Balances interface {
	// Available is the credit that no call holds.
	Available(context.Context, tollkeeper.ID) (tollkeeper.Micros, error)
}

// code is what a packet is for (RFC 2865, section 4; RFC 2866, section 4; RFC 5997).
type code byte

const (
	accessRequest      code = 1
	accessAccept       code = 2
	accessReject       code = 3
	accountingRequest  code = 4
	accountingResponse code = 5
	statusServer       code = 12
)

// Attributes, by the RFC that defines them.
const (
	userName             = 1 // RFC 2865, section 5
	userPassword         = 2
	serviceType          = 6
	replyMessage         = 18
	state                = 24
	class                = 25
	vendorSpecific       = 26
	sessionTimeout       = 27
	terminationAction    = 29
	calledStationID      = 30
	callingStationID     = 31
	proxyState           = 33
	acctStatusType       = 40 // RFC 2866, section 5
	acctSessionID        = 44
	acctSessionTime      = 46
	acctTerminateCause   = 49
	messageAuthenticator = 80  // RFC 2869, section 5.14
	sipResponseCode      = 102 // draft-schulzrinne-sipping-radius-accounting; in accounting only
	sipAVP               = 225 // Kamailio and OpenSIPS: "name:value" becomes a variable of the script
)

// Attributes of Cisco (vendor 9), which voice switches of many makes use.
const (
	cisco                = 9
	ciscoAVPair          = 1 // "key=value"
	h323RemoteAddress    = 23
	h323ConfID           = 24
	h323DisconnectCause  = 30
	h323CreditAmount     = 101
	h323CreditTime       = 102
	h323ReturnCode       = 103
	h323BillingModel     = 109
	h323Currency         = 110
	maxAttribute         = 253 // octets of a value (RFC 2865, section 5)
	maxVendorAttribute   = maxAttribute - 6
	terminationDefault   = 0
	terminationAskRadius = 1 // ask again when the time is up (RFC 2865, section 5.29)
)

// Service types (RFC 2865, section 5.6, and dictionary.kamailio).
const (
	sipCallerAVPs = 30 // what is to be known of an outbound call
	sipCalleeAVPs = 31 // and of an inbound one
)
