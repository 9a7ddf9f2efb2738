-- From schema 3 to 4: two views for looking. Where somebody gave a table or view of their own one
-- of these names, theirs stays, and the upgrade goes on.

CREATE VIEW IF NOT EXISTS people AS
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

CREATE VIEW IF NOT EXISTS messages AS
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
