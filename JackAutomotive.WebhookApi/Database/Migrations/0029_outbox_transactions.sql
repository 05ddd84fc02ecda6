-- The events of one transaction wait for their publishing in one row, however many they are: one insert with the events, one delete after them.

CREATE TABLE outbox_transactions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The events: the n-th lead and the n-th seq belong together. No foreign key, because an erased lead has nothing left to publish.
    lead_ids    uuid[] NOT NULL,
    seqs        bigint[] NOT NULL,
    created_at  timestamptz NOT NULL
);

-- The relay: what has been left unpublished for a while, oldest first.
CREATE INDEX outbox_transactions_oldest ON outbox_transactions (created_at, id);
