-- The whole store of wixcrm-local, one SQLite file. This text is the single source of truth:
-- a new file is made by running it, and every migration must end at exactly this.
--
-- How to read it. Rows point at each other by small integers (`…_number`), which keep the
-- file compact and in order of creation; what the outside sees are texts (`contact_id`).
-- Beside each email address and phone number stands a match key, the normalized form by
-- which two spellings of one address are known to be the same. Times are UTC, ISO 8601,
-- always 27 characters, so that they sort as text. All tables are STRICT: SQLite
-- itself then refuses a value of the wrong type. "Serves" names a query in queries.sql.
-- The index behind a search is derived from all this, and made by the first search: see
-- create_search_index in queries.sql. It may be dropped at any time, whole.

-- 'WiXC': lets `file` and our own opening tell a store from any other SQLite file.
PRAGMA application_id = 1466521667;
-- The number of the newest migration that this text includes.
PRAGMA user_version = 4;

-- Facts about the file as a whole, such as default_region: the region in which national
-- phone numbers are read, which must not change while their match keys stand (P1).
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a person. Members that may occur many times stand in tables of their own below.
CREATE TABLE contacts (
    contact_number  INTEGER NOT NULL PRIMARY KEY,  -- the order of creation, whatever the clock did (A6)
    contact_id      TEXT NOT NULL UNIQUE,          -- what createContact returns
    first_name      TEXT,
    last_name       TEXT,
    picture         TEXT,
    language        TEXT,
    login_email     TEXT,                          -- a contact that has one is a site member (G1)
    login_email_key TEXT,
    subscription    TEXT NOT NULL DEFAULT 'not_set'
                    -- The usual word stands apart: testing a list takes a temporary table.
                    CHECK (subscription = 'not_set'
                           OR subscription IN ('pending', 'subscribed', 'unsubscribed')),
    revision        INTEGER NOT NULL DEFAULT 1,    -- grows with each real change (U4)
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    -- Both or neither: a login email without its key would never be found.
    CHECK ((login_email IS NULL) = (login_email_key IS NULL))
) STRICT;

-- A login email belongs to one member (G2). Partial, so that contacts that are no members
-- cost nothing. Serves candidates_by_key.
CREATE UNIQUE INDEX contacts_by_login_email ON contacts (login_email_key)
    WHERE login_email_key IS NOT NULL;

-- Email addresses as typed, in the contact's order. Clustered by contact (WITHOUT ROWID):
-- reading a person touches one page, and an insert writes one index fewer.
CREATE TABLE contact_emails (
    contact_number INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
    position       INTEGER NOT NULL,
    address        TEXT NOT NULL,
    match_key      TEXT NOT NULL,                  -- every valid address has one (E2)
    PRIMARY KEY (contact_number, position)
) STRICT, WITHOUT ROWID;

-- The normalized email index. Not unique: two contacts that exist already may each be given
-- the address of the other (M2). Serves candidates_by_key.
CREATE INDEX contact_emails_by_match_key ON contact_emails (match_key);

-- Phone numbers as typed, in the contact's order.
CREATE TABLE contact_phones (
    contact_number INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
    position       INTEGER NOT NULL,
    number         TEXT NOT NULL,
    match_key      TEXT,                           -- NULL for placeholders such as 0000000000 (P2)
    PRIMARY KEY (contact_number, position)
) STRICT, WITHOUT ROWID;

-- The normalized phone index; placeholders stay out of it: strangers must not meet on them.
-- Serves candidates_by_key.
CREATE INDEX contact_phones_by_match_key ON contact_phones (match_key)
    WHERE match_key IS NOT NULL;

-- The labels a contact may carry; they must exist before they are given (G3).
CREATE TABLE labels (
    label_number INTEGER NOT NULL PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,             -- custom.my-label: from the first name, kept by renaming (G4)
    name         TEXT NOT NULL,
    folded_name  TEXT NOT NULL UNIQUE,             -- the name without regard to case. Serves label_by_name
    created_at   TEXT NOT NULL
) STRICT;

CREATE TABLE contact_labels (
    contact_number INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
    position       INTEGER NOT NULL,
    label_number   INTEGER NOT NULL REFERENCES labels,
    PRIMARY KEY (contact_number, position)
) STRICT, WITHOUT ROWID;

-- Who carries a label, for deleting it. Serves contacts_with_label.
CREATE INDEX contact_labels_by_label ON contact_labels (label_number);

-- The custom fields a contact may have, each with its type (G5).
CREATE TABLE custom_fields (
    field_number INTEGER NOT NULL PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,             -- custom.lead-score
    name         TEXT NOT NULL,
    folded_name  TEXT NOT NULL UNIQUE,             -- Serves custom_field_by_name
    type         TEXT NOT NULL CHECK (type IN ('text', 'number', 'date', 'url')),
    created_at   TEXT NOT NULL
) STRICT;

-- ANY keeps 5 and 5.0, and the text '5', apart: values are given back exactly (G6).
-- Dates are ISO 8601 texts, without an offset where none was given.
CREATE TABLE contact_custom_fields (
    contact_number INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
    field_number   INTEGER NOT NULL REFERENCES custom_fields,
    value          ANY NOT NULL,
    PRIMARY KEY (contact_number, field_number)
) STRICT, WITHOUT ROWID;

-- Who has a value in a field, for deleting the field. Serves contacts_with_custom_field.
CREATE INDEX contact_custom_fields_by_field ON contact_custom_fields (field_number);

-- One row for every real change of a contact (U5): the members that changed, before and
-- after, as JSON. The creation needs none: it is what undoing all of these leaves.
CREATE TABLE contact_changes (
    change_number  INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: undo names it
    contact_number INTEGER NOT NULL,               -- of contacts, or of removed_contacts
    changed_at     TEXT NOT NULL,
    verb           TEXT NOT NULL,
    before         TEXT NOT NULL,
    after          TEXT NOT NULL
) STRICT;

-- Serves changes_of_contact.
CREATE INDEX contact_changes_by_contact ON contact_changes (contact_number);

-- Contacts that left the list: those in the trash (U7), and those that were merged into another
-- one (U8). They stand apart so that nothing that looks for contacts, or counts them, need know
-- of them. Their history stays where it is.
CREATE TABLE removed_contacts (
    contact_number INTEGER NOT NULL PRIMARY KEY,   -- nobody else gets it: they come back with it
    contact_id     TEXT NOT NULL UNIQUE,
    merged_into    INTEGER,                        -- whose number its id stands for; NULL: in the trash
    members        TEXT NOT NULL,                  -- JSON, as in contact_changes
    revision       INTEGER NOT NULL,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    removed_at     TEXT NOT NULL
) STRICT;

-- Who was merged into a contact. Serves removed_contacts_merged_into.
CREATE INDEX removed_contacts_by_merged_into ON removed_contacts (merged_into)
    WHERE merged_into IS NOT NULL;

-- Triggered Emails: the templates that emailContact fills (T1).
CREATE TABLE triggered_emails (
    email_number    INTEGER NOT NULL PRIMARY KEY,
    email_id        TEXT NOT NULL UNIQUE,
    subject         TEXT NOT NULL,
    html            TEXT,
    text            TEXT,
    from_address    TEXT,
    unsubscribe_url TEXT,                          -- for the List-Unsubscribe header (RFC 8058)
    revision        INTEGER NOT NULL DEFAULT 1,    -- grows when the id is saved again
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    CHECK (html IS NOT NULL OR text IS NOT NULL)   -- a mail without a body is a mistake (T1)
) STRICT;

CREATE TABLE triggered_email_variables (
    email_number INTEGER NOT NULL REFERENCES triggered_emails ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    name         TEXT NOT NULL,
    fallback     TEXT,                             -- NULL: the variable is required (T2)
    PRIMARY KEY (email_number, position)
) STRICT, WITHOUT ROWID;

-- Every mail: rendered and final (T9), then what became of it. Nothing here changes when its
-- template or contact does, so it points at neither: it repeats their ids.
CREATE TABLE outbox (
    message_number  INTEGER NOT NULL PRIMARY KEY,  -- no row is ever deleted: none is given twice
    id              TEXT NOT NULL UNIQUE,
    message_id      TEXT NOT NULL,                 -- the Message-ID header: a retry is the same mail
    email_id        TEXT NOT NULL,
    contact_id      TEXT NOT NULL,
    to_address      TEXT NOT NULL,
    to_name         TEXT NOT NULL,
    to_key          TEXT NOT NULL,                 -- the address's match key, for looking up
    from_address    TEXT,                          -- frozen at the first try if not known before
    subject         TEXT NOT NULL,
    html            TEXT,
    text            TEXT NOT NULL,
    unsubscribe_url TEXT,
    variables       TEXT NOT NULL,                 -- JSON: each variable's value in this mail
    fell_back       TEXT NOT NULL,                 -- JSON: the variables that took their fallback
    idempotency_key TEXT,                          -- the caller's: one mail, however often it is asked for
    expires_at      TEXT,                          -- when it is too late to send it
    status          TEXT NOT NULL
                    CHECK (status = 'queued'
                           OR status IN ('claimed', 'sending', 'sent', 'failed', 'uncertain',
                                         'cancelled', 'suppressed', 'erased')),
    reason          TEXT,                          -- why it has this status, where that is not plain
    attempts        INTEGER NOT NULL DEFAULT 0,    -- how often a sender was asked and answered
    ready_at        TEXT NOT NULL,                 -- when it was to go: from here it grows old
    due_at          TEXT,                          -- when somebody must look at it again: to send it,
                                                   -- or because a lease ends; NULL: nobody need
    lease           TEXT,                          -- the token of the program that has it in hand
    created_at      TEXT NOT NULL,                 -- also the mail's Date header
    updated_at      TEXT NOT NULL
) STRICT;

-- Serves outbox_of_contact.
CREATE INDEX outbox_by_contact ON outbox (contact_id);
-- What waits to be sent, or is in somebody's hands, among much that was sent. Serves claim_due and
-- all that ends leases, and numbers_with_status.
CREATE INDEX outbox_by_status ON outbox (status, due_at);
-- A key is one mail's. Serves message_with_key.
CREATE UNIQUE INDEX outbox_by_idempotency_key ON outbox (idempotency_key)
    WHERE idempotency_key IS NOT NULL;

-- Each time a sender was asked to take a mail, and what it said.
CREATE TABLE outbox_attempts (
    message_number INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
    attempt        INTEGER NOT NULL,               -- counts from 1
    at             TEXT NOT NULL,
    sender         TEXT NOT NULL,                  -- its name, without secrets
    outcome        TEXT NOT NULL
                   CHECK (outcome = 'sent'
                          OR outcome IN ('temporary', 'permanent', 'uncertain')),
    stage          TEXT,                           -- where it ended, such as rcpt
    smtp_code      INTEGER,
    enhanced_code  TEXT,                           -- such as 5.1.1 (RFC 3463)
    response       TEXT NOT NULL,
    PRIMARY KEY (message_number, attempt)
) STRICT, WITHOUT ROWID;

-- Addresses that get no mail, whoever has them (T8). An upsert never touches this list.
CREATE TABLE suppressions (
    match_key  TEXT NOT NULL PRIMARY KEY,          -- of an erased person a keyed hash of it
    address    TEXT,                               -- NULL: of an erased person (U7)
    reason     TEXT NOT NULL CHECK (reason IN ('unsubscribed', 'bounced', 'complained', 'manual')),
    note       TEXT NOT NULL,                      -- such as what the server said
    created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Senders that could not be reached: when the next try may be made.
CREATE TABLE breakers (
    sender     TEXT NOT NULL PRIMARY KEY,
    failures   INTEGER NOT NULL,                   -- in a row; the wait doubles with each
    open_until TEXT NOT NULL,
    response   TEXT NOT NULL,                      -- what went wrong last
    updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What became of mails, in the order in which it was stored: for programs that follow a store.
-- Written by the trigger below, whoever settles; it calls no function (trusted_schema is off).
CREATE TABLE outbox_settlements (
    settlement_number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: cursors hold it
    message_number    INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
    status            TEXT NOT NULL,
    settled_at        TEXT NOT NULL
) STRICT;

-- Serves the ON DELETE CASCADE above.
CREATE INDEX outbox_settlements_by_message ON outbox_settlements (message_number);

CREATE TRIGGER outbox_settled AFTER UPDATE OF status ON outbox
WHEN NEW.status <> OLD.status
     AND NEW.status IN ('sent', 'failed', 'uncertain', 'cancelled', 'suppressed')
BEGIN
    INSERT INTO outbox_settlements (message_number, status, settled_at)
    VALUES (NEW.message_number, NEW.status, NEW.updated_at);
END;

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

-- Two views for looking: in sqlite-utils, Datasette or any SQLite browser. Nothing of ours reads
-- them, and none has a trigger, so nothing can be written through them: keys, places and history
-- are written by the library alone. JSON is put together by hand: where trusted_schema is off, as it
-- should be for files of others, SQLite 3.40 runs no JSON function in a view, and before 3.38 not
-- every SQLite has them. What is absent is NULL, never ''.
-- Lists are gathered row by row: who asks for one person, or a hundred, pays for no more.

-- One row a contact, those in the trash not among them.
CREATE VIEW people AS
SELECT
    contact_id,                                    -- what createContact returned
    coalesce(first_name || ' ' || last_name, first_name, last_name) AS name,
    first_name,
    last_name,
    -- As typed, in the contact's order; the inner ORDER BY, as group_concat has its own since 3.44 only.
    (SELECT group_concat(address, ', ')
     FROM (SELECT address FROM contact_emails
           WHERE contact_number = contacts.contact_number ORDER BY position)) AS emails,
    (SELECT group_concat(number, ', ')
     FROM (SELECT number FROM contact_phones
           WHERE contact_number = contacts.contact_number ORDER BY position)) AS phones,
    login_email,                                   -- a contact that has one is a site member
    -- A JSON array, as a name may hold a comma: json_each takes it apart, Datasette counts by it.
    (SELECT '["' || group_concat(replace(replace(name, '\', '\\'), '"', '\"'), '", "') || '"]'
     FROM (SELECT labels.name FROM contact_labels JOIN labels USING (label_number)
           WHERE contact_number = contacts.contact_number ORDER BY position)) AS labels,
    -- A JSON object: each value by its field's name; 5, 5.0 and '5' stay apart. Texts hold no control
    -- characters but line breaks and tabs. Numbers have 15 digits here, in contact_custom_fields all.
    (SELECT '{' || group_concat('"' || replace(replace(name, '\', '\\'), '"', '\"') || '": '
         || CASE typeof(value) WHEN 'text'
            THEN '"' || replace(replace(replace(replace(value, '\', '\\'), '"', '\"'),
                                        char(10), '\n'), char(9), '\t') || '"'
            ELSE value END, ', ') || '}'
     FROM (SELECT custom_fields.name, value
           FROM contact_custom_fields JOIN custom_fields USING (field_number)
           WHERE contact_number = contacts.contact_number ORDER BY field_number)) AS custom_fields,
    subscription,                                  -- not_set, pending, subscribed or unsubscribed
    language,
    picture,
    -- How many were recorded for this id, whatever became of them.
    (SELECT count(*) FROM outbox WHERE contact_id = contacts.contact_id) AS mails,
    created_at,
    updated_at
FROM contacts;

-- One row a mail, in no order; of one to an erased person little more than that there was one.
CREATE VIEW messages AS
SELECT
    id,
    status,
    reason,                                        -- why, where the status alone does not tell
    nullif(to_address, '') AS to_address,
    nullif(to_name, '') AS to_name,                -- as it was when the mail was recorded
    nullif(subject, '') AS subject,
    email_id,                                      -- the Triggered Email, as it was then
    contact_id,                                    -- '' of an erased person: so its index serves
    -- As it is now; NULL, too, for who was deleted or merged into somebody else.
    (SELECT coalesce(first_name || ' ' || last_name, first_name, last_name)
     FROM contacts WHERE contacts.contact_id = outbox.contact_id) AS contact_name,
    attempts,                                      -- how often a sender was asked and answered
    (SELECT nullif(response, '') FROM outbox_attempts
     WHERE message_number = outbox.message_number
     ORDER BY attempt DESC LIMIT 1) AS last_response,
    (SELECT at FROM outbox_attempts
     WHERE message_number = outbox.message_number
     ORDER BY attempt DESC LIMIT 1) AS last_attempt_at,
    created_at,
    due_at,                                        -- when it is to be looked at again; NULL: no more
    ready_at,                                      -- when it was to go
    nullif(text, '') AS text,
    html,
    nullif(variables, '{}') AS variables,          -- JSON: each variable's value in this mail
    nullif(fell_back, '[]') AS fell_back,          -- JSON: the variables that took their fallback
    unsubscribe_url
FROM outbox;
