package store

import (
	"slices"

	"tollkeeper"
)

// Kinds and book accounts are stored as their place in the root's lists, which
// only ever grow at their end.
func kindNumber(k tollkeeper.TransferKind) int { return slices.Index(tollkeeper.TransferKinds, k) }
func bookNumber(b tollkeeper.BookAccount) int  { return slices.Index(tollkeeper.BookAccounts, b) }

const transferColumns = `id, customer, kind, debit, credit, amount, released, posted_after, held_after, call, key, reason, actor, created_at`

var transferRows = newMultiRow("transfers", transferColumns)

func appendTransfer(t tx, x *tollkeeper.Transfer) error {
	t.movedLater(*x)
	return transferRows.insert(t, transferValues(nil, x))
}

func appendTransfers(t tx, transfers []tollkeeper.Transfer) error {
	values := make([]any, 0, len(transfers)*transferRows.columns)
	for i := range transfers {
		values = transferValues(values, &transfers[i])
	}
	return transferRows.insert(t, values)
}

func transferValues(values []any, x *tollkeeper.Transfer) []any {
	return append(values, x.ID, x.Customer, kindNumber(x.Kind), bookNumber(x.Debit), bookNumber(x.Credit), x.Amount, x.Released,
		x.PostedAfter, x.HeldAfter, idOrNull(x.Call), emptyOrText(x.Key), emptyOrText(x.Reason), emptyOrText(x.Actor),
		millis(x.CreatedAt))
}

func scanTransfer(r row) tollkeeper.Transfer {
	return tollkeeper.Transfer{
		ID: r.id(0), Customer: r.id(1),
		Kind:  tollkeeper.TransferKinds[r.int(2)],
		Debit: tollkeeper.BookAccounts[r.int(3)], Credit: tollkeeper.BookAccounts[r.int(4)],
		Amount: tollkeeper.Micros(r.int(5)), Released: tollkeeper.Micros(r.int(6)),
		PostedAfter: tollkeeper.Micros(r.int(7)), HeldAfter: tollkeeper.Micros(r.int(8)),
		Call: r.id(9), Key: r.text(10), Reason: r.text(11), Actor: r.text(12), CreatedAt: fromMillis(r.int(13)),
	}
}

// emptyOrText stores an empty text as NULL.
func emptyOrText(s string) any {
	if s == "" {
		return nil
	}
	return s
}
