-- Rows of customers whose ids do not make them (rowOf): those of the first release, whose
-- ids had the counter at their end.
CREATE TABLE early_rows (
  id BLOB PRIMARY KEY,
  row INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO early_rows (id, row) SELECT id, row FROM customers WHERE printf('%014X', row) <> substr(hex(id), 1, 14);
