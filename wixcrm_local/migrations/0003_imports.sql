-- From schema 2 to 3: imports of files leave receipts.

-- Files that were imported: each import has a receipt, by which it can be taken back. Neither the
-- file's name nor anything it held is kept here.
CREATE TABLE imports (
    import_number INTEGER NOT NULL PRIMARY KEY,
    receipt       TEXT NOT NULL UNIQUE,
    digest        TEXT NOT NULL,                   -- of the file and how it is read: the same again goes on
    owner         TEXT NOT NULL,                   -- the token of the program that is at it
    format        TEXT NOT NULL,
    new_names     TEXT NOT NULL,                   -- JSON: keys of the labels and custom fields it made
    started_at    TEXT NOT NULL,
    finished_at   TEXT,                            -- NULL: somebody is at it, or it broke off
    undone_at     TEXT
) STRICT;

-- How far an import came: a chunk is what was stored in one transaction, so the contacts it made,
-- and its changes of others, are those of a range of numbers, and nobody else's.
CREATE TABLE import_chunks (
    import_number INTEGER NOT NULL REFERENCES imports ON DELETE CASCADE,
    chunk         INTEGER NOT NULL,                -- counts from 1
    after_contact INTEGER NOT NULL,                -- the highest numbers before it
    after_change  INTEGER NOT NULL,
    last_contact  INTEGER NOT NULL,                -- and behind it
    last_change   INTEGER NOT NULL,
    actions       BLOB NOT NULL,                   -- an octet for each row of the file: what became of it
    whose         BLOB NOT NULL,                   -- eight octets each: the contact's number; 0: nobody's
    stored_at     TEXT NOT NULL,
    undone_at     TEXT,
    PRIMARY KEY (import_number, chunk)
) STRICT, WITHOUT ROWID;
