package query

// Transcripts is what the find language knows of transcripts.
var Transcripts = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "callId", Kind: String}, {Name: "from", Kind: String},
		{Name: "to", Kind: String}, {Name: "startedAt", Kind: Time}, {Name: "durationMillis", Kind: Integer}, {Name: "state", Kind: String},
		{Name: "attempts", Kind: Integer}, {Name: "language", Kind: String}, {Name: "redacted", Kind: Integer}, {Name: "chargeMicros", Kind: Integer},
		{Name: "text", Kind: String}, {Name: "createdAt", Kind: Time}, {Name: "nextAt", Kind: Time}, {Name: "readyAt", Kind: Time},
	},
	Search: []string{"text"},
	Sort:   newestFirst,
	Always: []string{"_id", "customer", "callId", "from", "to", "startedAt", "durationMillis", "state", "attempts", "createdAt"},
	Owner:  "customer",
})
