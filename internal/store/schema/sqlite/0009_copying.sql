-- Says that this database is a copy that is not whole yet, and of what.
CREATE TABLE copying (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  source TEXT NOT NULL
);
