-- Events that wait for whoever is to be told of them. Each is written with the event,
-- and taken away with what is made of it; ids of several nodes do not become visible in
-- their order, so that no mark in the list of events could stand for this.
CREATE TABLE event_queue (
  customer BLOB NOT NULL,
  event BLOB NOT NULL,
  PRIMARY KEY (event)
) WITHOUT ROWID;

ALTER TABLE mails ADD COLUMN html TEXT NOT NULL DEFAULT '';
-- When a mail is tried first; 0: at once.
ALTER TABLE mails ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mails_paced ON mails (customer, kind, user_id, id);

-- Where events are sent.
CREATE TABLE webhooks (
  id BLOB PRIMARY KEY,
  customer BLOB, -- NULL: the carrier's own, for the events of all
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  event_types TEXT NOT NULL, -- separated by spaces; '': all but call.ended
  enabled INTEGER NOT NULL,
  disabled_reason TEXT NOT NULL,
  secret TEXT NOT NULL,
  old_secret TEXT NOT NULL, -- signs too, until its time
  old_secret_until INTEGER NOT NULL,
  failures INTEGER NOT NULL, -- attempts in a row
  failing_since INTEGER NOT NULL, -- 0: the last attempt succeeded
  waiting INTEGER NOT NULL, -- its deliveries that are not done with
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhooks_customer ON webhooks (customer);

-- One event for one webhook. Of those that wait for a customer and a webhook only the
-- oldest has a time to be sent at; the others follow it.
CREATE TABLE deliveries (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  webhook BLOB NOT NULL,
  event BLOB NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER NOT NULL, -- of the last answer (HTTP); 0: none
  error TEXT NOT NULL,
  took_millis INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL, -- 0: done with, or behind another; -1: the webhook is disabled
  ended_at INTEGER NOT NULL, -- 0: not yet
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX deliveries_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_waiting ON deliveries (webhook, customer, id) WHERE state = 'waiting';
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE next_at > 0;
CREATE INDEX deliveries_heads ON deliveries (webhook) WHERE next_at <> 0;

-- Rises when the webhooks change that want to hear of every call. It is read with the
-- generation of the decks, at no cost to a call.
ALTER TABLE deck_generation ADD COLUMN listeners INTEGER NOT NULL DEFAULT 0;

-- How the work that no request asks for went the last time.
CREATE TABLE job_runs (
  job TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  local INTEGER NOT NULL, -- every node does it for itself
  every_millis INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL, -- 0: it has begun and not ended
  done INTEGER NOT NULL,
  error TEXT NOT NULL,
  done_at INTEGER NOT NULL, -- of the last run that had something to do; 0: none
  failed_at INTEGER NOT NULL, -- of the last run that failed; 0: none
  asked_at INTEGER NOT NULL -- somebody wants it to run; 0: nobody
) WITHOUT ROWID;
