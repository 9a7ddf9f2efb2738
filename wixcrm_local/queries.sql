-- Every statement the library runs on its tables, by name, each with its reason.
-- Tables and indexes are explained in schema.sql; rows.py knows what the columns hold.

-- name: count_schema_entries
-- Tells an empty file from another program's before anything is written. (Scans a page or two.)
SELECT count(*) FROM sqlite_schema;

-- name: schema_entry
-- What has a name that a view of ours is to have. Triggers may share it. (Scans the schema.)
SELECT sql FROM sqlite_schema WHERE name = ? AND type <> 'trigger';

-- name: setting
-- Reads a fact about the file.
SELECT value FROM settings WHERE name = ?;

-- name: all_settings
-- The facts about the file, for a dump. (Scans the few there are.)
SELECT name, value FROM settings ORDER BY name;

-- name: settings_of_region
-- The region, and the one before while a rekey is not finished.
SELECT name, value FROM settings WHERE name IN (?, ?);

-- name: delete_setting
-- A fact that holds no more.
DELETE FROM settings WHERE name = ?;

-- name: set_setting
-- Keeps a fact about the file.
INSERT INTO settings (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: candidates_by_key
-- Who has this email key, given twice, or this phone key: createContact's one look-up (M1).
-- A login email counts as an email address.
SELECT contact_number, 'email' AS kind FROM contact_emails WHERE match_key = ?
UNION ALL
SELECT contact_number, 'email' FROM contacts WHERE login_email_key = ?
UNION ALL
SELECT contact_number, 'phone' FROM contact_phones WHERE match_key = ?;

-- name: holders_of_keys
-- The same for thousands of keys at once: those of emails, and those of phones, as lists of JSON.
-- (Scans what is given.)
WITH email (key) AS (SELECT value FROM json_each(?1)), phone (key) AS (SELECT value FROM json_each(?2))
SELECT match_key, contact_number, 'email' FROM contact_emails WHERE match_key IN (SELECT key FROM email)
UNION ALL
SELECT login_email_key, contact_number, 'email' FROM contacts
WHERE login_email_key IN (SELECT key FROM email)
UNION ALL
SELECT match_key, contact_number, 'phone' FROM contact_phones WHERE match_key IN (SELECT key FROM phone);

-- name: member_with_login_email
-- Who logs in with this address (G2).
SELECT contact_number FROM contacts WHERE login_email_key = ?;

-- name: insert_contact
-- A new person; the row's number is the order of creation, and is none that a removed contact may
-- come back with. What is not given comes as '', since Python's sqlite3 takes ten times as long to
-- bind None as to bind a text.
INSERT INTO contacts (contact_number, contact_id, first_name, last_name, picture, language,
                      login_email, login_email_key, created_at, updated_at)
VALUES (1 + max(coalesce((SELECT max(contact_number) FROM contacts), 0),
                coalesce((SELECT max(contact_number) FROM removed_contacts), 0)),
        ?, nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''),
        nullif(?, ''), ?, ?);

-- name: insert_numbered_contact
-- The same of many, whose numbers were counted beforehand.
INSERT INTO contacts (contact_number, contact_id, first_name, last_name, picture, language,
                      login_email, login_email_key, subscription, created_at, updated_at)
VALUES (?, ?, nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''),
        nullif(?, ''), ?, ?, ?);

-- name: insert_removed_contact
-- A contact that leaves the list, with what it was.
INSERT INTO removed_contacts (contact_number, contact_id, merged_into, members, revision,
                              created_at, updated_at, removed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: delete_contact
-- Takes a contact out of the list, and what stands in its lists with it.
DELETE FROM contacts WHERE contact_number = ?;

-- name: insert_contact_again
-- A contact that comes back, as the one it was; its other members are stored as by a change.
INSERT INTO contacts (contact_number, contact_id, subscription, revision, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?);

-- name: removed_contact_by_id
-- What became of an id that is not in the list (M5).
SELECT contact_number, contact_id, merged_into, members, revision, created_at, updated_at,
       removed_at
FROM removed_contacts WHERE contact_id = ?;

-- name: removed_contact_by_number
-- The same of a contact that a change, or a merged one, names by its number.
SELECT contact_number, contact_id, merged_into, members, revision, created_at, updated_at,
       removed_at
FROM removed_contacts WHERE contact_number = ?;

-- name: removed_contacts_merged_into
-- Who was merged into a contact, in the order in which they were created.
SELECT contact_number, contact_id, merged_into, members, revision, created_at, updated_at,
       removed_at
FROM removed_contacts WHERE merged_into = ? ORDER BY contact_number;

-- name: trashed_contacts
-- The trash, as long in it first; a time leaves out what came later. (Scans what was removed.)
SELECT contact_number, contact_id, merged_into, members, revision, created_at, updated_at,
       removed_at
FROM removed_contacts
WHERE merged_into IS NULL AND removed_at < ?
ORDER BY removed_at, contact_number;

-- name: removed_contacts_after
-- A page of all contacts that left the list.
SELECT contact_number, contact_id, merged_into, members, revision, created_at, updated_at,
       removed_at
FROM removed_contacts WHERE contact_number > ? ORDER BY contact_number LIMIT ?;

-- name: delete_removed_contact
-- Forgets a contact that left the list, or one that comes back to it.
DELETE FROM removed_contacts WHERE contact_number = ?;

-- name: update_contact
-- The single members after a change, with its time and the next revision (U4). As above, ''
-- stands for what there is none of.
UPDATE contacts
SET first_name = nullif(?, ''), last_name = nullif(?, ''), picture = nullif(?, ''),
    language = nullif(?, ''), login_email = nullif(?, ''), login_email_key = nullif(?, ''),
    updated_at = ?, revision = revision + 1
WHERE contact_number = ?;

-- name: insert_email
-- One more address of a contact.
INSERT INTO contact_emails (contact_number, position, address, match_key) VALUES (?, ?, ?, ?);

-- name: insert_phone
-- One more number of a contact.
INSERT INTO contact_phones (contact_number, position, number, match_key) VALUES (?, ?, ?, ?);

-- name: insert_contact_label
-- One more label of a contact.
INSERT INTO contact_labels (contact_number, position, label_number) VALUES (?, ?, ?);

-- name: delete_emails
-- Before a list is written anew; adding to its end needs no deleting.
DELETE FROM contact_emails WHERE contact_number = ?;

-- name: delete_phones
-- Before a list is written anew.
DELETE FROM contact_phones WHERE contact_number = ?;

-- name: delete_contact_labels
-- Before a list is written anew.
DELETE FROM contact_labels WHERE contact_number = ?;

-- name: set_custom_field_value
-- Gives a contact a value in a field, or another one.
INSERT INTO contact_custom_fields (contact_number, field_number, value) VALUES (?, ?, ?)
ON CONFLICT (contact_number, field_number) DO UPDATE SET value = excluded.value;

-- name: delete_custom_field_value
-- Takes a contact's value in a field away.
DELETE FROM contact_custom_fields WHERE contact_number = ? AND field_number = ?;

-- name: contact_by_id
-- Reads the single members of the contact with an id.
SELECT contact_number, contact_id, first_name, last_name, picture, language, login_email,
       login_email_key, subscription, revision, created_at, updated_at
FROM contacts WHERE contact_id = ?;

-- name: contact_by_number
-- Reads the single members of a contact that was found by a key.
SELECT contact_number, contact_id, first_name, last_name, picture, language, login_email,
       login_email_key, subscription, revision, created_at, updated_at
FROM contacts WHERE contact_number = ?;

-- name: contacts_after
-- A page of all contacts, oldest first.
SELECT contact_number, contact_id, first_name, last_name, picture, language, login_email,
       login_email_key, subscription, revision, created_at, updated_at
FROM contacts WHERE contact_number > ? ORDER BY contact_number LIMIT ?;

-- name: lists_of_contacts
-- All lists of one contact, or of a page of contacts, in one look-up; each of its parts takes
-- the first and the last number. The caller sorts: a sort over the whole would cost more.
SELECT contact_number, 'email' AS kind, position, address AS value, match_key AS name, NULL AS type
FROM contact_emails WHERE contact_number BETWEEN ? AND ?
UNION ALL
SELECT contact_number, 'phone', position, number, match_key, NULL
FROM contact_phones WHERE contact_number BETWEEN ? AND ?
UNION ALL
SELECT contact_number, 'label', position, label_number, name, NULL
FROM contact_labels JOIN labels USING (label_number)
WHERE contact_number BETWEEN ? AND ?
UNION ALL
SELECT contact_number, 'field', field_number, value, name, type
FROM contact_custom_fields JOIN custom_fields USING (field_number)
WHERE contact_number BETWEEN ? AND ?;

-- name: first_name_of
-- Whether who has the same telephone has the same name, too.
SELECT first_name FROM contacts WHERE contact_number = ?;

-- name: contact_id_of
-- The id of a contact that is only named, in also_matched.
SELECT contact_id FROM contacts WHERE contact_number = ?;

-- name: newest_contact_left_out
-- Where a page of the newest contacts begins. (Scans an index as far as that place.)
SELECT contact_number FROM contacts ORDER BY contact_number DESC LIMIT 1 OFFSET ?;

-- name: count_contacts
-- How many contacts there are. (Scans an index.)
SELECT count(*) FROM contacts;

-- name: insert_change
-- One entry of a contact's history (U5).
INSERT INTO contact_changes (contact_number, changed_at, verb, before, after)
VALUES (?, ?, ?, ?, ?);

-- name: changes_of_contact
-- A contact's history, oldest first.
SELECT change_number, changed_at, verb, before, after
FROM contact_changes WHERE contact_number = ? ORDER BY change_number;

-- name: last_change_of_contact
-- The change that put a contact into the trash, to be undone.
SELECT max(change_number) FROM contact_changes WHERE contact_number = ?;

-- name: delete_changes_of_contact
-- Forgets the history of a contact that is forgotten.
DELETE FROM contact_changes WHERE contact_number = ?;

-- name: change_by_number
-- The change that is to be undone (U5).
SELECT contact_number, change_number, changed_at, verb, before, after
FROM contact_changes WHERE change_number = ?;

-- name: prune_changes
-- Forgets what is older than a time. (Scans all history, which seldom happens.)
DELETE FROM contact_changes WHERE changed_at < ?;

-- name: keep_subscription
-- A contact's yes or no to mail, as part of a change that is stored beside it.
UPDATE contacts SET subscription = ? WHERE contact_number = ?;

-- name: insert_label
-- A new label (G4).
INSERT INTO labels (key, name, folded_name, created_at) VALUES (?, ?, ?, ?);

-- name: label_by_name
-- Finds a label by its name without regard to case (G4).
SELECT label_number, key, name, created_at FROM labels WHERE folded_name = ?;

-- name: label_by_key
-- Finds a label by its key (G4).
SELECT label_number, key, name, created_at FROM labels WHERE key = ?;

-- name: label_by_number
-- Names a label in a contact's history.
SELECT label_number, key, name, created_at FROM labels WHERE label_number = ?;

-- name: all_labels
-- The register of labels, oldest first. (Scans the register, which is what is asked for.)
SELECT label_number, key, name, created_at FROM labels ORDER BY label_number;

-- name: rename_label
-- Another name for a label; its key and its contacts stay (G4).
UPDATE labels SET name = ?, folded_name = ? WHERE label_number = ?;

-- name: contacts_with_label
-- Who carries a label, to take it from them before it is deleted (G4).
SELECT contact_number FROM contact_labels WHERE label_number = ? ORDER BY contact_number;

-- name: contacts_by_label
-- How many contacts carry each label. (Scans an index.)
SELECT label_number, count(DISTINCT contact_number) FROM contact_labels GROUP BY label_number;

-- name: delete_label
-- Removes a label that nobody carries any more.
DELETE FROM labels WHERE label_number = ?;

-- name: insert_custom_field
-- A new custom field (G5).
INSERT INTO custom_fields (key, name, folded_name, type, created_at) VALUES (?, ?, ?, ?, ?);

-- name: custom_field_by_name
-- Finds a field by its name without regard to case (G5).
SELECT field_number, key, name, type, created_at FROM custom_fields WHERE folded_name = ?;

-- name: custom_field_by_key
-- Finds a field by its key (G5).
SELECT field_number, key, name, type, created_at FROM custom_fields WHERE key = ?;

-- name: custom_field_by_number
-- Names a field in a contact's history.
SELECT field_number, key, name, type, created_at FROM custom_fields WHERE field_number = ?;

-- name: all_custom_fields
-- The register of fields, oldest first. (Scans the register, which is what is asked for.)
SELECT field_number, key, name, type, created_at FROM custom_fields ORDER BY field_number;

-- name: rename_custom_field
-- Another name for a field; its key, type and values stay.
UPDATE custom_fields SET name = ?, folded_name = ? WHERE field_number = ?;

-- name: contacts_with_custom_field
-- Who has a value in a field, to take it from them before the field is deleted.
SELECT contact_number FROM contact_custom_fields WHERE field_number = ? ORDER BY contact_number;

-- name: contacts_by_custom_field
-- How many contacts have a value in each field. (Scans an index.)
SELECT field_number, count(*) FROM contact_custom_fields GROUP BY field_number;

-- name: delete_custom_field
-- Removes a field that nobody has a value in any more.
DELETE FROM custom_fields WHERE field_number = ?;

-- name: triggered_email_by_id
-- The template that emailContact fills.
SELECT email_number, email_id, subject, html, text, from_address, unsubscribe_url, revision,
       created_at, updated_at
FROM triggered_emails WHERE email_id = ?;

-- name: all_triggered_emails
-- The register of Triggered Emails, oldest first. (Scans the register.)
SELECT email_number, email_id, subject, html, text, from_address, unsubscribe_url, revision,
       created_at, updated_at
FROM triggered_emails ORDER BY email_number;

-- name: all_triggered_email_ids
-- For naming the nearest id in an error. (Scans the register.)
SELECT email_id FROM triggered_emails;

-- name: save_triggered_email
-- Makes a Triggered Email, or replaces the one of that id (T1).
INSERT INTO triggered_emails (email_id, subject, html, text, from_address, unsubscribe_url,
                              created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (email_id) DO UPDATE
SET subject = excluded.subject, html = excluded.html, text = excluded.text,
    from_address = excluded.from_address, unsubscribe_url = excluded.unsubscribe_url,
    revision = revision + 1,
    updated_at = max(updated_at, excluded.updated_at);

-- name: variables_of_triggered_email
-- A template's variables in the order they were declared.
SELECT name, fallback FROM triggered_email_variables WHERE email_number = ? ORDER BY position;

-- name: delete_triggered_email_variables
-- Before a template's variables are written anew.
DELETE FROM triggered_email_variables WHERE email_number = ?;

-- name: insert_triggered_email_variable
-- One variable of a template.
INSERT INTO triggered_email_variables (email_number, position, name, fallback)
VALUES (?, ?, ?, ?);

-- name: delete_triggered_email
-- Removes a template; mails that were made from it stay as they are (T9).
DELETE FROM triggered_emails WHERE email_number = ?;

-- name: recipient
-- All that a mail needs to know of a contact, in one look: its names, its first address or else
-- that of its log-in, and why no mail goes there (T7, T8).
SELECT contact_id, first_name, last_name, subscription, coalesce(address, login_email),
       coalesce(match_key, login_email_key, '') AS to_key,
       (SELECT reason FROM suppressions
        WHERE suppressions.match_key = coalesce(contact_emails.match_key, login_email_key)),
       (SELECT value FROM settings WHERE name = 'erasure_key')
FROM contacts
LEFT JOIN contact_emails
    ON contact_emails.contact_number = contacts.contact_number AND position = 0
WHERE contact_id = ?;

-- name: insert_message
-- A mail, rendered and final (T9). What is seldom given comes as '', as in insert_contact.
INSERT INTO outbox (id, message_id, email_id, contact_id, to_address, to_name, to_key,
                    from_address, subject, html, text, unsubscribe_url, variables, fell_back,
                    idempotency_key, expires_at, status, reason, ready_at, due_at, lease,
                    created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, nullif(?, ''), ?, ?,
        nullif(?, ''), nullif(?, ''), ?, nullif(?, ''), ?, nullif(?, ''), nullif(?, ''), ?, ?);

-- name: count_messages
-- The length of the outbox. (Scans an index.)
SELECT count(*) FROM outbox;

-- name: message_by_id
-- One mail by its id; its columns are in the order of schema.sql, as in all that follow.
SELECT * FROM outbox WHERE id = ?;

-- name: message_from_end
-- The outbox from its end, for outbox[-1]. (Walks the outbox as far as that place.)
SELECT * FROM outbox ORDER BY message_number DESC LIMIT 1 OFFSET ?;

-- name: messages_from_start
-- Some of the outbox by place, for outbox[3] and outbox[-50:]. (Walks the outbox as far as
-- that place.)
SELECT * FROM outbox ORDER BY message_number LIMIT ? OFFSET ?;

-- name: messages_after
-- A page of the outbox behind a number, oldest first.
SELECT * FROM outbox WHERE message_number > ? ORDER BY message_number LIMIT ?;

-- name: newest_message_left_out
-- Where a page of the newest mails begins. (Scans an index as far as that place.)
SELECT message_number FROM outbox ORDER BY message_number DESC LIMIT 1 OFFSET ?;

-- name: messages_where
-- The mails that fit all that is given, oldest first. (Walks the outbox.)
SELECT * FROM outbox
WHERE (:email_id IS NULL OR email_id = :email_id) AND (:to_key IS NULL OR to_key = :to_key)
ORDER BY message_number LIMIT :most;

-- name: outbox_of_contact
-- The same where a contact is given: few rows, found by index.
SELECT * FROM outbox
WHERE contact_id = :contact_id AND (:status IS NULL OR status = :status)
  AND (:email_id IS NULL OR email_id = :email_id) AND (:to_key IS NULL OR to_key = :to_key)
ORDER BY message_number LIMIT :most;

-- name: outbox_with_status
-- The same where a status is given. Their numbers are put in order, which takes no room, and not
-- the mails.
SELECT * FROM outbox
WHERE message_number IN (SELECT message_number FROM outbox WHERE status = :status)
  AND (:email_id IS NULL OR email_id = :email_id) AND (:to_key IS NULL OR to_key = :to_key)
ORDER BY message_number LIMIT :most;

-- name: message_with_key
-- The mail that was recorded under an idempotency key.
SELECT * FROM outbox WHERE idempotency_key = ?;

-- name: count_by_status
-- How much of the outbox has each status. (Scans an index.)
SELECT status, count(*) FROM outbox GROUP BY status;

-- name: queued_counts
-- How many mails are queued, how many of those are held back, and when somebody must look at a
-- mail again.
SELECT (SELECT count(*) FROM outbox WHERE status = 'queued'),
       (SELECT count(*) FROM outbox WHERE status = 'queued' AND due_at IS NULL),
       (SELECT min(due_at)
        FROM (SELECT min(due_at) AS due_at FROM outbox WHERE status = 'queued'
              UNION ALL SELECT min(due_at) FROM outbox WHERE status = 'claimed'
              UNION ALL SELECT min(due_at) FROM outbox WHERE status = 'sending'
              UNION ALL SELECT min(due_at) FROM outbox WHERE status = 'uncertain'));

-- name: count_due
-- How many mails could go at a time.
SELECT count(*) FROM outbox WHERE status = 'queued' AND due_at <= ?;

-- name: count_undecided
-- How many mails wait until a person says what became of them.
SELECT count(*) FROM outbox WHERE status = 'uncertain' AND due_at IS NULL;

-- name: has_work
-- Whether there is anything to be claimed, or a lease to be ended; or, if that is asked for,
-- anything that is held back.
SELECT EXISTS (SELECT 1 FROM outbox
               WHERE status IN ('queued', 'claimed', 'sending', 'uncertain') AND due_at <= :now)
       OR EXISTS (SELECT 1 FROM outbox
                  WHERE status IN ('claimed', 'sending') AND due_at > :farthest)
       OR (:include_stale
           AND EXISTS (SELECT 1 FROM outbox
                       WHERE status = 'queued' AND due_at IS NULL AND ready_at <= :now));

-- name: has_mail_without_from
-- Whether a mail that could go at a time, or is held back and asked for, was recorded without an
-- address to send from. (Walks what is queued.)
SELECT EXISTS (SELECT 1 FROM outbox
               WHERE status = 'queued' AND from_address IS NULL
                     AND (due_at <= ? OR (? AND due_at IS NULL)));

-- name: claim_due
-- Takes what has waited longest into one program's hands. Nobody else marks it while the lease
-- lasts. The caller sorts: RETURNING promises no order.
UPDATE outbox SET status = 'claimed', lease = :lease, due_at = :lease_ends, updated_at = :now
WHERE message_number IN (SELECT message_number FROM outbox
                         WHERE status = 'queued' AND due_at <= :now
                         ORDER BY due_at, message_number LIMIT :most)
RETURNING *;

-- name: claim_stale
-- The same of what is held back, for those who asked for it.
UPDATE outbox SET status = 'claimed', lease = :lease, due_at = :lease_ends, updated_at = :now
WHERE message_number IN (SELECT message_number FROM outbox
                         WHERE status = 'queued' AND due_at IS NULL AND ready_at <= :now
                         ORDER BY message_number LIMIT :most)
RETURNING *;

-- name: claim_one
-- The same of one mail, right after its transaction.
UPDATE outbox SET status = 'claimed', lease = :lease, due_at = :lease_ends, updated_at = :now
WHERE id = :id AND status = 'queued' AND due_at <= :now
RETURNING *;

-- name: mark_sending
-- The second phase: from here on nobody can know whether the mail went, unless it is settled.
UPDATE outbox
SET status = 'sending', due_at = :lease_ends, updated_at = :now,
    from_address = coalesce(from_address, :from_address)
WHERE message_number = :number AND lease = :lease AND status = 'claimed';

-- name: settle
-- What became of a mail, told by who had it in hand. A lease that ended meanwhile made it
-- uncertain, which is better told late than never; but a newer lease is not overwritten.
UPDATE outbox
SET status = :status, reason = :reason, attempts = attempts + :spent, due_at = :due_at,
    lease = CASE :status WHEN 'uncertain' THEN lease END, updated_at = :now
WHERE message_number = :number AND lease = :lease
  AND (status = 'sending' OR (status = 'uncertain' AND :status <> 'uncertain')
       OR (status = 'claimed' AND :spent = 0));

-- name: unmark_sending
-- The sender was not reached, so that the mail is what it was before it was marked.
UPDATE outbox SET status = 'claimed', updated_at = :now
WHERE message_number = :number AND lease = :lease
  AND (status = 'sending' OR status = 'uncertain');

-- name: release_claims
-- Gives back what was claimed and not begun, and holds back again what was held back.
UPDATE outbox SET status = 'queued', lease = NULL, updated_at = :now,
                  due_at = CASE WHEN reason IS NOT 'stale' THEN ready_at END
WHERE lease = :lease AND status = 'claimed';

-- name: renew_lease
-- Keeps in hand what is in hand, while the program lives.
UPDATE outbox SET due_at = :lease_ends
WHERE lease = :lease AND (status = 'claimed' OR status = 'sending');

-- name: end_claims
-- Whoever had claimed these is gone, or slow; none of them was begun. A lease that ends after
-- `farthest` was given before the clock went back.
UPDATE outbox SET status = 'queued', lease = NULL, updated_at = :now,
                  due_at = CASE WHEN reason IS NOT 'stale' THEN ready_at END
WHERE status = 'claimed' AND (due_at <= :now OR due_at > :farthest);

-- name: begun_with_ended_lease
-- Whoever was sending these is gone: nobody knows whether they went.
SELECT message_number, lease FROM outbox
WHERE status = 'sending' AND (due_at <= :now OR due_at > :farthest);

-- name: queue_uncertain_again
-- The one more try of an uncertain mail, long enough after the first.
UPDATE outbox SET status = 'queued', lease = NULL, due_at = :now, updated_at = :now
WHERE status = 'uncertain' AND due_at <= :now;

-- name: hold_back_all
-- Before a file's first delivery: what was recorded without one was perhaps never to be sent.
UPDATE outbox SET due_at = NULL, reason = 'stale', updated_at = :now
WHERE status = 'queued' AND due_at IS NOT NULL;

-- name: hold_back_since
-- What could have gone for so long that it may surprise whoever gets it now.
UPDATE outbox SET due_at = NULL, reason = 'stale', updated_at = :now
WHERE status = 'queued' AND due_at <= :limit AND ready_at <= :limit AND attempts = 0;

-- name: cancel_stale
-- Gives up all that is held back.
UPDATE outbox SET status = 'cancelled', reason = NULL, updated_at = :now
WHERE status = 'queued' AND due_at IS NULL;

-- name: decide
-- A person's decision about one mail, which takes it out of whatever hands it was in. A mail that
-- is queued again grows old from now.
UPDATE outbox
SET status = :status, reason = NULL, due_at = :due_at, lease = NULL, updated_at = :now,
    ready_at = coalesce(:due_at, ready_at)
WHERE id = :id;

-- name: insert_attempt
-- What a sender said of a mail; the mail's number is given twice.
INSERT INTO outbox_attempts (message_number, attempt, at, sender, outcome, stage, smtp_code,
                             enhanced_code, response)
SELECT ?, 1 + count(*), ?, ?, ?, ?, ?, ?, ? FROM outbox_attempts WHERE message_number = ?;

-- name: count_late_attempt
-- An answer about a mail that was out of the program's hands when it came.
UPDATE outbox SET attempts = attempts + 1 WHERE message_number = ?;

-- name: attempts_of_message
-- A mail's attempts, oldest first.
SELECT attempt, at, sender, outcome, stage, smtp_code, enhanced_code, response
FROM outbox_attempts
WHERE message_number = (SELECT message_number FROM outbox WHERE id = ?) ORDER BY attempt;

-- name: count_uncertain_attempts
-- How often it stayed unknown whether a mail went.
SELECT count(*) FROM outbox_attempts WHERE message_number = ? AND outcome = 'uncertain';

-- name: reasons_to_suppress
-- Why a mail must not go: what the suppression list says of its address, and the contact of itself
-- (T8).
SELECT (SELECT reason FROM suppressions WHERE match_key = ?),
       (SELECT subscription FROM contacts WHERE contact_id = ?),
       (SELECT value FROM settings WHERE name = 'erasure_key');

-- name: mail_numbers_of_contact
-- The mails of a contact that is erased.
SELECT message_number FROM outbox WHERE contact_id = ?;

-- name: mail_numbers_of_nobody
-- The mails to an address whose contact is not there any more. (Walks the outbox.)
SELECT message_number FROM outbox
WHERE to_key = ?
  AND NOT EXISTS (SELECT 1 FROM contacts WHERE contacts.contact_id = outbox.contact_id)
  AND NOT EXISTS (SELECT 1 FROM removed_contacts
                  WHERE removed_contacts.contact_id = outbox.contact_id);

-- name: blank_message
-- What is left of a mail to an erased person: that there was one.
UPDATE outbox
SET status = 'erased', contact_id = '', to_address = '', to_name = '', to_key = '', subject = '',
    html = NULL, text = '', unsubscribe_url = NULL, variables = '{}', fell_back = '[]',
    idempotency_key = NULL, reason = NULL, due_at = NULL, lease = NULL, updated_at = ?
WHERE message_number = ?;

-- name: blank_attempts
-- What servers said of such a mail may hold its address.
UPDATE outbox_attempts SET response = '' WHERE message_number = ?;

-- name: blank_breaker
-- The same of what a sender said when it could not be reached.
UPDATE breakers SET response = '' WHERE sender = ?;

-- name: erased_message
-- Whether a mail was erased while it was in hand.
SELECT 1 FROM outbox WHERE message_number = ? AND status = 'erased';

-- name: suppression
-- The entry of an address on the suppression list.
SELECT match_key, address, reason, note, created_at FROM suppressions WHERE match_key = ?;

-- name: all_suppressions
-- The suppression list, oldest first. (Scans and sorts it.)
SELECT match_key, address, reason, note, created_at
FROM suppressions
ORDER BY created_at, address IS NULL, CASE WHEN address IS NULL THEN reason END, match_key;

-- name: add_suppression
-- Puts an address on the list; what stands there already says more, and stays.
INSERT INTO suppressions (match_key, address, reason, note, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (match_key) DO NOTHING;

-- name: remove_suppression
-- Takes an address off the list.
DELETE FROM suppressions WHERE match_key = ?;

-- name: set_subscription
-- A person's yes or no to mail, with its time and the next revision (U4).
UPDATE contacts SET subscription = ?, updated_at = ?, revision = revision + 1
WHERE contact_number = ?;

-- name: breaker
-- Since when, and until when, a sender is left alone.
SELECT failures, open_until, response FROM breakers WHERE sender = ?;

-- name: open_breakers
-- All senders that are left alone just now, for people. (Scans the few there are.)
SELECT sender, open_until FROM breakers WHERE open_until > ? ORDER BY sender;

-- name: all_breakers
-- The senders that could not be reached, for a dump. (Scans the few there are.)
SELECT sender, failures, open_until, response FROM breakers ORDER BY sender;

-- name: set_breaker
-- One more failure to reach a sender.
INSERT INTO breakers (sender, failures, open_until, response, updated_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (sender) DO UPDATE
SET failures = excluded.failures, open_until = excluded.open_until, response = excluded.response,
    updated_at = excluded.updated_at;

-- name: delete_breaker
-- A sender was reached.
DELETE FROM breakers WHERE sender = ?;

-- name: any_phone
-- Whether a phone was read already, after which the file's region stands (P1).
-- (Scans no further than the first row.)
SELECT 1 FROM contact_phones LIMIT 1;

-- name: count_rows_to_check
-- How long a check will take. (Scans four indexes.)
SELECT (SELECT count(*) FROM contacts) + (SELECT count(*) FROM removed_contacts)
       + (SELECT count(*) FROM contact_changes) + (SELECT count(*) FROM outbox);

-- name: items_to_check
-- As lists_of_contacts, but without their labels' names: a row that points at nothing is not
-- left out. Each of its parts takes the first and the last number of a page.
SELECT contact_number, 'contact_emails' AS source, position, address AS value, match_key,
       NULL AS type
FROM contact_emails WHERE contact_number BETWEEN ? AND ?
UNION ALL
SELECT contact_number, 'contact_phones', position, number, match_key, NULL
FROM contact_phones WHERE contact_number BETWEEN ? AND ?
UNION ALL
SELECT contact_number, 'contact_labels', position, label_number, NULL, NULL
FROM contact_labels WHERE contact_number BETWEEN ? AND ?
UNION ALL
SELECT contact_number, 'contact_custom_fields', field_number, value, NULL, type
FROM contact_custom_fields JOIN custom_fields USING (field_number)
WHERE contact_number BETWEEN ? AND ?;

-- name: labels_to_check
-- A page of the register, with the folded names that label_by_name looks for.
SELECT label_number, key, name, folded_name, created_at
FROM labels WHERE label_number > ? ORDER BY label_number LIMIT ?;

-- name: custom_fields_to_check
-- A page of the register, with the folded names that custom_field_by_name looks for.
SELECT field_number, key, name, folded_name, created_at
FROM custom_fields WHERE field_number > ? ORDER BY field_number LIMIT ?;

-- name: triggered_emails_to_check
-- A page of the templates, each with how many variables it has and the place of the last.
SELECT email_number, email_id, created_at, updated_at,
       (SELECT count(*) FROM triggered_email_variables AS one
        WHERE one.email_number = triggered_emails.email_number),
       (SELECT max(position) FROM triggered_email_variables AS one
        WHERE one.email_number = triggered_emails.email_number)
FROM triggered_emails WHERE email_number > ? ORDER BY email_number LIMIT ?;

-- name: changes_to_check
-- A page of all history, and whether each is of a contact that there is, or was.
SELECT change_number, changed_at, before, after,
       EXISTS (SELECT 1 FROM contacts
               WHERE contacts.contact_number = contact_changes.contact_number)
       OR EXISTS (SELECT 1 FROM removed_contacts
                  WHERE removed_contacts.contact_number = contact_changes.contact_number)
FROM contact_changes WHERE change_number > ? ORDER BY change_number LIMIT ?;

-- name: removed_contacts_to_check
-- A page of those who left the list, and whether the one that took each in is there, or was.
SELECT contact_number, contact_id, members, created_at, updated_at, removed_at,
       merged_into IS NULL
       OR EXISTS (SELECT 1 FROM contacts
                  WHERE contacts.contact_number = removed_contacts.merged_into)
       OR EXISTS (SELECT 1 FROM removed_contacts AS other
                  WHERE other.contact_number = removed_contacts.merged_into)
FROM removed_contacts WHERE contact_number > ? ORDER BY contact_number LIMIT ?;

-- name: messages_to_check
-- A page of the outbox without its bodies.
SELECT message_number, id, to_address, to_key, variables, fell_back, created_at, updated_at,
       status
FROM outbox WHERE message_number > ? ORDER BY message_number LIMIT ?;

-- name: has_search_index
-- Whether a search has made its index already. (Scans the schema.)
SELECT 1 FROM sqlite_schema WHERE name = 'search_progress';

-- name: create_search_index
-- Who has which letters, by threes and at beginnings and ends, without the texts themselves.
-- Derived, so it stands in no schema; made by the first search, since it would take as long to make
-- as all the other tables of a new file together.
CREATE VIRTUAL TABLE IF NOT EXISTS search_index
USING fts5 (grams, content = '', columnsize = 0, detail = 'none', tokenize = 'ascii');

-- name: create_search_progress
-- How far the index has come, and what is common in it: one row.
CREATE TABLE IF NOT EXISTS search_progress (
    one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    contact_number INTEGER NOT NULL,
    change_number  INTEGER NOT NULL,
    common         TEXT NOT NULL  -- JSON: of a thousand contacts, how many have some letters
) STRICT;

-- name: create_search_progress_keeper
-- A number that the newest contact leaves behind is given again: whoever gets it is new.
CREATE TRIGGER IF NOT EXISTS search_progress_keeper AFTER DELETE ON contacts
BEGIN
    UPDATE search_progress SET contact_number = (SELECT coalesce(max(contact_number), 0) FROM contacts)
    WHERE contact_number > (SELECT coalesce(max(contact_number), 0) FROM contacts);
END;

-- name: search_progress
-- How far the index has come. (Scans its one row.)
SELECT contact_number, change_number, common FROM search_progress;

-- name: set_search_progress
-- The index has come so far.
INSERT INTO search_progress (one, contact_number, change_number, common) VALUES (1, ?, ?, ?)
ON CONFLICT (one) DO UPDATE
SET contact_number = excluded.contact_number, change_number = excluded.change_number,
    common = excluded.common;

-- name: search_progress_in_contacts
-- The same in contacts, for people who wait. (Scans an index.)
SELECT (SELECT count(*) FROM contacts
        WHERE contact_number <= (SELECT contact_number FROM search_progress)),
       (SELECT count(*) FROM contacts);

-- name: searched
-- What is searched of the contacts of a list of numbers, in its order: names, the addresses, and
-- the telephone numbers with their keys, parted by characters that stand in none of them. One
-- statement for many, since those whom a search looks at lie far apart. (Walks the list.)
SELECT contact_number, first_name, last_name, login_email,
       (SELECT group_concat(address, char(31)) FROM contact_emails
        WHERE contact_number = contacts.contact_number),
       (SELECT group_concat(number || char(30) || coalesce(match_key, ''), char(31))
        FROM contact_phones WHERE contact_number = contacts.contact_number)
FROM json_each(?) CROSS JOIN contacts ON contact_number = json_each.value;

-- name: insert_search
-- Who has these letters; of a contact that changed, in addition to those it had.
INSERT INTO search_index (rowid, grams) VALUES (?, ?);

-- name: search
-- Who may have all the letters asked for, oldest first and one by one: whoever asks stops early.
-- (Walks the lists of these letters.)
SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid;

-- name: empty_search_index
-- Forgets the letters of everybody.
INSERT INTO search_index (search_index) VALUES ('delete-all');

-- name: contact_numbers_after
-- Whether there are contacts that the index has not seen.
SELECT contact_number FROM contacts WHERE contact_number > ? ORDER BY contact_number LIMIT ?;

-- name: change_numbers_after
-- Whether there are changes that the index has not seen.
SELECT change_number FROM contact_changes WHERE change_number > ? ORDER BY change_number LIMIT ?;

-- name: changes_to_search
-- A page of those changes.
SELECT change_number, contact_number, before, after
FROM contact_changes WHERE change_number > ? ORDER BY change_number LIMIT ?;

-- name: newest_change
-- Where the history ends at this moment.
SELECT max(change_number) FROM contact_changes;

-- name: shared_email_keys
-- A page of the addresses that several contacts have. (Walks their index.)
SELECT match_key FROM contact_emails WHERE match_key > ?
GROUP BY match_key HAVING count(DISTINCT contact_number) > 1 ORDER BY match_key LIMIT ?;

-- name: shared_login_email_keys
-- A page of the addresses that a member logs in with and exactly one other contact has; where
-- several have it, shared_email_keys tells. (Walks the members.)
SELECT login_email_key FROM contacts
WHERE login_email_key > ?
  AND (SELECT count(DISTINCT contact_emails.contact_number) = 1
              AND max(contact_emails.contact_number) <> contacts.contact_number
       FROM contact_emails WHERE match_key = login_email_key)
ORDER BY login_email_key LIMIT ?;

-- name: shared_phone_keys
-- A page of the numbers that several contacts have. (Walks their index.)
SELECT match_key FROM contact_phones WHERE match_key > ?
GROUP BY match_key HAVING count(DISTINCT contact_number) > 1 ORDER BY match_key LIMIT ?;

-- name: shared_names
-- A page of the full names that some contacts have, few enough to compare their addresses, each
-- with its contacts. (Scans and sorts all contacts: names have no index.)
SELECT folded(first_name) || ' ' || folded(last_name) AS name, group_concat(contact_number)
FROM contacts WHERE name > ? GROUP BY name HAVING count(*) BETWEEN 2 AND ?
ORDER BY name LIMIT ?;

-- name: created_after
-- Contacts that came since, for programs that follow a store.
SELECT contact_number, contact_id, created_at
FROM contacts WHERE contact_number > ? ORDER BY contact_number LIMIT ?;

-- name: changed_after
-- Changes that were made since, also of those who left the list.
SELECT change_number, changed_at, verb, contact_number,
       coalesce(contacts.contact_id, removed_contacts.contact_id) AS id
FROM contact_changes
LEFT JOIN contacts USING (contact_number)
LEFT JOIN removed_contacts USING (contact_number)
WHERE change_number > ? AND id IS NOT NULL ORDER BY change_number LIMIT ?;

-- name: recorded_after
-- Mails that were recorded since, each with the number of its contact; not to erased persons.
SELECT message_number, created_at, id, contact_id,
       coalesce((SELECT contact_number FROM contacts
                 WHERE contacts.contact_id = outbox.contact_id), 0)
FROM outbox WHERE message_number > ? AND status <> 'erased' ORDER BY message_number LIMIT ?;

-- name: settled_after
-- What became of mails since.
SELECT settlement_number, settled_at, message_number, outbox_settlements.status, id, contact_id
FROM outbox_settlements JOIN outbox USING (message_number)
WHERE settlement_number > ? AND outbox.status <> 'erased' ORDER BY settlement_number LIMIT ?;

-- name: newest_numbers
-- Where all of this ends at this moment, but for contacts.
SELECT coalesce((SELECT max(change_number) FROM contact_changes), 0),
       coalesce((SELECT max(message_number) FROM outbox), 0),
       coalesce((SELECT max(settlement_number) FROM outbox_settlements), 0);

-- name: newest_contact
-- The same of contacts. (Scans no further than the first row.)
SELECT contact_number, contact_id, created_at FROM contacts ORDER BY contact_number DESC LIMIT 1;

-- name: newest_contact_before
-- Who came last before the contacts at the end were removed, and their numbers given again.
SELECT contact_number, contact_id, created_at FROM contacts
WHERE contact_number <= ? AND created_at <= ? ORDER BY contact_number DESC LIMIT 1;

-- name: insert_import
-- An import begins.
INSERT INTO imports (receipt, digest, owner, format, new_names, started_at)
VALUES (?, ?, ?, ?, '{}', ?);

-- name: unfinished_import
-- The same file was begun before, and no part of it taken back. (Scans the few imports there are.)
SELECT import_number, receipt FROM imports
WHERE digest = ? AND finished_at IS NULL AND undone_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM import_chunks WHERE import_chunks.import_number = imports.import_number
                                                AND import_chunks.undone_at IS NOT NULL)
ORDER BY import_number DESC LIMIT 1;

-- name: take_over_import
-- Whoever was at it before stops at the next chunk.
UPDATE imports SET owner = ? WHERE import_number = ?;

-- name: import_in_hand
-- Whether it is still ours, and the names it has made so far.
SELECT owner, new_names FROM imports WHERE import_number = ?;

-- name: insert_import_chunk
-- What one transaction did.
INSERT INTO import_chunks (import_number, chunk, after_contact, after_change, last_contact,
                           last_change, actions, whose, stored_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: set_import_names
-- The labels and custom fields that an import made.
UPDATE imports SET new_names = ? WHERE import_number = ?;

-- name: finish_import
-- It came to the end of the file.
UPDATE imports SET finished_at = ? WHERE import_number = ?;

-- name: import_by_receipt
-- An import by what the caller holds of it.
SELECT import_number, receipt, format, new_names, started_at, finished_at, undone_at
FROM imports WHERE receipt = ?;

-- name: all_imports
-- What was imported, oldest first. (Scans the few imports there are.)
SELECT import_number, receipt, format, new_names, started_at, finished_at, undone_at
FROM imports ORDER BY import_number;

-- name: chunks_of_import
-- How far an import came, in the order of the file.
SELECT chunk, after_contact, after_change, last_contact, last_change, actions, whose, stored_at,
       undone_at
FROM import_chunks WHERE import_number = ? ORDER BY chunk;

-- name: undo_import_chunk
-- This part of an import was taken back.
UPDATE import_chunks SET undone_at = ? WHERE import_number = ? AND chunk = ?;

-- name: undo_import
-- All of it was.
UPDATE imports SET undone_at = ?, owner = '' WHERE import_number = ?;

-- name: highest_contact_number
-- The highest number that anybody has who is in the list or was.
SELECT max(coalesce((SELECT max(contact_number) FROM contacts), 0),
           coalesce((SELECT max(contact_number) FROM removed_contacts), 0));

-- name: last_change_number
-- The last number that a change was given, though that be pruned by now. (Scans the few tables
-- that count so.)
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'contact_changes'), 0);

-- name: contacts_between
-- A page of the contacts that a transaction made, if they are still in the list.
SELECT contact_number FROM contacts WHERE contact_number > ? AND contact_number <= ?
ORDER BY contact_number LIMIT ?;

-- name: removed_contacts_between
-- A page of the contacts that a transaction made, and that left the list since.
SELECT contact_number FROM removed_contacts WHERE contact_number > ? AND contact_number <= ?
ORDER BY contact_number LIMIT ?;

-- name: changes_between
-- A page of the changes that a transaction made, the latest first.
SELECT change_number, contact_number FROM contact_changes
WHERE change_number > ? AND change_number <= ? ORDER BY change_number DESC LIMIT ?;

-- name: delete_orphaned_contact_emails
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM contact_emails
WHERE contact_number NOT IN (SELECT contact_number FROM contacts);

-- name: delete_orphaned_contact_phones
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM contact_phones
WHERE contact_number NOT IN (SELECT contact_number FROM contacts);

-- name: delete_orphaned_contact_labels
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM contact_labels
WHERE contact_number NOT IN (SELECT contact_number FROM contacts)
   OR label_number NOT IN (SELECT label_number FROM labels);

-- name: delete_orphaned_contact_custom_fields
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM contact_custom_fields
WHERE contact_number NOT IN (SELECT contact_number FROM contacts)
   OR field_number NOT IN (SELECT field_number FROM custom_fields);

-- name: delete_orphaned_triggered_email_variables
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM triggered_email_variables
WHERE email_number NOT IN (SELECT email_number FROM triggered_emails);

-- name: delete_orphaned_outbox_attempts
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM outbox_attempts
WHERE message_number NOT IN (SELECT message_number FROM outbox);

-- name: delete_orphaned_outbox_settlements
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM outbox_settlements
WHERE message_number NOT IN (SELECT message_number FROM outbox);

-- name: delete_orphaned_import_chunks
-- Rows that point at one that is gone, for a repair. (Scans the table.)
DELETE FROM import_chunks
WHERE import_number NOT IN (SELECT import_number FROM imports);

-- name: set_login_key
-- The key of a login email as it was typed, for a repair.
UPDATE contacts SET login_email_key = ? WHERE contact_number = ?;

-- name: set_to_key
-- The key of a mail's recipient, for a repair.
UPDATE outbox SET to_key = ? WHERE message_number = ?;
