"""Fills a store with made-up people: the same ones for the same seed, on any system and Python."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, NamedTuple, TypeVar

import attrs

from wixcrm_local.crm import CRM
from wixcrm_local.email_address import email_match_key
from wixcrm_local.errors import InvalidArgument
from wixcrm_local.policy import STRICT
from wixcrm_local.testing.doors import AsyncCRMForTests
from wixcrm_local.testing.people import CULTURES, DOMAINS, Culture, Name, names

T = TypeVar("T")

LABELS = ("Customer", "Newsletter", "VIP", "Läufer", "お得意様")
FIELDS = (("Birthday", "date"), ("Lead score", "number"), ("Notes", "text"), ("Website", "url"))
_NOTES = ("Rang twice.\nWants a call back.", "Met at the fair", "👩‍👩‍👧 of three", "prefers SMS")
# So that a family's shared telephone doesn't make one person of them.
_BY_EMAIL_FIRST = attrs.evolve(STRICT, match_on="email_then_phone")
_NUMBERS_OF_A_RANGE = 1_000


@attrs.frozen(kw_only=True)
class Seeded:
    """Who is in the store now, by their ids.

    `ids` are all people in the order in which they came; `came_again` those who came a second
    time, in another spelling; `families` are pairs who share a telephone; `conflicts` are pairs of
    which the second's phone number was given with the first's email address.
    """

    ids: tuple[str, ...]
    came_again: tuple[str, ...]
    families: tuple[tuple[str, str], ...]
    conflicts: tuple[tuple[str, str], ...]
    labels: tuple[str, ...] = LABELS
    custom_fields: tuple[str, ...] = tuple(name for name, _ in FIELDS)


def seed(crm: CRM | AsyncCRMForTests, people: int = 100, seed: int = 0) -> Seeded:
    """Fills an empty store with so many people of many countries and scripts; nothing to await.

    Their addresses and numbers belong to nobody. Some have only an address, or only a number; a
    few come again in another spelling, a few families share a telephone, and a few calls name
    one person's address beside another's number. Labels and custom fields are made as needed.
    """
    store = crm.crm if isinstance(crm, AsyncCRMForTests) else crm
    if not isinstance(store, CRM):
        raise _refused("crm", "must be a CRM, or an AsyncCRMForTests; open one on the same file")
    if isinstance(people, bool) or not isinstance(people, int) or people < 0:
        raise _refused("people", "must be a whole number, 0 or more; pass 100")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise _refused("seed", "must be a whole number; pass 0")
    with store.transaction():
        for label in LABELS:
            store.labels.create(label, exist_ok=True)
        for field, kind in FIELDS:
            store.custom_fields.create(field, kind, exist_ok=True)
        return _Seeding(store, seed).run(people)


class _Person(NamedTuple):
    id: str
    family_name: Name
    culture: Culture
    info: dict[str, Any]

    def has(self, member: str) -> bool:
        return bool(self.info.get(member))


class _Seeding:
    """One run. Chance comes from `random()` alone, whose values stay over versions of Python."""

    def __init__(self, crm: CRM, seed: int) -> None:
        self._crm = crm
        self._chance = random.Random(seed).random
        self._people: list[_Person] = []
        self._used_names: Counter[str] = Counter()
        self._used_numbers: Counter[str] = Counter()
        self._came_again: list[str] = []
        self._families: list[tuple[str, str]] = []

    def run(self, people: int) -> Seeded:
        while len(self._people) < people:
            last = self._people[-1] if self._people else None
            if last is not None and last.has("phones") and self._happens(0.06):
                self._add_relative(last)
            else:
                self._add(self._newcomer(self._one_of(CULTURES)))
            if self._happens(0.06):
                self._come_again(self._one_of(self._people))
        return Seeded(
            ids=tuple(person.id for person in self._people),
            came_again=tuple(self._came_again),
            families=tuple(self._families),
            conflicts=tuple(self._conflicts(len(self._people) // 25)),
        )

    def _add(self, made: _Person) -> _Person:
        id = self._crm.create_contact(made.info, policy=_BY_EMAIL_FIRST)
        person = made._replace(id=id)
        self._people.append(person)
        return person

    def _newcomer(self, culture: Culture, family_name: Name | None = None) -> _Person:
        given = self._one_of(names(culture.given))
        family = family_name or self._one_of(names(culture.family))
        info: dict[str, Any] = {"firstName": given.written, "language": culture.language}
        if family_name is not None or not self._happens(0.1):
            info["lastName"] = family.written
        number = self._number(culture) if self._happens(0.7) else None
        if number is not None:
            info["phones"] = [number]
        if number is None or not self._happens(0.15):
            info["emails"] = [self._address(given, family)]
            if self._happens(0.1):
                info["emails"].append(self._address(given, Name("", "work")))
        if self._happens(0.45):
            info["labels"] = [self._one_of(LABELS)]
        fields = {name: self._value(kind) for name, kind in FIELDS if self._happens(0.15)}
        if fields:
            info["customFields"] = fields
        return _Person("", family, culture, info)

    def _add_relative(self, other: _Person) -> None:
        """Somebody of the same name and telephone, and another address."""
        made = self._newcomer(other.culture, other.family_name)
        given = next(it for it in names(made.culture.given) if it.written == made.info["firstName"])
        emails = made.info.get("emails") or [self._address(given, other.family_name)]
        info = {**made.info, "phones": other.info["phones"][:1], "emails": emails}
        relative = self._add(made._replace(info=info))
        self._families.append((other.id, relative.id))

    def _come_again(self, person: _Person) -> None:
        """The same person, as they typed it another day."""
        again: dict[str, Any] = {"firstName": person.info["firstName"]}
        if person.has("emails"):
            address = person.info["emails"][0]
            typed = address.upper() if self._happens(0.5) else f" {address.title()} "
            # A Greek ς is another letter once it was written large.
            is_same = email_match_key(typed) == email_match_key(address)
            again["emails"] = [typed if is_same else f" {address} "]
        else:
            number = person.info["phones"][0].replace(" ", "")
            again["phones"] = [number if self._happens(0.5) else number.replace("+", "00", 1)]
        if self._happens(0.5):
            again["labels"] = [self._one_of(LABELS)]
        self._crm.create_contact(again, policy=_BY_EMAIL_FIRST)
        self._came_again.append(person.id)

    def _conflicts(self, number: int) -> list[tuple[str, str]]:
        """One person's address beside another one's number, in one call."""
        by_email = [person for person in self._people if person.has("emails")]
        in_family = {id for pair in self._families for id in pair}
        by_phone = [it for it in self._people if it.has("phones") and it.id not in in_family]
        made: list[tuple[str, str]] = []
        while len(made) < number and by_phone:
            one = self._one_of(by_email)
            other = by_phone.pop(int(self._chance() * len(by_phone)))
            if one is not other:
                info = {"emails": one.info["emails"][:1], "phones": other.info["phones"][:1]}
                self._crm.create_contact(info, policy=STRICT)
                made.append((one.id, other.id))
        return made

    def _address(self, given: Name, family: Name) -> str:
        word = f"{given.latin}.{family.latin}"
        self._used_names[word] += 1
        count = self._used_names[word]
        name = f"{word}{count if count > 1 else ''}"
        is_written_natively = not given.written.isascii() and self._happens(0.08)
        if is_written_natively and " " not in given.written and "\u200c" not in given.written:
            name = f"{given.written.lower()}{self._used_names.total()}"
        elif self._happens(0.08):
            name += "+shop"
        return f"{name}@{self._one_of(DOMAINS)}"

    def _number(self, culture: Culture) -> str | None:
        """The next number that nobody has yet; None where none is left."""
        free = [it for it in culture.numbers if self._used_numbers[it] < _most(it)]
        if not free:
            return None
        kind = self._one_of(free)
        self._used_numbers[kind] += 1
        return kind.format(f"{_first(kind) + self._used_numbers[kind] - 1:03}")

    def _value(self, kind: str) -> object:
        if kind == "date":
            year, month, day = (self._number_in(*span) for span in ((1940, 2007), (1, 12), (1, 28)))
            return f"{year}-{month:02}-{day:02}"
        if kind == "number":
            return self._number_in(0, 100)
        if kind == "url":
            return f"https://example.com/people/{self._number_in(1, 9_999)}"
        return self._one_of(_NOTES)

    def _happens(self, how_often: float) -> bool:
        return self._chance() < how_often

    def _one_of(self, choices: tuple[T, ...] | list[T]) -> T:
        return choices[int(self._chance() * len(choices))]

    def _number_in(self, first: int, last: int) -> int:
        return first + int(self._chance() * (last - first + 1))


def _first(kind: str) -> int:
    return 100 if kind.startswith("+1 ") else 0  # 555-0100 to 555-0199


def _most(kind: str) -> int:
    return 100 if kind.startswith("+1 ") else _NUMBERS_OF_A_RANGE


def _refused(argument: str, sentence: str) -> InvalidArgument:
    return InvalidArgument(f"{argument} {sentence}", details={"argument": argument})
