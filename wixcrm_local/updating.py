"""What a contact becomes when a contactInfo is given for it (U1 to U4). Pure.

Law: nothing is ever taken away, unless the policy's arrays="replace" says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wixcrm_local.model import WIX_NAMES, Keyed, Profile

SINGLE = ("first_name", "last_name", "picture", "language")


def merged(kept: Profile, given: Profile, arrays: str) -> Profile:
    """The profile after an update of `kept` with `given`; equal to it where nothing changes."""
    changes: dict[str, Any] = {}
    for name in SINGLE:
        value = getattr(given, name)
        if value is not None:
            changes[name] = value
    if given.login_email is not None and not _same_address(given.login_email, kept.login_email):
        changes["login_email"] = given.login_email
    unite = _replaced if arrays == "replace" else _added
    if given.emails:
        changes["emails"] = unite(kept.emails, given.emails)
    if given.phones:
        changes["phones"] = unite(kept.phones, given.phones)
    if given.labels:
        changes["labels"] = (
            given.labels
            if arrays == "replace"
            else tuple(dict.fromkeys(kept.labels + given.labels))
        )
    if given.custom_fields:
        # Merged per key (U3); 5.0 for a stored 5 is equal, so it is no change (U4).
        changes["custom_fields"] = {**kept.custom_fields, **given.custom_fields}
    return kept._replace(**changes)


def edited(
    kept: Profile, given: Profile, named: frozenset[str], fields: Mapping[int, Any]
) -> Profile:
    """The profile after an edit: each member of `named` is what `given` has, or has not (U6).

    `fields` are the custom fields that are set, or cleared with None.
    """
    changes = {name: getattr(given, name) for name in named}
    login = changes.get("login_email")
    if login is not None and _same_address(login, kept.login_email):
        del changes["login_email"]  # a member's stays in its stored spelling
    real = {number: value for number, value in fields.items() if is_other(kept, number, value)}
    if real:
        values = {**kept.custom_fields, **real}
        changes["custom_fields"] = {
            number: value for number, value in values.items() if value is not None
        }
    return kept._replace(**changes)


def united(target: Profile, sources: Sequence[Profile]) -> Profile:
    """The target with all that the sources have and it has not, in their order (U8)."""
    after = target
    for source in sources:
        after = after._replace(
            **{name: getattr(after, name) or getattr(source, name) for name in SINGLE},
            login_email=after.login_email or source.login_email,
            emails=_added(after.emails, source.emails),
            phones=_added(after.phones, source.phones),
            labels=tuple(dict.fromkeys(after.labels + source.labels)),
            custom_fields={**source.custom_fields, **after.custom_fields},
        )
    return after


def is_other(kept: Profile, number: int, value: object) -> bool:
    """Whether a value is another than the stored one; 5.0 for a stored 5 is not (U4)."""
    return kept.custom_fields.get(number) != value


def given_members(given: Profile) -> tuple[str, ...]:
    """The names of the members that have a value, in the documentation's order."""
    return tuple([name for name, value in zip(WIX_NAMES, given, strict=True) if value])


def changed_members(before: Profile, after: Profile) -> tuple[str, ...]:
    """The names of the members that differ, in the documentation's order."""
    members = zip(WIX_NAMES, before, after, strict=True)
    return tuple([name for name, old, new in members if old != new])


def _same_address(one: Keyed, other: Keyed | None) -> bool:
    return other is not None and one.match_key == other.match_key


def _added(kept: tuple[Keyed, ...], given: tuple[Keyed, ...]) -> tuple[Keyed, ...]:
    """The stored spellings first, then what the contact does not have yet (U2, U4)."""
    known = {item.identity for item in kept}
    return kept + tuple(item for item in given if item.identity not in known)


def _replaced(kept: tuple[Keyed, ...], given: tuple[Keyed, ...]) -> tuple[Keyed, ...]:
    """The given list, in stored spellings where there are any (U2, U4)."""
    spellings = {item.identity: item for item in kept}
    return tuple(spellings.get(item.identity, item) for item in given)
