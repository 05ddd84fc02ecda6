-- How texts, calls and recordings went on: every status that Twilio told, and the state that follows from all of them.

CREATE TABLE message_states (
    -- Does not refer to messages: a status may come before the text that it is about is stored.
    message_sid    text PRIMARY KEY,
    -- Null as long as no known status was told.
    status         text,
    error_code     text,
    error_message  text,
    updated_at     timestamptz NOT NULL
);

CREATE TABLE message_statuses (
    message_sid    text NOT NULL REFERENCES message_states ON DELETE CASCADE,
    status         text NOT NULL,
    error_code     text,
    error_message  text,
    told_at        timestamptz NOT NULL,
    PRIMARY KEY (message_sid, status)
);

CREATE TABLE calls (
    call_sid           text PRIMARY KEY,
    -- Null while nobody knows whose call it is: the number is withheld, and no conversation is known yet.
    lead_id            uuid REFERENCES leads ON DELETE CASCADE,
    -- The call that this one is a leg of: a transfer.
    parent_call_sid    text,
    direction          text,
    from_number        text,
    to_number          text,
    status             text,
    ringing_at         timestamptz,
    answered_at        timestamptz,
    ended_at           timestamptz,
    ring_seconds       double precision,
    talk_seconds       double precision,
    answered_by        text,
    sip_response_code  text,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL
);

-- A lead's calls, newest first.
CREATE INDEX calls_of_lead ON calls (lead_id, created_at DESC);

CREATE TABLE call_statuses (
    call_sid           text NOT NULL REFERENCES calls ON DELETE CASCADE,
    status             text NOT NULL,
    -- Twilio's number of the callback within its call, from 0; -1 if it had none.
    sequence           integer NOT NULL,
    occurred_at        timestamptz,
    talk_seconds       double precision,
    answered_by        text,
    sip_response_code  text,
    told_at            timestamptz NOT NULL,
    PRIMARY KEY (call_sid, status, sequence)
);

CREATE TABLE recordings (
    recording_sid     text PRIMARY KEY,
    call_sid          text NOT NULL REFERENCES calls ON DELETE CASCADE,
    status            text,
    url               text,
    duration_seconds  integer,
    channels          integer,
    source            text,
    track             text,
    started_at        timestamptz,
    error_code        text,
    -- Whether the lead's watchers were told that it is there; they cannot be before it is known whose call it is.
    announced         boolean NOT NULL DEFAULT false,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);

-- The recordings of a call.
CREATE INDEX recordings_of_call ON recordings (call_sid, created_at);

CREATE TABLE recording_statuses (
    recording_sid     text NOT NULL REFERENCES recordings ON DELETE CASCADE,
    status            text NOT NULL,
    url               text,
    duration_seconds  integer,
    channels          integer,
    source            text,
    track             text,
    started_at        timestamptz,
    error_code        text,
    told_at           timestamptz NOT NULL,
    PRIMARY KEY (recording_sid, status)
);
