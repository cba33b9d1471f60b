-- What call records are found by beside their customer and time: their terms. A job adds
-- them some time after a record was written, and they go with it. The months are those of
-- the records.
CREATE TABLE cdr_terms (
  term TEXT COLLATE "C" NOT NULL, -- a letter for what it is, and that: a number, a cause, how dear it was
  id BYTEA NOT NULL, -- of the record
  customer BYTEA NOT NULL,
  PRIMARY KEY (term, id, customer)
) PARTITION BY RANGE (id);
DO $$ DECLARE part RECORD; BEGIN FOR part IN SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'cdrs'::regclass LOOP EXECUTE format('CREATE TABLE %I PARTITION OF cdr_terms %s', replace(part.name, 'cdrs', 'cdr_terms'), part.bound); END LOOP; END $$;

CREATE TABLE cdr_terms_mark (
  one BIGINT PRIMARY KEY,
  through BYTEA NOT NULL, -- every record with a lower id has its terms
  ends_at BIGINT NOT NULL -- until when nodes of releases before this step may run; 0: not known yet, 1: there are none
);
INSERT INTO cdr_terms_mark (one, through, ends_at)
 SELECT 1, '\x000000000000000000000000', CASE WHEN EXISTS (SELECT 1 FROM customers) THEN 0 ELSE 1 END;
