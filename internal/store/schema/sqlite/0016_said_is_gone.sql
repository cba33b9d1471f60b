-- Words of a deleted transcript are overwritten in the index at once, and not only when
-- its pieces are merged (www.sqlite.org/fts5.html, the secure-delete option).
INSERT INTO transcripts_search (transcripts_search, rank) VALUES ('secure-delete', 1);
