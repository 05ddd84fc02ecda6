-- Whose files and objects are whose, where several databases' services share a folder or a bucket: each puts them under this id.

CREATE TABLE installation (
    id          uuid PRIMARY KEY,
    created_at  timestamptz NOT NULL
);

INSERT INTO installation (id, created_at) VALUES (gen_random_uuid(), now());
