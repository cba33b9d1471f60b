package diameter

import (
	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
)

// within are the AVPs of a grouped one; none where it is not.
func within(a *diam.AVP) []*diam.AVP {
	if group, grouped := a.Data.(*diam.GroupedAVP); grouped {
		return group.AVP
	}
	return nil
}

// find returns the first AVP of a code; nil where there is none.
func find(avps []*diam.AVP, code, vendor uint32) *diam.AVP {
	for _, a := range avps {
		if a.Code == code && a.VendorID == vendor {
			return a
		}
	}
	return nil
}

// group returns what is in the first AVP of a code.
func group(avps []*diam.AVP, code, vendor uint32) []*diam.AVP {
	if a := find(avps, code, vendor); a != nil {
		return within(a)
	}
	return nil
}

// text is the text of the first AVP of a code; "" where there is none.
func text(avps []*diam.AVP, code, vendor uint32) string {
	a := find(avps, code, vendor)
	if a == nil {
		return ""
	}
	switch v := a.Data.(type) {
	case datatype.UTF8String:
		return string(v)
	case datatype.DiameterIdentity:
		return string(v)
	case datatype.OctetString:
		return string(v)
	}
	return ""
}

// number is the number of the first AVP of a code; given is false where there is none.
func number(avps []*diam.AVP, code, vendor uint32) (n uint32, given bool) {
	a := find(avps, code, vendor)
	if a == nil {
		return 0, false
	}
	switch v := a.Data.(type) {
	case datatype.Unsigned32:
		return uint32(v), true
	case datatype.Enumerated:
		return uint32(v), true
	}
	return 0, false
}
