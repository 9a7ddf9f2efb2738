"""Decides which existing contact a contactInfo belongs to (M1 to M3). Pure: it is told who shares
a key and answers in which order they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from operator import itemgetter
from typing import NamedTuple

from wixcrm_local.model import Profile
from wixcrm_local.text import plain

_KEY = itemgetter(1)  # of a placeholder it is None, which finds nobody


class Match(NamedTuple):
    """A contact that shares a key, and the kinds of key it shares."""

    number: int
    by_email: bool
    by_phone: bool

    @property
    def matched_by(self) -> str:
        if self.by_email and self.by_phone:
            return "email_and_phone"
        return "email" if self.by_email else "phone"


def lookups(given: Profile, match_on: str) -> Iterator[tuple[str | None, str | None]]:
    """The pairs of email key and phone key to look up, as few as the lists allow (M1, M3).

    The shorter list is filled up with '', which is nobody's key.
    """
    emails = (*given.emails, given.login_email) if given.login_email else given.emails
    phones = given.phones
    if match_on != "email_or_phone":
        if match_on in ("phone", "none"):
            emails = ()
        if emails or match_on in ("email", "none"):
            phones = ()
    return zip_longest(map(_KEY, emails), map(_KEY, phones), fillvalue="")


def ranked(found: Iterable[tuple[int, str]]) -> list[Match]:
    """Who matches, first the one to be updated: by both kinds, by email, by phone; the oldest."""
    kinds: dict[int, set[str]] = {}
    for number, kind in found:
        kinds.setdefault(number, set()).add(kind)
    matches = [Match(number, "email" in by, "phone" in by) for number, by in kinds.items()]
    return sorted(matches, key=_rank)


def not_shared(
    matches: list[Match], first_names: Mapping[int, str | None], first_name: str
) -> list[Match]:
    """Of those who have only a phone in common, who may be the person of this first name.

    First comes who has the name, then who has none; others share a telephone with them.
    """
    asked = plain(first_name)
    names = {number: name and plain(name) for number, name in first_names.items()}
    same = [match for match in matches if names[match.number] == asked]
    return same + [match for match in matches if not names[match.number]]


def _rank(match: Match) -> tuple[int, int]:
    strength = 0 if match.by_email and match.by_phone else 1 if match.by_email else 2
    return strength, match.number
