package query

// Webhooks is what the find language knows of webhooks.
var Webhooks = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "url", Kind: String}, {Name: "description", Kind: String},
		{Name: "enabled", Kind: String}, {Name: "disabledReason", Kind: String}, {Name: "failures", Kind: Integer},
		{Name: "failingSince", Kind: Time}, {Name: "waiting", Kind: Integer}, {Name: "createdAt", Kind: Time}, {Name: "updatedAt", Kind: Time},
	},
	Search: []string{"url", "description"},
	Always: []string{"_id", "url", "enabled", "failures", "waiting", "createdAt", "updatedAt"}, Owner: "customer",
})

// Deliveries is what the find language knows of the deliveries to a webhook.
var Deliveries = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "event", Kind: ID}, {Name: "type", Kind: String},
		{Name: "state", Kind: String}, {Name: "attempts", Kind: Integer}, {Name: "status", Kind: Integer}, {Name: "error", Kind: String},
		{Name: "createdAt", Kind: Time}, {Name: "nextAt", Kind: Time}, {Name: "endedAt", Kind: Time},
	},
	Search: []string{"type", "error"},
	Sort:   newestFirst,
	Always: []string{"_id", "event", "type", "state", "attempts", "createdAt"}, Owner: "customer",
})
