-- What a person needs to look after the inbox: what happened to a delivery, what it caused, and who had it done again.

ALTER TABLE inbox
    -- How many of the attempts were made before the delivery was last replayed: only those since count against the limit, while
    -- the number of all of them goes on being the claim's token.
    ADD COLUMN attempts_before_replay integer NOT NULL DEFAULT 0,
    -- The routing configuration under which it was parked as unroutable; under another one it is tried again.
    ADD COLUMN routing text;

-- Counters of parked deliveries, and those that a new routing configuration is to try again. Only parked rows are in it.
CREATE INDEX inbox_parked_as ON inbox (parked_as, topic, id) WHERE state = 'parked';

-- Parked deliveries of a call or a conversation. Only parked rows are in it.
CREATE INDEX inbox_parked_order ON inbox (ordering_key, id) WHERE state = 'parked';

-- Attempts that did not end well, and a successful one only once its delivery is replayed: until then the inbox row itself tells it,
-- so that the ordinary delivery costs no further row.
CREATE TABLE delivery_attempts (
    delivery_id  bigint NOT NULL REFERENCES inbox ON DELETE CASCADE,
    attempt      integer NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('done', 'retried', 'parked')),
    -- The exception's class, if there was one.
    error_class  text,
    reason       text,
    ended_at     timestamptz NOT NULL,
    -- Also serves one delivery's attempts, in order.
    PRIMARY KEY (delivery_id, attempt)
);

-- Who had which delivery done again, and how it stood before.
CREATE TABLE delivery_replays (
    -- Serves one delivery's replays, and the deletion of what belongs to it.
    delivery_id   bigint NOT NULL REFERENCES inbox ON DELETE CASCADE,
    attempts      integer NOT NULL,
    -- The API key's name.
    requested_by  text NOT NULL,
    state         text NOT NULL,
    parked_as     text,
    requested_at  timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, attempts)
);

-- Deliveries that came under the identity of a stored one, but with another body. Each body once.
CREATE TABLE delivery_conflicts (
    delivery_id   bigint NOT NULL REFERENCES inbox ON DELETE CASCADE,
    body_hash     bytea NOT NULL,
    topic         text NOT NULL,
    body          bytea NOT NULL,
    -- Not null: what was sent is this long and kept as the object named by body_hash, as in inbox.
    raw_bytes     bigint,
    headers       jsonb NOT NULL,
    trace_parent  text,
    received_at   timestamptz NOT NULL,
    -- Also serves one delivery's conflicts.
    PRIMARY KEY (delivery_id, body_hash)
);

-- The sweep of objects: does a conflict need this one?
CREATE INDEX delivery_conflicts_raw ON delivery_conflicts (body_hash) WHERE raw_bytes IS NOT NULL;

-- Counter of conflicts by topic.
CREATE INDEX delivery_conflicts_of_topic ON delivery_conflicts (topic);

-- Which delivery caused the event. No foreign key: the log outlives the inbox.
ALTER TABLE lead_events ADD COLUMN delivery_id bigint;

-- What a delivery caused. Grows at its end only.
CREATE INDEX lead_events_of_delivery ON lead_events (delivery_id) WHERE delivery_id IS NOT NULL;
