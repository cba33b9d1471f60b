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
