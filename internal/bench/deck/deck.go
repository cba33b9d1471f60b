// Package deck makes the rate deck that a benchmark calls by: 100,000 prefixes
// of real numbering plans, with a price each.
package deck

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// Route is one prefix, its price, and a number it leads to. All numbers have
// the same length, so that one fits in another's place.
type Route struct {
	Prefix         string
	Destination    string
	PricePerMinute int64  // in micro-units; minimum and increment are 60 s
	Number         string // in E.164, with "+"
}

// CallSeconds is how long a benchmark's call lasts: two increments.
const CallSeconds = 63

// ChargeMicros is what a call of CallSeconds costs.
func (r *Route) ChargeMicros() int64 { return 2 * r.PricePerMinute }

// numberLength is the length of every number, with "+".
const numberLength = len("+12125550100")

// plan is a part of a country's numbers: what they begin with, and how many
// digits after it tell prefixes apart.
type plan struct {
	country     string
	lead        string
	first, last int // of the digits after lead
}

// plans name 100,000 prefixes: the exchanges of a hundred North American area
// codes, and the blocks of 1,000 numbers of Paris and Madrid.
func plans() []plan {
	plans := []plan{
		{"France, Paris", "331", 40000, 49999},
		{"Spain, Madrid", "3491", 0, 9999},
	}
	for _, area := range areaCodes {
		plans = append(plans, plan{"United States, " + strconv.Itoa(area), "1" + strconv.Itoa(area), 200, 999})
	}
	return plans
}

// areaCodes are a hundred of the United States.
var areaCodes = [100]int{
	201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
	229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
	303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330,
	331, 334, 336, 337, 347, 351, 352, 360, 361, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412,
	413, 414, 415, 417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 443, 469, 478, 479, 480, 484, 501,
}

// Routes makes the deck. It is the same every time.
func Routes() []Route {
	random := rand.New(rand.NewPCG(2, 2)) // any fixed seed
	routes := make([]Route, 0, 100_000)
	for _, p := range plans() {
		width := len(strconv.Itoa(p.last))
		for n := p.first; n <= p.last; n++ {
			prefix := fmt.Sprintf("%s%0*d", p.lead, width, n)
			routes = append(routes, Route{
				Prefix: prefix, Destination: p.country,
				PricePerMinute: 4_000 + random.Int64N(90_000),
				Number:         fmt.Sprintf("+%s%0*d", prefix, numberLength-1-len(prefix), 100),
			})
		}
	}
	return routes
}

// CSV writes the routes as a file for import.
func CSV(routes []Route) []byte {
	b := []byte("prefix,destination,price,connect_fee,increment\n")
	for _, r := range routes {
		b = fmt.Appendf(b, "%s,\"%s\",0.%06d,0,60/60\n", r.Prefix, r.Destination, r.PricePerMinute)
	}
	return b
}
