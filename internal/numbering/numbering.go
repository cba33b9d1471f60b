// Package numbering says what a telephone number is: its E.164 form, the region
// it belongs to, whether that region is domestic, and what kind of number it is.
// It knows facts only; what a customer may call is decided elsewhere.
//
// The facts are those of the phonenumbers library, compiled by the gen command
// into one automaton over all digits of all numbers. The automaton gives the
// library's own answer for every number that is valid there, at the price of one
// table look-up per digit, and the library itself is not part of the program:
// loading it would take longer than all the rest of the start.
//
// Numbering metadata is always behind reality. A number whose length is possible
// under its calling code but which no known range covers is therefore still a
// number: its region is that of the range it comes closest to if there is only
// one, unknown otherwise. A number of impossible length is invalid.
package numbering

//go:generate go run ./gen

// Class is what kind of number a number is, as far as who pays for a call is
// concerned.
type Class string

// The classes of numbers.
const (
	Ordinary   Class = "ordinary"    // fixed, mobile, VoIP and anything not listed below
	TollFree   Class = "toll_free"   // the called party pays
	SharedCost Class = "shared_cost" // both parties pay
	Premium    Class = "premium"     // the caller pays for a service too
	Personal   Class = "personal"    // follows a person; often priced like Premium
	Emergency  Class = "emergency"   // police, fire, ambulance, crisis lines and their test number
)

// Regions that are not of one country.
const (
	RegionUnknown = ""    // no known range, or a prefix that several regions share
	RegionWorld   = "001" // satellite, international toll-free and other global services (UN M.49)
)

// Number is a number and what the numbering plan says of it.
type Number struct {
	// E164 is the number with its plus sign, as in ITU-T E.164: "+442071838750".
	// An emergency number has no such form and stands as it was dialled: "911",
	// or "urn:service:sos" and its sub-services in lower case (RFC 5031).
	E164 string
	// Region is an ISO 3166-1 alpha-2 code, AC (Ascension), TA (Tristan da Cunha)
	// and XK (Kosovo) included, or RegionWorld, or RegionUnknown. A service of
	// the whole North American plan (toll-free, 900, 700, personal numbers) and
	// an emergency number have the home region.
	Region string
	Class  Class
	// Domestic tells whether Region is one of the plan's domestic regions. The
	// calling code does not decide it: +1 876 is Jamaica.
	Domestic bool
}
