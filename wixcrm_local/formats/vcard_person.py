"""What the properties of one card say of a person: the members, labels and other texts.

Law: what is not a name, an address or a number is never taken for one; a fax machine is no
telephone, and the name of a company or an address in the place of a name is no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any
from urllib.parse import unquote

from wixcrm_local.formats.records import Record, Refusal
from wixcrm_local.formats.vcard_properties import NOT_PREFERRED, Head, Value
from wixcrm_local.formats.vcard_text import split, unescaped

FIELD = "X-WIXCRM-FIELD"
SUBSCRIPTION = "X-WIXCRM-SUBSCRIPTION"
SUBSCRIPTIONS = ("subscribed", "unsubscribed", "pending", "not_set")
# Google's own groups, which say nothing of a person.
NO_LABELS = ("myContacts", "starred")

# Under which name a property that a contact has no member for stands among the others.
_TEXTS = {
    "TITLE": "Position",
    "ROLE": "Role",
    "NICKNAME": "Nickname",
    "NOTE": "Notes",
    "URL": "Website",
}
_DATES = {"BDAY": "Birthday", "ANNIVERSARY": "Anniversary"}
_MEMBERS = ("N", "FN", "EMAIL", "TEL", "PHOTO", "LANG", "LANGUAGE", "CATEGORIES")
USED = frozenset([*_MEMBERS, *_TEXTS, *_DATES, "ORG", "ADR", FIELD, SUBSCRIPTION])

# Types of what can be dialled, or written to, and is no telephone, or mailbox.
_MACHINES = {
    "fax": "Fax",
    "pager": "Pager",
    "modem": "Modem",
    "bbs": "Modem",
    "telex": "Telex",
    "tlx": "Telex",
    "x400": "X.400 address",
}
_TELEPHONES = frozenset(["voice", "cell", "text", "msg", "video", "car"])
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?![\d:]).*", re.ASCII)
# Post office box, extended address, street, locality, region, postal code, country
# (RFC 6350, section 6.3.1), in the order in which they are read.
_ORDER_OF_ADDRESS = (2, 1, 0, 3, 4, 5, 6)

Properties = Mapping[str, Sequence[Value]]
Named = tuple[str, str]


def record_of(row: int, properties: Properties, refusal: Refusal | None, *, is_2_1: bool) -> Record:
    """The record of a card, from the properties in `USED` by their names."""
    person = _Person(properties, is_2_1)
    return Record(
        row,
        person.members(),
        person.labels(),
        others=person.others(),
        subscription=person.subscription(),
        refusal=refusal,
    )


class _Person:
    """Reads the properties of one card."""

    def __init__(self, properties: Properties, is_2_1: bool) -> None:
        self._properties = properties
        self._is_2_1 = is_2_1
        self._emails = self._texts("EMAIL")
        self._phones = self._texts("TEL")

    def members(self) -> dict[str, Any]:
        """The documented members that the card has, preferred addresses and numbers first."""
        emails = [_address(text) for head, text in self._emails if not _machine(head)]
        phones = [_number(head, text) for head, text in self._phones if not _machine(head)]
        first_name, last_name = self._structured_name() or self._formatted_name(emails + phones)
        members = {
            "firstName": first_name,
            "lastName": last_name,
            "picture": self._picture(),
            "emails": [email for email in emails if email],
            "phones": [phone for phone in phones if phone],
            "language": self._first("LANG") or self._first("LANGUAGE"),
        }
        return {name: value for name, value in members.items() if value}

    def labels(self) -> tuple[str, ...]:
        if "CATEGORIES" not in self._properties:
            return ()
        names = (
            self._unescaped(name).strip()
            for value in self._properties["CATEGORIES"]
            for name in split(value.text, ",")
        )
        return tuple(dict.fromkeys(name for name in names if name and name not in NO_LABELS))

    def others(self) -> dict[str, str]:
        """Each text under its name; the second of a name gets a number, as in "Website 2"."""
        others: dict[str, str] = {}
        counts: dict[str, int] = {}
        for name, text in self._named_texts():
            key = name
            while key in others:
                counts[name] = counts.get(name, 1) + 1
                key = f"{name} {counts[name]}"
            others[key] = text
        return others

    def subscription(self) -> str | None:
        given = self._first(SUBSCRIPTION).lower()
        return given if given in SUBSCRIPTIONS else None

    def _structured_name(self) -> tuple[str, str] | None:
        """Given and additional names, and the family name; prefixes and suffixes are left out."""
        for value in self._properties.get("N", ()):
            family, given, additional, *_ = [*split(value.text, ";"), "", ""]
            first_name = " ".join(filter(None, (self._name(given), self._name(additional))))
            last_name = self._name(family)
            if first_name or last_name:
                return first_name, last_name
        return None

    def _name(self, component: str) -> str:
        """One component of a name; from 3.0 on a comma divides several (RFC 2426, 3.1.2)."""
        if "," not in component or self._is_2_1:
            return self._unescaped(component).strip()
        names = (self._unescaped(name).strip() for name in split(component, ","))
        return " ".join(filter(None, names))

    def _formatted_name(self, no_names: Iterable[str]) -> tuple[str, str]:
        """Both names from the one text that is shown, where N says nothing."""
        shown = self._first("FN")
        if not shown or shown in no_names or shown in (text for _, text in self._organization()):
            return "", ""
        if shown.count(",") == 1:
            last_name, _, first_name = shown.partition(",")
            return first_name.strip(), last_name.strip()
        first_name, *rest = shown.rsplit(None, 1)
        return first_name, "".join(rest)

    def _picture(self) -> str:
        for value in self._properties.get("PHOTO", ()):
            address = self._unescaped(value.text).strip()
            if is_picture(address):
                return address
        return ""

    def _named_texts(self) -> Iterator[Named]:
        """The texts that go to the others; ours first, so that they keep their names."""
        yield from self._fields()
        yield from self._organization()
        for property, name in _TEXTS.items():
            for _, text in self._texts(property):
                yield name, text.replace("\r\n", "\n")
        for property, name in _DATES.items():
            for head, text in self._texts(property):
                yield name, _day(head, text)
        for value in self._preferred("ADR"):
            if address := self._address(value.text):
                yield "Address", address
        for head, text in chain(self._phones, self._emails):
            if name := _machine(head):
                yield name, _number(head, text)

    def _fields(self) -> Iterator[Named]:
        for value in self._properties.get(FIELD, ()):
            name, *texts = split(value.text, ";")
            text = self._unescaped(";".join(texts))
            if name and text:
                yield self._unescaped(name), text

    def _organization(self) -> Iterator[Named]:
        for value in self._preferred("ORG"):
            company, *units = (self._unescaped(part).strip() for part in split(value.text, ";"))
            if company:
                yield "Company", company
            if any(units):
                yield "Department", ", ".join(filter(None, units))

    def _address(self, value: str) -> str:
        components = [*split(value, ";"), *[""] * 7]
        parts = (
            " ".join(self._unescaped(part).split())
            for place in _ORDER_OF_ADDRESS
            for part in re.split(r"\r?\n|\\[nN]", components[place])
        )
        return ", ".join(filter(None, parts))

    def _texts(self, property: str) -> list[tuple[Head, str]]:
        """The values of a property that are not blank, the preferred ones first."""
        if property not in self._properties:
            return []
        texts = [(head, self._unescaped(text).strip()) for head, text in self._preferred(property)]
        return [each for each in texts if each[1]]

    def _preferred(self, property: str) -> Sequence[Value]:
        values = self._properties.get(property, ())
        if all(value.head.preference == NOT_PREFERRED for value in values):
            return values
        return sorted(values, key=lambda value: value.head.preference)

    def _first(self, property: str) -> str:
        texts = self._texts(property)
        return texts[0][1] if texts else ""

    def _unescaped(self, value: str) -> str:
        return unescaped(value, is_2_1=self._is_2_1) if "\\" in value else value


def is_picture(text: str) -> bool:
    """Whether a text is the address of a picture, which a card can name."""
    return text[:8].lower().startswith(("http://", "https://"))


def _machine(head: Head) -> str:
    """What a number or address reaches, where it is no telephone and no mailbox."""
    if not head.types or head.types & _TELEPHONES:
        return ""
    return next((name for type, name in _MACHINES.items() if type in head.types), "")


def _address(text: str) -> str:
    if text[:7].lower() != "mailto:":
        return text
    return unquote(text[7:].partition("?")[0]).strip()


def _number(head: Head, text: str) -> str:
    """A number as a person dials it: of a tel: URI with its extension (RFC 3966)."""
    if not head.is_uri or text[:4].lower() != "tel:":
        return text
    number, *parameters = unquote(text[4:]).split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.lower() == "phone-context" and value.startswith("+"):
            number = value + number
        elif name.lower() == "ext":
            number += f";ext={value}"
    return number.strip()


def _day(head: Head, text: str) -> str:
    """The ISO form of a day of the calendar; any other text as it stands."""
    found = _DAY.fullmatch(text)
    if not found:
        return text
    year, month, day = found.groups()
    if year == head.omitted_year:  # Apple's way to say that the year is not known
        return f"--{month}-{day}"
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return text
