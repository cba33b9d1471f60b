-- Recordings, transcripts, hold music and logos. Their bytes are in a blob store,
-- encrypted; a blob's row is there before the blob and gone after it.

-- One key for each customer, encrypted to the key of the deployment.
CREATE TABLE media_keys (
  customer BYTEA PRIMARY KEY,
  identity BYTEA NOT NULL, -- an age identity, encrypted with age
  recipient TEXT COLLATE "C" NOT NULL, -- its public part
  created_at BIGINT NOT NULL,
  delete_at BIGINT NOT NULL -- with everything that was encrypted to it; 0: not yet
);
CREATE INDEX media_keys_delete_at ON media_keys (delete_at) WHERE delete_at > 0;

CREATE TABLE media_blobs (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  object BYTEA NOT NULL, -- the recording or the customer it belongs to
  purpose BIGINT NOT NULL,
  state BIGINT NOT NULL,
  start BIGINT NOT NULL, -- of a part, in bytes of the whole
  size BIGINT NOT NULL, -- bytes before encryption
  stored BIGINT NOT NULL, -- bytes in the blob store
  header BYTEA, -- of the age file, with the wrapped key that its payload is encrypted with
  created_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX media_blobs_object ON media_blobs (customer, object);
CREATE INDEX media_blobs_loose ON media_blobs (created_at) WHERE state <> 1;

CREATE TABLE recordings (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL, -- of the call's record
  call_id TEXT COLLATE "C" NOT NULL,
  leg TEXT COLLATE "C" NOT NULL,
  direction BIGINT NOT NULL,
  from_number TEXT COLLATE "C" NOT NULL,
  to_number TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL,
  transcribe BIGINT NOT NULL,
  state BIGINT NOT NULL,
  format BIGINT NOT NULL, -- 0 until it is whole, and what follows too
  channels BIGINT NOT NULL,
  sample_rate BIGINT NOT NULL,
  duration_millis BIGINT NOT NULL,
  size BIGINT NOT NULL, -- 0: not known yet
  received BIGINT NOT NULL,
  sha256 BYTEA,
  created_at BIGINT NOT NULL,
  ready_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX recordings_id ON recordings (id);
CREATE INDEX recordings_receiving ON recordings (created_at) WHERE state = 1;

-- What switches tell of a recording while it is made: pauses, consent.
CREATE TABLE recording_marks (
  customer BYTEA NOT NULL,
  recording BYTEA NOT NULL,
  id BYTEA NOT NULL,
  kind BIGINT NOT NULL,
  prompt TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (customer, recording, id)
);

CREATE TABLE transcripts (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL, -- of the recording
  state BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  error TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  segments TEXT COLLATE "C" NOT NULL, -- JSON
  redacted BIGINT NOT NULL, -- card numbers taken out
  charge BIGINT NOT NULL,
  call_id TEXT COLLATE "C" NOT NULL,
  from_number TEXT COLLATE "C" NOT NULL,
  to_number TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL,
  duration_millis BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ready_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX transcripts_id ON transcripts (id);
CREATE INDEX transcripts_due ON transcripts (next_at) WHERE state = 0;
CREATE INDEX transcripts_search ON transcripts USING gin (to_tsvector('simple', text));

ALTER TABLE customers ADD COLUMN consent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN consent_prompt TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN music BYTEA;
ALTER TABLE calls ADD COLUMN consent TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE cdrs ADD COLUMN consent TEXT COLLATE "C" NOT NULL DEFAULT '';
