package query

// Recordings is what the find language knows of recordings.
var Recordings = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "callId", Kind: String}, {Name: "leg", Kind: String}, {Name: "customer", Kind: ID},
		{Name: "direction", Kind: String}, {Name: "from", Kind: String}, {Name: "to", Kind: String}, {Name: "startedAt", Kind: Time},
		{Name: "state", Kind: String}, {Name: "format", Kind: String}, {Name: "channels", Kind: Integer}, {Name: "sampleRate", Kind: Integer},
		{Name: "durationMillis", Kind: Integer}, {Name: "sizeBytes", Kind: Integer}, {Name: "receivedBytes", Kind: Integer},
		{Name: "createdAt", Kind: Time}, {Name: "readyAt", Kind: Time},
		{Name: "fetchState", Kind: String}, {Name: "fetchUrl", Kind: String}, {Name: "fetchAttempts", Kind: Integer},
		{Name: "fetchNextAt", Kind: Time}, {Name: "fetchError", Kind: String},
		{Name: "originalFormat", Kind: String}, {Name: "originalSizeBytes", Kind: Integer}, {Name: "convertError", Kind: String},
	},
	Search: []string{"callId", "from", "to"},
	Sort:   newestFirst,
	Always: []string{"_id", "callId", "leg", "customer", "direction", "from", "to", "startedAt", "state", "receivedBytes", "createdAt"},
	Owner:  "customer",
	Staff:  []string{"fetchUrl", "fetchError"}, // where the carrier's switches are
})
