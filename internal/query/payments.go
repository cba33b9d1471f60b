package query

// PaymentMethods is what the find language knows of payment methods.
var PaymentMethods = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "provider", Kind: String}, {Name: "kind", Kind: String},
		{Name: "label", Kind: String}, {Name: "last4", Kind: String}, {Name: "expMonth", Kind: Integer}, {Name: "expYear", Kind: Integer},
		{Name: "isDefault", Kind: String}, {Name: "createdAt", Kind: Time}, {Name: "updatedAt", Kind: Time},
	},
	Search: []string{"label", "last4"},
	Always: []string{"_id", "customer", "provider", "kind", "label", "isDefault", "createdAt", "updatedAt"}, Owner: "customer",
})

// Payments is what the find language knows of payments.
var Payments = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "purpose", Kind: String}, {Name: "invoice", Kind: ID},
		{Name: "method", Kind: ID}, {Name: "provider", Kind: String}, {Name: "amount", Kind: Integer}, {Name: "tax", Kind: Integer},
		{Name: "state", Kind: String}, {Name: "reference", Kind: String}, {Name: "failure", Kind: String}, {Name: "refunded", Kind: Integer},
		{Name: "disputed", Kind: Integer}, {Name: "createdAt", Kind: Time}, {Name: "settledAt", Kind: Time},
	},
	Search: []string{"reference", "failure"},
	Sort:   newestFirst,
	Always: []string{"_id", "customer", "purpose", "provider", "amount", "tax", "state", "refunded", "disputed", "createdAt"}, Owner: "customer",
})

// Refunds is what the find language knows of refunds.
var Refunds = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "payment", Kind: ID}, {Name: "amount", Kind: Integer},
		{Name: "reason", Kind: String}, {Name: "state", Kind: String}, {Name: "reference", Kind: String}, {Name: "failure", Kind: String},
		{Name: "createdAt", Kind: Time}, {Name: "settledAt", Kind: Time},
	},
	Search: []string{"reason", "reference"},
	Sort:   newestFirst,
	Always: []string{"_id", "customer", "payment", "amount", "reason", "state", "createdAt"}, Owner: "customer",
})

// Invoices is what the find language knows of invoices.
var Invoices = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "number", Kind: String}, {Name: "kind", Kind: String},
		{Name: "status", Kind: String}, {Name: "reason", Kind: String}, {Name: "currency", Kind: String}, {Name: "periodStart", Kind: Time},
		{Name: "periodEnd", Kind: Time}, {Name: "subtotal", Kind: Integer}, {Name: "tax", Kind: Integer}, {Name: "total", Kind: Integer},
		{Name: "paid", Kind: Integer}, {Name: "writtenOff", Kind: Integer}, {Name: "due", Kind: Integer},
		{Name: "createdAt", Kind: Time}, {Name: "dueAt", Kind: Time}, {Name: "closedAt", Kind: Time},
	},
	Search: []string{"number"},
	Sort:   newestFirst,
	Always: []string{"_id", "customer", "number", "kind", "status", "currency", "periodStart", "periodEnd", "subtotal", "tax", "total", "paid",
		"writtenOff", "due", "createdAt"}, Owner: "customer",
})

// InvoiceItems is what the find language knows of lines of invoices.
var InvoiceItems = NewSchema(Definition{
	Fields: []Field{
		{Name: "_id", Kind: ID}, {Name: "customer", Kind: ID}, {Name: "invoice", Kind: ID}, {Name: "kind", Kind: String},
		{Name: "description", Kind: String}, {Name: "quantity", Kind: Integer}, {Name: "seconds", Kind: Integer},
		{Name: "rateMicros", Kind: Integer}, {Name: "amount", Kind: Integer}, {Name: "amountMicros", Kind: Integer},
	},
	Search: []string{"description"},
	Always: []string{"_id", "customer", "invoice", "kind", "description", "quantity", "seconds", "amount", "amountMicros"}, Owner: "customer",
})
