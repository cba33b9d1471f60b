package query

// Numbers is what the find language knows of telephone numbers.
var Numbers = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "number", Kind: String}, {Name: "customer", Kind: ID}, {Name: "label", Kind: String},
		{Name: "status", Kind: String}, {Name: "inboundPricePerMinuteMicros", Kind: Integer}, {Name: "inboundMinimumSeconds", Kind: Integer},
		{Name: "inboundIncrementSeconds", Kind: Integer}, {Name: "ownedAt", Kind: Time}, {Name: "createdAt", Kind: Time}, {Name: "updatedAt", Kind: Time},
	},
	Search: []string{"number", "label"},
	Always: []string{"_id", "number", "status", "createdAt"}, Owner: "customer",
})

// Owners is what the find language knows of the history of numbers.
var Owners = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "number", Kind: String}, {Name: "customer", Kind: ID}, {Name: "from", Kind: Time},
		{Name: "until", Kind: Time}, {Name: "fromBy", Kind: String}, {Name: "untilBy", Kind: String},
	},
	Search: []string{"number"},
	Sort:   []Order{{Field: "from", Descending: true}},
	Always: []string{"_id", "number", "customer", "from"}, Owner: "customer",
})

// Servers is what the find language knows of trunks.
var Servers = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "name", Kind: String}, {Name: "customer", Kind: ID}, {Name: "status", Kind: String},
		{Name: "host", Kind: String}, {Name: "port", Kind: Integer}, {Name: "callerId", Kind: String}, {Name: "digestUser", Kind: String},
		{Name: "digestRealm", Kind: String}, {Name: "maxConcurrentCalls", Kind: Integer}, {Name: "maxOutboundCallRate", Kind: Integer},
		{Name: "createdAt", Kind: Time}, {Name: "updatedAt", Kind: Time},
	},
	Search: []string{"name", "host", "digestUser"},
	Always: []string{"_id", "name", "customer", "status", "createdAt"}, Owner: "customer",
})

// Portouts is what the find language knows of port-outs.
var Portouts = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "gainingCarrier", Kind: String}, {Name: "accountNumber", Kind: String},
		{Name: "authorizedPerson", Kind: String}, {Name: "requestedDate", Kind: String}, {Name: "state", Kind: String},
		{Name: "decideBy", Kind: Time}, {Name: "decidedAt", Kind: Time}, {Name: "decidedBy", Kind: String},
		{Name: "createdAt", Kind: Time}, {Name: "createdBy", Kind: String}, {Name: "updatedAt", Kind: Time},
	},
	Search: []string{"numbers", "gainingCarrier", "authorizedPerson"},
	Shown:  []string{"numbers", "reasons"},
	Sort:   newestFirst,
	Always: []string{"_id", "gainingCarrier", "state", "createdAt"}, Owner: "customer",
})
