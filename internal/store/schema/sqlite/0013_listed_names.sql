-- The carrier's own list of callers' names. It is replaced whole: the rows of a new list
-- are stored beside those of the old one, and name_list says which list counts.
CREATE TABLE listed_names (
  list BLOB NOT NULL,
  id BLOB NOT NULL,
  number TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (list, id),
  UNIQUE (list, number)
) WITHOUT ROWID;
CREATE TABLE name_list (
  one INTEGER PRIMARY KEY,
  list BLOB NOT NULL,
  names INTEGER NOT NULL
);
INSERT INTO name_list (one, list, names) VALUES (1, X'000000000000000000000000', 0);
