-- Calls that are over and that a webhook wants to hear of. A batch of calls leaves one row,
-- which is taken away when events are made of it. Positions of one customer's calls rise;
-- batches side by side may have the same.
CREATE TABLE ended_calls (
  position BIGINT NOT NULL,
  id BYTEA NOT NULL, -- begins with the time
  calls BYTEA NOT NULL, -- ids of customers and of records, in turn
  PRIMARY KEY (position, id)
);
