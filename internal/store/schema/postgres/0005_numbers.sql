-- Telephone numbers, with whose they are. Each has one owner at most.
CREATE TABLE numbers (
  id BYTEA PRIMARY KEY,
  number TEXT COLLATE "C" NOT NULL UNIQUE,
  customer BYTEA, -- NULL: in stock
  label TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  inbound_price BIGINT NOT NULL,
  inbound_minimum BIGINT NOT NULL,
  inbound_increment BIGINT NOT NULL,
  owned_at BIGINT NOT NULL, -- 0: in stock
  owned_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX numbers_customer ON numbers (customer, id);

-- Whose numbers were before, written when it ends.
CREATE TABLE number_owners (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  owned_at BIGINT NOT NULL,
  owned_by TEXT COLLATE "C" NOT NULL,
  until BIGINT NOT NULL,
  until_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX number_owners_number ON number_owners (number, id);

-- The ways by which customers' calls reach the switches.
CREATE TABLE trunks (
  id BYTEA PRIMARY KEY,
  customer BYTEA NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  name_key TEXT COLLATE "C" NOT NULL UNIQUE, -- folded
  active BIGINT NOT NULL,
  network TEXT COLLATE "C", -- NULL: anywhere
  port BIGINT NOT NULL, -- 0: any
  caller_id TEXT COLLATE "C" NOT NULL,
  digest_user TEXT COLLATE "C" NOT NULL,
  digest_key TEXT COLLATE "C" UNIQUE, -- folded; NULL: none
  digest_realm TEXT COLLATE "C" NOT NULL,
  ha1 TEXT COLLATE "C" NOT NULL,
  ha1_sha256 TEXT COLLATE "C" NOT NULL,
  max_concurrent_calls BIGINT NOT NULL,
  max_outbound_call_rate BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  UNIQUE (network, port)
);
CREATE INDEX trunks_customer ON trunks (customer, id);

-- The counters of trunks that have limits of their own. Whoever changes one holds its
-- customer's row.
CREATE TABLE trunk_loads (
  customer BYTEA NOT NULL,
  trunk BYTEA NOT NULL,
  max_concurrent_calls BIGINT NOT NULL,
  max_outbound_call_rate BIGINT NOT NULL,
  live_calls BIGINT NOT NULL,
  rate_window BYTEA,
  PRIMARY KEY (customer, trunk)
);
ALTER TABLE calls ADD COLUMN trunk BYTEA;
ALTER TABLE cdrs ADD COLUMN trunk BYTEA;

-- What has changed of numbers and trunks, so that every node can forget what it knows
-- of them: a number, the id of a trunk, or "*" for all numbers.
CREATE TABLE directory_changes (
  generation BIGINT PRIMARY KEY,
  subject TEXT COLLATE "C" NOT NULL
);
