package query

var newestFirst = []Order{{Field: "_id", Descending: true}}

// Customers is what the find language knows of customers.
var Customers = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "name", Kind: String}, {Name: "websiteUrl", Kind: String},
		{Name: "logo", Kind: String}, {Name: "credit", Kind: Integer},
		{Name: "adminUserId", Kind: ID}, {Name: "billingUserId", Kind: ID},
		{Name: "callRecordingUserId", Kind: ID}, {Name: "supportUserId", Kind: ID},
		{Name: "automaticRefillAmount", Kind: Integer}, {Name: "lowBalanceAlertAmount", Kind: Integer},
		{Name: "internationalCalling", Kind: Integer}, {Name: "createdByIP", Kind: String},
		{Name: "mediaBypass", Kind: Integer}, {Name: "accountLock", Kind: Integer},
		{Name: "callRecording", Kind: Integer}, {Name: "cdrRetention", Kind: Integer},
		{Name: "cnamLookUps", Kind: Integer}, {Name: "holdMusic", Kind: Integer},
		{Name: "transcribeCalls", Kind: Integer}, {Name: "maxOutboundCallRate", Kind: Integer},
		{Name: "defaultBillMethod", Kind: String}, {Name: "createdByUserId", Kind: ID},
		{Name: "updatedByUserId", Kind: ID}, {Name: "createdAt", Kind: Time}, {Name: "updatedAt", Kind: Time},
	},
	Search: []string{"name", "websiteUrl"},
	Owner:  "_id",
	Always: []string{"_id", "name", "defaultBillMethod"},
})

// Users is what the find language knows of users.
var Users = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "email", Kind: String}, {Name: "first", Kind: String},
		{Name: "last", Kind: String}, {Name: "jobTitle", Kind: String}, {Name: "mobilePhone", Kind: String},
		{Name: "businessPhone", Kind: String}, {Name: "language", Kind: String}, {Name: "timezone", Kind: String},
		{Name: "adminPermission", Kind: String}, {Name: "billingPermission", Kind: String}, {Name: "phonePermission", Kind: String},
		{Name: "customer", Kind: ID}, {Name: "createdAt", Kind: Time}, {Name: "updatedAt", Kind: Time},
	},
	Search: []string{"email", "first", "last"},
	Always: []string{"_id", "email", "timezone", "createdAt", "updatedAt"}, Owner: "customer",
})

// Tokens is what the find language knows of tokens.
var Tokens = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "name", Kind: String}, {Name: "kind", Kind: String}, {Name: "user", Kind: ID},
		{Name: "customer", Kind: ID}, {Name: "status", Kind: Integer}, {Name: "createdAt", Kind: Time}, {Name: "expiresAt", Kind: Time},
	},
	Search: []string{"name"},
	Always: []string{"_id", "name", "kind", "status", "createdAt"}, Owner: "customer",
})

// Ledger is what the find language knows of ledger entries.
var Ledger = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "kind", Kind: String},
		{Name: "debitAccount", Kind: String}, {Name: "creditAccount", Kind: String},
		{Name: "amountMicros", Kind: Integer}, {Name: "releasedMicros", Kind: Integer},
		{Name: "postedMicros", Kind: Integer}, {Name: "heldMicros", Kind: Integer}, {Name: "call", Kind: ID},
		{Name: "reason", Kind: String}, {Name: "key", Kind: String}, {Name: "actor", Kind: String},
		{Name: "createdAt", Kind: Time},
	},
	Search: []string{"reason", "key"},
	Sort:   newestFirst,
	Always: []string{"_id", "customer", "kind", "debitAccount", "creditAccount", "amountMicros", "releasedMicros",
		"postedMicros", "heldMicros", "createdAt"}, Owner: "customer",
})

// Audit is what the find language knows of the audit trail.
var Audit = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "subject", Kind: String},
		{Name: "actor", Kind: String}, {Name: "actorType", Kind: String}, {Name: "action", Kind: String},
		{Name: "address", Kind: String}, {Name: "userAgent", Kind: String}, {Name: "createdAt", Kind: Time},
	},
	Search: []string{"action", "address", "userAgent"},
	Sort:   newestFirst,
	Always: []string{"_id", "actor", "actorType", "action", "createdAt"}, Owner: "customer",
})

// Events is what the find language knows of events.
var Events = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "type", Kind: String}, {Name: "customer", Kind: ID}, {Name: "createdAt", Kind: Time},
	},
	Search: []string{"type"},
	Sort:   newestFirst,
	Always: []string{"_id", "type", "customer", "createdAt"}, Owner: "customer",
})

// Mails is what the find language knows of mails.
var Mails = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "user", Kind: ID}, {Name: "to", Kind: String},
		{Name: "kind", Kind: String}, {Name: "subject", Kind: String}, {Name: "state", Kind: String},
		{Name: "attempts", Kind: Integer}, {Name: "error", Kind: String},
		{Name: "createdAt", Kind: Time}, {Name: "nextAt", Kind: Time}, {Name: "sentAt", Kind: Time},
	},
	Search: []string{"to", "subject"},
	Shown:  []string{"text", "html"},
	Sort:   newestFirst,
	Always: []string{"_id", "to", "kind", "subject", "state", "attempts", "createdAt"},
})

// partyFields are the fields that calls in progress and call records share.
var partyFields = []Field{
	{Name: "_id", Kind: ID}, {Name: "callId", Kind: String}, {Name: "leg", Kind: String},
	{Name: "customer", Kind: ID}, {Name: "direction", Kind: String}, {Name: "from", Kind: String},
	{Name: "to", Kind: String}, {Name: "prefix", Kind: String}, {Name: "destination", Kind: String},
	{Name: "startedAt", Kind: Time}, {Name: "answeredAt", Kind: Time},
	{Name: "pricePerMinuteMicros", Kind: Integer}, {Name: "connectFeeMicros", Kind: Integer},
	{Name: "emergency", Kind: Bool}, {Name: "wholeCall", Kind: Bool},
	{Name: "server", Kind: ID}, {Name: "billMethod", Kind: String}, {Name: "deck", Kind: String}, {Name: "deckVersion", Kind: Integer},
}

// Calls is what the find language knows of calls in progress.
var Calls = NewSchema(Definition{
	Fields: append([]Field{
		{Name: "grantedSeconds", Kind: Integer}, {Name: "usedSeconds", Kind: Integer}, {Name: "final", Kind: String},
		{Name: "heldMicros", Kind: Integer}, {Name: "expiresAt", Kind: Time},
	}, partyFields...),
	Search: []string{"callId", "from", "to", "destination"},
	Always: []string{"_id", "callId", "leg", "direction", "from", "to", "startedAt", "grantedSeconds", "usedSeconds", "expiresAt",
		"final", "heldMicros", "emergency"}, Owner: "customer",
})

// CDRs is what the find language knows of call records.
var CDRs = NewSchema(Definition{
	Fields: append([]Field{
		{Name: "endedAt", Kind: Time}, {Name: "durationSeconds", Kind: Integer}, {Name: "expired", Kind: Bool},
		{Name: "minimumSeconds", Kind: Integer}, {Name: "incrementSeconds", Kind: Integer}, {Name: "durationMillis", Kind: Integer}, {Name: "billedSeconds", Kind: Integer},
		{Name: "chargeMicros", Kind: Integer}, {Name: "cause", Kind: String}, {Name: "corrects", Kind: ID},
		{Name: "callerName", Kind: String}, {Name: "callerNameFull", Kind: String},
	}, partyFields...),
	Search: []string{"callId", "from", "to", "destination"},
	Sort:   newestFirst,
	Always: []string{"_id", "callId", "leg", "direction", "from", "to", "startedAt", "endedAt", "durationSeconds", "billedSeconds",
		"pricePerMinuteMicros", "connectFeeMicros", "chargeMicros", "cause", "emergency", "expired"}, Owner: "customer",
})
