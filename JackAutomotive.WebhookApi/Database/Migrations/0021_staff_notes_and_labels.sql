-- Our own people, and what they write on leads: notes, labels, and who looks after whom.

CREATE TABLE staff (
    -- Version 7: sorts by creation.
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    email       text,
    -- E.164. A number of our staff is never a lead's.
    phone       text COLLATE "C" UNIQUE,
    is_active   boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE lead_notes (
    -- Version 7: sorts by creation.
    id          uuid PRIMARY KEY,
    lead_id     uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    -- The name of the API key that wrote the note.
    author      text NOT NULL,
    text        text NOT NULL,
    is_pinned   boolean NOT NULL DEFAULT false,
    -- The name of the API key that last changed the note; null if nobody did.
    edited_by   text,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

-- A lead's notes, newest first.
CREATE INDEX lead_notes_of_lead ON lead_notes (lead_id, created_at, id);

CREATE TABLE lead_labels (
    lead_id   uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    -- Lower case.
    label     text COLLATE "C" NOT NULL,
    added_by  text NOT NULL,
    added_at  timestamptz NOT NULL,
    -- Also serves a lead's labels.
    PRIMARY KEY (lead_id, label)
);

-- The leads with a label, and how many they are.
CREATE INDEX lead_labels_by_label ON lead_labels (label, lead_id);

CREATE TABLE lead_assignees (
    lead_id      uuid PRIMARY KEY REFERENCES leads ON DELETE CASCADE,
    staff_id     uuid NOT NULL REFERENCES staff,
    assigned_by  text NOT NULL,
    assigned_at  timestamptz NOT NULL
);

-- The leads of a member of staff.
CREATE INDEX lead_assignees_by_staff ON lead_assignees (staff_id, lead_id);
