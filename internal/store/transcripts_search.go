package store

import (
	"strings"

	"tollkeeper"
	"tollkeeper/internal/query"
)

// On the embedded engine the words of transcripts are in an FTS5 table that keeps no
// texts of its own; on PostgreSQL they are in an index of the table itself.

const transcriptRow = " FROM transcripts WHERE customer = ? AND id = ?"

func (c *sqliteConn) indexTranscript(customer, id tollkeeper.ID) error {
	return c.later(nil, "INSERT INTO transcripts_search (rowid, text) SELECT row, text"+transcriptRow, customer, id)
}

func (c *sqliteConn) unindexTranscript(customer, id tollkeeper.ID) error {
	return c.later(nil, "INSERT INTO transcripts_search (transcripts_search, rowid, text) SELECT 'delete', row, text"+transcriptRow, customer, id)
}

func (t *postgresTx) indexTranscript(_, _ tollkeeper.ID) error   { return nil }
func (t *postgresTx) unindexTranscript(_, _ tollkeeper.ID) error { return nil }

func searchTranscriptsEmbedded(b *sqlBuilder, f *query.Find) {
	b.sql.WriteString("row IN (SELECT rowid FROM transcripts_search WHERE transcripts_search MATCH ?)")
	b.args = append(b.args, ftsWords(f.Search))
}

func searchTranscriptsPostgres(b *sqlBuilder, f *query.Find) {
	b.sql.WriteString("to_tsvector('simple', text) @@ plainto_tsquery('simple', ?)")
	b.args = append(b.args, f.Search)
}

// ftsWords asks FTS5 for texts with all the words: each is quoted, so that none is
// taken for an operator.
func ftsWords(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = `"` + strings.ReplaceAll(word, `"`, `""`) + `"`
	}
	return strings.Join(words, " ")
}
