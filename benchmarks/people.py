"""The people of the benchmarks: made from a number, always the same, in the usual spellings.

A person is given raw, as a site's form sends it; beside it stand the match keys, made by
construction, for the contenders that are spared normalizing. `run.py` shows at its end that
both ways lead to the same contacts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

HOME = "US"  # the region of numbers without a country code

_FIRST_NAMES = (
    "Ana Ben Chloé Dan Eva Finn Gal Hana Ivan José Kim Lea Mia Noam Olga Paul Rosa Sam Tom Zoë"
)
_LAST_NAMES = (
    "Adams Bauer Cohen Diaz Evans Fischer García Haddad Ito Jones Katz Levy Moreau Novák Silva"
)
_PROVIDERS = ("gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com", "web.de")
_WORDS = "acme atlas blue bright cedar delta echo fern global harbor iris jade kite lumen"
_FOREIGN_DOMAINS = (("müller-bau.de", "xn--mller-bau-q9a.de"), ("café.fr", "xn--caf-dma.fr"))

# Calling code, the first digits of mobile numbers, and how many digits follow.
_REGIONS = (
    ("44", ("7711", "7722", "7733", "7788"), 6),
    ("49", ("1511", "1520", "1601"), 7),
    ("33", ("61", "62", "67"), 7),
    ("972", ("502", "523", "544"), 6),
    ("61", ("412", "423"), 6),
    ("34", ("6",), 8),
    ("91", ("98",), 8),
)
_AREAS = ("212", "305", "310", "415", "512", "617", "702", "713", "206", "404")

# Larger than any number of people here and prime to all lengths: it spreads numbers evenly
# and gives no two people the same.
_SPREAD = 7_368_787
# Seeds from here on belong to visits, those below to people.
_VISITS = 1_000_000_000


@dataclass(slots=True)
class Person:
    """One call of createContact: `info` as typed, and the same as texts with their keys."""

    info: dict[str, Any]
    first_name: str
    last_name: str
    emails: list[tuple[str, str]] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)


def newcomer(number: int) -> Person:
    """The person with this number, as they first come."""
    return _person(number, random.Random(number))


def returning(number: int, visit: int) -> Person:
    """The same person in other spellings, with something new: a name or one more address."""
    chance = random.Random(_VISITS + visit)
    person = _person(number, random.Random(number), chance)
    if visit % 2:
        person.last_name += f"-{chance.choice(_LAST_NAMES.split())}"
    if not visit % 2 or not person.emails:
        address = f"Visit.{visit}@{chance.choice(_PROVIDERS)}"
        person.emails.append((address, address.lower()))
    return _with_info(person)


def calls(first: int, count: int) -> Iterator[Person]:
    """`count` calls: one in eleven comes back, the others are new and numbered from `first`."""
    chance = random.Random(count)
    number, back = first, 0
    for place in range(count):
        if place % 11 == 0:
            back = place + chance.randrange(1, 11)
        if place == back:
            yield returning(chance.randrange(number), place)
        else:
            yield newcomer(number)
            number += 1


def _person(number: int, who: random.Random, how: random.Random | None = None) -> Person:
    """`who` decides what the person has, `how` the spelling of it."""
    first, last = who.choice(_FIRST_NAMES.split()), who.choice(_LAST_NAMES.split())
    kind, two = who.random(), who.random() < 0.1
    email, phone = _email(number, first, last, who), _phone(number, who)
    how = how or who
    person = Person({}, first, last)
    if kind < 0.95:
        person.emails.append(_spelled_email(*email, how))
        if two:
            person.emails.append((f"{number}@home.example.org", f"{number}@home.example.org"))
    if kind >= 0.95 or kind < 0.8:
        person.phones.append(_spelled_phone(*phone, how))
    return _with_info(person)


def _with_info(person: Person) -> Person:
    person.info = {"firstName": person.first_name, "lastName": person.last_name}
    if person.emails:
        person.info["emails"] = [text for text, _ in person.emails]
    if person.phones:
        person.info["phones"] = [text for text, _ in person.phones]
    return person


def _email(number: int, first: str, last: str, who: random.Random) -> tuple[str, str, str]:
    """The local part, and the domain as written and as its key has it."""
    local = f"{first}.{last}{number}".encode("ascii", "ignore").decode()
    kind = who.random()
    if kind < 0.6:
        domain = who.choice(_PROVIDERS)
        return local, domain, domain
    if kind < 0.995:
        words = _WORDS.split()
        domain = f"{who.choice(words)}-{who.choice(words)}{who.randrange(100)}.com"
        return local, domain, domain
    return local, *who.choice(_FOREIGN_DOMAINS)


def _spelled_email(
    local: str, domain: str, ascii_domain: str, how: random.Random
) -> tuple[str, str]:
    kind = how.random()
    if kind < 0.6:
        text = f"{local.lower()}@{domain}"
    elif kind < 0.85:
        text = f"{local}@{domain}"
    elif kind < 0.95:
        text = f" {local}@{domain.capitalize()}"
    else:
        text = f"{local}@{domain}".upper()
    return text, f"{local.lower()}@{ascii_domain}"


def _phone(number: int, who: random.Random) -> tuple[str, str, str]:
    """Calling code, the digits up to the subscriber's, and these."""
    if who.random() < 0.7:
        spread = number * _SPREAD % 80_000_000
        return "1", _AREAS[spread // 8_000_000], str(2_000_000 + spread % 8_000_000)
    code, starts, length = who.choice(_REGIONS)
    spread = number * _SPREAD % (len(starts) * 10**length)
    return code, starts[spread // 10**length], f"{spread % 10**length:0{length}}"


def _spelled_phone(code: str, start: str, rest: str, how: random.Random) -> tuple[str, str]:
    key = f"+{code}{start}{rest}"
    if code == "1":
        a, b = rest[:3], rest[3:]
        spellings = (
            f"({start}) {a}-{b}",
            f"{start}-{a}-{b}",
            f"{start}.{a}.{b}",
            f"+1 {start} {a} {b}",
            f"{start}{rest}",
            key,
        )
    else:
        spellings = (
            key,
            f"+{code} {start} {rest}",
            f"+{code}-{start}-{rest[:3]}-{rest[3:]}",
            f"+{code} {start} {rest[:-4]} {rest[-4:]}",
            f"+{code} (0){start} {rest}" if code in ("44", "49") else f"+{code}{start} {rest}",
        )
    return how.choice(spellings), key
