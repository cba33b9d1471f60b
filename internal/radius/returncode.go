package radius

import "tollkeeper"

// The values of h323-return-code that we send (Cisco, RADIUS VSA Voice Implementation
// Guide).
const (
	returnOK                  = 0
	returnInvalidAccount      = 1
	returnInvalidPassword     = 2
	returnInUse               = 3
	returnCreditLimit         = 6
	returnDenied              = 7
	returnServiceNotAvailable = 8
	returnNumberBlocked       = 9
	returnInsufficientFunds   = 12
)

var returnCodes = map[tollkeeper.Reason]int{
	tollkeeper.ReasonOK:                 returnOK,
	tollkeeper.ReasonUnknownCustomer:    returnInvalidAccount,
	tollkeeper.ReasonSuspended:          returnDenied,
	tollkeeper.ReasonOutboundBarred:     returnNumberBlocked,
	tollkeeper.ReasonInvalidNumber:      returnNumberBlocked,
	tollkeeper.ReasonDestinationBar:     returnNumberBlocked,
	tollkeeper.ReasonInternationalBar:   returnNumberBlocked,
	tollkeeper.ReasonPremiumBarred:      returnNumberBlocked,
	tollkeeper.ReasonRateLimited:        returnServiceNotAvailable,
	tollkeeper.ReasonTooManyCalls:       returnInUse,
	tollkeeper.ReasonNoPrice:            returnNumberBlocked,
	tollkeeper.ReasonPriceCap:           returnNumberBlocked,
	tollkeeper.ReasonDailySpendCap:      returnCreditLimit,
	tollkeeper.ReasonInsufficientCredit: returnInsufficientFunds,
	tollkeeper.ReasonUnbilledLimit:      returnCreditLimit,
	tollkeeper.ReasonOverloaded:         returnServiceNotAvailable,
}

// returnCode is the h323-return-code for a reason.
func returnCode(reason tollkeeper.Reason) int {
	if code, known := returnCodes[reason]; known {
		return code
	}
	return returnDenied
}
