-- An attempt that an outage ended (Postgres, the object store, the disk) says nothing about the delivery.

-- How many attempts since the last replay do not count against the limit.
ALTER TABLE inbox ADD COLUMN attempts_uncounted integer NOT NULL DEFAULT 0;

ALTER TABLE delivery_attempts
    DROP CONSTRAINT delivery_attempts_outcome_check,
    ADD CONSTRAINT delivery_attempts_outcome_check CHECK (outcome IN ('done', 'retried', 'interrupted', 'parked'));
