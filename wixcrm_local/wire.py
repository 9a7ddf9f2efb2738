"""Reads a contactInfo as callers give it: names, types and texts are checked and cleaned, and
each address gets its match key. Pure.

Law: what is given is never changed, and every mistake in it is found in one go (C5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs

from wixcrm_local import errors, shapes
from wixcrm_local.cleaning import Cleaning, PhoneKey, is_blank
from wixcrm_local.model import WIX_NAMES, Contact, Profile, ReadOnlyDict, documented_members
from wixcrm_local.policy import STRICT, Policy
from wixcrm_local.problems import Problems
from wixcrm_local.text import as_path, clean_name, kind_of

_EMPTY: Mapping[str, Any] = MappingProxyType({})
NAME_OF_MEMBER = {given: name for name, wix in WIX_NAMES.items() for given in (name, wix)}

# Stands in a draft for a custom field that is to have no value (U6).
CLEARED = object()


def _frozen(value: Any) -> Any:
    """A copy that the caller's later changes don't reach."""
    if isinstance(value, list):
        return tuple(value)
    return ReadOnlyDict(value) if isinstance(value, Mapping) else value


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
    def from_wix(cls, info: Mapping[str, Any], *, policy: Policy = STRICT) -> ContactInfo:
        """The checked and cleaned form of a mapping with documented names (A5).

        Under a policy with shapes="any", such as LENIENT, also of one of the newer APIs' shapes.

        Raises `InvalidContactInfo`, or the one of its kinds that fits, listing every problem.
        Whether labels and custom fields exist, and what a phone number is in the store's
        region, only a store can tell.
        """
        problems = Problems()
        draft = read(info, Cleaning(str, problems), policy)
        for name, value in draft.other_members.items():
            if not isinstance(value, (str, int, float, date)):  # none that any field could have
                shapes.explain_unknown(name, value, problems)
        problems.raise_if_any()
        given = draft.profile
        return cls(
            first_name=given.first_name,
            last_name=given.last_name,
            picture=given.picture,
            emails=tuple(item.text for item in given.emails),
            login_email=given.login_email.text if given.login_email else None,
            phones=tuple(item.text for item in given.phones),
            labels=tuple(draft.labels),
            language=given.language,
            custom_fields=draft.custom_fields,
            other_members=draft.other_members,
        )

    def to_wix(self) -> dict[str, Any]:
        """The documented members that have a value, ready for JSON (A5)."""
        return {**documented_members(self), **documented_values(self.other_members)}


class Draft(NamedTuple):
    """A contactInfo after cleaning: its profile so far, and the names that a register must know."""

    profile: Profile
    labels: Mapping[str, str]  # each with its path
    custom_fields: Mapping[str, Any]
    other_members: Mapping[str, Any]
    where: Callable[[str], str] | None = None  # see `Problems`


def read(given: object, cleaning: Cleaning, policy: Policy = STRICT) -> Draft:
    """The cleaned form of a `ContactInfo` or mapping; what is wrong is added to its problems."""
    problems = cleaning.problems
    if policy.shapes == "any":
        given = documented(given, cleaning.phone_key, problems)
    cleaned: dict[str, Any] = {}
    others: dict[str, Any] = {}
    if isinstance(given, (dict, Mapping)):  # dict first: Mapping's check is slow
        for key, value in given.items():
            name = NAME_OF_MEMBER.get(key) if isinstance(key, str) else None
            if name is None:
                add_other(others, key, value, problems)
            elif name in cleaned:
                explain_twice(name, problems)
            else:
                cleaned[name] = getattr(cleaning, name)(value)
    elif isinstance(given, ContactInfo):
        cleaned = {name: getattr(cleaning, name)(getattr(given, name)) for name in WIX_NAMES}
        add_others(others, given.other_members, problems)
    else:
        explain_no_mapping(given, problems)
    labels = cleaned.pop("labels", _EMPTY)
    custom_fields = cleaned.pop("custom_fields", _EMPTY)
    profile = Profile(**cleaned)
    if not (profile.emails or problems or any(phone.match_key for phone in profile.phones)):
        _explain_insufficient(profile, problems)
    return Draft(profile, labels, custom_fields, others, problems.where)


def documented(given: object, phone_key: PhoneKey, problems: Problems) -> object:
    """What was given in the documented shape, where it is of a shape at all (section 8)."""
    if isinstance(given, ContactInfo) and isinstance(given.other_members, Mapping):
        members = {wix: getattr(given, name) for name, wix in WIX_NAMES.items()}
        given = {**given.other_members, **members}
    if not isinstance(given, Mapping):
        return given
    found = shapes.Documented(given, phone_key, problems)
    problems.where = found.path
    return found.members


def _explain_insufficient(given: Profile, problems: Problems) -> None:
    """C1: one address or number is the least; a placeholder (P2) or login email is none."""
    if given.phones:
        why = "its phones are placeholders, such as 0000000000, on which strangers would meet"
    elif given.login_email:
        why = "its loginEmail alone does not count"
    else:
        why = "it has neither"
    problems.add(
        errors.InsufficientContactInfo,
        "",
        f"contactInfo needs at least one email address or phone number, but {why}; "
        'give "emails": ["…"] or "phones": ["…"]',
    )


def explain_no_mapping(given: object, problems: Problems, noun: str = "contactInfo") -> None:
    example = 'one such as {"firstName": "Ana", "emails": ["ana@example.com"]}'
    remedy = "contact.to_wix()" if isinstance(given, Contact) else example
    problems.add(
        errors.InvalidMemberType,
        "",
        f"{noun} must be a mapping or a ContactInfo, not {kind_of(given)}; give {remedy}",
    )


def explain_twice(name: str, problems: Problems) -> None:
    problems.add(
        errors.InvalidContactInfo,
        WIX_NAMES[name],
        f"is given twice, as {WIX_NAMES[name]} and {name}; keep one of them",
    )


def add_others(others: dict[str, Any], given: object, problems: Problems) -> None:
    """The other members of a `ContactInfo`, which a caller may have filled with anything."""
    if not isinstance(given, Mapping):
        problems.add(
            errors.InvalidMemberType,
            "other_members",
            f'must be a mapping, not {kind_of(given)}; write {{"Lead score": 85}}',
        )
        return
    for key, value in given.items():
        add_other(others, key, value, problems)


def add_other(others: dict[str, Any], key: object, value: Any, problems: Problems) -> None:
    """A member that is not documented: perhaps a custom field, which only a store knows (G5)."""
    if not isinstance(key, str):
        problems.add(
            errors.UnknownMember,
            "",
            f"the name of a member must be a text, not {kind_of(key)}; "
            "see the documented ones in ContactInfo",
        )
    elif reason := _why_no_name(key):
        problems.add(errors.InvalidText, as_path(key), f"{reason}; leave that out of its name")
    elif not is_blank(value):
        others[key] = value


def _why_no_name(key: str) -> str | None:
    try:
        clean_name(key)
    except ValueError as error:
        return str(error)
    return None


def documented_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values ready for JSON: dates as ISO text."""
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in values.items()
    }
