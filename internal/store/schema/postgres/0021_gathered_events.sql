-- Events that a person is told of by one letter, when its time has come.
CREATE TABLE gathered_events (
  customer BYTEA NOT NULL,
  user_id BYTEA NOT NULL,
  kind TEXT COLLATE "C" NOT NULL, -- of the letter about one of them
  event BYTEA NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  recording BYTEA NOT NULL, -- what it is about; when that is gone nothing is told
  data TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (customer, user_id, kind, event)
);
CREATE INDEX gathered_events_due ON gathered_events (due_at);
