"""A large contacts export to import: people of thirty countries, of whom one in seven comes again.

Rows are made from their numbers, always the same. Who comes again does so in other spellings, and
with something new now and then.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator

HOME = "US"  # the region of numbers without a country code
HEADER = ["First Name", "Last Name", "Email 1", "Email 2", "Phone 1", "Labels", "Language"]
_AGAIN = 0.15

_FIRST_NAMES = (
    "Ana Ben Chloé Dan Eva Finn Gal Hana Ivan José Kim Lea Mia Noam Olga Paul Rosa Sam Tom Zoë "
    "Aiko Björn Carmen Dmitri Élodie Farid Grace Hiro Ingrid Jamal"
)
_LAST_NAMES = (
    "Adams Bauer Cohen Diaz Evans Fischer García Haddad Ito Jones Katz Levy Moreau Novák Silva "
    "Tanaka Ünal Vogel Watson Young Zhang O'Brien Nguyễn Kowalski Larsen Rossi Popescu"
)
_DOMAINS = "gmail.com yahoo.com outlook.com hotmail.com icloud.com web.de orange.fr uol.com.br"
_LABELS = ("Customer", "Newsletter", "Customer; Newsletter", "Workshop 2026", "")
# Calling code, how mobile numbers begin, and how many digits follow.
_COUNTRIES = (
    ("44", "7711", 6), ("49", "1511", 7), ("33", "612", 6), ("972", "502", 6), ("61", "412", 6),
    ("34", "612", 6), ("91", "98123", 5), ("39", "312", 7), ("31", "612", 6), ("41", "781", 6),
    ("43", "664", 6), ("32", "470", 6), ("45", "20", 6), ("46", "701", 6), ("47", "406", 5),
    ("48", "512", 6), ("420", "601", 6), ("36", "201", 6), ("30", "691", 7), ("351", "912", 6),
    ("353", "850", 6), ("358", "412", 6), ("52", "222", 7), ("55", "1196", 7), ("57", "321", 7),
    ("56", "961", 6), ("81", "901", 7), ("82", "1020", 6), ("65", "8123", 4), ("90", "501", 7),
)  # fmt: skip
_AREAS = ("212", "305", "310", "415", "512", "617", "702", "713", "206", "404")
_HERE, _ABROAD, _NONE = 0.45, 0.85, 1.0  # of all people, by the telephone they have


def write(path: str, count: int) -> None:
    """Writes a file of so many rows beside its header."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        out.writerows(rows(count))


def rows(count: int) -> Iterator[list[str]]:
    """So many rows as a program exports them, all texts."""
    chance = random.Random(count)
    known = 0
    for _ in range(count):
        if known and chance.random() < _AGAIN:
            yield _row(chance.randrange(known), chance)
        else:
            yield _row(known, None)
            known += 1


def _row(number: int, again: random.Random | None) -> list[str]:
    """A person; `again` decides how the spelling differs when they come once more."""
    who = random.Random(number)
    first, last = who.choice(_FIRST_NAMES.split()), who.choice(_LAST_NAMES.split())
    kind = who.random()
    local = f"{first}.{last}{number}".encode("ascii", "ignore").decode().replace("'", "")
    email = f"{local.lower()}@{who.choice(_DOMAINS.split())}"
    second = f"{number}@home.example.org" if who.random() < 0.05 else ""
    phone = _phone(number, kind, who, again or who)
    labels, language = who.choice(_LABELS), who.choice(("en", "de", "fr", "es", ""))
    if again is not None:
        email = email.upper() if again.random() < 0.3 else email.title()
        if again.random() < 0.3:
            labels = "Came again"
    if phone and who.random() < 0.05:
        email = ""
    return [first, last, email, second, phone, labels, language]


def _phone(number: int, kind: float, who: random.Random, how: random.Random) -> str:
    if kind >= _ABROAD:
        return ""
    if kind < _HERE:
        area, line = who.choice(_AREAS), f"{2_000_000 + number * 7919 % 7_900_000:07d}"
        spelled = ("({}) {}-{}", "{}-{}-{}", "+1 {} {} {}", "{}{}{}")[how.randrange(4)]
        return spelled.format(area, line[:3], line[3:])
    code, begin, digits = who.choice(_COUNTRIES)
    rest = f"{number * 7919 % 10**digits:0{digits}d}"
    return ("+{} {}{}", "+{}{}{}", "00{} {} {}", "+{}-{}-{}")[how.randrange(4)].format(
        code, begin, rest
    )
