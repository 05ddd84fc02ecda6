-- What somebody agreed or was asked to do in a conversation.

CREATE TABLE action_items (
    -- Version 7: sorts by creation.
    id               uuid PRIMARY KEY,
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    analysis_id      uuid NOT NULL REFERENCES conversation_analyses ON DELETE CASCADE,
    -- The turn that states the item, and for a text its MessageSid.
    turn             integer NOT NULL,
    message_sid      text,
    text             text NOT NULL,
    owner            text NOT NULL CHECK (owner IN ('customer', 'staff')),
    due_at           timestamptz,
    -- The offset of the customer's time zone at due_at.
    due_offset       interval,
    -- Where the words stand in the turn.
    evidence         json NOT NULL,
    state            text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'withdrawn')),
    snoozed_until    timestamptz,
    -- The owner that the analysis found, if a person has changed the item. A person's changes win over a later analysis.
    found_owner      text,
    edited_by        text,
    edited_at        timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

-- A lead's items.
CREATE INDEX action_items_of_lead ON action_items (lead_id, created_at DESC, id DESC);

-- The items of one conversation, for a repeated analysis.
CREATE INDEX action_items_of_analysis ON action_items (analysis_id);
