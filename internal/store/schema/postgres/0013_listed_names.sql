-- The carrier's own list of callers' names. It is replaced whole: the rows of a new list
-- are stored beside those of the old one, and name_list says which list counts.
CREATE TABLE listed_names (
  list BYTEA NOT NULL,
  id BYTEA NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (list, id),
  UNIQUE (list, number)
);
CREATE TABLE name_list (
  one BIGINT PRIMARY KEY,
  list BYTEA NOT NULL,
  names BIGINT NOT NULL
);
INSERT INTO name_list (one, list, names) VALUES (1, '\x000000000000000000000000', 0);
