-- Bodies that are too long for a row, and the audio of conversations: rows name objects of the object store by their SHA-256.

-- This database's own place in the object store, which it may share with others: what no row names is removed, there alone.
CREATE TABLE object_owner (
    id  uuid PRIMARY KEY DEFAULT gen_random_uuid()
);
INSERT INTO object_owner DEFAULT VALUES;

-- Not null: what was sent is this long and kept as the object named by body_hash; body holds it with its longest strings cut out.
ALTER TABLE inbox ADD COLUMN raw_bytes bigint;

-- The raw body has been used and is not needed any more.
ALTER TABLE inbox ADD COLUMN raw_released boolean NOT NULL DEFAULT false;

-- The sweep: does a delivery need this object?
CREATE INDEX inbox_raw ON inbox (body_hash) WHERE raw_bytes IS NOT NULL AND NOT raw_released;

CREATE TABLE conversation_audio (
    -- Does not refer to conversations: the audio may come before the transcript, or without one.
    conversation_id  text PRIMARY KEY,
    -- Null while nobody knows with whom it was; once it is known, the lead's watchers are told that the audio is there.
    lead_id          uuid REFERENCES leads ON DELETE CASCADE,
    object_hash      bytea NOT NULL CHECK (octet_length(object_hash) = 32),
    content_type     text NOT NULL,
    bytes            bigint NOT NULL,
    -- The provider's time of the webhook. An older one that arrives late changes nothing.
    made_at          timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

-- A lead's audio, newest first.
CREATE INDEX conversation_audio_of_lead ON conversation_audio (lead_id, made_at DESC) WHERE lead_id IS NOT NULL;

-- The sweep: is this object somebody's audio?
CREATE INDEX conversation_audio_object ON conversation_audio (object_hash);

CREATE TABLE call_failures (
    -- One for each attempt to call somebody that did not come about; its presence is what makes its event unique.
    conversation_id  text PRIMARY KEY,
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    call_sid         text,
    -- busy, no-answer, unknown.
    reason           text,
    sip_status_code  text,
    error_reason     text,
    failed_at        timestamptz NOT NULL,
    created_at       timestamptz NOT NULL
);

-- Deleting a lead.
CREATE INDEX call_failures_of_lead ON call_failures (lead_id);
