-- Says that this database is a copy that is not whole yet, and of what.
CREATE TABLE copying (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  source TEXT COLLATE "C" NOT NULL
);
