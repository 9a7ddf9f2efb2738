"""The same hand-written code on the library's own schema: the strictest reading of the target."""

from __future__ import annotations

from pathlib import Path

from contenders.handwritten import Handwritten


class OnOurSchema(Handwritten):
    name = "hand-written, our schema"

    SCHEMA = (Path(__file__).parents[2] / "schema.sql").read_text("utf-8")
    FIND = """
    SELECT contact_number, 1 FROM contact_emails WHERE match_key = ?1
    UNION ALL SELECT contact_number, 2 FROM contact_phones WHERE match_key = ?2"""
    INSERT = """
    INSERT INTO contacts (contact_id, first_name, last_name, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?4)"""
    INSERT_EMAIL = "INSERT INTO contact_emails VALUES (?, ?, ?, ?)"
    INSERT_PHONE = "INSERT INTO contact_phones VALUES (?, ?, ?, ?)"
    READ = "SELECT contact_id, first_name, last_name FROM contacts WHERE contact_number = ?"
    READ_EMAILS = """
    SELECT address, match_key FROM contact_emails WHERE contact_number = ? ORDER BY position"""
    READ_PHONES = """
    SELECT number, match_key FROM contact_phones WHERE contact_number = ? ORDER BY position"""
    UPDATE = """
    UPDATE contacts SET first_name = ?2, last_name = ?3, updated_at = ?4, revision = revision + 1
    WHERE contact_number = ?1"""
    INSERT_CHANGE = """
    INSERT INTO contact_changes (contact_number, changed_at, verb, before, after)
    VALUES (?, ?, 'create_contact', ?, ?)"""
    PRELOAD = """
    INSERT INTO contacts (contact_number, contact_id, first_name, last_name, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?5)"""
    CONTENTS = """
    SELECT contact_number, match_key FROM contact_emails
    UNION ALL SELECT contact_number, match_key FROM contact_phones WHERE match_key IS NOT NULL
    ORDER BY 1, 2"""
