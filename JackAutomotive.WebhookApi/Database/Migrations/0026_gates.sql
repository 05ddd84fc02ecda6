-- Whether and how people may be contacted: what they said about it, which of their addresses get no texts, and each decision.

-- Entries are never changed or removed. The newest entry that covers a way of contact decides.
CREATE TABLE consent_entries (
    -- Version 7: sorts by the time of recording.
    id           uuid PRIMARY KEY,
    -- Null if the address belongs to no lead, or if the lead was deleted. The address keeps an opt-out beyond its lead.
    lead_id      uuid REFERENCES leads ON DELETE SET NULL,
    kind         text COLLATE "C",
    address      text COLLATE "C",
    change       text NOT NULL CHECK (change IN ('opt_out', 'opt_in')),
    -- What the entry covers.
    scope        text NOT NULL CHECK (scope IN ('all', 'text', 'call')),
    said_by      text NOT NULL CHECK (said_by IN ('customer', 'relative', 'carrier', 'staff')),
    source       text NOT NULL,
    -- What was said, such as one text: a delivery that is handled again adds nothing.
    source_key   text NOT NULL UNIQUE,
    -- On which way it was said: sms, voice, whatsapp and others.
    channel      text,
    words        text,
    said_at      timestamptz NOT NULL,
    delivery_id  bigint,
    recorded_by  text,
    created_at   timestamptz NOT NULL
);

-- The ledger of a person: by the lead and by each address.
CREATE INDEX consent_entries_of_lead ON consent_entries (lead_id, said_at) WHERE lead_id IS NOT NULL;
CREATE INDEX consent_entries_of_address ON consent_entries (kind, address) WHERE address IS NOT NULL;

-- Requests that the analysis found before there was a ledger.
INSERT INTO consent_entries (
    id, lead_id, kind, address, change, scope, said_by, source, source_key, channel, words, said_at, delivery_id, created_at)
SELECT gen_random_uuid(), found.lead_id, main.kind, main.address, 'opt_out', 'all', 'customer',
    CASE found.kind WHEN 'call' THEN 'voice' ELSE 'free_wording' END,
    CASE found.kind WHEN 'call' THEN 'call:' || found.source || ':' || found.turn ELSE 'text:' || found.source END,
    found.channel, found.words, found.said_at, found.delivery_id, found.detected_at
FROM opt_out_detections AS found
LEFT JOIN LATERAL (
    SELECT kind, address FROM lead_addresses WHERE lead_id = found.lead_id
    ORDER BY is_claimed, kind <> 'phone', created_at, address LIMIT 1) AS main ON true;

-- Addresses to which texts have failed for good, such as landlines. A text that arrives removes the row.
CREATE TABLE undeliverable_addresses (
    kind        text COLLATE "C" NOT NULL,
    address     text COLLATE "C" NOT NULL,
    error_code  text NOT NULL,
    since       timestamptz NOT NULL,
    PRIMARY KEY (kind, address)
);

-- Why a text or a call was allowed or not: the rules' version, each gate's verdict and the facts.
CREATE TABLE outbound_decisions (
    -- Version 7: sorts by decision.
    id          uuid PRIMARY KEY,
    -- The job; null if it was refused before it became one.
    job_id      uuid,
    lead_id     uuid REFERENCES leads ON DELETE CASCADE,
    kind        text COLLATE "C" NOT NULL,
    address     text COLLATE "C" NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('text', 'call')),
    -- Whether it went out with this decision. The caps count these.
    is_send     boolean NOT NULL,
    allowed     boolean NOT NULL,
    -- The first gate that was shut.
    gate        text,
    opens_at    timestamptz,
    version     text NOT NULL,
    gates       json NOT NULL,
    facts       json NOT NULL,
    decided_at  timestamptz NOT NULL
);

-- The caps and spacings: what went out to a lead or to an address lately.
CREATE INDEX outbound_sends_of_lead ON outbound_decisions (lead_id, channel, decided_at DESC) WHERE is_send;
CREATE INDEX outbound_sends_to_address ON outbound_decisions (kind, address, channel, decided_at DESC) WHERE is_send;

-- The decisions about a job, and about a lead.
CREATE INDEX outbound_decisions_of_job ON outbound_decisions (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX outbound_decisions_of_lead ON outbound_decisions (lead_id, id DESC) WHERE lead_id IS NOT NULL;
