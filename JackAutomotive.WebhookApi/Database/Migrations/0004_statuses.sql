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
