"""A script by hand: it normalizes with the same libraries and inserts every row without looking for
who is there already, on plain tables with their indexes."""

import csv
import sqlite3
import sys

import phonenumbers
from email_validator import validate_email

_TABLES = """
CREATE TABLE contact (
    id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, labels TEXT, language TEXT
);
CREATE TABLE email (id INTEGER PRIMARY KEY, contact INTEGER, address TEXT, key TEXT);
CREATE TABLE phone (id INTEGER PRIMARY KEY, contact INTEGER, number TEXT, key TEXT);
CREATE INDEX email_key ON email (key);
CREATE INDEX email_contact ON email (contact);
CREATE INDEX phone_key ON phone (key);
CREATE INDEX phone_contact ON phone (contact);
"""
_CHUNK = 20_000


def phone_key(text: str, region: str) -> str:
    number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, region)
    if not phonenumbers.is_valid_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


source, target, region = sys.argv[1:]
phonenumbers.enable_pattern_cache()
database = sqlite3.connect(target, isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = NORMAL")
database.executescript(_TABLES)
database.execute("BEGIN")
count = 0
with open(source, encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        count += 1
        person = (row["First Name"], row["Last Name"], row["Labels"], row["Language"])
        database.execute("INSERT INTO contact VALUES (?, ?, ?, ?, ?)", (count, *person))
        for address in filter(None, (row["Email 1"], row["Email 2"])):
            key = validate_email(address, check_deliverability=False).normalized.lower()
            database.execute("INSERT INTO email VALUES (NULL, ?, ?, ?)", (count, address, key))
        if row["Phone 1"]:
            key = phone_key(row["Phone 1"], region)
            values = (count, row["Phone 1"], key)
            database.execute("INSERT INTO phone VALUES (NULL, ?, ?, ?)", values)
        if count % _CHUNK == 0:
            database.execute("COMMIT")
            database.execute("BEGIN")
database.execute("COMMIT")
database.close()
print(count, 0)
