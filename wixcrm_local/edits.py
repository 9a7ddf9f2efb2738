"""Reads what update_contact is given: members that are set, and members that are cleared (U6).
Pure.

Law: a member that is not named is not touched, and every mistake is found in one go (C5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from wixcrm_local import errors, wire
from wixcrm_local.cleaning import Cleaning, PhoneKey, is_blank
from wixcrm_local.model import WIX_NAMES, Profile
from wixcrm_local.policy import STRICT, Policy
from wixcrm_local.problems import Problems


class Edit(NamedTuple):
    """What update_contact is asked for.

    `named` are the members that are set or cleared, but for custom fields, which are so one by
    one. The draft's profile has the values of the former.
    """

    draft: wire.Draft
    named: frozenset[str]


def read(given: object, phone_key: PhoneKey, problems: Problems, policy: Policy = STRICT) -> Edit:
    """The cleaned form of a mapping or `ContactInfo`; what is wrong is added to `problems`."""
    others: dict[str, Any] = {}
    if isinstance(given, wire.ContactInfo):
        if not isinstance(given.other_members, Mapping):
            wire.add_others(others, given.other_members, problems)
        given = _named_members(given)
    if policy.shapes == "any":
        given = wire.documented(given, phone_key, problems)
    if not isinstance(given, Mapping):
        wire.explain_no_mapping(given, problems, "changes")
        given = {}
    cleaning = Cleaning(phone_key, problems)
    cleaned: dict[str, Any] = {}
    for key, value in given.items():
        name = wire.NAME_OF_MEMBER.get(key) if isinstance(key, str) else None
        if name is None:
            wire.add_other(others, key, _or_cleared(value), problems)
        elif name in cleaned:
            wire.explain_twice(name, problems)
        elif name == "custom_fields":
            cleaned[name] = _custom_fields(cleaning, value)
        else:
            cleaned[name] = getattr(cleaning, name)(value)
    labels = cleaned.get("labels", {})
    fields = cleaned.pop("custom_fields", {})
    profile = Profile(**{name: value for name, value in cleaned.items() if name != "labels"})
    draft = wire.Draft(profile, labels, fields, others, problems.where)
    return Edit(draft, frozenset(cleaned))


def _named_members(given: wire.ContactInfo) -> dict[str, Any]:
    """The members of a `ContactInfo` that were given: all that are not as when nothing is."""
    plain = wire.ContactInfo()
    others = given.other_members if isinstance(given.other_members, Mapping) else {}
    members = {
        wix_name: getattr(given, name)
        for name, wix_name in WIX_NAMES.items()
        if getattr(given, name) != getattr(plain, name)
    }
    return {**others, **members}  # a documented member wins over a field of its name (G5)


def _custom_fields(cleaning: Cleaning, value: object) -> dict[Any, Any]:
    """The values by the names given, and `CLEARED` where a blank was given."""
    kept = cleaning.custom_fields(value)
    if not isinstance(value, Mapping) or (value and not kept and not _all_blank(value)):
        return {}  # a mistake, which is noted
    return {key: kept.get(key, wire.CLEARED) for key in value}


def _all_blank(value: Mapping[Any, Any]) -> bool:
    return all(is_blank(item) for item in value.values())


def _or_cleared(value: object) -> object:
    return wire.CLEARED if is_blank(value) else value


def refuse_without_identity(after: Profile) -> None:
    """C1 holds for what a contact has, not only for what creates it. Raises
    `InsufficientContactInfo`."""
    if after.emails or any(phone.match_key for phone in after.phones):
        return
    problems = Problems()
    problems.add(
        errors.InsufficientContactInfo,
        "",
        "nothing would be left by which the contact can be found; leave it at least one email "
        "address or phone number, or delete it",
    )
    problems.raise_if_any()
