-- How far a lead has come, and which documents of the funding checklist have arrived.

-- A lead without a row is new.
CREATE TABLE lead_statuses (
    lead_id         uuid PRIMARY KEY REFERENCES leads ON DELETE CASCADE,
    status          text NOT NULL CHECK (status IN ('new', 'contacted', 'engaged', 'appointment', 'sold', 'lost', 'do_not_contact')),
    changed_at      timestamptz NOT NULL,
    -- rule, lead or person.
    changed_by      text NOT NULL,
    person          text,
    reason          text,
    appointment_at  timestamptz,
    no_shows        integer NOT NULL DEFAULT 0,
    no_show_at      timestamptz
);

CREATE TABLE lead_documents (
    lead_id     uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    kind        text NOT NULL,
    state       text NOT NULL CHECK (state IN ('missing', 'promised', 'received', 'verified')),
    note        text,
    person      text NOT NULL,
    changed_at  timestamptz NOT NULL,
    -- Also serves a lead's documents.
    PRIMARY KEY (lead_id, kind)
);
