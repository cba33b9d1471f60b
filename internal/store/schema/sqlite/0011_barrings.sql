-- The barring table: what it means for calls that a number has a prefix or lies in a
-- region. A customer has one row for each at most.
CREATE TABLE barrings (
  id BLOB PRIMARY KEY,
  customer BLOB, -- NULL: everybody
  prefix TEXT NOT NULL, -- '': a region
  region TEXT NOT NULL, -- '': a prefix
  effect TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX barrings_customer ON barrings (customer, id);

-- Another number whenever a row comes or goes, so that every batch of calls knows.
ALTER TABLE deck_generation ADD COLUMN barrings INTEGER NOT NULL DEFAULT 0;
