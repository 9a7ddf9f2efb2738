"""What a test expects of a mail, and where a mail differs from it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import attrs

from wixcrm_local.email_address import email_match_key
from wixcrm_local.errors import InvalidArgument
from wixcrm_local.message import OutboxMessage
from wixcrm_local.model import Contact

# Statuses of mails that emailContact did not fulfil, or that somebody took back.
NOT_SENT = ("suppressed", "failed", "cancelled", "erased")
# A mail to the right person with a wrong subject is nearer than the other way round.
_WEIGHTS = {"to": 3, "contact_id": 3, "email_id": 2}
_LONGEST_COMPARED = 200  # characters
_MOST_COMPARED = 100  # mails, letter by letter


class Compared(NamedTuple):
    """One expectation beside what a mail has."""

    name: str
    wanted: object
    found: object
    fits: bool


@attrs.frozen(kw_only=True)
class Wanted:
    """The expectations of one assertion; None expects nothing.

    `to` is an address in any spelling, a contact or its id; `variables` are looked at as far as
    they are given. A compiled pattern fits where it is found, anything else where it is equal.
    """

    to: object = None
    email_id: object = None
    variables: Mapping[str, object] | None = None
    subject: object = None

    def __attrs_post_init__(self) -> None:
        if self.variables is not None and not isinstance(self.variables, Mapping):
            raise InvalidArgument(
                "variables must be a mapping; give {'name': 'Ana'}",
                details={"argument": "variables"},
            )

    def __str__(self) -> str:
        given = attrs.asdict(self, recurse=False).items()
        return ", ".join(f"{name}={_shown(value)}" for name, value in given if value is not None)

    def compared(self, message: OutboxMessage) -> tuple[Compared, ...]:
        """Each expectation beside what the mail has."""
        return tuple(self._compared(message))

    def fits(self, message: OutboxMessage) -> bool:
        """Whether the mail is as expected."""
        return all(one.fits for one in self._compared(message))

    def nearest(self, messages: Iterable[OutboxMessage]) -> OutboxMessage | None:
        """The mail that differs the least: in what matters most, then by the fewest letters; of
        two that are as near, the newer."""
        weighed = [(self._weight(it), it) for it in messages]
        most = max((weight for weight, _ in weighed), default=0)
        best = [it for weight, it in weighed if weight == most][-_MOST_COMPARED:]
        ranked = [(self._likeness(it), place) for place, it in enumerate(best)]
        return best[max(ranked)[1]] if ranked else None

    def _weight(self, message: OutboxMessage) -> int:
        return sum(_WEIGHTS.get(one.name, 1) for one in self._compared(message) if one.fits)

    def _likeness(self, message: OutboxMessage) -> float:
        compared = self._compared(message)
        return sum(likeness(one.wanted, one.found) for one in compared if not one.fits)

    def _compared(self, message: OutboxMessage) -> Iterator[Compared]:
        if self.to is not None:
            yield _recipient(self.to, message)
        for name in ("email_id", "subject"):
            wanted, found = getattr(self, name), getattr(message, name)
            if wanted is not None:
                yield Compared(name, wanted, found, _fits(wanted, found))
        for variable, value in (self.variables or {}).items():
            name, found = f"variables[{variable!r}]", message.variables.get(variable)
            if found is None:
                yield Compared(name, value, MISSING, fits=False)
            else:
                yield Compared(name, value, found, _fits(value, found))


class _Missing:
    def __repr__(self) -> str:
        return "not a variable of this mail"


MISSING = _Missing()


def _recipient(wanted: object, message: OutboxMessage) -> Compared:
    if isinstance(wanted, Contact):
        wanted = wanted.id
    if isinstance(wanted, str) and "@" not in wanted:
        fits = wanted.strip().lower() == message.contact_id.lower()
        return Compared("contact_id", wanted, message.contact_id, fits)
    key = email_match_key(wanted) if isinstance(wanted, str) else None
    is_same = key is not None and key == email_match_key(message.to)
    return Compared("to", wanted, message.to, is_same or _fits(wanted, message.to))


def _fits(wanted: Any, found: str) -> bool:
    if isinstance(wanted, re.Pattern):
        return wanted.search(found) is not None
    return bool(wanted == found)


def likeness(wanted: object, found: object) -> float:
    """How much two texts have in common, from 0 to 1."""
    if not isinstance(wanted, str) or not isinstance(found, str):
        return 0.0
    pair = (wanted[:_LONGEST_COMPARED], found[:_LONGEST_COMPARED])
    return SequenceMatcher(None, *pair, autojunk=False).ratio()


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 100 else f"{shown[:99]}…"
