-- Calls that are over and that a webhook wants to hear of. A batch of calls leaves one row,
-- which is taken away when events are made of it. Positions of one customer's calls rise.
CREATE TABLE ended_calls (
  position INTEGER NOT NULL,
  id BLOB NOT NULL, -- begins with the time
  calls BLOB NOT NULL, -- ids of customers and of records, in turn
  PRIMARY KEY (position, id)
) WITHOUT ROWID;
