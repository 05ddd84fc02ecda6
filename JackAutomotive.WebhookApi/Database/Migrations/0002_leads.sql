-- Leads, the log of what happened to them, and what they said by text and voice.

CREATE TABLE leads (
    -- Version 7: sorts by creation. Serves the list of leads, newest first, page by page.
    id          uuid PRIMARY KEY,
    -- E.164. Unique: also serves finding a lead by its number.
    phone       text UNIQUE,
    name        text,
    -- The newest event's seq. Raising it takes the row's lock, which is what keeps a lead's log without gaps.
    last_seq    bigint NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE lead_events (
    lead_id       uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    seq           bigint NOT NULL,
    type          text NOT NULL,
    occurred_at   timestamptz NOT NULL,
    -- json, not jsonb: kept to the letter, so that a replayed event equals the live one byte for byte.
    data          json NOT NULL,
    trace_parent  text,
    -- Also serves replay: one lead's events after a given seq, in order.
    PRIMARY KEY (lead_id, seq)
);

-- Events that are committed but not yet known to be published.
CREATE TABLE event_outbox (
    lead_id     uuid NOT NULL,
    seq         bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (lead_id, seq),
    FOREIGN KEY (lead_id, seq) REFERENCES lead_events ON DELETE CASCADE
);

-- The relay: what has been left unpublished for a while, oldest first.
CREATE INDEX event_outbox_oldest ON event_outbox (created_at, lead_id, seq);

CREATE TABLE messages (
    id           uuid PRIMARY KEY,
    lead_id      uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    direction    text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    -- Unique: one message per provider's id, however often it is told.
    message_sid  text NOT NULL UNIQUE,
    from_number  text NOT NULL,
    to_number    text NOT NULL,
    body         text NOT NULL,
    received_at  timestamptz NOT NULL
);

-- A lead's messages, newest first.
CREATE INDEX messages_of_lead ON messages (lead_id, received_at DESC, id DESC);

CREATE TABLE message_media (
    message_id    uuid NOT NULL REFERENCES messages ON DELETE CASCADE,
    position      integer NOT NULL,
    url           text NOT NULL,
    content_type  text,
    PRIMARY KEY (message_id, position)
);

CREATE TABLE conversations (
    conversation_id     text PRIMARY KEY,
    lead_id             uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    -- By what the lead was found, see LeadMatch.
    matched_by          text NOT NULL,
    agent_id            text,
    call_sid            text,
    direction           text,
    external_number     text,
    status              text,
    call_result         text,
    started_at          timestamptz,
    duration_seconds    double precision,
    termination_reason  text,
    call_successful     text,
    title               text,
    summary             text,
    -- The provider's time of the analysis that is stored. An older one that arrives late changes nothing.
    analysed_at         timestamptz NOT NULL,
    revision            integer NOT NULL DEFAULT 1,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
);

-- A lead's conversations, newest first.
CREATE INDEX conversations_of_lead ON conversations (lead_id, created_at DESC);

-- The lead of a call: which conversation was held on this call?
CREATE INDEX conversations_by_call ON conversations (call_sid) WHERE call_sid IS NOT NULL;

CREATE TABLE conversation_turns (
    conversation_id  text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    -- Position in the transcript, from 0.
    position         integer NOT NULL,
    role             text NOT NULL,
    -- Null when nothing was said: a tool was called, or there was silence.
    message          text,
    offset_seconds   double precision NOT NULL,
    spoken_at        timestamptz,
    interrupted      boolean NOT NULL,
    PRIMARY KEY (conversation_id, position)
);
