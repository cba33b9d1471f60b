-- What a look-up of a caller's name brought to a call, and whether the customer paid for
-- it. There is one for each call at most, and it goes with the call's record.
CREATE TABLE call_names (
  customer BYTEA NOT NULL,
  call BYTEA NOT NULL,
  display TEXT COLLATE "C" NOT NULL,
  full_name TEXT COLLATE "C" NOT NULL,
  provider TEXT COLLATE "C" NOT NULL,
  price BIGINT NOT NULL,
  PRIMARY KEY (customer, call)
);
