-- What the calls of a day come to, by customer, direction and destination, so that charts
-- need not read call records. The id begins with the day.
CREATE TABLE day_usage (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  day BIGINT NOT NULL, -- its begin
  direction BIGINT NOT NULL,
  destination TEXT COLLATE "C" NOT NULL,
  calls BIGINT NOT NULL,
  answered BIGINT NOT NULL,
  billed_seconds BIGINT NOT NULL,
  charge BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);

-- How far the records of releases before this step have been added up: there is a row
-- until all have been.
CREATE TABLE day_usage_filling (
  one BIGINT PRIMARY KEY,
  through BYTEA NOT NULL, -- every record with a lower id has been
  ends_at BIGINT NOT NULL -- records that began later are of this release; 0: not known yet
);
INSERT INTO day_usage_filling (one, through, ends_at) SELECT 1, '\x000000000000000000000000', 0 WHERE EXISTS (SELECT 1 FROM customers);
