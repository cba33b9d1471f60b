-- What happened, by the minute and by the hour, for charts.
CREATE TABLE activity (
  step INTEGER NOT NULL, -- seconds
  at INTEGER NOT NULL, -- the step's beginning
  metric TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (step, at, metric)
) WITHOUT ROWID;

-- The latest decisions about calls that wanted to start, for people to look at.
CREATE TABLE rulings (
  id BLOB PRIMARY KEY,
  customer BLOB NOT NULL,
  call_id TEXT NOT NULL,
  leg TEXT NOT NULL,
  direction INTEGER NOT NULL,
  from_number TEXT NOT NULL,
  to_number TEXT NOT NULL,
  reason TEXT NOT NULL,
  destination TEXT NOT NULL,
  price_per_minute INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  held INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX rulings_customer ON rulings (customer, id);

-- Ways to look at lists that users have kept.
CREATE TABLE views (
  user_id BLOB NOT NULL,
  id BLOB NOT NULL,
  page TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, id)
) WITHOUT ROWID;
