package console

import (
	"context"
	"time"

	"tollkeeper/client"
)

// usage is what a customer's calls came to, by day in UTC and destination.
func (v *visit) usage(customer string) list[client.Usage] {
	return list[client.Usage]{
		Name: "usage", Search: "Destination", Empty: "No call has ended yet. Each leaves a record here.",
		Find: func(ctx context.Context, f client.Find) (*client.UsageList, error) {
			return v.api.Usage.Find(ctx, customer, f)
		},
		All: func(ctx context.Context, f client.Find) seq[client.Usage] { return v.api.Usage.All(ctx, customer, f) },
		Columns: []column[client.Usage]{
			{Key: "day", Title: "When", Cell: func(v *visit, u client.Usage) cell { return plain(u.Day.UTC().Format(time.DateOnly)) }},
			{Key: "direction", Title: "Way", Cell: func(v *visit, u client.Usage) cell { return v.direction(u.Direction) }},
			{Key: "destination", Title: "Destination", Cell: func(v *visit, u client.Usage) cell { return plain(u.Destination) }},
			{Key: "calls", Title: "Calls", Number: true, Cell: func(v *visit, u client.Usage) cell { return plain(v.count(u.Calls)).raw(itoa(u.Calls)) }},
			{Key: "answered", Title: "Answered", Number: true, Cell: func(v *visit, u client.Usage) cell {
				return plain(v.count(u.Answered)).raw(itoa(u.Answered))
			}},
			{Key: "billedSeconds", Title: "Billed", Number: true, Cell: func(v *visit, u client.Usage) cell {
				return plain(duration(int(u.BilledSeconds))).raw(itoa(u.BilledSeconds))
			}},
			{Key: "chargeMicros", Title: "Charge", Number: true, Cell: func(v *visit, u client.Usage) cell { return v.amount(u.ChargeMicros) }},
		},
		Filters: []filter{
			{Field: "direction", Title: "Way", Kind: oneOf, Choices: directions},
			{Field: "chargeMicros", Title: "Charge", Kind: micros},
		},
	}
}

func (v *visit) usagePage() error {
	return showWithin(v, v.usage(v.r.PathValue("id")), "/usage")
}
