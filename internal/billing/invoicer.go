package billing

import (
	"context"
	"errors"

	"tollkeeper"
)

// Ledger is what invoices are made of, and where they are kept.
type Ledger interface {
	FillBilling(context.Context) (filled int, err error)
	DueMonths(ctx context.Context, limit int) ([]tollkeeper.ID, error)
	DueUsage(ctx context.Context, limit int) ([]tollkeeper.ID, error)
	issuer
}

type issuer interface {
	MakeBill(ctx context.Context, customer tollkeeper.ID, month bool) (bill tollkeeper.Bill, found bool, err error)
	Issue(context.Context, tollkeeper.Bill, []tollkeeper.Tax) (issued bool, err error)
	WaitForPayment(ctx context.Context, customer tollkeeper.ID) (wait bool, err error)
}

// Invoicer makes invoices and statements.
type Invoicer struct {
	Ledger Ledger
	Taxes  Taxes
}

// RunMonths invoices the months that are over, and returns how many customers were
// looked at. Customers without a row to be billed by get one first.
func (i *Invoicer) RunMonths(ctx context.Context) (done int, err error) {
	if _, err := i.Ledger.FillBilling(ctx); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		due, err := i.Ledger.DueMonths(ctx, maxDue)
		if err != nil || len(due) == 0 {
			return done, err
		}
		var faults []error
		before := done
		for _, customer := range due {
			issued, err := i.invoice(ctx, customer, true)
			faults = append(faults, err)
			if issued {
				done++
			}
		}
		if done == before { // what is left failed, and would be due again at once
			return done, errors.Join(faults...)
		}
	}
	return done, ctx.Err()
}

// RunUsage invoices usage that is near its limit, and returns for how many customers.
// Who has not paid the invoice before waits.
func (i *Invoicer) RunUsage(ctx context.Context) (done int, err error) {
	due, err := i.Ledger.DueUsage(ctx, maxDue)
	faults := []error{err}
	for _, customer := range due {
		wait, err := i.Ledger.WaitForPayment(ctx, customer)
		if err == nil && !wait {
			_, err = i.invoice(ctx, customer, false)
			done++
		}
		faults = append(faults, err)
	}
	return done, errors.Join(faults...)
}

func (i *Invoicer) invoice(ctx context.Context, customer tollkeeper.ID, month bool) (issued bool, err error) {
	bill, found, err := i.Ledger.MakeBill(ctx, customer, month)
	if err != nil || !found {
		return false, err
	}
	var taxes []tollkeeper.Tax
	if bill.Subtotal > 0 {
		if taxes, err = i.Taxes.Of(ctx, bill.Sale()); err != nil {
			return false, err
		}
	}
	return i.Ledger.Issue(ctx, bill, taxes)
}
