"""Reads a contactInfo as callers give it: names, types and texts are checked and cleaned, and
each address gets its match key. Pure.

Law: what is given is never changed, and every mistake in it is found in one go (C5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from wixcrm_local import errors, text
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import WIX_NAMES, Keyed, ReadOnlyDict, documented_members
from wixcrm_local.phone_number import key_of_phone
from wixcrm_local.problems import Problems

MOST_EMAILS = 50
MOST_PHONES = 50
MOST_LABELS = 2_000
MOST_CUSTOM_FIELDS = 100
LONGEST_LABEL = 180
LONGEST_FIELD_NAME = 150
_LONGEST_EMAIL = 320
_LONGEST_PHONE = 50

_NAME_OF_MEMBER = {given: name for name, wix in WIX_NAMES.items() for given in (name, wix)}

# Members of Wix's newer contact APIs, and what createContact has in their place.
_NEWER = {
    "name": "firstName and lastName, two texts",
    "email": "emails, a list of texts",
    "phone": "phones, a list of texts",
    "labelKeys": "labels, a list of texts",
    "extendedFields": "customFields, a mapping",
    "info": "its members themselves, without the wrapper",
    "contact": "its members themselves, without the wrapper",
    "primaryInfo": "emails and phones, two lists of texts",
}


def _frozen(value: Any) -> Any:
    """A copy that the caller's later changes don't reach."""
    if isinstance(value, list):
        return tuple(value)
    return ReadOnlyDict(value) if isinstance(value, dict) else value


@attrs.frozen(kw_only=True)
class ContactInfo:
    """What createContact is given: the documented members, in Python's spelling (A4).

    It holds what it is given; the verb it is passed to checks it. `other_members` holds flat
    members that may be the names of custom fields (G5).
    """

    first_name: str | None = None
    last_name: str | None = None
    picture: str | None = None
    emails: Sequence[str] = attrs.field(default=(), converter=_frozen)
    login_email: str | None = None
    phones: Sequence[str | int] = attrs.field(default=(), converter=_frozen)
    labels: Sequence[str] = attrs.field(default=(), converter=_frozen)
    language: str | None = None
    custom_fields: Mapping[str, Any] = attrs.field(
        factory=ReadOnlyDict, converter=_frozen, hash=False
    )
    other_members: Mapping[str, Any] = attrs.field(
        factory=ReadOnlyDict, converter=_frozen, hash=False
    )

    @classmethod
    def from_wix(cls, info: Mapping[str, Any]) -> ContactInfo:
        """The checked and cleaned form of a mapping with documented names (A5).

        Raises `InvalidContactInfo`, or the one of its kinds that fits, listing every problem.
        Whether labels and custom fields exist, only a store can tell.
        """
        problems = Problems()
        draft = read(info, None, problems)
        problems.raise_if_any()
        return cls(
            first_name=draft.first_name,
            last_name=draft.last_name,
            picture=draft.picture,
            emails=tuple(item.text for item in draft.emails),
            login_email=draft.login_email.text if draft.login_email else None,
            phones=tuple(item.text for item in draft.phones),
            labels=draft.labels,
            language=draft.language,
            custom_fields=draft.custom_fields,
            other_members=draft.other_members,
        )

    def to_wix(self) -> dict[str, Any]:
        """The documented members that have a value, ready for JSON (A5)."""
        return {**documented_members(self), **documented_values(self.other_members)}


@attrs.frozen
class Draft:
    """A contactInfo after cleaning. Names of labels and fields are not looked up yet."""

    first_name: str | None
    last_name: str | None
    picture: str | None
    emails: tuple[Keyed, ...]
    login_email: Keyed | None
    phones: tuple[Keyed, ...]
    labels: tuple[str, ...]
    language: str | None
    custom_fields: dict[str, Any]
    other_members: dict[str, Any]


def read(given: object, region: str | None, problems: Problems) -> Draft:
    """The cleaned form of a `ContactInfo` or mapping; what is wrong is added to `problems`."""
    members, others = _members(given, problems)
    take = members.get
    draft = Draft(
        _text("firstName", take("first_name"), text.clean_name, 1_000, problems),
        _text("lastName", take("last_name"), text.clean_name, 1_000, problems),
        _text("picture", take("picture"), text.clean, 2_048, problems),
        _emails(take("emails"), problems),
        _login_email(take("login_email"), problems),
        _phones(take("phones"), region, problems),
        _labels(take("labels"), problems),
        _text("language", take("language"), text.clean, 100, problems),
        _custom_fields(take("custom_fields"), problems),
        others,
    )
    if not problems and not any(item.match_key for item in (*draft.emails, *draft.phones)):
        _explain_insufficient(draft, problems)
    return draft


def _explain_insufficient(draft: Draft, problems: Problems) -> None:
    """C1: one address or number is the least; a placeholder (P2) or login email is none."""
    if draft.phones:
        why = "its phones are placeholders, such as 0000000000, on which strangers would meet"
    elif draft.login_email:
        why = "its loginEmail alone does not count"
    else:
        why = "it has neither"
    problems.add(
        errors.InsufficientContactInfo,
        "",
        f"contactInfo needs at least one email address or phone number, but {why}; "
        'give "emails": ["…"] or "phones": ["…"]',
    )


def _members(given: object, problems: Problems) -> tuple[dict[str, Any], dict[str, Any]]:
    """The documented members by attribute name, and the others by the name given."""
    if isinstance(given, ContactInfo):
        return {name: getattr(given, name) for name in WIX_NAMES}, dict(given.other_members)
    members: dict[str, Any] = {}
    others: dict[str, Any] = {}
    if not isinstance(given, Mapping):
        problems.add(
            errors.InvalidMemberType,
            "",
            f"contactInfo must be a mapping or a ContactInfo, not {_kind(given)}; "
            'give one such as {"firstName": "Ana", "emails": ["ana@example.com"]}',
        )
        return members, others
    for key, value in given.items():
        name = _NAME_OF_MEMBER.get(key) if isinstance(key, str) else None
        if name is None:
            _add_other(others, key, value, problems)
        elif name in members:
            problems.add(
                errors.InvalidContactInfo,
                WIX_NAMES[name],
                f"is given twice, as {WIX_NAMES[name]} and {name}; keep one of them",
            )
        else:
            members[name] = value
    return members, others


def _add_other(others: dict[str, Any], key: object, value: Any, problems: Problems) -> None:
    """A member that is not documented: perhaps a custom field, if its value could be one (G5)."""
    if not isinstance(key, str):
        problems.add(
            errors.UnknownMember,
            text.shortened(str(key)[:60]) if isinstance(key, int | float) else _kind(key),
            "names of members must be texts; see the documented ones in ContactInfo",
        )
    elif key in _NEWER and not is_blank(value):
        others[key] = value
        if not isinstance(value, str | int | float | date):
            others.pop(key)
            problems.add(errors.UnknownMember, key, newer_api_hint(key))
    elif isinstance(value, str | int | float | date) or is_blank(value):
        others[key] = value
    else:
        problems.add(
            errors.UnknownMember,
            text.shortened(key),
            f"is no member of contactInfo and its value, {_kind(value)}, fits no custom field; "
            "leave it out, or see the documented members in ContactInfo",
        )


def newer_api_hint(name: str) -> str:
    """What to say where a member of Wix's newer contact APIs is given (section 8)."""
    return (
        "belongs to Wix's newer contacts API (v4 and later); "
        f"createContact has {_NEWER[name]}, in its place"
    )


def is_newer_member(name: str) -> bool:
    return name in _NEWER


def is_blank(value: object) -> bool:
    """Whether a value counts as not given (C2)."""
    if isinstance(value, list | tuple):
        return all(_is_blank_text(item) for item in value)
    return _is_blank_text(value) or value == {}


def _is_blank_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def documented_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values ready for JSON: dates as ISO text."""
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in values.items()
    }


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _text(
    path: str,
    value: object,
    clean: Callable[[str], str],
    longest: int,
    problems: Problems,
) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        problems.add(
            errors.InvalidMemberType, path, f"must be a text, not {_kind(value)}; give a str"
        )
        return None
    if len(value) > longest and len(value.strip()) > longest:
        problems.add(
            errors.ValueTooLong,
            path,
            f"has {len(value):,} characters, and at most {longest:,} can be kept; shorten it",
            limit=longest,
        )
        return None
    try:
        return clean(value) or None
    except ValueError as error:
        problems.add(errors.InvalidText, path, f"{error}, which can't be kept; remove it")
        return None


def _items(path: str, value: object, most: int, example: str, problems: Problems) -> Sequence[Any]:
    """The items of a list, with the blank ones still in their places."""
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        if isinstance(value, str) and value.isspace():
            return ()
        if isinstance(value, Mapping):
            hint = "that is the form of Wix's newer contacts API; "
        else:
            hint = ""
        problems.add(
            errors.InvalidMemberType,
            path,
            f"must be a list, not {_kind(value)}; {hint}write {example}",
        )
        return ()
    if len(value) > most and (given := sum(not _is_blank_text(item) for item in value)) > most:
        problems.add(
            errors.ValueTooLong,
            path,
            f"has {given:,} items, and at most {most:,} can be kept; shorten the list",
            limit=most,
        )
        return ()
    return value


def _emails(value: object, problems: Problems) -> tuple[Keyed, ...]:
    found: dict[str, Keyed] = {}
    for place, item in enumerate(
        _items("emails", value, MOST_EMAILS, '["ana@example.com"]', problems)
    ):
        keyed = None if item is None else _email(f"emails[{place}]", item, problems)
        if keyed is not None and keyed.match_key is not None:
            found.setdefault(keyed.match_key, keyed)
    return tuple(found.values())


def _login_email(value: object, problems: Problems) -> Keyed | None:
    return _email("loginEmail", value, problems)


def _email(path: str, value: object, problems: Problems) -> Keyed | None:
    if isinstance(value, Mapping):
        _explain_newer_item(path, '"ana@example.com"', problems)
        return None
    cleaned = _text(path, value, text.clean, _LONGEST_EMAIL, problems)
    if cleaned is None:
        return None
    try:
        return Keyed(cleaned, key_of_email(cleaned))
    except errors.InvalidEmail as error:
        problems.add(errors.InvalidEmail, path, error.message, **error.details)
        return None


def _phones(value: object, region: str | None, problems: Problems) -> tuple[Keyed, ...]:
    found: dict[str, Keyed] = {}
    for place, item in enumerate(
        _items("phones", value, MOST_PHONES, '["+44 20 7946 0958"]', problems)
    ):
        keyed = None if item is None else _phone(f"phones[{place}]", item, region, problems)
        if keyed is not None:
            found.setdefault(keyed.identity, keyed)
    return tuple(found.values())


def _phone(path: str, value: object, region: str | None, problems: Problems) -> Keyed | None:
    if isinstance(value, Mapping):
        _explain_newer_item(path, '"+44 20 7946 0958"', problems)
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**_LONGEST_PHONE:
        value = str(value)  # C4
    cleaned = _text(path, value, text.clean, _LONGEST_PHONE, problems)
    if cleaned is None:
        return None
    try:
        return Keyed(cleaned, key_of_phone(cleaned, region))
    except errors.InvalidPhone as error:
        problems.add(errors.InvalidPhone, path, error.message, **error.details)
        return None


def _explain_newer_item(path: str, example: str, problems: Problems) -> None:
    problems.add(
        errors.InvalidMemberType,
        path,
        "must be a text; a mapping is the form of Wix's newer contacts API (v4 and later), "
        f"give the text alone, such as {example}",
    )


def _labels(value: object, problems: Problems) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for place, item in enumerate(_items("labels", value, MOST_LABELS, '["Customer"]', problems)):
        if item is None:
            continue
        label = _text(f"labels[{place}]", item, text.clean_name, LONGEST_LABEL, problems)
        if label is not None:
            found.setdefault(text.folded(label), label)
    return tuple(found.values())


def _custom_fields(value: object, problems: Problems) -> dict[str, Any]:
    """The values by the names given; blanks are left out, types belong to the register."""
    if is_blank(value):
        return {}
    if not isinstance(value, Mapping):
        problems.add(
            errors.InvalidMemberType,
            "customFields",
            f'must be a mapping, not {_kind(value)}; write {{"Lead score": 85}}',
        )
        return {}
    if len(value) > MOST_CUSTOM_FIELDS:
        problems.add(
            errors.ValueTooLong,
            "customFields",
            f"has {len(value):,} entries, and at most {MOST_CUSTOM_FIELDS} can be kept; "
            "leave some out",
            limit=MOST_CUSTOM_FIELDS,
        )
        return {}
    return {key: item for key, item in value.items() if not is_blank(item)}
