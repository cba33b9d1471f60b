-- Ids are 12-byte ObjectIds, money is in micro-units, times are milliseconds
-- since 1970-01-01 UTC. Every table that grows carries the customer.

CREATE TABLE customers (
  row INTEGER PRIMARY KEY, -- rises with id; the full-text index speaks of it
  id BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  website_url TEXT,
  logo TEXT,
  admin_user_id BLOB,
  billing_user_id BLOB,
  call_recording_user_id BLOB,
  support_user_id BLOB,
  automatic_refill_amount INTEGER NOT NULL,
  low_balance_alert_amount INTEGER NOT NULL,
  international_calling INTEGER NOT NULL,
  created_by_ip TEXT NOT NULL,
  media_bypass INTEGER NOT NULL,
  account_lock INTEGER NOT NULL,
  call_recording INTEGER NOT NULL,
  cdr_retention INTEGER NOT NULL,
  cnam_look_ups INTEGER NOT NULL,
  hold_music INTEGER NOT NULL,
  transcribe_calls INTEGER,
  max_outbound_call_rate INTEGER NOT NULL,
  default_bill_method TEXT NOT NULL,
  created_by_user_id BLOB,
  updated_by_user_id BLOB,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  status TEXT NOT NULL,
  status_reason TEXT NOT NULL,
  rate_deck TEXT NOT NULL,
  limit_concurrent_calls INTEGER,
  limit_price_per_minute INTEGER,
  limit_daily_spend INTEGER,
  limit_unbilled INTEGER,
  limit_outbound_barred INTEGER,
  posted INTEGER NOT NULL,
  held INTEGER NOT NULL,
  accrued INTEGER NOT NULL,
  accrued_held INTEGER NOT NULL,
  live_calls INTEGER NOT NULL,
  spend_day INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  rate_window BLOB,
  alerts INTEGER NOT NULL -- what the owner has been told of the balances
);
CREATE INDEX customers_name ON customers (name);
CREATE INDEX customers_admin_user ON customers (admin_user_id) WHERE admin_user_id IS NOT NULL;
CREATE INDEX customers_billing_user ON customers (billing_user_id) WHERE billing_user_id IS NOT NULL;
CREATE INDEX customers_call_recording_user ON customers (call_recording_user_id) WHERE call_recording_user_id IS NOT NULL;
CREATE INDEX customers_support_user ON customers (support_user_id) WHERE support_user_id IS NOT NULL;
CREATE INDEX customers_rate_deck ON customers (rate_deck) WHERE rate_deck <> '';
CREATE INDEX customers_created_at ON customers (created_at);
CREATE INDEX customers_updated_at ON customers (updated_at);
CREATE INDEX customers_bill_method ON customers (default_bill_method);
CREATE INDEX customers_international_calling ON customers (international_calling);
CREATE INDEX customers_media_bypass ON customers (media_bypass);
CREATE INDEX customers_account_lock ON customers (account_lock);
CREATE INDEX customers_call_recording ON customers (call_recording);
CREATE INDEX customers_cnam_look_ups ON customers (cnam_look_ups);
CREATE INDEX customers_hold_music ON customers (hold_music);
CREATE INDEX customers_transcribe_calls ON customers (transcribe_calls);

-- How many customers have each value of a field with few values, so that the
-- total of a page never has to be counted.
CREATE TABLE customer_tallies (
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (field, value)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE customers_search USING fts5 (
  text, content = '', contentless_delete = 1, tokenize = 'grams'
);

-- Merge sixteen segments of the index at a time instead of four: every commit
-- writes one, and each is then copied half as often.
INSERT INTO customers_search (customers_search, rank) VALUES ('automerge', 16);
INSERT INTO customers_search (customers_search, rank) VALUES ('crisismerge', 64);

CREATE TABLE users (
  id BLOB PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE, -- folded: one person has one sign-in
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  job_title TEXT NOT NULL,
  mobile_phone TEXT NOT NULL,
  business_phone TEXT NOT NULL,
  language TEXT NOT NULL,
  timezone TEXT NOT NULL,
  customer BLOB,
  admin_permission TEXT NOT NULL,
  billing_permission TEXT NOT NULL,
  phone_permission TEXT NOT NULL,
  epoch INTEGER NOT NULL, -- rises when all of the user's sessions end
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX users_customer ON users (customer) WHERE customer IS NOT NULL;

-- Links that were mailed to set a new password.
CREATE TABLE password_resets (
  user_id BLOB PRIMARY KEY,
  secret_hash BLOB NOT NULL UNIQUE, -- SHA-256 of a random secret
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Second factors for signing in (TOTP). The secret never leaves the server after it
-- was made.
CREATE TABLE second_factors (
  user_id BLOB PRIMARY KEY,
  secret TEXT NOT NULL,
  confirmed INTEGER NOT NULL,
  last_step INTEGER NOT NULL, -- of the newest code used; none counts twice
  wrong INTEGER NOT NULL, -- codes in a row
  wrong_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE recovery_codes (
  user_id BLOB NOT NULL,
  hash BLOB NOT NULL, -- SHA-256 of 80 random bits
  PRIMARY KEY (user_id, hash)
) WITHOUT ROWID;

CREATE TABLE tokens (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  user BLOB,
  customer BLOB,
  networks TEXT NOT NULL, -- separated by spaces
  active INTEGER NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE, -- SHA-256 of a random secret
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL -- 0: never
);
CREATE INDEX tokens_user ON tokens (user);

-- Public keys that prove sessions. The private ones never leave their nodes.
CREATE TABLE session_keys (
  id TEXT PRIMARY KEY,
  public_key BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retired_at INTEGER NOT NULL -- 0: in use
);

-- The networks that tokens were used from.
CREATE TABLE token_places (
  token BLOB NOT NULL,
  network TEXT NOT NULL,
  id BLOB NOT NULL, -- rises, so that the oldest can be told
  PRIMARY KEY (token, network)
) WITHOUT ROWID;

-- The ledger: append-only.
CREATE TABLE transfers (
  id BLOB PRIMARY KEY,
  customer BLOB NOT NULL,
  kind INTEGER NOT NULL,
  debit INTEGER NOT NULL,
  credit INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  released INTEGER NOT NULL CHECK (released >= 0),
  posted_after INTEGER NOT NULL,
  held_after INTEGER NOT NULL,
  call BLOB,
  key TEXT,
  reason TEXT,
  actor TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX transfers_customer ON transfers (customer, id);
CREATE UNIQUE INDEX transfers_key ON transfers (customer, key) WHERE key IS NOT NULL;

-- Calls in progress.
CREATE TABLE calls (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  call_id TEXT NOT NULL,
  leg TEXT NOT NULL,
  direction INTEGER NOT NULL,
  from_number TEXT NOT NULL,
  to_number TEXT NOT NULL,
  flags INTEGER NOT NULL,
  bypass_reason INTEGER NOT NULL,
  hold_music TEXT NOT NULL,
  bill_method INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  destination TEXT NOT NULL,
  price_per_minute INTEGER NOT NULL,
  connect_fee INTEGER NOT NULL,
  minimum_seconds INTEGER NOT NULL,
  increment_seconds INTEGER NOT NULL,
  deck TEXT NOT NULL,
  deck_version INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  answered_at INTEGER NOT NULL, -- 0: not answered
  first_grant INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  slice INTEGER NOT NULL,
  extends INTEGER NOT NULL,
  used_millis INTEGER NOT NULL,
  held INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (call_id, leg)
) WITHOUT ROWID;
CREATE INDEX calls_customer ON calls (customer);
CREATE INDEX calls_expires_at ON calls (expires_at);

-- Call detail records: written once, with the charge.
CREATE TABLE cdrs (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  call_id TEXT NOT NULL,
  leg TEXT NOT NULL,
  direction INTEGER NOT NULL,
  from_number TEXT NOT NULL,
  to_number TEXT NOT NULL,
  flags INTEGER NOT NULL,
  bypass_reason INTEGER NOT NULL,
  hold_music TEXT NOT NULL,
  bill_method INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  destination TEXT NOT NULL,
  price_per_minute INTEGER NOT NULL,
  connect_fee INTEGER NOT NULL,
  minimum_seconds INTEGER NOT NULL,
  increment_seconds INTEGER NOT NULL,
  deck TEXT NOT NULL,
  deck_version INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  answered_at INTEGER NOT NULL,
  first_grant INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  duration_millis INTEGER NOT NULL,
  billed_seconds INTEGER NOT NULL,
  charge INTEGER NOT NULL,
  cause TEXT NOT NULL,
  corrects BLOB,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX cdrs_customer ON cdrs (customer, id);
CREATE INDEX cdrs_call ON cdrs (call_id, leg);

-- Rate decks: a version is one immutable compiled deck, kept in chunks.
CREATE TABLE deck_versions (
  deck TEXT NOT NULL,
  version INTEGER NOT NULL,
  content BLOB NOT NULL, -- names its chunks; versions of the same rates share them
  rollback_of INTEGER NOT NULL, -- the version whose rates it brought back; 0: none
  rates INTEGER NOT NULL,
  effective_from INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (deck, version)
) WITHOUT ROWID;
CREATE TABLE deck_chunks (
  content BLOB NOT NULL,
  chunk INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (content, chunk)
);
CREATE TABLE deck_generation (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  generation INTEGER NOT NULL
);
INSERT INTO deck_generation VALUES (1, 0);

-- The audit trail: append-only. Every writer of the database seals its entries in
-- a chain of its own; an entry's hash covers it and the hash of the one before.
CREATE TABLE audit (
  id BLOB PRIMARY KEY,
  customer BLOB,
  subject TEXT NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  changes TEXT NOT NULL, -- JSON
  created_at INTEGER NOT NULL,
  chain BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX audit_customer ON audit (customer, id);
CREATE TABLE audit_chains (
  chain BLOB PRIMARY KEY,
  sequence INTEGER NOT NULL, -- of its newest entry
  hash BLOB NOT NULL, -- likewise
  linked INTEGER NOT NULL -- up to where other chains name it
) WITHOUT ROWID;

-- What customers and the carrier may want to react to, written with what it tells of.
CREATE TABLE events (
  id BLOB PRIMARY KEY,
  customer BLOB NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL, -- JSON
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX events_customer ON events (customer, id);

-- Letters to people, written with what causes them and sent afterwards.
CREATE TABLE mails (
  id BLOB PRIMARY KEY,
  customer BLOB,
  user_id BLOB,
  address TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL, -- with [hidden] for the secret
  secret TEXT NOT NULL, -- '': none, or the mail is done with
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, -- 0: never
  next_at INTEGER NOT NULL, -- 0: done with
  claimed_until INTEGER NOT NULL, -- somebody is sending it; 0: nobody
  sent_at INTEGER NOT NULL -- 0: not sent
) WITHOUT ROWID;
CREATE INDEX mails_due ON mails (next_at) WHERE state = 'queued';

-- Answers to writes that carried an Idempotency-Key.
CREATE TABLE idempotency (
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  etag TEXT NOT NULL,
  body BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (principal, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_created_at ON idempotency (created_at);
