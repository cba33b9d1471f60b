-- Events that wait for whoever is to be told of them. Each is written with the event,
-- and taken away with what is made of it; ids of several nodes do not become visible in
-- their order, so that no mark in the list of events could stand for this.
CREATE TABLE event_queue (
  customer BYTEA NOT NULL,
  event BYTEA NOT NULL,
  PRIMARY KEY (customer, event)
);
CREATE INDEX event_queue_event ON event_queue (event);

ALTER TABLE mails ADD COLUMN html TEXT COLLATE "C" NOT NULL DEFAULT '';
-- When a mail is tried first; 0: at once.
ALTER TABLE mails ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX mails_paced ON mails (customer, kind, user_id, id);

-- Where events are sent.
CREATE TABLE webhooks (
  id BYTEA PRIMARY KEY,
  customer BYTEA, -- NULL: the carrier's own, for the events of all
  url TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  event_types TEXT COLLATE "C" NOT NULL, -- separated by spaces; '': all but call.ended
  enabled BIGINT NOT NULL,
  disabled_reason TEXT COLLATE "C" NOT NULL,
  secret TEXT COLLATE "C" NOT NULL,
  old_secret TEXT COLLATE "C" NOT NULL, -- signs too, until its time
  old_secret_until BIGINT NOT NULL,
  failures BIGINT NOT NULL, -- attempts in a row
  failing_since BIGINT NOT NULL, -- 0: the last attempt succeeded
  waiting BIGINT NOT NULL, -- its deliveries that are not done with
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX webhooks_customer ON webhooks (customer);

-- One event for one webhook. Of those that wait for a customer and a webhook only the
-- oldest has a time to be sent at; the others follow it.
CREATE TABLE deliveries (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  webhook BYTEA NOT NULL,
  event BYTEA NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  attempts BIGINT NOT NULL,
  status BIGINT NOT NULL, -- of the last answer (HTTP); 0: none
  error TEXT COLLATE "C" NOT NULL,
  took_millis BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL, -- 0: done with, or behind another; -1: the webhook is disabled
  ended_at BIGINT NOT NULL, -- 0: not yet
  PRIMARY KEY (customer, id)
);
CREATE INDEX deliveries_id ON deliveries (id);
CREATE INDEX deliveries_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_waiting ON deliveries (webhook, customer, id) WHERE state = 'waiting';
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE next_at > 0;
CREATE INDEX deliveries_heads ON deliveries (webhook) WHERE next_at <> 0;

-- Rises when the webhooks change that want to hear of every call. It is read with the
-- generation of the decks, at no cost to a call.
ALTER TABLE deck_generation ADD COLUMN listeners BIGINT NOT NULL DEFAULT 0;

-- How the work that no request asks for went the last time.
CREATE TABLE job_runs (
  job TEXT COLLATE "C" PRIMARY KEY,
  holder TEXT COLLATE "C" NOT NULL,
  local BIGINT NOT NULL, -- every node does it for itself
  every_millis BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL, -- 0: it has begun and not ended
  done BIGINT NOT NULL,
  error TEXT COLLATE "C" NOT NULL,
  done_at BIGINT NOT NULL, -- of the last run that had something to do; 0: none
  failed_at BIGINT NOT NULL, -- of the last run that failed; 0: none
  asked_at BIGINT NOT NULL -- somebody wants it to run; 0: nobody
);
