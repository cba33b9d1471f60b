-- What a look-up of a caller's name brought to a call, and whether the customer paid for
-- it. There is one for each call at most, and it goes with the call's record.
CREATE TABLE call_names (
  customer BLOB NOT NULL,
  call BLOB NOT NULL,
  display TEXT NOT NULL,
  full_name TEXT NOT NULL,
  provider TEXT NOT NULL,
  price INTEGER NOT NULL,
  PRIMARY KEY (customer, call)
) WITHOUT ROWID;
