-- The barring table: what it means for calls that a number has a prefix or lies in a
-- region. A customer has one row for each at most.
CREATE TABLE barrings (
  id BYTEA PRIMARY KEY,
  customer BYTEA, -- NULL: everybody
  prefix TEXT COLLATE "C" NOT NULL, -- '': a region
  region TEXT COLLATE "C" NOT NULL, -- '': a prefix
  effect TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX barrings_customer ON barrings (customer, id);

-- Another number whenever a row comes or goes, so that every batch of calls knows.
ALTER TABLE deck_generation ADD COLUMN barrings BIGINT NOT NULL DEFAULT 0;
