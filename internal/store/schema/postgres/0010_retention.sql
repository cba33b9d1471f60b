-- What is to be known of a customer's call records beside the retention in the record:
-- there is a row once there is anything. It outlives the customer.
CREATE TABLE retentions (
  customer BYTEA PRIMARY KEY,
  former_months BIGINT NOT NULL, -- before the retention was lowered
  former_end BIGINT NOT NULL, -- until when that applies; 0: no longer
  legal_hold BIGINT NOT NULL,
  hold_reason TEXT COLLATE "C" NOT NULL,
  departed_months BIGINT, -- of a customer who was deleted; NULL: of one there is
  purged BYTEA NOT NULL, -- every record with a lower id is gone
  records BIGINT NOT NULL, -- deleted and not written to the audit trail yet
  recordings BIGINT NOT NULL -- likewise
);
CREATE INDEX retentions_departed ON retentions (customer) WHERE departed_months IS NOT NULL;

-- Records that were deleted by hand, so that the charges in the ledger are known to be
-- without one. No number is kept of them.
CREATE TABLE removed_cdrs (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  PRIMARY KEY (customer, id)
);
