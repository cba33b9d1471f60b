-- Recordings that were converted after they came, and what they were before.
-- 0: it is as it came.
ALTER TABLE recordings ADD COLUMN original_format INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN original_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN original_sha256 BLOB;
ALTER TABLE recordings ADD COLUMN convert_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN convert_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN convert_error TEXT NOT NULL DEFAULT '';
CREATE INDEX recordings_convert ON recordings (convert_at) WHERE state = 2 AND format = 1 AND convert_attempts < 3;
