-- Random secrets that all nodes share, such as the one that signs links.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  secret BLOB NOT NULL
) WITHOUT ROWID;
