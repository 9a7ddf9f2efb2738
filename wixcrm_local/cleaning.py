"""Cleans what each documented member may hold (C2 to C6), and gives addresses their keys. Pure.

Law: every mistake is added to the problems, with its place; nothing is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wixcrm_local import errors, text
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import Keyed, Profile
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

PhoneKey = Callable[[str], str | None]

_EMAIL = "ana@example.com"
_PHONE = "+44 20 7946 0958"


def is_blank(value: object) -> bool:
    """Whether a value counts as not given (C2)."""
    if isinstance(value, list | tuple):
        return all(_is_blank_text(item) for item in value)
    return _is_blank_text(value) or (isinstance(value, Mapping) and not value)


def _is_blank_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


class Cleaning:
    """Cleans the members of one contactInfo: a method for each, named like the member.

    `phone_key` gives the match key of a number, as `phone_number.key_of_phone` in a certain
    region. Mistakes are added to `problems`.
    """

    __slots__ = ("phone_key", "problems")

    def __init__(self, phone_key: PhoneKey, problems: Problems) -> None:
        self.phone_key = phone_key
        self.problems = problems

    def first_name(self, value: object) -> str | None:
        return self._text("firstName", value, text.clean_name, LONGEST_NAME)

    def last_name(self, value: object) -> str | None:
        return self._text("lastName", value, text.clean_name, LONGEST_NAME)

    def picture(self, value: object) -> str | None:
        return self._text("picture", value, text.clean, LONGEST_PICTURE)

    def language(self, value: object) -> str | None:
        return self._text("language", value, text.clean, LONGEST_LANGUAGE)

    def emails(self, value: object) -> tuple[Keyed, ...]:
        """The valid addresses of a list, each once, in the first spelling (C3, E1)."""
        items = self._list("emails", value, MOST_EMAILS, _EMAIL)
        if len(items) == 1:  # as nearly always
            keyed = self._email("emails", items[0], 0)
            return () if keyed is None else (keyed,)
        found: dict[str | None, Keyed] = {}
        for place, item in enumerate(items):
            keyed = self._email("emails", item, place)
            if keyed is not None:
                found.setdefault(keyed.match_key, keyed)
        return tuple(found.values())

    def login_email(self, value: object) -> Keyed | None:
        """The address a member logs in with (G2)."""
        return self._email("loginEmail", value)

    def phones(self, value: object) -> tuple[Keyed, ...]:
        """The numbers of a list, each once, in the first spelling (C3, C4, P1, P2)."""
        items = self._list("phones", value, MOST_PHONES, _PHONE)
        if len(items) == 1:
            keyed = self._phone("phones", items[0], 0)
            return () if keyed is None else (keyed,)
        found: dict[str, Keyed] = {}
        for place, item in enumerate(items):
            keyed = self._phone("phones", item, place)
            if keyed is not None:
                found.setdefault(keyed.match_key or keyed.identity, keyed)
        return tuple(found.values())

    def labels(self, value: object) -> dict[str, str]:
        """The names of a list, each once in its first spelling, with their paths (C3, G4)."""
        found: dict[str, tuple[str, str]] = {}
        for place, item in enumerate(self._list("labels", value, MOST_LABELS, "Customer")):
            name = self._text("labels", item, text.clean_name, LONGEST_LABEL, place)
            if name is not None:
                found.setdefault(text.folded(name), (name, f"labels[{place}]"))
        return dict(found.values())

    def custom_fields(self, value: object) -> dict[str, Any]:
        """The values by the names given, without blanks; types belong to the register (G5)."""
        if is_blank(value):
            return {}
        if not isinstance(value, Mapping):
            self.problems.add(
                errors.InvalidMemberType,
                "customFields",
                f'must be a mapping, not {text.kind_of(value)}; write {{"Lead score": 85}}',
            )
            return {}
        if len(value) > MOST_CUSTOM_FIELDS:
            self.problems.add(
                errors.ValueTooLong,
                "customFields",
                f"has {len(value):,} entries, and at most {MOST_CUSTOM_FIELDS} can be kept; "
                "leave some out",
                limit=MOST_CUSTOM_FIELDS,
            )
            return {}
        return {key: item for key, item in value.items() if not is_blank(item)}

    def _text(
        self,
        member: str,
        value: object,
        clean: Callable[[str], str],
        longest: int,
        place: int | None = None,
    ) -> str | None:
        """The cleaned text of a member, or of an item of a list; None where it is blank."""
        if (
            isinstance(value, str)
            and len(value) <= longest
            and value.isascii()
            and value.isprintable()
        ):
            return value.strip() or None  # what any of the cleaners says to nearly every text
        return self._unusual_text(_path(member, place), value, clean, longest)

    def _unusual_text(
        self, path: str, value: object, clean: Callable[[str], str], longest: int
    ) -> str | None:
        if not isinstance(value, str):
            if not is_blank(value):
                self.problems.add(
                    errors.InvalidMemberType,
                    path,
                    f"must be a text, not {text.kind_of(value)}; give a str",
                )
            return None
        if len(value) > longest and len(value.strip()) > longest:
            self.problems.add(
                errors.ValueTooLong,
                path,
                f"has {len(value):,} characters, and at most {longest:,} can be kept; shorten it",
                limit=longest,
            )
            return None
        try:
            return clean(value) or None
        except ValueError as error:
            self.problems.add(errors.InvalidText, path, f"{error}, which can't be kept; remove it")
            return None

    def _list(self, path: str, value: object, most: int, example: str) -> Sequence[Any]:
        """The items of a list, blank ones too."""
        if not isinstance(value, (list, tuple)):
            if not is_blank(value):
                self.problems.add(
                    errors.InvalidMemberType,
                    path,
                    f"must be a list, not {text.kind_of(value)}; {_list_form(value, example)}",
                )
            return ()
        if len(value) > most and (given := sum(not _is_blank_text(item) for item in value)) > most:
            self.problems.add(
                errors.ValueTooLong,
                path,
                f"has {given:,} items, and at most {most:,} can be kept; shorten the list",
                limit=most,
            )
            return ()
        return value

    def _email(self, member: str, value: object, place: int | None = None) -> Keyed | None:
        if not isinstance(value, str) and isinstance(value, Mapping):
            self._explain_newer_item(_path(member, place), value.get("email"), _EMAIL)
            return None
        cleaned = self._text(member, value, text.clean, LONGEST_EMAIL, place)
        if cleaned is None:
            return None
        try:
            return Keyed(cleaned, key_of_email(cleaned))
        except errors.InvalidEmail as error:
            path = _path(member, place)
            self.problems.add(errors.InvalidEmail, path, error.message, **error.details)
            return None

    def _phone(self, member: str, value: object, place: int) -> Keyed | None:
        if not isinstance(value, str):
            if isinstance(value, Mapping):
                self._explain_newer_item(_path(member, place), value.get("phone"), _PHONE)
                return None
            value = digits_of(value)
        cleaned = self._text(member, value, text.clean, LONGEST_PHONE, place)
        if cleaned is None:
            return None
        try:
            return Keyed(cleaned, self.phone_key(cleaned))
        except errors.InvalidPhone as error:
            path = _path(member, place)
            self.problems.add(errors.InvalidPhone, path, error.message, **error.details)
            return None

    def _explain_newer_item(self, path: str, own: object, example: str) -> None:
        """Shows the caller's own address as the right form, where there is one."""
        has_own = isinstance(own, str) and 0 < len(own) <= 60
        self.problems.add(
            errors.InvalidMemberType,
            path,
            "must be a text; a mapping is the form of Wix's newer contacts API (v4 and later), "
            f"give the text alone, {repr(own) if has_own else f'such as {example!r}'}",
        )


def _path(member: str, place: int | None) -> str:
    """Where a value stands: `loginEmail`, `emails[1]`."""
    return member if place is None else f"{member}[{place}]"


def digits_of(value: object) -> object:
    """A whole number as its digits (C4), every other value as it is."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**LONGEST_PHONE:
        return str(value)
    return value


def _list_form(value: object, example: str) -> str:
    """How to write it instead: with the caller's own text, where there is one (C4)."""
    if isinstance(value, Mapping):
        return f"a mapping is the form of Wix's newer contacts API, write [{example!r}]"
    if isinstance(value, str) and len(value) <= 60:
        return f"write [{value!r}]"
    return f"write [{example!r}]"


def refuse_overfull(after: Profile) -> None:
    """C6 holds for what a contact has, not only for what one call gives."""
    problems = Problems()
    for path, items, most in (
        ("emails", after.emails, MOST_EMAILS),
        ("phones", after.phones, MOST_PHONES),
        ("labels", after.labels, MOST_LABELS),
        ("customFields", after.custom_fields, MOST_CUSTOM_FIELDS),
    ):
        if len(items) > most:
            problems.add(
                errors.ValueTooLong,
                path,
                f"the contact would have {len(items):,} of them, and can have {most:,}; give fewer",
                limit=most,
            )
    problems.raise_if_any()
