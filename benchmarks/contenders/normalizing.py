"""What a user of a plain database writes to normalize: the two libraries, at their own answers."""

from __future__ import annotations

from typing import Any

import phonenumbers
from email_validator import validate_email
from people import HOME

Keyed = list[tuple[str, str]]  # each text as typed, and its key


def keyed(info: dict[str, Any]) -> tuple[Keyed, Keyed]:
    """The emails and the phones of a contactInfo."""
    emails = [(text, _email_key(text)) for text in info.get("emails", ())]
    phones = [(text, _phone_key(text)) for text in info.get("phones", ())]
    return emails, phones


def _email_key(text: str) -> str:
    found = validate_email(text.strip(), check_deliverability=False)
    return f"{found.local_part.lower()}@{found.ascii_domain}"


def _phone_key(text: str) -> str:
    number = phonenumbers.parse(text, HOME)
    if not phonenumbers.is_valid_number(number):
        raise ValueError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
