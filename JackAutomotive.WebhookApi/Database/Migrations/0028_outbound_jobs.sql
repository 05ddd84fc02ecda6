-- Texts and calls that are to go out, each attempt at them, and the pace of each sender.

CREATE TABLE outbound_jobs (
    -- Version 7: sorts by creation. Serves the list of jobs, newest first, page by page.
    id               uuid PRIMARY KEY,
    lead_id          uuid NOT NULL REFERENCES leads ON DELETE CASCADE,
    kind             text NOT NULL CHECK (kind IN ('text', 'call')),
    -- sms, whatsapp, voice and others.
    channel          text NOT NULL,
    -- The canonical address, see ChannelAddress.
    address_kind     text COLLATE "C" NOT NULL,
    address          text COLLATE "C" NOT NULL,
    -- Of a text.
    body             text,
    media_urls       text[] NOT NULL DEFAULT '{}',
    -- Of a call: the agent, if it is not the configured one, why the lead is called, and more variables for the agent.
    agent_id         text,
    call_reason      text,
    variables        json,
    state            text NOT NULL CHECK (state IN ('queued', 'held', 'sending', 'unknown', 'sent', 'done', 'failed', 'withdrawn')),
    -- Why the job is in its state, in words for a person.
    reason           text,
    -- The gate that holds or withdrew the job.
    gate             text,
    -- When a worker acts next; while a worker has the job, the end of its lease; of a call that is under way, when it counts as ended. Null if
    -- nothing is to be done.
    due_at           timestamptz,
    claimed_until    timestamptz,
    -- Whether later jobs of the lead wait for this one, because its attempt did not reach the provider and is made again soon.
    holds_line       boolean NOT NULL DEFAULT false,
    -- The number of claims identifies the present one.
    claims           integer NOT NULL DEFAULT 0,
    attempts         integer NOT NULL DEFAULT 0,
    -- What asked for the job: api, or the rule that made it from another job.
    cause            text NOT NULL,
    caused_by        uuid REFERENCES outbound_jobs ON DELETE SET NULL,
    -- The name of the API key.
    created_by       text NOT NULL,
    idempotency_key  text,
    request_hash     bytea,
    trace_parent     text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

-- Claims: what is due of a kind, oldest first. A job that waits costs nothing.
CREATE INDEX outbound_jobs_due ON outbound_jobs (kind, due_at, id) WHERE due_at IS NOT NULL;

-- What is under way or waiting for a lead: the order of its jobs, and the withdrawal.
CREATE INDEX outbound_jobs_open ON outbound_jobs (lead_id, due_at) WHERE due_at IS NOT NULL;

-- A lead's jobs, newest first.
CREATE INDEX outbound_jobs_of_lead ON outbound_jobs (lead_id, id DESC);

-- The jobs to an address, newest first.
CREATE INDEX outbound_jobs_of_address ON outbound_jobs (address, id DESC);

-- One job for each key of a caller.
CREATE UNIQUE INDEX outbound_jobs_by_key ON outbound_jobs (created_by, kind, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- One job of a rule for each job that causes it.
CREATE UNIQUE INDEX outbound_jobs_by_cause ON outbound_jobs (caused_by, cause) WHERE caused_by IS NOT NULL;

CREATE TABLE outbound_attempts (
    job_id           uuid NOT NULL REFERENCES outbound_jobs ON DELETE CASCADE,
    -- From 1.
    attempt          integer NOT NULL,
    -- Committed before the provider is called.
    started_at       timestamptz NOT NULL,
    -- When the provider answered, or when it became clear whether the attempt reached the provider.
    ended_at         timestamptz,
    -- Null while the provider has not answered: accepted, refused, not_sent or unknown.
    outcome          text CHECK (outcome IN ('accepted', 'refused', 'not_sent', 'unknown')),
    -- The MessageSid of a text, the conversation id of a call.
    provider_id      text,
    call_sid         text,
    -- How an accepted text or call ended, as far as it is known.
    result           text,
    error_code       text,
    reason           text,
    -- How often the provider was asked what became of the attempt.
    lookups          integer NOT NULL DEFAULT 0,
    PRIMARY KEY (job_id, attempt)
);

-- The attempt that a callback is about. Unique: a text or a call belongs to one attempt.
CREATE UNIQUE INDEX outbound_attempts_by_provider_id ON outbound_attempts (provider_id) WHERE provider_id IS NOT NULL;
CREATE UNIQUE INDEX outbound_attempts_by_call ON outbound_attempts (call_sid) WHERE call_sid IS NOT NULL;

-- How far each sender has used its rate: the time at which its next text or call may start.
CREATE TABLE outbound_pace (
    sender   text PRIMARY KEY,
    free_at  timestamptz NOT NULL
);
