-- Ids and names of our own are compared byte by byte: cheaper than by a language's rules, and a prefix of a key can be looked up.

ALTER TABLE inbox
    ALTER COLUMN source TYPE text COLLATE "C",
    ALTER COLUMN topic TYPE text COLLATE "C",
    ALTER COLUMN dedup_key TYPE text COLLATE "C",
    ALTER COLUMN ordering_key TYPE text COLLATE "C";
