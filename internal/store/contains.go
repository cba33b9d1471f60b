package store

import (
	"strings"

	"github.com/ncruces/go-sqlite3"

	"tollkeeper/internal/query"
)

// registerContains adds fold_contains(text, folded): whether a text contains
// another, whatever the case. It serves $search over lists that have no index of
// their own for it.
func registerContains(c *sqlite3.Conn) error {
	return c.CreateFunction("fold_contains", 2, sqlite3.DETERMINISTIC|sqlite3.INNOCUOUS,
		func(ctx sqlite3.Context, args ...sqlite3.Value) {
			ctx.ResultBool(strings.Contains(query.Fold(args[0].Text()), args[1].Text()))
		})
}
