-- Here the index of transcripts is one of the table's own, whose deleted rows autovacuum
-- removes.
SELECT 1;
