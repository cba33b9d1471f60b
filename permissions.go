package tollkeeper

import (
	"slices"
	"strconv"
	"strings"
)

// Permission is what a user may do with one group of an account's matters.
type Permission string

// The permissions.
const (
	PermissionNone  Permission = ""
	PermissionRead  Permission = "r"
	PermissionWrite Permission = "rw"
)

// Permissions lists the permissions that can be given.
var Permissions = []Permission{PermissionRead, PermissionWrite}

// Rights are what a principal may do, in bits.
type Rights uint16

// The rights. Admin, billing and phone are the groups that a user's permissions
// are about.
const (
	ReadAdmin Rights = 1 << iota
	WriteAdmin
	ReadBilling
	WriteBilling
	ReadPhone
	WritePhone
	SwitchOnly // a switch: its doors and nothing else
	Nobody     // a right that nobody has
)

// AllRights are those of the first operator and of the carrier's own programs.
const AllRights = ReadAdmin | WriteAdmin | ReadBilling | WriteBilling | ReadPhone | WritePhone

// rightNames are the rights as users' permissions give them.
var rightNames = []struct {
	right Rights
	name  string
}{
	{ReadAdmin, "adminPermission r"}, {WriteAdmin, "adminPermission rw"}, {ReadBilling, "billingPermission r"},
	{WriteBilling, "billingPermission rw"}, {ReadPhone, "phonePermission r"}, {WritePhone, "phonePermission rw"},
}

// String names rights as the documents do.
func (r Rights) String() string {
	if r&Nobody != 0 {
		return "no"
	}
	var names []string
	for _, n := range rightNames {
		if r&n.right != 0 {
			names = append(names, n.name)
		}
	}
	if names == nil {
		return "yes"
	}
	return strings.Join(names, " or ")
}

// Rights are those that a user's permissions give.
func (u *User) Rights() Rights {
	return rightsOf(u.AdminPermission, ReadAdmin, WriteAdmin) | rightsOf(u.BillingPermission, ReadBilling, WriteBilling) |
		rightsOf(u.PhonePermission, ReadPhone, WritePhone)
}

// WithAllRights gives a user every permission.
func (u User) WithAllRights() User {
	u.AdminPermission, u.BillingPermission, u.PhonePermission = PermissionWrite, PermissionWrite, PermissionWrite
	return u
}

func rightsOf(p Permission, read, write Rights) Rights {
	switch p {
	case PermissionRead:
		return read
	case PermissionWrite:
		return read | write
	}
	return 0
}

// Rule says who may use an operation.
type Rule struct {
	Operation string // method and path of the API
	Staff     Rights // one of these is needed by the carrier's own staff; 0: none is
	Customer  Rights // likewise by a customer's users, for their own customer
	Switch    bool   // tokens of switches may
}

// Rules are who may use which operation. An operation that is not here needs no
// token. A customer's users never see more than their own customer.
var Rules = []Rule{
	{Operation: "GET /customers"},
	{Operation: "POST /customers", Staff: WriteAdmin, Customer: Nobody},
	{Operation: "GET /customers/{id}"},
	{Operation: "PATCH /customers/{id}"}, // which fields is in CustomerFields
	{Operation: "DELETE /customers/{id}", Staff: WriteAdmin, Customer: Nobody},
	{Operation: "GET /customers/{id}/balance", Customer: ReadBilling},
	{Operation: "GET /customers/{id}/balance/history", Customer: ReadBilling},
	{Operation: "GET /balances", Customer: ReadBilling},
	{Operation: "GET /customers/{id}/ledger", Customer: ReadBilling},
	{Operation: "GET /customers/{id}/usage", Customer: ReadBilling | ReadPhone},
	{Operation: "POST /customers/{id}/ledger", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /customers/{id}/status", Customer: ReadBilling},
	{Operation: "PATCH /customers/{id}/status", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /customers/{id}/limits", Customer: ReadBilling},
	{Operation: "PATCH /customers/{id}/limits", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /customers/{id}/ratedeck", Customer: ReadBilling},
	{Operation: "PUT /customers/{id}/ratedeck", Staff: WriteBilling, Customer: Nobody},
	{Operation: "DELETE /customers/{id}/ratedeck", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /customers/{id}/media", Customer: ReadPhone},
	{Operation: "PATCH /customers/{id}/media", Staff: WritePhone, Customer: WritePhone},
	{Operation: "PUT /customers/{id}/holdmusic", Staff: WritePhone, Customer: WritePhone},
	{Operation: "DELETE /customers/{id}/holdmusic", Staff: WritePhone, Customer: WritePhone},
	{Operation: "PUT /customers/{id}/logo", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "DELETE /customers/{id}/logo", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "GET /customers/{id}/retention", Customer: ReadAdmin},
	{Operation: "PATCH /customers/{id}/retention", Staff: WriteAdmin, Customer: Nobody},
	{Operation: "GET /customers/{id}/retention/preview", Customer: ReadAdmin},
	{Operation: "GET /customers/{id}/porting", Customer: ReadAdmin},
	{Operation: "PATCH /customers/{id}/porting", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "GET /customers/{id}/billing", Customer: ReadBilling},
	{Operation: "PATCH /customers/{id}/billing", Staff: WriteBilling, Customer: WriteBilling},
	{Operation: "POST /customers/{id}/refills", Staff: WriteBilling, Customer: WriteBilling},
	{Operation: "GET /customers/{id}/audit", Customer: ReadAdmin},

	{Operation: "DELETE /authentication"}, // one's own session

	{Operation: "GET /users", Customer: ReadAdmin},
	{Operation: "POST /users", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "GET /users/{id}"},   // oneself, or with ReadAdmin
	{Operation: "PATCH /users/{id}"}, // oneself, or with WriteAdmin
	{Operation: "DELETE /users/{id}", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "GET /users/{id}/totp"},                                             // oneself, or with ReadAdmin
	{Operation: "POST /users/{id}/totp"},                                            // oneself
	{Operation: "DELETE /users/{id}/totp", Staff: WriteAdmin, Customer: WriteAdmin}, // others
	{Operation: "POST /users/{id}/totp/confirm"},                                    // oneself
	{Operation: "POST /users/{id}/totp/disable"},                                    // oneself
	{Operation: "GET /usertokens"},                                                  // one's own, or with ReadAdmin
	{Operation: "POST /usertokens"},                                                 // for oneself, or with WriteAdmin
	{Operation: "GET /usertokens/{id}"},                                             // likewise
	{Operation: "PATCH /usertokens/{id}"},                                           // likewise
	{Operation: "DELETE /usertokens/{id}"},                                          // likewise

	{Operation: "GET /numbers", Customer: ReadPhone},
	{Operation: "POST /numbers", Staff: WritePhone, Customer: Nobody},
	{Operation: "POST /numbers/import", Staff: WritePhone, Customer: Nobody},
	{Operation: "GET /numbers/{id}", Customer: ReadPhone},
	{Operation: "PATCH /numbers/{id}", Staff: WritePhone, Customer: WritePhone}, // a customer: the label only
	{Operation: "DELETE /numbers/{id}", Staff: WritePhone, Customer: Nobody},
	{Operation: "GET /numbers/{id}/owners", Customer: ReadPhone},
	{Operation: "GET /barrings", Customer: ReadPhone},
	{Operation: "POST /barrings", Staff: WritePhone, Customer: Nobody},
	{Operation: "POST /barrings/import", Staff: WritePhone, Customer: Nobody},
	{Operation: "GET /barrings/export", Customer: ReadPhone},
	{Operation: "GET /barrings/{id}", Customer: ReadPhone},
	{Operation: "PATCH /barrings/{id}", Staff: WritePhone, Customer: Nobody},
	{Operation: "DELETE /barrings/{id}", Staff: WritePhone, Customer: Nobody},
	{Operation: "GET /barrings/plan"},
	{Operation: "GET /portouts", Customer: ReadAdmin},
	{Operation: "POST /portouts", Staff: WritePhone, Customer: Nobody},
	{Operation: "GET /portouts/{id}", Customer: ReadAdmin},
	{Operation: "PATCH /portouts/{id}", Staff: WritePhone, Customer: Nobody},
	{Operation: "POST /portouts/{id}/decision", Staff: Nobody, Customer: WriteAdmin}, // with the password
	{Operation: "GET /digests/{user}", Staff: WritePhone, Customer: Nobody, Switch: true},
	{Operation: "GET /servers", Customer: ReadPhone},
	{Operation: "POST /servers", Staff: WritePhone, Customer: Nobody},
	{Operation: "GET /servers/{id}", Customer: ReadPhone},
	{Operation: "PATCH /servers/{id}", Staff: WritePhone, Customer: Nobody},
	{Operation: "DELETE /servers/{id}", Staff: WritePhone, Customer: Nobody},

	{Operation: "GET /callernames", Customer: Nobody},
	{Operation: "PUT /callernames", Staff: WritePhone, Customer: Nobody},
	{Operation: "GET /ratedecks", Customer: Nobody},
	{Operation: "GET /ratedecks/{name}", Customer: Nobody},
	{Operation: "PUT /ratedecks/{name}", Staff: WriteBilling, Customer: Nobody},
	{Operation: "DELETE /ratedecks/{name}", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /ratedecks/{name}/rates", Customer: Nobody},
	{Operation: "POST /ratedecks/{name}/rollback", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /ratedecks/{name}/versions/{version}", Customer: Nobody},

	{Operation: "GET /paymentmethods", Customer: ReadBilling},
	{Operation: "POST /paymentmethods", Staff: WriteBilling, Customer: WriteBilling},
	{Operation: "POST /paymentmethods/setup", Staff: WriteBilling, Customer: WriteBilling},
	{Operation: "GET /paymentmethods/{id}", Customer: ReadBilling},
	{Operation: "PATCH /paymentmethods/{id}", Staff: WriteBilling, Customer: WriteBilling},
	{Operation: "DELETE /paymentmethods/{id}", Staff: WriteBilling, Customer: WriteBilling},
	{Operation: "GET /payments", Customer: ReadBilling},
	{Operation: "GET /payments/{id}", Customer: ReadBilling},
	{Operation: "POST /payments/{id}/record", Staff: WriteBilling, Customer: Nobody},
	{Operation: "POST /payments/{id}/cancel", Staff: WriteBilling, Customer: Nobody},
	{Operation: "POST /payments/{id}/refund", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /refunds", Customer: ReadBilling},
	{Operation: "GET /invoices", Customer: ReadBilling},
	{Operation: "GET /invoices/{id}", Customer: ReadBilling},
	{Operation: "PATCH /invoices/{id}", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /invoices/{id}/pdf", Customer: ReadBilling},
	{Operation: "POST /invoices/{id}/payments", Staff: WriteBilling, Customer: Nobody},
	{Operation: "GET /invoiceitems", Customer: ReadBilling},

	{Operation: "GET /calls", Customer: ReadPhone},
	{Operation: "POST /calls", Staff: WritePhone, Customer: WritePhone, Switch: true},
	{Operation: "POST /calls/check", Customer: ReadPhone, Switch: true},
	{Operation: "POST /calls/end", Staff: WritePhone, Customer: WritePhone, Switch: true},
	{Operation: "POST /calls/{callId}/answer", Staff: WritePhone, Customer: WritePhone, Switch: true},
	{Operation: "POST /calls/{callId}/extend", Staff: WritePhone, Customer: WritePhone, Switch: true},
	{Operation: "POST /calls/{callId}/end", Staff: WritePhone, Customer: WritePhone, Switch: true},
	{Operation: "POST /calls/{callId}/recording", Staff: WritePhone, Customer: WritePhone, Switch: true},
	{Operation: "GET /recordings", Staff: ReadPhone},            // of a customer's users, with ReadPhone, or who gets the recordings
	{Operation: "GET /recordings/{id}", Staff: ReadPhone},       // likewise
	{Operation: "GET /recordings/{id}/audio", Staff: ReadPhone}, // likewise
	{Operation: "POST /recordings/{id}/link", Staff: ReadPhone}, // likewise
	{Operation: "POST /recordings/{id}/fetch", Staff: WritePhone, Customer: Nobody},
	{Operation: "DELETE /recordings/{id}", Staff: WritePhone, Customer: WritePhone},
	{Operation: "GET /transcripts", Staff: ReadPhone},      // as recordings
	{Operation: "GET /transcripts/{id}", Staff: ReadPhone}, // likewise
	{Operation: "DELETE /transcripts/{id}", Staff: WritePhone, Customer: WritePhone},
	{Operation: "GET /retention/preview", Staff: ReadAdmin, Customer: Nobody},
	{Operation: "GET /cdrs", Customer: ReadPhone},
	{Operation: "GET /cdrs/export", Customer: ReadPhone},
	{Operation: "GET /cdrs/{id}", Customer: ReadPhone},
	{Operation: "DELETE /cdrs/{id}", Staff: WritePhone, Customer: WritePhone},

	{Operation: "GET /audit", Staff: ReadAdmin, Customer: Nobody},
	{Operation: "GET /audit/export", Staff: ReadAdmin, Customer: Nobody},
	{Operation: "GET /mails", Staff: ReadAdmin, Customer: Nobody},
	{Operation: "GET /settings", Staff: ReadAdmin, Customer: Nobody},
	{Operation: "GET /jobs", Staff: ReadAdmin, Customer: Nobody},
	{Operation: "POST /jobs/{name}/run", Staff: WriteAdmin, Customer: Nobody},
	{Operation: "GET /events", Customer: ReadAdmin},
	{Operation: "GET /activity", Customer: Nobody},
	{Operation: "GET /decisions", Customer: ReadPhone},
	{Operation: "GET /decisions/live", Customer: ReadPhone},
	{Operation: "GET /views"},         // one's own
	{Operation: "POST /views"},        // for oneself
	{Operation: "DELETE /views/{id}"}, // one's own
	{Operation: "GET /webhooks", Staff: ReadAdmin, Customer: ReadAdmin},
	{Operation: "POST /webhooks", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "GET /webhooks/{id}", Staff: ReadAdmin, Customer: ReadAdmin},
	{Operation: "PATCH /webhooks/{id}", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "DELETE /webhooks/{id}", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "POST /webhooks/{id}/secret", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "GET /webhooks/{id}/deliveries", Staff: ReadAdmin, Customer: ReadAdmin},
	{Operation: "POST /webhooks/{id}/deliveries", Staff: WriteAdmin, Customer: WriteAdmin},
	{Operation: "GET /metrics", Customer: Nobody},
}

// RuleOf returns the rule of an operation; found is false where there is none.
func RuleOf(operation string) (rule Rule, found bool) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Operation == operation })
	if i < 0 {
		return Rule{}, false
	}
	return Rules[i], true
}

// May reports whether a rule lets the principal in, and if not, what it lacks.
func (p *Principal) May(r *Rule) (lacking string, ok bool) {
	if p.Rights&SwitchOnly != 0 {
		return "a token of a switch opens only the operations of calls", r.Switch
	}
	need := r.Staff
	if !p.IsStaff() {
		need = r.Customer
	}
	if need == 0 || p.Rights&need != 0 {
		return "", true
	}
	if need&Nobody != 0 && p.IsStaff() {
		return "only the customer's own users may do this", false
	}
	if need&Nobody != 0 {
		return "only the carrier's own staff may do this", false
	}
	return "this needs " + need.String(), false
}

// IsStaff reports whether the principal belongs to the carrier itself.
func (p *Principal) IsStaff() bool { return p.Customer.IsZero() }

// Reach is who may write a field of the customer's record, beside the group it
// belongs to.
type Reach uint8

// The reaches.
const (
	ReachAll   Reach = iota // whoever has the group's permission
	ReachLower              // a customer's own users may lower it, but not raise it
	ReachStaff              // the carrier's staff only
)

// CheckChanges refuses changes of a record's fields that the principal may not
// make, naming all of them. What a request only repeats is no change.
func (p *Principal) CheckChanges(changes []Change) error {
	var faults []string
	for _, c := range changes {
		f := customerFieldIndex[c.Field]
		switch {
		case f.ReadOnly:
		case p.Rights&f.Write == 0:
			faults = append(faults, c.Field+": writing it needs "+f.Write.String())
		case p.IsStaff(), f.Reach == ReachAll:
		case f.Reach == ReachStaff:
			faults = append(faults, c.Field+": only the carrier's own staff may write it")
		case raises(c):
			faults = append(faults, c.Field+": only the carrier's own staff may raise it")
		}
	}
	if faults == nil {
		return nil
	}
	return &Error{Code: CodeForbidden, Message: "some fields may not be changed", Faults: faults}
}

// raises reports whether a change lets a customer do more. A rate of 0 is none at
// all, and so the highest.
func raises(c Change) bool {
	from, _ := strconv.Atoi(c.From)
	to, _ := strconv.Atoi(c.To)
	if c.Field == "maxOutboundCallRate" && (from == 0 || to == 0) {
		return to == 0 && from != 0
	}
	return to > from
}
