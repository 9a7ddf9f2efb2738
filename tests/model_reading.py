"""The model's reading of a contactInfo: what it asks for, and all that is wrong with it.

Law: sections 2, 3 and 8 of the semantics, written anew; of the library only what is public.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from wixcrm_local import (
    ContactInfo,
    InsufficientContactInfo,
    InvalidContactInfo,
    InvalidEmail,
    InvalidMemberType,
    InvalidPhone,
    InvalidText,
    Policy,
    UnknownMember,
    ValueTooLong,
    email_match_key,
    phone_match_key,
)

ATTRIBUTES = {
    "firstName": "first_name",
    "lastName": "last_name",
    "picture": "picture",
    "emails": "emails",
    "loginEmail": "login_email",
    "phones": "phones",
    "labels": "labels",
    "language": "language",
    "customFields": "custom_fields",
}
DOCUMENTED = {name: wix for wix, attribute in ATTRIBUTES.items() for name in (wix, attribute)}
LISTS = {"emails": 50, "phones": 50, "labels": 2_000}  # C6: how many each may have
LONGEST = {"firstName": 1_000, "lastName": 1_000, "picture": 2_048, "language": 100}
NEWER_LISTS = {"email": "emails", "phone": "phones", "labelKeys": "labels"}
ITEM_MEMBERS = {"emails": ("email",), "phones": ("phone", "e164Phone")}
ITEM_MEMBERS |= {"labels": ("key", "displayName")}
INVISIBLE = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"

CLEARED = object()  # a custom field that is to have no value (U6)

email_key = cache(email_match_key)
phone_key = cache(phone_match_key)


def is_blank(value: Any) -> bool:
    """C2: what counts as not given."""
    if isinstance(value, list | tuple):
        return all(is_blank_item(item) for item in value)
    return value == {} or is_blank_item(value)


def is_blank_item(value: Any) -> bool:
    """C2: an item of a list that counts as not given."""
    return value is None or (isinstance(value, str) and not value.strip())


def clean(text: str, *, is_name: bool = False, breaks: str = "") -> str:
    """C3: trimmed, NFC, without control characters; raises ValueError for those."""
    if is_name:
        text = "".join(letter for letter in text if letter not in INVISIBLE)
    text = text.strip()
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text if letter not in breaks):
        raise ValueError
    return unicodedata.normalize("NFC", text)


def folded(name: str) -> str:
    """G4: names are compared without regard to case."""
    normal = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", normal)


def is_placeholder(number: str) -> bool:
    """P2: one digit repeated, a run up or down, or under five digits."""
    digits = [int(letter) for letter in number if letter.isdigit()]
    steps = {after - before for before, after in pairwise(digits)}
    plain = all(letter.isdigit() or letter in "+-() " for letter in number)
    return plain and bool(digits) and (len(digits) < 5 or steps in ({0}, {1}, {-1}))


def shown(name: str) -> str:
    """The path of a flat member: bare where it is plain."""
    return name if name.isidentifier() else repr(name)


class Reading:
    """One contactInfo: `asked` has what is given, by attribute; `problems` all mistakes (C5).

    Which labels and custom fields there are is not known here: `labels` has names with their
    paths, `fields` and `flat` have names, values and paths.
    """

    def __init__(self, given: Any, region: str | None, policy: Policy) -> None:
        self.problems: list[tuple[type[InvalidContactInfo], str]] = []
        self.asked: dict[str, Any] = {}
        self.labels: dict[str, str] = {}
        self.fields: dict[Any, tuple[Any, str]] = {}
        self.flat: list[tuple[str, Any, str]] = []
        self._region = region
        self._singles: dict[str, tuple[str, Any]] = {}
        self._items: dict[str, list[tuple[bool, str, Any]]] = {name: [] for name in LISTS}
        if isinstance(given, ContactInfo):
            given = dict(given.other_members) | {
                wix: getattr(given, attribute) for wix, attribute in ATTRIBUTES.items()
            }
        if not isinstance(given, Mapping):
            self._wrong(InvalidMemberType, "")
            return
        if policy.shapes == "any":
            self._take_any(given, "")
        else:
            self._take_documented(given)
        self._clean()
        if not (self.problems or self._has_identity()):
            self._wrong(InsufficientContactInfo, "")

    def phone_key(self, number: str) -> str | None:
        """The key under which a number is compared."""
        return phone_key(number, self._region)

    def _wrong(self, error: type[InvalidContactInfo], path: str) -> None:
        self.problems.append((error, path))

    def _has_identity(self) -> bool:
        """C1: an email address, or a number that is no placeholder."""
        return bool(self.asked.get("emails")) or any(
            self.phone_key(number) for number in self.asked.get("phones", ())
        )

    def _take_documented(self, given: Mapping[Any, Any]) -> None:
        taken = set()
        for key, value in given.items():
            name = DOCUMENTED.get(key)
            if name in taken:
                self._wrong(InvalidContactInfo, name)  # A4
            elif name in LISTS and isinstance(value, list | tuple):
                self._items[name] = [
                    (False, f"{name}[{place}]", item) for place, item in enumerate(value)
                ]
            elif name in LISTS and not is_blank(value):
                self._wrong(InvalidMemberType, name)  # C4
            elif name == "customFields":
                self._take_fields(value, name)
            elif name is None:
                self._take_flat(key, value, "")
            elif name not in LISTS:
                self._singles[name] = (name, value)
            taken |= {name} - {None}

    def _take_any(self, given: Mapping[Any, Any], at: str) -> None:
        """Section 8: the shapes of the newer APIs, beside the documented one."""
        for key, value in given.items():
            name = DOCUMENTED.get(key, key)
            path = f"{at}{name}"
            many = NEWER_LISTS.get(name, name)
            if many in LISTS:
                self._take_items(many, value, path)
            elif name in ("customFields", "extendedFields"):
                wrapped = isinstance(value, Mapping) and set(value) == {"items"}
                self._take_fields(value["items"], f"{path}.items") if wrapped else (
                    self._take_fields(value, path)
                )
            elif name in ("info", "contact") and isinstance(value, Mapping) and not at:
                self._take_any(value, f"{name}.")
            elif name == "name" and isinstance(value, Mapping):
                self._take_single("firstName", value.get("first"), f"{path}.first")
                self._take_single("lastName", value.get("last"), f"{path}.last")
            elif name == "primaryInfo" and isinstance(value, Mapping):
                self._take_items("emails", value.get("email"), f"{path}.email")
                self._take_items("phones", value.get("phone"), f"{path}.phone")
            elif name in ATTRIBUTES:
                self._take_single(name, value, path)
            else:
                self._take_flat(key, value, at)

    def _take_single(self, name: str, value: Any, path: str) -> None:
        if is_blank(self._singles.get(name, ("", None))[1]):
            self._singles[name] = (path, value)
        elif not is_blank(value) and value != self._singles[name][1]:
            self._wrong(InvalidContactInfo, path)

    def _take_items(self, name: str, value: Any, path: str) -> None:
        for item_path, item in _spread(value, path):
            if not isinstance(item, Mapping):
                self._items[name].append((False, item_path, item))
                continue
            inner = min(
                (inner for inner in ITEM_MEMBERS[name] if inner in item),
                key=lambda inner: is_blank(item[inner]),
                default=None,
            )
            if inner is not None:
                text = item[inner]
                if inner == "phone" and "countryCode" in item:
                    text = self._of_country(text, item["countryCode"])
                is_primary = item.get("primary") is True
                self._items[name].append((is_primary, f"{item_path}.{inner}", text))
            elif not all(map(is_blank, item.values())):
                self._wrong(InvalidMemberType, item_path)

    def _of_country(self, number: str, country: str) -> str:
        """P1: a national number of another country than the file's is kept internationally."""
        key = phone_key(number, country)
        is_valid = key is not None and key.startswith("+")
        return key if is_valid and key != self.phone_key(number) else number

    def _take_fields(self, value: Any, path: str) -> None:
        if is_blank(value):
            return
        if not isinstance(value, Mapping):
            self._wrong(InvalidMemberType, path)
            return
        if len(value) > 100:
            self._wrong(ValueTooLong, path)
            return
        for name, item in value.items():
            place = f"{path}[{name!r}]" if isinstance(name, str) else path
            if is_blank(item):
                continue
            if name in self.fields and self.fields[name][0] != item:
                self._wrong(InvalidContactInfo, place)
            self.fields.setdefault(name, (item, place))

    def _take_flat(self, key: Any, value: Any, at: str) -> None:
        if not isinstance(key, str):
            self._wrong(UnknownMember, "")
            return
        try:
            clean(key)
        except ValueError:
            self._wrong(InvalidText, at + shown(key))
        else:
            if not is_blank(value):
                self.flat.append((key, value, at + shown(key)))

    def _clean(self) -> None:
        for name, (path, value) in self._singles.items():
            if name == "loginEmail":
                cleaned = self._address(value, path)
            else:
                cleaned = self._text(value, path, LONGEST[name], is_name=name.endswith("Name"))
            if cleaned is not None:
                self.asked[ATTRIBUTES[name]] = cleaned
        emails, phones = {}, {}
        for path, item in self._list("emails"):
            address = self._address(item, path)
            if address is not None:
                emails.setdefault(email_key(address), address)
        for path, item in self._list("phones"):
            number = self._number(item, path)
            if number is not None:
                phones.setdefault(self.phone_key(number) or f"text:{number}", number)
        self.asked |= {"emails": list(emails.values())} if emails else {}
        self.asked |= {"phones": list(phones.values())} if phones else {}
        for path, item in self._list("labels"):
            label = self._text(item, path, 180, is_name=True)
            if label is not None and folded(label) not in map(folded, self.labels):
                self.labels[label] = path

    def _list(self, name: str) -> list[tuple[str, Any]]:
        items = sorted(self._items[name], key=lambda item: not item[0])
        given = [(path, item) for _, path, item in items if not is_blank_item(item)]
        if len(given) > LISTS[name]:
            self._wrong(ValueTooLong, name)
            return []
        return given

    def _text(self, value: Any, path: str, longest: int, *, is_name: bool = False) -> str | None:
        if is_blank(value):
            return None
        if not isinstance(value, str):
            self._wrong(InvalidMemberType, path)
        elif len(value.strip()) > longest:
            self._wrong(ValueTooLong, path)
        else:
            try:
                return clean(value, is_name=is_name) or None
            except ValueError:
                self._wrong(InvalidText, path)
        return None

    def _address(self, value: Any, path: str) -> str | None:
        text = self._text(value, path, 320)
        if text is not None and email_key(text) is None:
            self._wrong(InvalidEmail, path)
            return None
        return text

    def _number(self, value: Any, path: str) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            value = str(value)  # C4
        text = self._text(value, path, 50)
        if text is not None and self.phone_key(text) is None and not is_placeholder(text):
            self._wrong(InvalidPhone, path)
            return None
        return text


def _spread(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The items of a list, or of {"items": […]}, or a bare value as the one item."""
    if isinstance(value, Mapping) and "items" in value:
        if len(value) > 1:
            yield path, {name: item for name, item in value.items() if name != "items"}
        value, path = value["items"], f"{path}.items"
    if isinstance(value, list | tuple):
        yield from ((f"{path}[{place}]", item) for place, item in enumerate(value))
    elif not is_blank(value):
        yield path, value
