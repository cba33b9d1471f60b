-- Recordings that are fetched from addresses which switches have given.
ALTER TABLE recordings ADD COLUMN fetch_state INTEGER NOT NULL DEFAULT 0;
-- Whole; '' when it is over.
ALTER TABLE recordings ADD COLUMN fetch_url TEXT NOT NULL DEFAULT '';
-- Without what may be secret in it.
ALTER TABLE recordings ADD COLUMN fetch_shown TEXT NOT NULL DEFAULT '';
-- That it must have.
ALTER TABLE recordings ADD COLUMN fetch_sha256 BLOB;
-- Of what has come (RFC 9110, section 8.8).
ALTER TABLE recordings ADD COLUMN fetch_validator TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN fetch_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN fetch_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN fetch_error TEXT NOT NULL DEFAULT '';
CREATE INDEX recordings_fetch ON recordings (fetch_at) WHERE fetch_state = 1;
