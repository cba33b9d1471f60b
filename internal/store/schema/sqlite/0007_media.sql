-- Recordings, transcripts, hold music and logos. Their bytes are in a blob store,
-- encrypted; a blob's row is there before the blob and gone after it.

-- One key for each customer, encrypted to the key of the deployment.
CREATE TABLE media_keys (
  customer BLOB PRIMARY KEY,
  identity BLOB NOT NULL, -- an age identity, encrypted with age
  recipient TEXT NOT NULL, -- its public part
  created_at INTEGER NOT NULL,
  delete_at INTEGER NOT NULL -- with everything that was encrypted to it; 0: not yet
) WITHOUT ROWID;
CREATE INDEX media_keys_delete_at ON media_keys (delete_at) WHERE delete_at > 0;

CREATE TABLE media_blobs (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  object BLOB NOT NULL, -- the recording or the customer it belongs to
  purpose INTEGER NOT NULL,
  state INTEGER NOT NULL,
  start INTEGER NOT NULL, -- of a part, in bytes of the whole
  size INTEGER NOT NULL, -- bytes before encryption
  stored INTEGER NOT NULL, -- bytes in the blob store
  header BLOB, -- of the age file, with the wrapped key that its payload is encrypted with
  created_at INTEGER NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX media_blobs_object ON media_blobs (customer, object);
CREATE INDEX media_blobs_loose ON media_blobs (created_at) WHERE state <> 1;

CREATE TABLE recordings (
  customer BLOB NOT NULL,
  id BLOB NOT NULL, -- of the call's record
  call_id TEXT NOT NULL,
  leg TEXT NOT NULL,
  direction INTEGER NOT NULL,
  from_number TEXT NOT NULL,
  to_number TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  transcribe INTEGER NOT NULL,
  state INTEGER NOT NULL,
  format INTEGER NOT NULL, -- 0 until it is whole, and what follows too
  channels INTEGER NOT NULL,
  sample_rate INTEGER NOT NULL,
  duration_millis INTEGER NOT NULL,
  size INTEGER NOT NULL, -- 0: not known yet
  received INTEGER NOT NULL,
  sha256 BLOB,
  created_at INTEGER NOT NULL,
  ready_at INTEGER NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX recordings_id ON recordings (id);
CREATE INDEX recordings_receiving ON recordings (created_at) WHERE state = 1;

-- What switches tell of a recording while it is made: pauses, consent.
CREATE TABLE recording_marks (
  customer BLOB NOT NULL,
  recording BLOB NOT NULL,
  id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  prompt TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (customer, recording, id)
) WITHOUT ROWID;

CREATE TABLE transcripts (
  row INTEGER PRIMARY KEY, -- the full-text index speaks of it
  customer BLOB NOT NULL,
  id BLOB NOT NULL, -- of the recording
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  error TEXT NOT NULL,
  language TEXT NOT NULL,
  text TEXT NOT NULL,
  segments TEXT NOT NULL, -- JSON
  redacted INTEGER NOT NULL, -- card numbers taken out
  charge INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  from_number TEXT NOT NULL,
  to_number TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  duration_millis INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  ready_at INTEGER NOT NULL,
  UNIQUE (customer, id)
);
CREATE INDEX transcripts_id ON transcripts (id);
CREATE INDEX transcripts_due ON transcripts (next_at) WHERE state = 0;
CREATE VIRTUAL TABLE transcripts_search USING fts5 (
  text, content = 'transcripts', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 0'
);

ALTER TABLE customers ADD COLUMN consent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN consent_prompt TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN music BLOB;
ALTER TABLE calls ADD COLUMN consent TEXT NOT NULL DEFAULT '';
ALTER TABLE cdrs ADD COLUMN consent TEXT NOT NULL DEFAULT '';
