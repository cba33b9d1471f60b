package demo

import (
	"time"

	"tollkeeper"
)

// account is one customer as the carrier came to know it.
type account struct {
	name, site string
	number     string  // its own, in E.164
	zone       int     // hours from UTC
	joined     float64 // days ago
	day        *day
	calls      int // over the whole time, about
	inbound    int // percent of them
	dials      mix
	live       int  // calls in progress at the end
	whole      bool // its switch cannot extend

	credit, topUp int32 // cents, at the opening and every two weeks
	accrues       bool  // bill method paymentmethod
	deck          string
	limits        tollkeeper.Limits
	switches      func(*tollkeeper.Customer) // nil: the defaults
}

// day is when an account's people are at the telephone, and for how long.
type day struct {
	hours   [24]int // chance of each local hour, in percent
	weekend int     // of that, on Saturdays and Sundays
	talk    time.Duration
}

var (
	office   = &day{[24]int{0, 0, 0, 0, 0, 0, 2, 10, 50, 90, 100, 95, 55, 80, 95, 90, 75, 40, 12, 5, 3, 2, 1, 0}, 12, 160 * time.Second}
	practice = &day{[24]int{0, 0, 0, 0, 0, 0, 5, 45, 100, 100, 90, 80, 30, 70, 80, 75, 55, 20, 5, 2, 1, 0, 0, 0}, 6, 110 * time.Second}
	shop     = &day{[24]int{0, 0, 0, 0, 0, 1, 4, 15, 40, 70, 90, 100, 95, 90, 85, 85, 90, 95, 80, 50, 25, 8, 2, 0}, 110, 70 * time.Second}
	centre   = &day{[24]int{0, 0, 0, 0, 0, 0, 1, 8, 60, 95, 100, 100, 90, 95, 100, 95, 85, 70, 60, 45, 20, 5, 0, 0}, 35, 210 * time.Second}
	evening  = &day{[24]int{6, 2, 1, 0, 0, 1, 4, 10, 12, 15, 18, 25, 35, 30, 30, 35, 45, 65, 90, 100, 95, 75, 45, 18}, 140, 330 * time.Second}
	always   = &day{[24]int{45, 40, 38, 38, 40, 48, 60, 75, 88, 95, 100, 100, 98, 98, 100, 98, 95, 90, 85, 80, 72, 65, 58, 50}, 80, 140 * time.Second}
)

// accounts is every customer, in the order of their joining.
var accounts = []account{
	{name: "Northgate Travel", site: "northgate-travel.example", number: "+12125550101", zone: -5, joined: 380, day: office, calls: 150, inbound: 25, dials: world, live: 2,
		credit: 25_000, topUp: 2_500, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.HoldMusic, c.CNAMLookUps = true, true, true
			c.MaxOutboundCallRate, c.LowBalanceAlertAmount = 10, 5_000
		}},
	{name: "Harbor Street Dental", site: "harborstreetdental.example", number: "+16175550112", zone: -5, joined: 371, day: practice, calls: 75, inbound: 55, dials: northAmerica,
		credit: 5_000, topUp: 1_000, switches: func(c *tollkeeper.Customer) { c.HoldMusic, c.CNAMLookUps = true, true }},
	{name: "Meridian Wholesale Voice", site: "meridian-voice.example", number: "+13055550120", zone: -5, joined: 365, day: always, calls: 340, dials: world, live: 1, whole: true,
		accrues: true, deck: wholesale, limits: tollkeeper.Limits{Unbilled: amount(5_000), MaxConcurrentCalls: number(500)},
		switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.MediaBypass, c.MaxOutboundCallRate, c.CDRRetention = true, true, 200, 24
		}},
	{name: "Cedar & Vine Restaurants", site: "cedarandvine.example", number: "+13125550133", zone: -6, joined: 352, day: shop, calls: 90, inbound: 60, dials: northAmerica,
		credit: 3_000, topUp: 500, switches: func(c *tollkeeper.Customer) { c.CNAMLookUps = true }},
	{name: "Prairie Collections Group", site: "prairiecollections.example", number: "+14025550141", zone: -6, joined: 344, day: centre, calls: 210, inbound: 10, dials: northAmerica,
		accrues: true, limits: tollkeeper.Limits{MaxConcurrentCalls: number(60)}, switches: func(c *tollkeeper.Customer) {
			c.CallRecording, c.TranscribeCalls, c.CDRRetention, c.MaxOutboundCallRate = true, on(), 84, 15
		}},
	{name: "Okafor Law", site: "okaforlaw.example", number: "+12025550150", zone: -5, joined: 331, day: office, calls: 60, inbound: 40, dials: northAmerica,
		accrues: true, switches: func(c *tollkeeper.Customer) { c.CallRecording, c.CDRRetention = true, 120 }},
	{name: "Pacific Crest Outfitters", site: "pacificcrest-outfitters.example", number: "+12065550158", zone: -8, joined: 318, day: shop, calls: 70, inbound: 45, dials: northAmerica,
		credit: 4_000, topUp: 800},
	{name: "Lumen Telehealth", site: "lumen-telehealth.example", number: "+14155550163", zone: -8, joined: 305, day: always, calls: 150, inbound: 35, dials: northAmerica, live: 1,
		accrues: true, switches: func(c *tollkeeper.Customer) {
			c.CallRecording, c.CDRRetention, c.MaxOutboundCallRate, c.CNAMLookUps = true, 72, 5, true
		}},
	{name: "Calle Ocho Phone Cards", site: "calleochocards.example", number: "+13055550169", zone: -5, joined: 296, day: evening, calls: 70, dials: caribbean,
		credit: 12_000, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.LowBalanceAlertAmount, c.MaxOutboundCallRate = true, 1_000, 3
		}},
	{name: "Twin Forks Hardware", site: "twinforkshardware.example", number: "+13035550174", zone: -7, joined: 284, day: shop, calls: 45, inbound: 50, dials: northAmerica,
		credit: 2_000, topUp: 300},
	{name: "Bluewater Freight", site: "bluewaterfreight.example", number: "+17135550180", zone: -6, joined: 279, day: office, calls: 95, inbound: 20, dials: blend(northAmerica, latinAmerica),
		credit: 10_000, topUp: 1_500, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.AutomaticRefillAmount, c.LowBalanceAlertAmount = true, 5_000, 2_500
		}},
	{name: "Signal Ridge CPaaS", site: "signalridge.example", number: "+12125550187", zone: -5, joined: 266, day: always, calls: 260, inbound: 15, dials: northAmerica, live: 2, whole: true,
		accrues: true, deck: wholesale, limits: tollkeeper.Limits{Unbilled: amount(2_000), DailySpend: amount(250)},
		switches: func(c *tollkeeper.Customer) {
			c.MediaBypass, c.MaxOutboundCallRate, c.AccountLock = true, 100, false
		}},
	{name: "Maple Leaf Insurance Brokers", site: "mapleleafbrokers.example", number: "+14165550103", zone: -5, joined: 258, day: office, calls: 80, inbound: 30, dials: northAmerica,
		credit: 6_000, topUp: 900, switches: func(c *tollkeeper.Customer) { c.CallRecording, c.HoldMusic = true, true }},
	{name: "Casa Verde Realty", site: "casaverderealty.example", number: "+17875550107", zone: -4, joined: 247, day: office, calls: 50, inbound: 35, dials: northAmerica,
		credit: 3_500, topUp: 600},
	{name: "Quill & Ink Publishing", site: "quillandink.example", number: "+16175550115", zone: -5, joined: 240, day: office, calls: 40, inbound: 25, dials: blend(northAmerica, europe),
		credit: 5_000, topUp: 700, switches: func(c *tollkeeper.Customer) { c.InternationalCalling = true }},
	{name: "Desert Sun Solar", site: "desertsunsolar.example", number: "+16025550121", zone: -7, joined: 229, day: centre, calls: 120, inbound: 10, dials: northAmerica,
		credit: 8_000, topUp: 1_200, limits: tollkeeper.Limits{MaxConcurrentCalls: number(12)}, switches: func(c *tollkeeper.Customer) {
			c.MaxOutboundCallRate, c.CallRecording = 4, true
		}},
	{name: "Oceanic Charters", site: "oceaniccharters.example", number: "+13055550126", zone: -5, joined: 221, day: shop, calls: 30, inbound: 20, dials: transpond,
		credit: 30_000, topUp: 4_000, limits: tollkeeper.Limits{MaxPricePerMinute: amount(5)}, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling = true
		}},
	{name: "Greenline Taxi", site: "greenlinetaxi.example", number: "+12155550131", zone: -5, joined: 214, day: always, calls: 130, inbound: 70, dials: northAmerica,
		credit: 5_000, topUp: 800, switches: func(c *tollkeeper.Customer) { c.CNAMLookUps, c.MaxOutboundCallRate = true, 5 }},
	{name: "Aster Recruiting", site: "aster-recruiting.example", number: "+14045550137", zone: -5, joined: 203, day: office, calls: 85, inbound: 15, dials: northAmerica,
		accrues: true, switches: func(c *tollkeeper.Customer) { c.TranscribeCalls = on() }},
	{name: "Stonebridge Apartments", site: "stonebridge-apts.example", number: "+12145550144", zone: -6, joined: 196, day: office, calls: 40, inbound: 45, dials: northAmerica,
		credit: 2_500, topUp: 300},
	{name: "Himalaya Imports", site: "himalayaimports.example", number: "+17185550148", zone: -5, joined: 184, day: evening, calls: 70, inbound: 10, dials: asia,
		credit: 8_000, topUp: 1_500, switches: func(c *tollkeeper.Customer) { c.InternationalCalling = true }},
	{name: "Fenwick Accounting", site: "fenwickaccounting.example", number: "+13125550153", zone: -6, joined: 177, day: office, calls: 45, inbound: 35, dials: northAmerica,
		accrues: true, switches: func(c *tollkeeper.Customer) { c.CDRRetention = 84 }},
	{name: "Rapid Response Plumbing", site: "rapidresponseplumbing.example", number: "+17025550159", zone: -8, joined: 169, day: always, calls: 65, inbound: 65, dials: northAmerica,
		credit: 2_000, topUp: 500, switches: func(c *tollkeeper.Customer) { c.CNAMLookUps = true }},
	{name: "Atlas Conference Services", site: "atlasconference.example", number: "+16465550164", zone: -5, joined: 158, day: office, calls: 110, inbound: 5, dials: abroad, live: 1,
		credit: 20_000, topUp: 3_000, limits: tollkeeper.Limits{DailySpend: amount(150)}, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.MaxOutboundCallRate, c.CallRecording = true, 20, true
		}},
	{name: "Willow Creek Veterinary", site: "willowcreekvet.example", number: "+13035550170", zone: -7, joined: 150, day: practice, calls: 45, inbound: 55, dials: northAmerica,
		credit: 2_500, topUp: 400, switches: func(c *tollkeeper.Customer) { c.HoldMusic = true }},
	{name: "Ironworks Gym", site: "ironworksgym.example", number: "+12135550176", zone: -8, joined: 141, day: shop, calls: 30, inbound: 40, dials: northAmerica,
		credit: 1_500, topUp: 200},
	{name: "Lakeside School District", site: "lakeside-schools.example", number: "+14165550182", zone: -5, joined: 133, day: practice, calls: 75, inbound: 30, dials: northAmerica,
		accrues: true, limits: tollkeeper.Limits{Unbilled: amount(500)}},
	{name: "Zephyr Softphone", site: "zephyrsoftphone.example", number: "+14155550189", zone: -8, joined: 126, day: evening, calls: 140, dials: world,
		credit: 15_000, topUp: 2_000, deck: wholesale, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.MediaBypass, c.MaxOutboundCallRate, c.CDRRetention = true, true, 25, 6
		}},
	{name: "Pinecrest Hospice", site: "pinecresthospice.example", number: "+16045550105", zone: -8, joined: 114, day: always, calls: 55, inbound: 40, dials: northAmerica,
		accrues: true},
	{name: "Old Mill Brewery", site: "oldmillbrewery.example", number: "+15145550109", zone: -5, joined: 107, day: shop, calls: 35, inbound: 45, dials: northAmerica,
		credit: 2_000, topUp: 250},
	{name: "Vertex Auto Warranty", site: "vertexwarranty.example", number: "+17025550114", zone: -8, joined: 98, day: centre, calls: 90, dials: northAmerica,
		credit: 6_000, topUp: 1_000, switches: func(c *tollkeeper.Customer) { c.MaxOutboundCallRate = 30 }},
	{name: "Summit Ridge Hotel", site: "summitridgehotel.example", number: "+13035550119", zone: -7, joined: 89, day: always, calls: 85, inbound: 50, dials: blend(northAmerica, europe),
		credit: 5_000, topUp: 800, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.HoldMusic, c.CNAMLookUps = true, true, true
		}},
	{name: "Copperfield Books", site: "copperfieldbooks.example", number: "+12065550124", zone: -8, joined: 77, day: shop, calls: 25, inbound: 55, dials: northAmerica,
		credit: 1_000, topUp: 200},
	{name: "Lagos Bridge Remittance", site: "lagosbridge.example", number: "+17135550130", zone: -6, joined: 66, day: evening, calls: 80, dials: africa,
		credit: 15_000, topUp: 2_500, switches: func(c *tollkeeper.Customer) {
			c.InternationalCalling, c.LowBalanceAlertAmount, c.AutomaticRefillAmount = true, 3_000, 10_000
		}},
	{name: "Halcyon Event Planning", site: "halcyonevents.example", number: "+14045550135", zone: -5, joined: 52, day: office, calls: 35, inbound: 20, dials: northAmerica,
		credit: 2_500, topUp: 300},
	{name: "Riverside Community Clinic", site: "riversideclinic.example", number: "+12155550142", zone: -5, joined: 44, day: practice, calls: 50, inbound: 50, dials: northAmerica,
		accrues: true, switches: func(c *tollkeeper.Customer) { c.CallRecording, c.CNAMLookUps = true, true }},
	{name: "Kestrel Drone Survey", site: "kestreldrones.example", number: "+16025550147", zone: -7, joined: 31, day: office, calls: 25, inbound: 15, dials: blend(northAmerica, pacific),
		credit: 3_000, topUp: 500, switches: func(c *tollkeeper.Customer) { c.InternationalCalling = true }},
	{name: "Juniper Bakery", site: "juniperbakery.example", number: "+16175550152", zone: -5, joined: 19, day: shop, calls: 15, inbound: 55, dials: northAmerica,
		credit: 1_000},
	{name: "Sentinel Alarm Monitoring", site: "sentinelalarm.example", number: "+12145550157", zone: -6, joined: 12, day: always, calls: 40, inbound: 30, dials: northAmerica,
		accrues: true, switches: func(c *tollkeeper.Customer) { c.CallRecording, c.CDRRetention, c.MaxOutboundCallRate = true, 0, 10 }},
	{name: "Brightside Childcare", site: "brightsidechildcare.example", number: "+13125550161", zone: -6, joined: 3, day: practice, calls: 6, inbound: 40, dials: northAmerica,
		credit: 1_000},
}

// draft is the record that the account is made with.
func (a *account) draft(support tollkeeper.ID) tollkeeper.Customer {
	c := tollkeeper.NewCustomer()
	site := "https://" + a.site
	c.Name, c.WebsiteURL, c.Credit, c.SupportUserID = a.name, &site, a.credit, support
	c.DefaultBillMethod = tollkeeper.BillCredit
	if a.accrues {
		c.DefaultBillMethod = tollkeeper.BillPaymentMethod
	}
	if a.switches != nil {
		a.switches(&c)
	}
	return c
}

func amount(units int64) *tollkeeper.Micros {
	m := tollkeeper.Micros(units) * tollkeeper.Unit
	return &m
}

func number(n int64) *int64 { return &n }

func on() *tollkeeper.Flag {
	flag := tollkeeper.Flag(true)
	return &flag
}
