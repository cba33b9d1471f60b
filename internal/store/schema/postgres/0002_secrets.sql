-- Random secrets that all nodes share, such as the one that signs links.
CREATE TABLE secrets (
  name TEXT COLLATE "C" PRIMARY KEY,
  secret BYTEA NOT NULL
);
