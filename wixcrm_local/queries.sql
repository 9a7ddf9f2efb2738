-- Every statement the library runs on its tables, by name, each with its reason.
-- Tables and indexes are explained in schema.sql; rows.py knows what the columns hold.

-- name: count_schema_entries
-- Tells an empty file from another program's before anything is written. (Scans a page or two.)
SELECT count(*) FROM sqlite_schema;

-- name: setting
-- Reads a fact about the file.
SELECT value FROM settings WHERE name = ?;

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

-- name: member_with_login_email
-- Who logs in with this address (G2).
SELECT contact_number FROM contacts WHERE login_email_key = ?;

-- name: insert_contact
-- A new person; the row's number is the order of creation. What is not given comes as '',
-- since Python's sqlite3 takes ten times as long to bind None as to bind a text.
INSERT INTO contacts (contact_id, first_name, last_name, picture, language,
                      login_email, login_email_key, created_at, updated_at)
VALUES (?, nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''),
        nullif(?, ''), ?, ?);

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

-- name: contact_id_of
-- The id of a contact that is only named, in also_matched.
SELECT contact_id FROM contacts WHERE contact_number = ?;

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

-- name: delete_custom_field
-- Removes a field that nobody has a value in any more.
DELETE FROM custom_fields WHERE field_number = ?;

-- name: triggered_email_by_id
-- The template that emailContact fills.
SELECT email_number, email_id, subject, html, text, from_address, revision, created_at, updated_at
FROM triggered_emails WHERE email_id = ?;

-- name: all_triggered_emails
-- The register of Triggered Emails, oldest first. (Scans the register.)
SELECT email_number, email_id, subject, html, text, from_address, revision, created_at, updated_at
FROM triggered_emails ORDER BY email_number;

-- name: all_triggered_email_ids
-- For naming the nearest id in an error. (Scans the register.)
SELECT email_id FROM triggered_emails;

-- name: save_triggered_email
-- Makes a Triggered Email, or replaces the one of that id (T1).
INSERT INTO triggered_emails (email_id, subject, html, text, from_address, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (email_id) DO UPDATE
SET subject = excluded.subject, html = excluded.html, text = excluded.text,
    from_address = excluded.from_address, revision = revision + 1,
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

-- name: insert_message
-- A mail, rendered and final (T9).
INSERT INTO outbox (id, message_id, email_id, contact_id, to_address, to_name, to_key,
                    from_address, subject, html, text, variables, fell_back, status, reason,
                    created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: count_messages
-- The length of the outbox. (Scans an index.)
SELECT count(*) FROM outbox;

-- name: message_by_id
-- One mail by its id.
SELECT message_number, id, message_id, email_id, contact_id, to_address, to_name, from_address,
       subject, html, text, variables, fell_back, status, reason, created_at, updated_at
FROM outbox WHERE id = ?;

-- name: message_from_end
-- The outbox from its end, for outbox[-1]. (Walks the outbox as far as that place.)
SELECT message_number, id, message_id, email_id, contact_id, to_address, to_name, from_address,
       subject, html, text, variables, fell_back, status, reason, created_at, updated_at
FROM outbox ORDER BY message_number DESC LIMIT 1 OFFSET ?;

-- name: messages_from_start
-- Some of the outbox by place, for outbox[3] and outbox[-50:]. (Walks the outbox as far as
-- that place.)
SELECT message_number, id, message_id, email_id, contact_id, to_address, to_name, from_address,
       subject, html, text, variables, fell_back, status, reason, created_at, updated_at
FROM outbox ORDER BY message_number LIMIT ? OFFSET ?;

-- name: messages_after
-- A page of the outbox, oldest first, narrowed by what is given. (Walks the outbox by number.)
SELECT message_number, id, message_id, email_id, contact_id, to_address, to_name, from_address,
       subject, html, text, variables, fell_back, status, reason, created_at, updated_at
FROM outbox
WHERE message_number > :after AND (:status IS NULL OR status = :status) AND (:contact_id IS NULL OR contact_id = :contact_id)
  AND (:email_id IS NULL OR email_id = :email_id) AND (:to_key IS NULL OR to_key = :to_key)
ORDER BY message_number LIMIT :most;

-- name: outbox_of_contact
-- The same where a contact is given: few rows, found by index.
SELECT message_number, id, message_id, email_id, contact_id, to_address, to_name, from_address,
       subject, html, text, variables, fell_back, status, reason, created_at, updated_at
FROM outbox
WHERE contact_id = :contact_id AND message_number > :after AND (:status IS NULL OR status = :status)
  AND (:email_id IS NULL OR email_id = :email_id) AND (:to_key IS NULL OR to_key = :to_key)
ORDER BY message_number LIMIT :most;

-- name: outbox_with_status
-- The same where a status is given: what waits is few among much that was sent.
SELECT message_number, id, message_id, email_id, contact_id, to_address, to_name, from_address,
       subject, html, text, variables, fell_back, status, reason, created_at, updated_at
FROM outbox
WHERE status = :status AND message_number > :after AND (:contact_id IS NULL OR contact_id = :contact_id)
  AND (:email_id IS NULL OR email_id = :email_id) AND (:to_key IS NULL OR to_key = :to_key)
ORDER BY message_number LIMIT :most;

-- name: any_phone
-- Whether a phone was read already, after which the file's region stands (P1).
-- (Scans no further than the first row.)
SELECT 1 FROM contact_phones LIMIT 1;

-- name: count_rows_to_check
-- How long a check will take. (Scans three indexes.)
SELECT (SELECT count(*) FROM contacts) + (SELECT count(*) FROM contact_changes)
       + (SELECT count(*) FROM outbox);

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
-- A page of all history.
SELECT change_number, changed_at, before, after
FROM contact_changes WHERE change_number > ? ORDER BY change_number LIMIT ?;

-- name: messages_to_check
-- A page of the outbox without its bodies, and whether each mail's contact is in the list.
SELECT message_number, id, to_address, to_key, variables, fell_back, created_at, updated_at,
       EXISTS (SELECT 1 FROM contacts WHERE contacts.contact_id = outbox.contact_id)
FROM outbox WHERE message_number > ? ORDER BY message_number LIMIT ?;
