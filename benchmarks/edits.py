"""What is done to contacts that are there: edits and merges, made from numbers, always the same.

As with people.py, an edit is given raw, and beside it stand the match keys for those who are
spared normalizing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import people
from contenders.handwritten import preloaded_id

FIELD = "Company"  # a custom field for text, which all contenders have


@dataclass(slots=True)
class Edit:
    """One call of update_contact: `info` as typed, and the same as texts with their keys."""

    id: str
    info: dict[str, Any]
    last_name: str
    phones: list[tuple[str, str]]  # the whole list: who was there before, and one more
    company: str


@dataclass(slots=True)
class Merge:
    """One call of merge_contacts."""

    target: str
    source: str


def edits(contacts: int, calls: int) -> Iterator[Edit]:
    """Each of somebody else: another last name, one more phone, a value in a custom field."""
    numbers = random.Random("edits").sample(range(contacts), calls)
    strangers = _with_phones(contacts)
    for number, stranger in zip(numbers, strangers, strict=False):
        person = people.newcomer(number)
        last_name = f"{person.last_name}-{stranger.last_name}"
        phones = [*person.phones, stranger.phones[0]]
        company = f"{person.last_name} & {stranger.last_name}"
        info = {
            "lastName": last_name,
            "phones": [text for text, _ in phones],
            "customFields": {FIELD: company},
        }
        yield Edit(preloaded_id(number + 1), info, last_name, phones, company)


def merges(contacts: int, calls: int) -> Iterator[Merge]:
    """Pairs of people, each in one pair; some were edited before."""
    numbers = iter(random.Random("merges").sample(range(1, contacts + 1), 2 * calls))
    for target, source in zip(numbers, numbers, strict=True):
        yield Merge(preloaded_id(target), preloaded_id(source))


def _with_phones(first: int) -> Iterator[people.Person]:
    """People that no contender holds, as far as they have a phone."""
    return (person for person in map(people.newcomer, count(first)) if person.phones)
