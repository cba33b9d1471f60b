-- By what customers' port-outs are validated.
CREATE TABLE porting (
  customer BLOB PRIMARY KEY,
  account_number TEXT NOT NULL,
  pin_hash TEXT NOT NULL, -- '': none
  unlocked_at INTEGER NOT NULL -- 0: never
) WITHOUT ROWID;

-- Other carriers' requests to take numbers over.
CREATE TABLE portouts (
  id BLOB PRIMARY KEY,
  customer BLOB, -- NULL: nobody's numbers
  numbers TEXT NOT NULL, -- separated by spaces
  gaining_carrier TEXT NOT NULL,
  authorized_person TEXT NOT NULL,
  account_number TEXT NOT NULL,
  requested_date TEXT NOT NULL,
  state TEXT NOT NULL,
  reasons TEXT NOT NULL, -- separated by spaces
  decide_by INTEGER NOT NULL, -- 0: nothing to decide
  decided_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX portouts_customer ON portouts (customer, id);
CREATE INDEX portouts_due ON portouts (decide_by) WHERE decide_by > 0;
