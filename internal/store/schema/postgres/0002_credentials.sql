-- Random secrets that all nodes share, such as the one that signs links.
CREATE TABLE secrets (
  name TEXT COLLATE "C" PRIMARY KEY,
  secret BYTEA NOT NULL
);

-- Sessions that were ended before they expired. They are kept until they do.
CREATE TABLE ended_sessions (
  token_hash BYTEA PRIMARY KEY, -- SHA-256 of the token
  expires_at BIGINT NOT NULL
);
