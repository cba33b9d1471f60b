package demo

import (
	"context"
	"net/netip"

	"tollkeeper"
)

// person is a user beside the operator. Nobody can sign in as one of them: they
// have no password until somebody sets it.
type person struct {
	first, last, email string
	firm               string          // name of the account; "" for the carrier's staff
	may                tollkeeper.User // the permissions
	contact            []string        // keys of the firm's record that name the person
}

// The carrier's staff who do the office's work.
const (
	billingDesk = "nadia.haddad@tollkeeper.example"
	supportDesk = "tom.eriksen@tollkeeper.example"
	fraudDesk   = "grace.mwangi@tollkeeper.example"
)

var everything = tollkeeper.User{}.WithAllRights()

var staff = []person{
	{first: "Nadia", last: "Haddad", email: billingDesk, may: tollkeeper.User{BillingPermission: "rw", AdminPermission: "r"}},
	{first: "Tom", last: "Eriksen", email: supportDesk, may: tollkeeper.User{AdminPermission: "rw", PhonePermission: "rw", BillingPermission: "r"}},
	{first: "Grace", last: "Mwangi", email: fraudDesk, may: tollkeeper.User{BillingPermission: "rw", PhonePermission: "rw", AdminPermission: "r"}},
}

var contacts = []person{
	{first: "Elena", last: "Marsh", email: "elena@northgate-travel.example", firm: "Northgate Travel", may: everything, contact: []string{"adminUserId"}},
	{first: "Victor", last: "Lindqvist", email: "accounts@northgate-travel.example", firm: "Northgate Travel", may: tollkeeper.User{BillingPermission: "rw"}, contact: []string{"billingUserId"}},
	{first: "Marco", last: "Bellini", email: "noc@meridian-voice.example", firm: "Meridian Wholesale Voice", may: everything, contact: []string{"adminUserId", "billingUserId"}},
	{first: "Dana", last: "Whitfield", email: "dana@prairiecollections.example", firm: "Prairie Collections Group", may: everything, contact: []string{"adminUserId", "callRecordingUserId"}},
	{first: "Chidi", last: "Okafor", email: "chidi@okaforlaw.example", firm: "Okafor Law", may: everything, contact: []string{"adminUserId", "callRecordingUserId"}},
	{first: "Yuki", last: "Tanaka", email: "yuki@signalridge.example", firm: "Signal Ridge CPaaS", may: everything, contact: []string{"adminUserId"}},
	{first: "Rosa", last: "Delgado", email: "rosa@calleochocards.example", firm: "Calle Ocho Phone Cards", may: everything, contact: []string{"adminUserId", "billingUserId"}},
	{first: "Priya", last: "Nair", email: "priya@lumen-telehealth.example", firm: "Lumen Telehealth", may: everything, contact: []string{"adminUserId", "callRecordingUserId"}},
}

// addresses are where the office's people sit.
var addresses = map[string]netip.Addr{
	billingDesk: netip.MustParseAddr("203.0.113.24"),
	supportDesk: netip.MustParseAddr("203.0.113.31"),
	fraudDesk:   netip.MustParseAddr("198.51.100.77"),
}

// by is a write of one of the staff.
func (h *history) by(email string) tollkeeper.Write {
	u := h.users[email]
	return tollkeeper.Write{Principal: tollkeeper.Principal{
		User: u.ID, Name: u.Email, Address: addresses[email], UserAgent: "Mozilla/5.0 (X11; Linux x86_64)",
	}}
}

func (h *history) hire(ctx context.Context, w tollkeeper.Write, p person, firm tollkeeper.ID, passwordHash string) error {
	u := p.may
	u.Email, u.First, u.Last, u.Customer = p.email, p.first, p.last, firm
	u, err := h.store.CreateUser(ctx, w, u, passwordHash)
	h.users[p.email] = u
	return err
}

// introduce makes the people of a customer, and names them as contacts.
func (h *history) introduce(ctx context.Context, a *account, customer tollkeeper.ID) error {
	for _, p := range contacts {
		if p.firm != a.name {
			continue
		}
		if err := h.hire(ctx, h.by(supportDesk), p, customer, ""); err != nil {
			return err
		}
		var fields []tollkeeper.Field
		for _, key := range p.contact {
			fields = append(fields, tollkeeper.Field{Key: key, Value: tollkeeper.Value{Kind: tollkeeper.StringValue, Text: h.users[p.email].ID.String()}})
		}
		if _, err := h.store.PatchCustomer(ctx, h.by(supportDesk), customer, fields, nil); err != nil {
			return err
		}
	}
	return nil
}
