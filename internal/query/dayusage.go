package query

// DayUsage is what the find language knows of customers' usage by day and destination.
var DayUsage = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "day", Kind: Time}, {Name: "direction", Kind: String},
		{Name: "destination", Kind: String}, {Name: "calls", Kind: Integer}, {Name: "answered", Kind: Integer},
		{Name: "billedSeconds", Kind: Integer}, {Name: "chargeMicros", Kind: Integer},
	},
	Search: []string{"destination"},
	Sort:   newestFirst,
	Always: []string{"_id", "customer", "day", "direction", "calls", "answered", "billedSeconds", "chargeMicros"}, Owner: "customer",
})
