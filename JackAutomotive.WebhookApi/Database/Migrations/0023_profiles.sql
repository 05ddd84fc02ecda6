-- What is known of a lead: every value that somebody stated, the value that counts, and who or what changed what.

CREATE TABLE lead_history (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    changed_at       timestamptz NOT NULL,
    -- What the field belongs to: profile, status or document.
    subject          text NOT NULL,
    field            text NOT NULL,
    old_value        jsonb,
    new_value        jsonb,
    -- Who or what made the change: provider, extraction, rule, lead or person.
    changed_by       text NOT NULL,
    -- The name of the person's API key; null unless a person made the change.
    person           text,
    reason           text,
    conversation_id  text,
    -- No foreign key: the history outlives the inbox.
    delivery_id      bigint
);

-- A lead's history, newest first, page by page.
CREATE INDEX lead_history_of_lead ON lead_history (lead_id, id DESC);

-- One row for each statement of a value. A newer analysis of a conversation replaces the rows of that conversation.
CREATE TABLE lead_profile_values (
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    field            text NOT NULL,
    source           text NOT NULL CHECK (source IN ('provider', 'extraction', 'person')),
    -- The conversation in which the value was stated; empty for a person's edit.
    conversation_id  text NOT NULL,
    raw              text NOT NULL,
    -- Null if the raw words could not be understood; problem then tells why.
    value            jsonb,
    problem          text,
    assumption       text,
    confidence       double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    -- The words of the transcript: turn, start, length, text.
    evidence         jsonb,
    person           text,
    reason           text,
    stated_at        timestamptz NOT NULL,
    delivery_id      bigint,
    PRIMARY KEY (lead_id, field, source, conversation_id),
    CHECK ((value IS NULL) = (problem IS NOT NULL))
);

-- Replacing the values of a conversation.
CREATE INDEX lead_profile_values_of_conversation ON lead_profile_values (conversation_id) WHERE conversation_id <> '';

-- The value of each field that counts now.
CREATE TABLE lead_profile_fields (
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    field            text NOT NULL,
    value            jsonb NOT NULL,
    source           text NOT NULL,
    conversation_id  text NOT NULL,
    confidence       double precision NOT NULL,
    stated_at        timestamptz NOT NULL,
    -- Also serves a lead's profile.
    PRIMARY KEY (lead_id, field)
);
