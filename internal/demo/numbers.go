package demo

import "strings"

// dial is a range of numbers that is called, and how often among others.
type dial struct {
	number string // E.164; every # is a digit made up
	weight int
}

// mix is whom an account calls.
type mix []dial

// The mixes. In North America the numbers 555-0100 to 555-0199 belong to nobody.
var (
	northAmerica = mix{
		{"+121255501##", 14}, {"+171855501##", 8}, {"+161755501##", 6}, {"+121555501##", 5}, {"+120255501##", 5},
		{"+140455501##", 6}, {"+130555501##", 8}, {"+131255501##", 8}, {"+121455501##", 6}, {"+171355501##", 6},
		{"+130355501##", 4}, {"+160255501##", 4}, {"+170255501##", 3}, {"+121355501##", 10}, {"+141555501##", 8},
		{"+120655501##", 5}, {"+141655501##", 5}, {"+151455501##", 3}, {"+160455501##", 3}, {"+178755501##", 2},
	}
	europe = mix{
		{"+44207946####", 14}, {"+447700900###", 8}, {"+4930231250##", 6}, {"+4989999980##", 4}, {"+33199001###", 6},
		{"+33639981###", 5}, {"+35312091####", 3}, {"+3491123####", 3}, {"+39066982####", 3},
		{"+31201234###", 3}, {"+41445556###", 2}, {"+46846500###", 2},
	}
	latinAmerica = mix{
		{"+525555######", 12}, {"+52333812####", 4}, {"+57601555####", 5}, {"+573005######", 4}, {"+551131######", 5},
		{"+5511985######", 4}, {"+541143######", 3}, {"+56222######", 3}, {"+51155#####", 2}, {"+180955501##", 5},
	}
	asia = mix{
		{"+919845######", 12}, {"+91222567####", 6}, {"+63285######", 6}, {"+639175######", 8}, {"+81335######", 3},
		{"+8613912######", 4}, {"+656555####", 3}, {"+8801711######", 4}, {"+97144######", 2},
	}
	pacific   = mix{{"+6125550####", 6}, {"+61491570###", 4}, {"+6494461###", 3}}
	africa    = mix{{"+2348031######", 6}, {"+254722######", 4}, {"+27215######", 4}, {"+233244######", 2}}
	caribbean = mix{{"+5378######", 5}, {"+5352######", 9}, {"+180955501##", 3}, {"+187655501##", 2}}
	satellite = mix{{"+881651######", 3}, {"+121255501##", 1}}
	world     = blend(blend(northAmerica, europe), blend(blend(latinAmerica, asia), blend(pacific, africa)))
	abroad    = blend(europe, blend(asia, latinAmerica))
	transpond = blend(northAmerica, satellite)
)

// blend is two mixes together.
func blend(x, y mix) mix { return append(append(mix{}, x...), y...) }

// pick makes up a number of a mix.
func (p *planner) pick(m mix) string {
	total := 0
	for _, d := range m {
		total += d.weight
	}
	n := p.random.IntN(total)
	for _, d := range m {
		if n -= d.weight; n < 0 {
			return p.digits(d.number)
		}
	}
	return m[0].number
}

func (p *planner) digits(pattern string) string {
	return strings.Map(func(r rune) rune {
		if r == '#' {
			return rune('0' + p.random.IntN(10))
		}
		return r
	}, pattern)
}
