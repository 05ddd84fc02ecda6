-- A place for each event among those of all leads, for streams of many leads.
--
-- It is given under the lead's row lock, so one lead's events have rising places, as they have rising seqs. Transactions commit in another
-- order: a place becomes visible after later ones did, or never, if its transaction was undone. What is known of that is in TailOrder.
--
-- Existing events are numbered lead by lead, which rewrites the table: about a minute for ten million events, during which nothing is handled.

ALTER TABLE lead_events ADD COLUMN position bigint;

UPDATE lead_events SET position = numbered.position
FROM (SELECT lead_id, seq, row_number() OVER (ORDER BY lead_id, seq) AS position FROM lead_events) AS numbered
WHERE lead_events.lead_id = numbered.lead_id AND lead_events.seq = numbered.seq;

ALTER TABLE lead_events ALTER COLUMN position SET NOT NULL;
ALTER TABLE lead_events ALTER COLUMN position ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval('lead_events_position_seq', count(*) + 1, false) FROM lead_events;

-- The log of all leads, onwards from a place. Grows at its end only.
CREATE UNIQUE INDEX lead_events_in_order ON lead_events (position);
