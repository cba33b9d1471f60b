package numbering

import "tollkeeper"

// Called says what the rules about calls need to know of a dialled number. A
// number that is none has no E164.
func (p *Plan) Called(dialled string) tollkeeper.CalledNumber {
	n, err := p.Parse(dialled)
	if err != nil {
		return tollkeeper.CalledNumber{}
	}
	return tollkeeper.CalledNumber{
		E164: n.E164, Region: n.Region, Emergency: n.Class == Emergency, Domestic: n.Domestic, Premium: n.Class == Premium,
	}
}

// Calling says how a calling number is shown: in E.164 where it is a telephone
// number, else as the switch gave it (anonymous, a name, an extension).
func (p *Plan) Calling(from string) tollkeeper.CallingNumber {
	if n, err := p.Parse(from); err == nil {
		return tollkeeper.CallingNumber{Shown: n.E164, Region: n.Region}
	}
	return tollkeeper.CallingNumber{Shown: from}
}
