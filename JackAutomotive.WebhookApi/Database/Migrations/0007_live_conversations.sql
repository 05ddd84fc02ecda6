-- Conversations while they are held: everything that was told of one, and how it stands; and what the agent was told when a call came in.

CREATE TABLE live_conversations (
    conversation_id  text PRIMARY KEY,
    -- Null while nobody knows with whom it is held.
    lead_id          uuid REFERENCES leads ON DELETE CASCADE,
    agent_id         text,
    call_sid         text,
    external_number  text,
    status           text NOT NULL DEFAULT 'live' CHECK (status IN ('live', 'ended', 'assumed ended')),
    started_at       timestamptz,
    ended_at         timestamptz,
    end_reason       text,
    interruptions    integer NOT NULL DEFAULT 0,
    silence_seconds  double precision NOT NULL DEFAULT 0,
    -- The agent's share of the words.
    talk_ratio       double precision,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

-- A lead's conversations, newest first.
CREATE INDEX live_conversations_of_lead ON live_conversations (lead_id, created_at DESC) WHERE lead_id IS NOT NULL;

-- The conversation that is held on a call.
CREATE INDEX live_conversations_by_call ON live_conversations (call_sid) WHERE call_sid IS NOT NULL;

-- Those that go on for too long.
CREATE INDEX live_conversations_open ON live_conversations (created_at) WHERE status = 'live';

CREATE TABLE live_reports (
    conversation_id  text NOT NULL REFERENCES live_conversations ON DELETE CASCADE,
    -- The event's identity within its conversation.
    report_key       text NOT NULL,
    kind             text NOT NULL,
    occurred_at      timestamptz NOT NULL,
    event_id         text,
    number           bigint,
    words            text,
    original_words   text,
    seconds          double precision,
    -- Whether the lead's watchers were told; they cannot be before the lead is known.
    announced        boolean NOT NULL DEFAULT false,
    told_at          timestamptz NOT NULL,
    -- Also serves reading a conversation.
    PRIMARY KEY (conversation_id, report_key)
);

-- Inbound calls of which the agent was told who calls, before it answered.
CREATE TABLE initiation_sessions (
    -- Serves the lookup of the answer that was given before.
    call_sid         text PRIMARY KEY,
    lead_id          uuid REFERENCES leads ON DELETE CASCADE,
    conversation_id  text,
    agent_id         text,
    caller           text,
    called_number    text,
    -- The answer, to the letter; null if it could not be stored in time.
    answer           text,
    -- Whether the lead's watchers were told that the call came in.
    announced        boolean NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL
);

-- With whom is this conversation held?
CREATE INDEX initiation_sessions_by_conversation ON initiation_sessions (conversation_id) WHERE conversation_id IS NOT NULL;

-- Deleting a lead.
CREATE INDEX initiation_sessions_of_lead ON initiation_sessions (lead_id) WHERE lead_id IS NOT NULL;
