-- When a key ceases to be valid; null for a key that never expires.

ALTER TABLE api_keys ADD COLUMN expires_at timestamptz;
