-- What providers sent, stored before it is answered; and what was refused.

CREATE TABLE inbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL,
    topic         text NOT NULL,
    dedup_key     text NOT NULL,
    -- Deliveries with the same ordering key are handled one after the other, oldest first.
    ordering_key  text NOT NULL,
    body          bytea NOT NULL,
    body_hash     bytea NOT NULL,
    headers       jsonb NOT NULL,
    trace_parent  text,
    state         text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'parked')),
    -- Raised by every claim, which makes it the token that tells an old claim from a newer one.
    attempts      integer NOT NULL DEFAULT 0,
    -- When the delivery may be claimed (again): while it is leased, the end of the lease.
    due_at        timestamptz NOT NULL,
    lease_until   timestamptz,
    parked_as     text CHECK (parked_as IN ('malformed', 'unroutable', 'exhausted')),
    reason        text,
    error         text,
    received_at   timestamptz NOT NULL,
    completed_at  timestamptz,
    CHECK ((state = 'parked') = (parked_as IS NOT NULL)),
    -- One effect per event: also serves the lookup of the first copy when a repeated one arrives.
    CONSTRAINT inbox_one_per_event UNIQUE (source, dedup_key)
);

-- The claim: pending deliveries that are due, oldest first. Done and parked rows are not in it, so it stays small.
CREATE INDEX inbox_due ON inbox (due_at, id) WHERE state = 'pending';

-- The claim: is an earlier delivery of the same ordering key still unfinished?
CREATE INDEX inbox_order ON inbox (ordering_key, id) WHERE state = 'pending';

-- Health of an endpoint: how many deliveries wait, and since when.
CREATE INDEX inbox_backlog ON inbox (topic, received_at) WHERE state = 'pending';

-- Health of an endpoint: how many deliveries are parked.
CREATE INDEX inbox_parked ON inbox (topic, id) WHERE state = 'parked';

-- Health of an endpoint: when was the last delivery accepted?
CREATE INDEX inbox_last_accepted ON inbox (topic, received_at DESC);

-- Deliveries refused for their signature. Never their body: nobody vouches for what is in it.
CREATE TABLE rejected_deliveries (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source          text NOT NULL,
    topic           text NOT NULL,
    reason          text NOT NULL,
    remote_address  text,
    user_agent      text,
    body_bytes      bigint NOT NULL,
    trace_id        text,
    rejected_at     timestamptz NOT NULL
);

-- Health of an endpoint: when, and why, was a delivery last refused?
CREATE INDEX rejected_deliveries_last ON rejected_deliveries (topic, rejected_at DESC);
