-- What happened, by the minute and by the hour, for charts.
CREATE TABLE activity (
  step BIGINT NOT NULL, -- seconds
  at BIGINT NOT NULL, -- the step's beginning
  metric TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (step, at, metric)
);

-- The latest decisions about calls that wanted to start, for people to look at.
CREATE TABLE rulings (
  id BYTEA PRIMARY KEY,
  customer BYTEA NOT NULL,
  call_id TEXT COLLATE "C" NOT NULL,
  leg TEXT COLLATE "C" NOT NULL,
  direction BIGINT NOT NULL,
  from_number TEXT COLLATE "C" NOT NULL,
  to_number TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  destination TEXT COLLATE "C" NOT NULL,
  price_per_minute BIGINT NOT NULL,
  granted BIGINT NOT NULL,
  held BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX rulings_customer ON rulings (customer, id);

-- Ways to look at lists that users have kept.
CREATE TABLE views (
  user_id BYTEA NOT NULL,
  id BYTEA NOT NULL,
  page TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  query TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, id)
);
