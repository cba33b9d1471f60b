-- What is to be known of a customer's call records beside the retention in the record:
-- there is a row once there is anything. It outlives the customer.
CREATE TABLE retentions (
  customer BLOB PRIMARY KEY,
  former_months INTEGER NOT NULL, -- before the retention was lowered
  former_end INTEGER NOT NULL, -- until when that applies; 0: no longer
  legal_hold INTEGER NOT NULL,
  hold_reason TEXT NOT NULL,
  departed_months INTEGER, -- of a customer who was deleted; NULL: of one there is
  purged BLOB NOT NULL, -- every record with a lower id is gone
  records INTEGER NOT NULL, -- deleted and not written to the audit trail yet
  recordings INTEGER NOT NULL -- likewise
) WITHOUT ROWID;
CREATE INDEX retentions_departed ON retentions (customer) WHERE departed_months IS NOT NULL;

-- Records that were deleted by hand, so that the charges in the ledger are known to be
-- without one. No number is kept of them.
CREATE TABLE removed_cdrs (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
