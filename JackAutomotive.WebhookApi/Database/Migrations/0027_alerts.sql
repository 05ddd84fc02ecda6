-- What needs a person: raised when a condition appears, cleared when it is gone.

CREATE TABLE alerts (
    -- Version 7: sorts by raising. Serves the list, newest first.
    id               uuid PRIMARY KEY,
    kind             text NOT NULL,
    subject          text NOT NULL,
    -- The instance that is concerned; empty if all are.
    instance         text NOT NULL,
    detail           text NOT NULL,
    raised_at        timestamptz NOT NULL,
    last_seen_at     timestamptz NOT NULL,
    cleared_at       timestamptz,
    acknowledged_at  timestamptz,
    acknowledged_by  text
);

-- One open alert for each condition. Also serves the list of open alerts.
CREATE UNIQUE INDEX alerts_open ON alerts (kind, subject, instance) WHERE cleared_at IS NULL;
