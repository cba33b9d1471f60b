-- Recordings that were converted after they came, and what they were before.
-- 0: it is as it came.
ALTER TABLE recordings ADD COLUMN original_format BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN original_size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN original_sha256 BYTEA;
ALTER TABLE recordings ADD COLUMN convert_attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN convert_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN convert_error TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX recordings_convert ON recordings (convert_at) WHERE state = 2 AND format = 1 AND convert_attempts < 3;
