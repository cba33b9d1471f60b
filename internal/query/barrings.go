package query

// Barrings is what the find language knows of the barring table.
var Barrings = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "prefix", Kind: String}, {Name: "region", Kind: String},
		{Name: "effect", Kind: String}, {Name: "note", Kind: String}, {Name: "createdAt", Kind: Time}, {Name: "createdBy", Kind: String},
	},
	Search: []string{"prefix", "region", "note"},
	Always: []string{"_id", "effect", "createdAt"}, Owner: "customer",
})
