package console

import (
	"context"
	"errors"

	"tollkeeper/client"
)

// balances are what is on the accounts of all prepaid customers, the lowest first.
func (v *visit) balances() list[client.CustomerBalance] {
	return list[client.CustomerBalance]{
		Name: "balances", Sort: "availableMicros", Empty: "No prepaid customer yet.",
		Find: func(ctx context.Context, f client.Find) (*client.CustomerBalanceList, error) {
			return v.findBalances(ctx, prepaid(f))
		},
		All: func(ctx context.Context, f client.Find) seq[client.CustomerBalance] {
			return v.api.Balances.All(ctx, prepaid(f))
		},
		Link:  func(b client.CustomerBalance) string { return customerLink(b.Id) },
		Names: func(b client.CustomerBalance) (string, []string) { return b.Id, nil },
		Columns: []column[client.CustomerBalance]{
			{Key: "_id", Title: "Customer", Fixed: true, Cell: func(v *visit, b client.CustomerBalance) cell { return v.customer(b.Id) }},
			{Key: "availableMicros", Title: "Available", Number: true, Cell: func(v *visit, b client.CustomerBalance) cell {
				available := v.owns(b.AvailableMicros)
				if b.AvailableMicros <= 0 {
					available.Tone = "bad"
				} else if b.Low == client.On {
					available.Tone = "warn"
				}
				return available
			}},
			{Key: "alertBelowMicros", Title: "Alert below", Number: true, Cell: func(v *visit, b client.CustomerBalance) cell {
				if b.AlertBelowMicros == 0 {
					return cell{Text: v.t("Off"), Off: true, Plain: "0"}
				}
				return v.owns(b.AlertBelowMicros)
			}},
			{Key: "heldMicros", Title: "Held", Number: true, Cell: func(v *visit, b client.CustomerBalance) cell { return v.owns(b.HeldMicros) }},
			{Key: "postedMicros", Title: "Posted", Number: true, Cell: func(v *visit, b client.CustomerBalance) cell { return v.owns(b.PostedMicros) }},
		},
		Filters: []filter{
			{Field: "low", Title: "Low on credit", Kind: oneOf, Choices: []option{{"1", "Yes"}, {"0", "No"}}},
			{Field: "availableMicros", Title: "Available", Kind: micros},
		},
	}
}

// prepaid leaves out customers who are invoiced: they have nothing on their accounts.
func prepaid(f client.Find) client.Find {
	f.Where = append([]client.Condition{client.Eq("defaultBillMethod", client.BillCredit)}, f.Where...)
	return f
}

// owns is an amount on an account, as the record has it: parts of a cent, which make a
// column hard to read, are only in the CSV file.
func (v *visit) owns(m client.Micros) cell { return plain(v.about(m)).raw(m.String()) }

// findBalances notes of which time the balances are.
func (v *visit) findBalances(ctx context.Context, f client.Find) (*client.CustomerBalanceList, error) {
	found, err := v.api.Balances.Find(ctx, f)
	if err == nil && len(found.Data) > 0 {
		v.asOf = found.Data[0].AsOf
	}
	return found, err
}

func (v *visit) balancesPage() error {
	l := v.balances()
	return showList(v, &l, listPage{Title: v.t("Balances"),
		Intro: v.t("What is on the accounts of prepaid customers. One is low on credit when less is available than the alert says.")})
}

// findCustomers finds customers by their credit where the list of balances can say who
// they are, and where not, or where there are too many, by asking for all of it at once.
func (v *visit) findCustomers(ctx context.Context, f client.Find) (*client.List[client.Customer], error) {
	if len(f.Sort) != 1 || balanceOrders[f.Sort[0]] == nil || f.Search != "" || len(f.Where) > 0 {
		return v.api.Customers.Find(ctx, f)
	}
	balances, err := v.findBalances(ctx, client.Find{Limit: f.Limit, Skip: f.Skip, Sort: balanceOrders[f.Sort[0]]})
	if errors.Is(err, client.ErrUnavailable) {
		return v.api.Customers.Find(ctx, f)
	}
	if err != nil || len(balances.Data) == 0 {
		return &client.List[client.Customer]{}, err
	}
	ids := make([]string, len(balances.Data))
	for i, b := range balances.Data {
		ids[i] = b.Id
	}
	found, err := v.api.Customers.Find(ctx, client.Find{Limit: len(ids), Where: []client.Condition{client.In("_id", ids...)}})
	if err != nil {
		return nil, err
	}
	records := map[string]client.Customer{}
	for _, c := range found.Data {
		records[c.Id] = c
	}
	found.Data, found.Total = found.Data[:0], balances.Total
	for _, b := range balances.Data {
		if c, there := records[b.Id]; there { // and not deleted meanwhile
			c.Credit = wholeCents(b.PostedMicros)
			found.Data = append(found.Data, c)
		}
	}
	return found, nil
}

// balanceOrders are the orders of customers that the list of balances has, too.
var balanceOrders = map[client.Order][]client.Order{
	client.Asc("credit"): {client.Asc("postedMicros")}, client.Desc("credit"): {client.Desc("postedMicros")},
}

// wholeCents is an amount rounded down to cents, as the record has it.
func wholeCents(m client.Micros) int {
	rest := m % client.Cent
	if rest < 0 {
		rest += client.Cent
	}
	return int((m - rest) / client.Cent)
}
