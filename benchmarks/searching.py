"""search_contacts and pages of query_contacts beside LIKE, FTS5's trigram and Django's ORM.

All look through the same people. The others answer with ids or rows, ours with whole contacts.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import creating
import interleave
import people
from contenders.handwritten import Handwritten
from contenders.ours import Ours

from wixcrm_local import CRM

_PATIENCE = 2_000  # milliseconds for each kind of query and contender
_EVERY = 100  # calls of create_contact between two that bring the index up to them
Ask = Callable[[str], object]

_LIKE = """
SELECT id FROM contact WHERE {} ORDER BY id LIMIT 20"""
_LIKE_WORD = """(first_name LIKE ?1 OR last_name LIKE ?1
 OR EXISTS (SELECT 1 FROM email WHERE contact = contact.id AND address LIKE ?1)
 OR EXISTS (SELECT 1 FROM phone WHERE contact = contact.id AND key LIKE ?1))"""
_TEXTS = """
SELECT id, coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' '
 || coalesce((SELECT group_concat(address, ' ') FROM email WHERE contact = contact.id), '') || ' '
 || coalesce((SELECT group_concat(key, ' ') FROM phone WHERE contact = contact.id), '')
FROM contact"""


class OursCurrent(Ours):
    """The library where somebody searches: the index is brought up to every hundredth call."""

    name = "wixcrm-local, search current"
    _calls = 0
    catching_up = 0.0  # seconds

    def create(self, person: people.Person) -> str:
        id = super().create(person)
        self._calls += 1
        if self._calls % _EVERY == 0:
            start = perf_counter()
            self.crm.prepare_search()
            self.catching_up += perf_counter() - start
        return id


def measure(folder: str, contacts: int, calls: int, durabilities: list[str]) -> dict[str, Any]:
    """Everything about finding, on files with this many contacts in `folder`."""
    creating.preload(folder, contacts)
    ours, plain = os.path.join(folder, "ours.db"), os.path.join(folder, "handwritten.db")
    found: dict[str, Any] = {"contacts": contacts, "create": []}
    with CRM(ours, durability="normal") as crm:
        found["bytes_before"] = os.path.getsize(ours)
        start = perf_counter()
        crm.prepare_search()
        found["build_seconds"] = perf_counter() - start
    found["bytes_after"] = os.path.getsize(ours)
    for durability in durabilities:
        found["create"].append(_create(folder, durability, contacts, calls))
    with CRM(ours, durability="normal") as crm:
        asking: dict[str, Ask] = {"wixcrm-local": crm.search_contacts}
        asking.update(_others(plain, folder))
        found["search"] = [_times(kind, asking, contacts) for kind in _KINDS]
        found["query"] = [
            _query_times(crm, plain, kind, contacts) for kind in ("email", "last name")
        ]
    return found


def _create(folder: str, durability: str, preloaded: int, calls: int) -> dict[str, Any]:
    searched = OursCurrent()
    contenders = [Handwritten(), searched]
    for contender, source in zip(contenders, ("handwritten.db", "ours.db"), strict=True):
        path = os.path.join(folder, f"create-{source}")
        shutil.copyfile(os.path.join(folder, source), path)
        contender.open(path, durability)
    os.sync()
    everybody = list(people.calls(preloaded, creating.WARM_UP + calls))
    for contender in contenders:
        for person in everybody[: creating.WARM_UP]:
            contender.create(person)
    searched.catching_up = 0.0
    by_hand, ours = interleave.run(contenders, everybody[creating.WARM_UP :])
    for contender in contenders:
        contender.close()
    return {
        "durability": durability,
        "ours": ours.rate,
        "by_hand": by_hand.rate,
        "ours_to_it": ours.rate / by_hand.rate,
        "without_catching_up": calls / (calls / ours.rate - searched.catching_up) / by_hand.rate,
    }


_KINDS: dict[str, Callable[[people.Person], str]] = {
    "one letter": lambda who: who.first_name[0],
    "two letters": lambda who: who.first_name[:2],
    "beginning of a name": lambda who: who.last_name[:3],
    "middle of a name": lambda who: who.last_name[1:4],
    "both names": lambda who: f"{who.first_name} {who.last_name}",
    "name and letter": lambda who: f"{who.first_name} {who.last_name[0]}",
    "beginning of an address": lambda who: who.emails[0][1][:9],
    "whole address": lambda who: who.emails[0][1],
    "part of a domain": lambda who: "@" + who.emails[0][1].partition("@")[2][:6],
    "last four digits": lambda who: who.phones[0][1][-4:],
    "five digits inside": lambda who: who.phones[0][1][4:9],
    "whole number": lambda who: who.phones[0][1],
    "name and last digits": lambda who: f"{who.first_name} {who.phones[0][1][-4:]}",
}


def _asked(kind: str, contacts: int) -> Iterator[str]:
    """Questions about people who are there, always the same."""
    chance = random.Random(kind)
    while True:
        who = people.newcomer(chance.randrange(contacts))
        if who.emails and who.phones:
            yield _KINDS[kind](who)


def _times(kind: str, asking: dict[str, Ask], contacts: int) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": kind}
    for name, ask in asking.items():
        row[name] = _timed(_asked(kind, contacts), ask)
    return row


def _timed(questions: Iterator[Any], ask: Callable[[Any], object]) -> dict[str, float] | None:
    times: list[float] = []
    ask(next(questions))  # what it loads at first is part of no time
    while sum(times) < _PATIENCE and len(times) < 300:
        question = next(questions)
        start = perf_counter()
        if ask(question) is None:
            return None
        times.append((perf_counter() - start) * 1000)
    times.sort()
    return {"p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)], "n": len(times)}


def _others(plain: str, folder: str) -> dict[str, Ask]:
    database = sqlite3.connect(plain)
    trigram = sqlite3.connect(os.path.join(folder, "trigram.db"))
    trigram.execute("CREATE VIRTUAL TABLE texts USING fts5 (all_of_it, tokenize = 'trigram')")
    trigram.executemany(
        "INSERT INTO texts (rowid, all_of_it) VALUES (?, ?)", database.execute(_TEXTS)
    )
    trigram.commit()

    def like(text: str) -> object:
        words = text.split()
        where = " AND ".join(_LIKE_WORD.replace("?1", f"?{n}") for n in range(1, len(words) + 1))
        return database.execute(_LIKE.format(where), [f"%{word}%" for word in words]).fetchall()

    def fts(text: str) -> object:
        words = [f'"{word}"' for word in text.split() if len(word) > 2]
        if not words:
            return None  # it knows nothing of one letter or two
        query = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 20"
        return trigram.execute(query, (" AND ".join(words),)).fetchall()

    found: dict[str, Ask] = {"LIKE": like, "FTS5 trigram, ranked": fts}
    try:
        from contenders.django_reading import search as by_django
    except ImportError:
        return found
    return {**found, "Django icontains": by_django(plain)}


def _query_times(crm: CRM, plain: str, kind: str, contacts: int) -> dict[str, Any]:
    """A page of fifty: by an address, and of a name from some place on."""
    chance = random.Random(kind)

    def questions() -> Iterator[Any]:
        while True:
            who = people.newcomer(chance.randrange(contacts))
            if who.emails:
                yield who.emails[0] if kind == "email" else who.last_name

    def ours(asked: Any) -> object:
        where = {"emails": asked[0].strip()} if kind == "email" else {"lastName": asked}
        return crm.query_contacts(where)

    row: dict[str, Any] = {"kind": kind, "wixcrm-local": _timed(questions(), ours)}
    try:
        from contenders.django_reading import page as by_django
    except ImportError:
        return row
    return {**row, "Django ORM": _timed(questions(), by_django(plain, kind))}
