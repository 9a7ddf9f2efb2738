-- From schema 1 to 2: the outbox learns to deliver, and contacts can leave the list. Tables are made anew and filled, since only
-- so is their text in the end that of schema.sql.

ALTER TABLE triggered_email_variables RENAME TO variables_1;
ALTER TABLE triggered_emails RENAME TO emails_1;
ALTER TABLE outbox RENAME TO outbox_1;

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

INSERT INTO triggered_emails (email_number, email_id, subject, html, text, from_address, revision,
                              created_at, updated_at)
SELECT email_number, email_id, subject, html, text, from_address, revision, created_at, updated_at
FROM emails_1;

CREATE TABLE triggered_email_variables (
    email_number INTEGER NOT NULL REFERENCES triggered_emails ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    name         TEXT NOT NULL,
    fallback     TEXT,                             -- NULL: the variable is required (T2)
    PRIMARY KEY (email_number, position)
) STRICT, WITHOUT ROWID;

INSERT INTO triggered_email_variables SELECT * FROM variables_1;
DROP TABLE variables_1;
DROP TABLE emails_1;

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

-- Nothing has been delivered so far: whatever is queued is held back at the first delivery.
INSERT INTO outbox (message_number, id, message_id, email_id, contact_id, to_address, to_name,
                    to_key, from_address, subject, html, text, variables, fell_back, status,
                    reason, ready_at, due_at, created_at, updated_at)
SELECT message_number, id, message_id, email_id, contact_id, to_address, to_name, to_key,
       from_address, subject, html, text, variables, fell_back, status, reason, created_at,
       CASE status WHEN 'queued' THEN created_at END, created_at, updated_at
FROM outbox_1;
DROP TABLE outbox_1;

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

-- History outlives its contact's place in the list, so it no longer refers to it.
ALTER TABLE contact_changes RENAME TO changes_1;
DROP INDEX contact_changes_by_contact;

CREATE TABLE contact_changes (
    change_number  INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: undo names it
    contact_number INTEGER NOT NULL,               -- of contacts, or of removed_contacts
    changed_at     TEXT NOT NULL,
    verb           TEXT NOT NULL,
    before         TEXT NOT NULL,
    after          TEXT NOT NULL
) STRICT;

INSERT INTO contact_changes SELECT * FROM changes_1;
DROP TABLE changes_1;

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
