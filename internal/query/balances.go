package query

// Balances is what the find language knows of the balances of all customers.
var Balances = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "defaultBillMethod", Kind: String}, {Name: "postedMicros", Kind: Integer},
		{Name: "heldMicros", Kind: Integer}, {Name: "availableMicros", Kind: Integer}, {Name: "alertBelowMicros", Kind: Integer},
		{Name: "low", Kind: Integer}, {Name: "asOf", Kind: Time},
	},
	Sort:   []Order{{Field: "availableMicros"}},
	Always: []string{"_id", "defaultBillMethod", "postedMicros", "heldMicros", "availableMicros", "alertBelowMicros", "low", "asOf"}, Owner: "_id",
})
