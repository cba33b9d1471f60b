-- By what customers' port-outs are validated.
CREATE TABLE porting (
  customer BYTEA PRIMARY KEY,
  account_number TEXT COLLATE "C" NOT NULL,
  pin_hash TEXT COLLATE "C" NOT NULL, -- '': none
  unlocked_at BIGINT NOT NULL -- 0: never
);

-- Other carriers' requests to take numbers over.
CREATE TABLE portouts (
  id BYTEA PRIMARY KEY,
  customer BYTEA, -- NULL: nobody's numbers
  numbers TEXT COLLATE "C" NOT NULL, -- separated by spaces
  gaining_carrier TEXT COLLATE "C" NOT NULL,
  authorized_person TEXT COLLATE "C" NOT NULL,
  account_number TEXT COLLATE "C" NOT NULL,
  requested_date TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  reasons TEXT COLLATE "C" NOT NULL, -- separated by spaces
  decide_by BIGINT NOT NULL, -- 0: nothing to decide
  decided_at BIGINT NOT NULL,
  decided_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX portouts_customer ON portouts (customer, id);
CREATE INDEX portouts_due ON portouts (decide_by) WHERE decide_by > 0;
