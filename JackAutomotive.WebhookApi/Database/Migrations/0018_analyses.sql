-- What conversations mean: the work that waits for the analysis, its results, and what follows from them for a lead.

-- Only inserts and deletes, without a unique key, so that a handler never waits for the analysis.
CREATE TABLE analysis_queue (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id       uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('call', 'texts')),
    -- The conversation's id, or the MessageSid of a text.
    subject       text NOT NULL,
    -- While a worker has the job: the end of the lease.
    due_at        timestamptz NOT NULL,
    attempts      integer NOT NULL DEFAULT 0,
    -- Whether the subject is analysed even if it was analysed before and has not changed.
    is_forced     boolean NOT NULL DEFAULT false,
    delivery_id   bigint,
    trace_parent  text,
    -- Set when no attempt has succeeded. The job then waits for a person.
    failed_at     timestamptz,
    reason        text,
    queued_at     timestamptz NOT NULL
);

-- Claims: what is due, oldest first.
CREATE INDEX analysis_queue_due ON analysis_queue (due_at, id) WHERE failed_at IS NULL;

-- Jobs that failed, for a rerun.
CREATE INDEX analysis_queue_failed ON analysis_queue (id) WHERE failed_at IS NOT NULL;

-- Deleting a lead.
CREATE INDEX analysis_queue_of_lead ON analysis_queue (lead_id);

CREATE TABLE conversation_analyses (
    -- Version 7: sorts by creation.
    id               uuid PRIMARY KEY,
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    kind             text NOT NULL CHECK (kind IN ('call', 'texts')),
    -- The conversation's id, or the MessageSid of the first text that was analysed.
    subject          text NOT NULL,
    -- Of texts: the MessageSid of each turn, in order.
    message_sids     text[] NOT NULL,
    started_at       timestamptz NOT NULL,
    -- The time of the last turn. The newest conversation decides the lead's sentiment.
    ended_at         timestamptz NOT NULL,
    engine           text NOT NULL,
    version          text NOT NULL,
    is_fallback      boolean NOT NULL,
    fallback_reason  text,
    -- The engine and version that were configured; the same unless the rules stood in.
    requested        text NOT NULL,
    -- SHA-256 of the turns, the start and the time zone: the same input is not analysed twice.
    input_hash       bytea NOT NULL,
    label            text NOT NULL CHECK (label IN ('negative', 'neutral', 'positive')),
    score            double precision NOT NULL,
    -- json, not jsonb: kept to the letter, as the preview shows it.
    result           json NOT NULL,
    -- What watchers were told.
    insights         json NOT NULL,
    revision         integer NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    UNIQUE (kind, subject)
);

-- A lead's analyses, newest first. Also finds those of a lead's texts.
CREATE INDEX conversation_analyses_of_lead ON conversation_analyses (lead_id, ended_at DESC, id DESC);

CREATE TABLE lead_sentiments (
    lead_id      uuid PRIMARY KEY REFERENCES leads ON DELETE CASCADE,
    label        text NOT NULL CHECK (label IN ('negative', 'neutral', 'positive')),
    score        double precision NOT NULL,
    updated_at   timestamptz NOT NULL
);

-- Requests to end all contact, as an analysis found them. Never removed, because nobody may be contacted on the word of a newer engine.
CREATE TABLE opt_out_detections (
    kind          text NOT NULL CHECK (kind IN ('call', 'texts')),
    -- The conversation's id, or the MessageSid of the text.
    source        text NOT NULL,
    -- The turn of the conversation; 0 for a text.
    turn          integer NOT NULL,
    lead_id       uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    -- voice, sms, whatsapp and others.
    channel       text NOT NULL,
    words         text NOT NULL,
    -- Where the words stand in the turn, in UTF-16 code units.
    words_start   integer NOT NULL,
    words_length  integer NOT NULL,
    said_at       timestamptz NOT NULL,
    engine        text NOT NULL,
    version       text NOT NULL,
    delivery_id   bigint,
    detected_at   timestamptz NOT NULL,
    PRIMARY KEY (kind, source, turn)
);

-- Whether a lead has asked that contact ends.
CREATE INDEX opt_out_detections_of_lead ON opt_out_detections (lead_id, said_at);
