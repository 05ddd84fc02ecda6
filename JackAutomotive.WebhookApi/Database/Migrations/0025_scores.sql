-- The score of each lead, when it has to be computed again, and when somebody should call the lead.

CREATE TABLE lead_scores (
    lead_id            uuid PRIMARY KEY REFERENCES leads ON DELETE CASCADE,
    score              integer NOT NULL CHECK (score BETWEEN 0 AND 100),
    -- The version of the formula; empty before the first computation. A row of another version is computed again.
    formula            text NOT NULL,
    -- The funding checklist: readiness and the state of each item, as last announced.
    funding            jsonb NOT NULL,
    -- The score and its reasons, as last announced; null before the first announcement.
    announced          jsonb,
    computed_at        timestamptz NOT NULL,
    -- When the row has to be computed: soon after an event, or when the passing of time alone changes it. Null if it never has to.
    due_at             timestamptz,
    -- Since when an event waits for the computation; null if none does.
    pending_since      timestamptz,
    -- The newest seq of the lead's log that the row takes into account, or will when it is due.
    noticed_seq        bigint NOT NULL DEFAULT 0,
    -- The delivery that caused the event with that seq; null if no delivery did.
    cause_delivery_id  bigint,
    -- The lead's place in the list of priorities: the earliest first. Null if nothing is to be done.
    priority_at        timestamptz,
    -- When the next action is due; null if nothing is to be done.
    action_at          timestamptz
);

-- Whose row is due? Leads that never change again are not in it.
CREATE INDEX lead_scores_due ON lead_scores (due_at) WHERE due_at IS NOT NULL;

-- Leads by their score, page by page.
CREATE INDEX lead_scores_in_order ON lead_scores (score, lead_id);

-- Whom to call first, page by page.
CREATE INDEX lead_scores_priority ON lead_scores (priority_at, lead_id) WHERE priority_at IS NOT NULL;

-- The leads that exist already are computed once.
INSERT INTO lead_scores (lead_id, score, formula, funding, computed_at, due_at) SELECT id, 0, '', '{}', now(), now() FROM leads;

-- How far the log of all leads has been read for the scores: one row.
CREATE TABLE scoring_progress (
    id        boolean PRIMARY KEY DEFAULT true CHECK (id),
    -- Every event up to this place is noticed, and no event can appear below it.
    settled   bigint NOT NULL,
    -- The newest place that was read.
    noticed   bigint NOT NULL,
    -- This place becomes settled when every transaction with an id below writer has ended.
    settling  bigint NOT NULL,
    writer    bigint NOT NULL
);

-- Events that are being written during the migration may have places below the newest one.
INSERT INTO scoring_progress (settled, noticed, settling, writer)
SELECT greatest(newest - 10000, 0), newest, newest, 0 FROM (SELECT coalesce(max(position), 0) AS newest FROM lead_events) AS log;

-- The intents of each turn with their times: what the score needs of an analysis, without the result as a whole. An analysis that is stored
-- already has only the time of its conversation's end.
ALTER TABLE conversation_analyses ADD COLUMN signals jsonb NOT NULL DEFAULT '[]';

UPDATE conversation_analyses AS analysis SET signals = found.signals
FROM (
    SELECT id, jsonb_agg(jsonb_build_object(
        'name', intent->'name', 'objection', intent->'objection', 'at', ended_at, 'turn', turn->'index', 'words', intent->'evidence'->0->'text',
        'messageSid', message_sids[(turn->>'index')::int + 1])) AS signals
    FROM conversation_analyses
    CROSS JOIN LATERAL json_array_elements(result->'turns') AS turn
    CROSS JOIN LATERAL json_array_elements(turn->'intents') AS intent
    GROUP BY id) AS found
WHERE analysis.id = found.id;
