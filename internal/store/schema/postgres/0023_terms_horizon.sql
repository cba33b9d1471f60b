-- What the term of a charge or a price is of, so that it is not read from the record. NULL:
-- a term of something else, or of the release before.
ALTER TABLE cdr_terms ADD COLUMN amount BIGINT;

-- Nodes of the release before do not know it: the job waits for the calls in progress
-- until there are none of them, and theirs does.
UPDATE cdr_terms_mark SET ends_at = 0 WHERE EXISTS (SELECT 1 FROM customers);

-- Whoever stores a call record with a lower id than this gives it its terms at once. The
-- job comes to the others when no transaction is left that knew an earlier horizon, which
-- only rises. Every batch of calls reads it with what else is in the row.
ALTER TABLE deck_generation ADD COLUMN terms_horizon BYTEA NOT NULL DEFAULT '\x000000000000000000000000';
UPDATE deck_generation SET terms_horizon = (SELECT id FROM cdrs ORDER BY id DESC LIMIT 1) WHERE EXISTS (SELECT 1 FROM cdrs);
