-- Records whose ids are much younger than their calls: corrections, and calls that were let
-- through while the database was gone. All others are found by time through their ids.
CREATE TABLE late_cdrs (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  started_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX late_cdrs_id ON late_cdrs (id, started_at);
