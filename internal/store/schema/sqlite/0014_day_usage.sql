-- What the calls of a day come to, by customer, direction and destination, so that charts
-- need not read call records. The id begins with the day.
CREATE TABLE day_usage (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  day INTEGER NOT NULL, -- its begin
  direction INTEGER NOT NULL,
  destination TEXT NOT NULL,
  calls INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  billed_seconds INTEGER NOT NULL,
  charge INTEGER NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;

-- How far the records of releases before this step have been added up: there is a row
-- until all have been.
CREATE TABLE day_usage_filling (
  one INTEGER PRIMARY KEY,
  through BLOB NOT NULL, -- every record with a lower id has been
  ends_at INTEGER NOT NULL -- records that began later are of this release; 0: not known yet
);
INSERT INTO day_usage_filling (one, through, ends_at) SELECT 1, x'000000000000000000000000', 0 WHERE EXISTS (SELECT 1 FROM customers);
