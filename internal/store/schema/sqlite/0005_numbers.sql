-- Telephone numbers, with whose they are. Each has one owner at most.
CREATE TABLE numbers (
  id BLOB PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer BLOB, -- NULL: in stock
  label TEXT NOT NULL,
  status TEXT NOT NULL,
  inbound_price INTEGER NOT NULL,
  inbound_minimum INTEGER NOT NULL,
  inbound_increment INTEGER NOT NULL,
  owned_at INTEGER NOT NULL, -- 0: in stock
  owned_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX numbers_customer ON numbers (customer, id);

-- Whose numbers were before, written when it ends.
CREATE TABLE number_owners (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  number TEXT NOT NULL,
  owned_at INTEGER NOT NULL,
  owned_by TEXT NOT NULL,
  until INTEGER NOT NULL,
  until_by TEXT NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX number_owners_number ON number_owners (number, id);

-- The ways by which customers' calls reach the switches.
CREATE TABLE trunks (
  id BLOB PRIMARY KEY,
  customer BLOB NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE, -- folded
  active INTEGER NOT NULL,
  network TEXT, -- NULL: anywhere
  port INTEGER NOT NULL, -- 0: any
  caller_id TEXT NOT NULL,
  digest_user TEXT NOT NULL,
  digest_key TEXT UNIQUE, -- folded; NULL: none
  digest_realm TEXT NOT NULL,
  ha1 TEXT NOT NULL,
  ha1_sha256 TEXT NOT NULL,
  max_concurrent_calls INTEGER NOT NULL,
  max_outbound_call_rate INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  UNIQUE (network, port)
) WITHOUT ROWID;
CREATE INDEX trunks_customer ON trunks (customer, id);

-- The counters of trunks that have limits of their own. Whoever changes one holds its
-- customer's row.
CREATE TABLE trunk_loads (
  customer BLOB NOT NULL,
  trunk BLOB NOT NULL,
  max_concurrent_calls INTEGER NOT NULL,
  max_outbound_call_rate INTEGER NOT NULL,
  live_calls INTEGER NOT NULL,
  rate_window BLOB,
  PRIMARY KEY (customer, trunk)
) WITHOUT ROWID;
ALTER TABLE calls ADD COLUMN trunk BLOB;
ALTER TABLE cdrs ADD COLUMN trunk BLOB;

-- What has changed of numbers and trunks, so that every node can forget what it knows
-- of them: a number, the id of a trunk, or "*" for all numbers.
CREATE TABLE directory_changes (
  generation INTEGER PRIMARY KEY,
  subject TEXT NOT NULL
);
