-- The score of each lead, and when somebody should call the lead.

CREATE TABLE lead_scores (
    lead_id      uuid PRIMARY KEY REFERENCES leads ON DELETE CASCADE,
    score        integer NOT NULL CHECK (score BETWEEN 0 AND 100),
    -- The version of the formula. A row of another version is computed again.
    formula      text NOT NULL,
    -- The funding checklist: readiness and the state of each item, as last announced.
    funding      jsonb NOT NULL,
    computed_at  timestamptz NOT NULL,
    -- When the passing of time alone may change the row; null if it never does.
    due_at       timestamptz,
    -- The lead's place in the list of priorities: the earliest first. Null if nothing is to be done.
    priority_at  timestamptz,
    -- When the next action is due; null if nothing is to be done.
    action_at    timestamptz
);

-- The timer: whose row is due? Leads that never change again are not in it.
CREATE INDEX lead_scores_due ON lead_scores (due_at) WHERE due_at IS NOT NULL;

-- Whom to call first, page by page.
CREATE INDEX lead_scores_priority ON lead_scores (priority_at, lead_id) WHERE priority_at IS NOT NULL;

-- The timer computes the leads that exist already.
INSERT INTO lead_scores (lead_id, score, formula, funding, computed_at, due_at) SELECT id, 0, '', '{}', now(), now() FROM leads;
