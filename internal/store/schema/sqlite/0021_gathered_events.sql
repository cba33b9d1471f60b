-- Events that a person is told of by one letter, when its time has come.
CREATE TABLE gathered_events (
  customer BLOB NOT NULL,
  user_id BLOB NOT NULL,
  kind TEXT NOT NULL, -- of the letter about one of them
  event BLOB NOT NULL,
  type TEXT NOT NULL,
  recording BLOB NOT NULL, -- what it is about; when that is gone nothing is told
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (customer, user_id, kind, event)
) WITHOUT ROWID;
CREATE INDEX gathered_events_due ON gathered_events (due_at);
