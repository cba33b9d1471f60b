-- An account's row names its last ledger entry, so that entries of one account rise
-- by their ids.
ALTER TABLE customers ADD COLUMN last_entry BLOB NOT NULL DEFAULT x'000000000000000000000000';
UPDATE customers SET last_entry = COALESCE((SELECT MAX(id) FROM transfers WHERE transfers.customer = customers.id), last_entry);
ALTER TABLE tokens RENAME COLUMN user TO user_id;
ALTER TABLE deck_generation RENAME COLUMN only TO id;

-- Who runs a job, so that of many nodes one does.
CREATE TABLE leases (
  job TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;

-- Random secrets that all nodes share, such as the one that signs links.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  secret BLOB NOT NULL
) WITHOUT ROWID;

-- Sessions that were ended before they expired. They are kept until they do.
CREATE TABLE ended_sessions (
  token_hash BLOB PRIMARY KEY, -- SHA-256 of the token
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
