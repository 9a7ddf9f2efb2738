"""Cleans what each documented member may hold (C2 to C6), and gives addresses their keys. Pure.

Law: every mistake is added to the problems, with its place; nothing is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from wixcrm_local import errors, text
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import Keyed
from wixcrm_local.problems import Problems

MOST_EMAILS = 50
MOST_PHONES = 50
MOST_LABELS = 2_000
MOST_CUSTOM_FIELDS = 100
LONGEST_NAME = 1_000
LONGEST_PICTURE = 2_048
LONGEST_LANGUAGE = 100
LONGEST_LABEL = 180
LONGEST_FIELD_NAME = 150
LONGEST_EMAIL = 320
LONGEST_PHONE = 50

PhoneKey = Callable[[str], str | None]  # as phone_number.key_of_phone, in a certain region

_EMAIL = "ana@example.com"
_PHONE = "+44 20 7946 0958"


def is_blank(value: object) -> bool:
    """Whether a value counts as not given (C2)."""
    if isinstance(value, list | tuple):
        return all(_is_blank_text(item) for item in value)
    return _is_blank_text(value) or value == {}


def _is_blank_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def single_text(
    path: str,
    value: object,
    clean: Callable[[str], str],
    longest: int,
    problems: Problems,
) -> str | None:
    """The cleaned text of a member that has one value; None where it is blank."""
    if value is None:
        return None
    if not isinstance(value, str):
        problems.add(
            errors.InvalidMemberType, path, f"must be a text, not {text.kind_of(value)}; give a str"
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


def _items(
    path: str, value: object, most: int, example: str, problems: Problems
) -> Iterator[tuple[str, Any]]:
    """The items of a list that are not None, each with its path."""
    for place, item in enumerate(_list(path, value, most, example, problems)):
        if item is not None:
            yield f"{path}[{place}]", item


def _list(path: str, value: object, most: int, example: str, problems: Problems) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        if not is_blank(value):
            problems.add(
                errors.InvalidMemberType,
                path,
                f"must be a list, not {text.kind_of(value)}; {_list_form(value, example)}",
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


def _list_form(value: object, example: str) -> str:
    """How to write it instead: with the caller's own text, where there is one (C4)."""
    if isinstance(value, Mapping):
        return f"a mapping is the form of Wix's newer contacts API, write [{example!r}]"
    if isinstance(value, str) and len(value) <= 60:
        return f"write [{value!r}]"
    return f"write [{example!r}]"


def emails(value: object, problems: Problems) -> tuple[Keyed, ...]:
    """The valid addresses of a list, each once, in the first spelling (C3, E1)."""
    if value is None:
        return ()
    found: dict[str, Keyed] = {}
    for path, item in _items("emails", value, MOST_EMAILS, _EMAIL, problems):
        keyed = _email(path, item, problems)
        if keyed is not None:
            found.setdefault(keyed.identity, keyed)
    return tuple(found.values())


def login_email(value: object, problems: Problems) -> Keyed | None:
    """The address a member logs in with (G2)."""
    return _email("loginEmail", value, problems)


def phones(value: object, key: PhoneKey, problems: Problems) -> tuple[Keyed, ...]:
    """The numbers of a list, each once, in the first spelling (C3, C4, P1, P2)."""
    if value is None:
        return ()
    found: dict[str, Keyed] = {}
    for path, item in _items("phones", value, MOST_PHONES, _PHONE, problems):
        keyed = _phone(path, item, key, problems)
        if keyed is not None:
            found.setdefault(keyed.identity, keyed)
    return tuple(found.values())


def labels(value: object, problems: Problems) -> dict[str, str]:
    """The names of a list, each once in its first spelling, with their paths (C3, G4)."""
    if value is None:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for path, item in _items("labels", value, MOST_LABELS, "Customer", problems):
        name = single_text(path, item, text.clean_name, LONGEST_LABEL, problems)
        if name is not None:
            found.setdefault(text.folded(name), (name, path))
    return dict(found.values())


def custom_fields(value: object, problems: Problems) -> dict[str, Any]:
    """The values by the names given, without blanks; types belong to the register (G5)."""
    if value is None or is_blank(value):
        return {}
    if not isinstance(value, Mapping):
        problems.add(
            errors.InvalidMemberType,
            "customFields",
            f'must be a mapping, not {text.kind_of(value)}; write {{"Lead score": 85}}',
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


def _email(path: str, value: object, problems: Problems) -> Keyed | None:
    if not isinstance(value, str) and isinstance(value, Mapping):
        _explain_newer_item(path, value.get("email"), _EMAIL, problems)
        return None
    cleaned = single_text(path, value, text.clean, LONGEST_EMAIL, problems)
    if cleaned is None:
        return None
    try:
        return Keyed(cleaned, key_of_email(cleaned))
    except errors.InvalidEmail as error:
        problems.add(errors.InvalidEmail, path, error.message, **error.details)
        return None


def _phone(path: str, value: object, key: PhoneKey, problems: Problems) -> Keyed | None:
    if not isinstance(value, str) and isinstance(value, Mapping):
        _explain_newer_item(path, value.get("phone"), _PHONE, problems)
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**LONGEST_PHONE:
        value = str(value)  # C4
    cleaned = single_text(path, value, text.clean, LONGEST_PHONE, problems)
    if cleaned is None:
        return None
    try:
        return Keyed(cleaned, key(cleaned))
    except errors.InvalidPhone as error:
        problems.add(errors.InvalidPhone, path, error.message, **error.details)
        return None


def _explain_newer_item(path: str, own: object, example: str, problems: Problems) -> None:
    """Shows the caller's own address as the right form, where there is one."""
    has_own = isinstance(own, str) and 0 < len(own) <= 60
    problems.add(
        errors.InvalidMemberType,
        path,
        "must be a text; a mapping is the form of Wix's newer contacts API (v4 and later), "
        f"give the text alone, {repr(own) if has_own else f'such as {example!r}'}",
    )
