package query

// CallerNames is what the find language knows of the carrier's list of callers' names.
var CallerNames = NewSchema(Definition{
	Fields: []Field{{Name: "_id", Kind: ID}, {Name: "number", Kind: String}, {Name: "name", Kind: String}},
	Search: []string{"number", "name"},
	Always: []string{"_id", "number", "name"},
})
