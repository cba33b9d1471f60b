package query

// Rulings is what the find language knows of the latest decisions.
var Rulings = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "callId", Kind: String}, {Name: "leg", Kind: String},
		{Name: "direction", Kind: String}, {Name: "from", Kind: String}, {Name: "to", Kind: String}, {Name: "decision", Kind: String},
		{Name: "reason", Kind: String}, {Name: "destination", Kind: String}, {Name: "pricePerMinuteMicros", Kind: Integer},
		{Name: "grantedSeconds", Kind: Integer}, {Name: "heldMicros", Kind: Integer}, {Name: "createdAt", Kind: Time},
	},
	Search: []string{"callId", "from", "to", "destination"},
	Sort:   newestFirst,
	Always: []string{"_id", "callId", "direction", "decision", "reason", "createdAt"}, Owner: "customer",
})
