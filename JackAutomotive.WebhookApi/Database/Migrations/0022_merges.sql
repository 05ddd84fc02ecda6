-- Leads that people have merged, contacts whose lead is unclear, and what remains of erased leads.

-- The log of a lead that was merged into another lead outlives the lead's row: the row leaves the table leads, so that every foreign key keeps
-- new rows away from it.
ALTER TABLE lead_events DROP CONSTRAINT lead_events_lead_id_fkey;

CREATE TABLE lead_merges (
    -- Version 7: sorts by creation.
    id          uuid PRIMARY KEY,
    gone_id     uuid NOT NULL,
    stays_id    uuid NOT NULL,
    -- The rows of both leads, as an undo restores them; empty once one of the leads is erased.
    gone_lead   jsonb NOT NULL,
    stays_lead  jsonb NOT NULL,
    -- How many rows the staying lead had after the merge, by table. An undo needs the same numbers.
    row_counts  jsonb NOT NULL,
    reason      text,
    -- The API key's name.
    merged_by   text NOT NULL,
    merged_at   timestamptz NOT NULL,
    undone_by   text,
    undone_at   timestamptz
);

-- Where is this lead now? A lead is in one merge at a time.
CREATE UNIQUE INDEX lead_merges_gone ON lead_merges (gone_id) WHERE undone_at IS NULL;

-- Which leads were merged into this one?
CREATE INDEX lead_merges_stays ON lead_merges (stays_id, id);

-- The rows that a merge has moved, for an undo.
CREATE TABLE lead_merge_rows (
    merge_id    uuid NOT NULL REFERENCES lead_merges ON DELETE CASCADE,
    table_name  text COLLATE "C" NOT NULL,
    -- The values of the row's key, as an array.
    row_key     jsonb NOT NULL,
    -- The whole row, of a table in which the rows of two leads are joined.
    saved       jsonb,
    PRIMARY KEY (merge_id, table_name, row_key)
);

-- Returns the lead that a lead id stands for: the lead itself, or the lead into which it was merged; null if there is none.
CREATE FUNCTION current_lead(wanted uuid) RETURNS uuid LANGUAGE sql STABLE STRICT AS $$
    WITH RECURSIVE path (id) AS (
        SELECT wanted
        UNION
        SELECT lead_merges.stays_id FROM path JOIN lead_merges ON lead_merges.gone_id = path.id AND lead_merges.undone_at IS NULL)
    SELECT leads.id FROM path JOIN leads ON leads.id = path.id LIMIT 1
$$;

-- Calls and conversations whose clues do not name one lead. A person decides.
CREATE TABLE unassigned_contacts (
    -- Version 7: sorts by creation.
    id               uuid PRIMARY KEY,
    -- At least one of both. Each is unique: a contact is listed once.
    conversation_id  text COLLATE "C" UNIQUE,
    call_sid         text COLLATE "C" UNIQUE,
    channel          text NOT NULL,
    contact_at       timestamptz NOT NULL,
    reason           text NOT NULL CHECK (reason IN ('contradiction', 'ambiguous', 'shared_number')),
    matched_by       text NOT NULL,
    -- [{"clue":"phone","leadIds":["…"]}], the strongest first.
    clues            jsonb NOT NULL,
    -- The addresses that the provider stated, for the decision that a number is shared: [{"kind":"phone","address":"…"}].
    addresses        jsonb NOT NULL,
    -- The lead that has the contact meanwhile; the chosen lead once a person has decided.
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    -- The lead that was created for this contact only, if there is one.
    own_lead_id      uuid,
    created_at       timestamptz NOT NULL,
    resolved_at      timestamptz,
    -- The API key's name.
    resolved_by      text,
    CHECK (conversation_id IS NOT NULL OR call_sid IS NOT NULL),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
);

-- The queue, newest first.
CREATE INDEX unassigned_contacts_open ON unassigned_contacts (id DESC) WHERE resolved_at IS NULL;

-- Merging and erasing a lead.
CREATE INDEX unassigned_contacts_of_lead ON unassigned_contacts (lead_id);

-- Further leads that use an address of lead_addresses. Such an address alone identifies nobody.
CREATE TABLE shared_addresses (
    kind        text COLLATE "C" NOT NULL,
    address     text COLLATE "C" NOT NULL,
    lead_id     uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    -- Also serves finding the leads of an address.
    PRIMARY KEY (kind, address, lead_id)
);

-- Merging and erasing a lead.
CREATE INDEX shared_addresses_of_lead ON shared_addresses (lead_id);

-- What remains of an erased lead: who erased it, when and how much. No personal data.
CREATE TABLE erasures (
    id          uuid PRIMARY KEY,
    lead_id     uuid NOT NULL,
    -- The leads that had been merged into it.
    merged_ids  uuid[] NOT NULL,
    -- The API key's name.
    erased_by   text NOT NULL,
    erased_at   timestamptz NOT NULL,
    row_counts  jsonb NOT NULL
);

-- The addresses of erased leads, as a keyed hash: an opt-out outlives the lead, and old deliveries do not bring the lead back.
CREATE TABLE erased_addresses (
    address_hash   bytea PRIMARY KEY CHECK (octet_length(address_hash) = 32),
    has_opted_out  boolean NOT NULL,
    erased_at      timestamptz NOT NULL
);

-- The texts, calls and conversations of erased leads, as the SHA-256 of the provider's id, so that a late delivery about one is not stored.
CREATE TABLE erased_contacts (
    id_hash    bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
    erased_at  timestamptz NOT NULL
);

-- The key of the hashes in erased_addresses.
ALTER TABLE installation ADD COLUMN address_key bytea;
UPDATE installation SET address_key = decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
ALTER TABLE installation ALTER COLUMN address_key SET NOT NULL;

-- Not null: the delivery's lead was erased, and the row has neither body nor headers. It only prevents that the delivery is accepted again.
ALTER TABLE inbox ADD COLUMN erased_at timestamptz;

-- Erasing a lead: contacts of other leads that name it.
CREATE INDEX conversations_contradicted ON conversations (conversation_id) WHERE contradictions IS NOT NULL;
CREATE INDEX calls_contradicted ON calls (call_sid) WHERE contradictions IS NOT NULL;
CREATE INDEX live_conversations_contradicted ON live_conversations (conversation_id) WHERE contradictions IS NOT NULL;
