"""Writes contacts as vCards 3.0 (RFC 2426) or 4.0 (RFC 6350), in UTF-8.

Law: what is written is read back as it was, except for the members that `not_held` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date
from typing import BinaryIO

from wixcrm_local import errors
from wixcrm_local.formats.vcard_person import FIELD, NO_LABELS, SUBSCRIPTION, is_picture
from wixcrm_local.formats.vcard_text import escaped
from wixcrm_local.model import Contact, CustomFieldValue
from wixcrm_local.text import shortened

VERSIONS = ("3.0", "4.0")

_LONGEST_LINE = 75  # octets, without the break (RFC 6350, section 3.2)
_REVISED = {"3.0": "%Y-%m-%dT%H:%M:%SZ", "4.0": "%Y%m%dT%H%M%SZ"}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class VCardWriter:
    """Writes one card after the other to a stream of octets."""

    def __init__(self, stream: BinaryIO, version: str = "3.0") -> None:
        """Raises `InvalidArgument` for a version other than 3.0 and 4.0."""
        if version not in VERSIONS:
            raise errors.InvalidArgument(
                f"vCards can't be written in version {shortened(str(version))}; give '3.0' or '4.0'"
            )
        self._stream = stream
        self._version = version

    def write(self, contact: Contact) -> None:
        """Writes the contact as a card. Errors of the stream are not caught."""
        lines = [_folded(line) for line in _lines(contact, self._version)]
        self._stream.write(b"\r\n".join(lines) + b"\r\n")


def not_held(contact: Contact) -> tuple[str, ...]:
    """The members of a contact that a card can't give back."""
    lost = {
        "login_email": bool(contact.login_email),
        "picture": bool(contact.picture) and not is_picture(contact.picture or ""),
        "labels": any(label in NO_LABELS for label in contact.labels),
    }
    return tuple(name for name, is_lost in lost.items() if is_lost)


def _lines(contact: Contact, version: str) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield f"VERSION:{version}"
    yield f"FN:{escaped(_shown(contact))}"
    yield f"N:{escaped(contact.last_name or '')};{escaped(contact.first_name or '')};;;"
    for email in contact.emails:
        yield f"EMAIL:{escaped(email)}"
    for phone in contact.phones:
        yield f"TEL:{escaped(phone)}"
    if contact.labels:
        yield f"CATEGORIES:{','.join(map(escaped, contact.labels))}"
    yield from _single_members(contact)
    for name, value in contact.custom_fields.items():
        yield f"{FIELD}:{escaped(name)};{escaped(_text(value))}"
    yield f"{SUBSCRIPTION}:{contact.subscription}"
    if _GUID.fullmatch(contact.id):
        yield f"UID:urn:uuid:{contact.id}"
    yield f"REV:{contact.updated_at.astimezone(UTC).strftime(_REVISED[version])}"
    yield "END:VCARD"


def _single_members(contact: Contact) -> Iterator[str]:
    """LANG is of 4.0, but 3.0 allows every registered name, and no program reads another one."""
    if contact.picture and is_picture(contact.picture):
        # A URI is not escaped; a backslash, which no URI has, must still come back.
        yield "PHOTO;VALUE=uri:" + contact.picture.replace("\\", "\\\\")
    if contact.language:
        yield f"LANG:{escaped(contact.language)}"


def _shown(contact: Contact) -> str:
    """FN, which a card must have; where there is no name, what a person would look for."""
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return name or next(iter((*contact.emails, *contact.phones)), "")


def _text(value: CustomFieldValue) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _folded(line: str) -> bytes:
    """The line in UTF-8, folded between characters."""
    octets = line.encode()
    if len(octets) <= _LONGEST_LINE:
        return octets
    pieces, start, room = [], 0, _LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # inside of a character
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, _LONGEST_LINE - 1  # the space at the start counts
    return b"\r\n ".join([*pieces, octets[start:]])
