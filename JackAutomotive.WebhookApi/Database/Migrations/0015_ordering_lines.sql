-- A claim looks at the oldest due deliveries. If thousands of them have one ordering key, all but the first can only wait, and each claim
-- would look at all of them. So deliveries that wait in a long line are marked, and claims do not look at them.

ALTER TABLE inbox
    -- True: an earlier delivery of the same ordering key is pending, so claims skip this one. Its turn sets it to false.
    ADD COLUMN behind boolean NOT NULL DEFAULT false,
    -- True: deliveries are marked as behind this one. When it leaves the line, the next one comes forward.
    ADD COLUMN ahead boolean NOT NULL DEFAULT false;

-- As with state, a count of a quiet hour would mislead the planner.
ALTER TABLE inbox ALTER COLUMN behind SET STATISTICS 0;

-- The claim: pending deliveries that are due, oldest first. A leased one leaves the index.
CREATE INDEX inbox_claimable ON inbox (due_at, id) WHERE state = 'pending' AND NOT behind AND lease_until IS NULL;
DROP INDEX inbox_due;

-- The claim: is another delivery of the ordering key leased? Which leases have ended without a verdict? Only leased rows are in it.
CREATE INDEX inbox_leased ON inbox (ordering_key, lease_until) WHERE state = 'pending' AND lease_until IS NOT NULL;

-- Which ordering keys have a line? Usually none.
CREATE INDEX inbox_behind ON inbox (ordering_key, id) WHERE state = 'pending' AND behind;
