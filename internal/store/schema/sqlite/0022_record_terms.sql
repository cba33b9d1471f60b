-- What call records are found by beside their customer and time: their terms. A job adds
-- them some time after a record was written, and they go with it.
CREATE TABLE cdr_terms (
  term TEXT NOT NULL, -- a letter for what it is, and that: a number, a cause, how dear it was
  id BLOB NOT NULL, -- of the record
  customer BLOB NOT NULL,
  PRIMARY KEY (term, id, customer)
) WITHOUT ROWID;

CREATE TABLE cdr_terms_mark (
  one INTEGER PRIMARY KEY,
  through BLOB NOT NULL, -- every record with a lower id has its terms
  ends_at INTEGER NOT NULL -- until when nodes of releases before this step may run; 0: not known yet, 1: there are none
);
INSERT INTO cdr_terms_mark (one, through, ends_at)
 SELECT 1, x'000000000000000000000000', CASE WHEN EXISTS (SELECT 1 FROM customers) THEN 0 ELSE 1 END;
