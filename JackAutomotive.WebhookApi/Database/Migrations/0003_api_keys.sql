-- Who may call our own API.

CREATE TABLE api_keys (
    -- SHA-256 of the key; the key itself is nowhere. Serves the check of every request.
    key_hash    bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    name        text NOT NULL,
    scopes      text[] NOT NULL,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz
);
