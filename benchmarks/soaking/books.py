"""The reckoning at the end of a soak: what was acknowledged against what is in the file.

Law: each thing that does not balance is one sentence; an empty list means that all does.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from soaking import journal
from soaking.goods import CHUNK, REST, CountedFolder
from soaking.ledger import Ledger, difference, members_of
from soaking.worker import FROM, replay
from wixcrm_local import CRM, Contact, OutboxMessage

MIB = 1024 * 1024
MOST_LOG = 40 * MIB  # what may stand in it once nobody reads an older state: 16 are kept
_LISTED = 20


class Books:
    """The ledgers of all workers, and the store they wrote to, which nobody has open any more."""

    def __init__(self, folder: str, slots: int, kills: int) -> None:
        self.folder, self.kills = folder, kills
        self.path = os.path.join(folder, "soak.db")
        self.ledgers: list[Ledger] = []
        self.wrong: list[str] = []
        self.figures: dict[str, Any] = {}
        for slot in range(slots):
            path = os.path.join(folder, "journals", f"{slot}.txt")
            self.wrong += journal.wrongs(path)
            ledger, still_open, _ = replay(path)
            self.ledgers.append(ledger)
            self.wrong += [f"worker {slot} ended in a call: {entry}" for entry in still_open]

    def balance(self) -> list[str]:
        """What is wrong, at most so many sentences of each kind."""
        with CRM(self.path, from_address=FROM) as crm:
            for look in (self._people, self._shared, self._names, self._imports, self._log):
                self._take(look(crm))
            self._take(self._mails(crm, "before"))
            report = crm.check()
            self._take(map(str, report.findings))
        for minutes in (3, 40):  # when what a killed worker had in hand is uncertain, then due
            with CRM(self.path, from_address=FROM, clock=_later(minutes)) as crm:
                crm.deliver(CountedFolder(self.folder, "end"))
        with CRM(self.path, from_address=FROM) as crm:
            self._take(self._mails(crm, "at the end"))
        self._take(self._file())
        return self.wrong

    def _take(self, found: Iterator[str]) -> None:
        wrong = list(found)
        self.wrong += wrong[:_LISTED]
        if wrong[_LISTED:]:
            self.wrong.append(f"and {len(wrong) - _LISTED} more like it")

    def _people(self, crm: CRM) -> Iterator[str]:
        """Everyone is where the last acknowledged call put them, as it left them."""
        listed = {each.id: each for each in crm.iter_contacts()}
        trashed = {each.contact.id: _with_living_labels(each.contact) for each in crm.list_trash()}
        states = Counter[str]()
        expected = set()
        for ledger in self.ledgers:
            for person in ledger.people.values():
                states[person.state] += 1
                places = {"list": listed, "trash": trashed}
                for state, place in places.items():
                    if (person.id in place) != (person.state == state):
                        yield f"{person} is {'' if person.id in place else 'not '}in the {state}"
                    elif person.state == state and members_of(place[person.id]) != person.members():
                        yield f"{person} stands as {members_of(place[person.id])}"
                if person.state == "merged":
                    yield from self._stands_for(crm, ledger, person.id)
                expected.add(person.id)
            expected.update(*ledger.shared.values())
        prepared = {id for id, each in listed.items() if each.emails[0].startswith("shared")}
        expected |= prepared
        yield from (f"nobody acknowledged {listed[id]}" for id in listed.keys() - expected)
        yield from (f"nobody acknowledged {trashed[id]}" for id in trashed.keys() - expected)
        self.figures["contacts"] = len(listed)
        self.figures["people"] = dict(states)

    def _stands_for(self, crm: CRM, ledger: Ledger, id: str) -> Iterator[str]:
        person = ledger.people[id]
        if ledger.stands_for(person).state == "list" and (found := difference(crm, ledger, person)):
            yield found

    def _shared(self, crm: CRM) -> Iterator[str]:
        """Whom several create at once is one contact, and no address is on two."""
        told: dict[str, set[str]] = {}
        for ledger in self.ledgers:
            for address, ids in ledger.shared.items():
                told.setdefault(address, set()).update(ids)
        for address, ids in told.items():
            found = crm.find_contact(email=address)
            if found is None or ids != {found.id}:
                yield f"{address} was acknowledged as {ids}, and is {found}"
        self.figures["shared identities"] = len(told)
        for table in ("contact_emails", "contact_phones"):
            query = (
                f"SELECT match_key, count(DISTINCT contact_number) FROM {table}"
                " WHERE match_key IS NOT NULL GROUP BY match_key HAVING count(*) > 1"
            )
            for key, count in self._rows(query):
                if count > 1:
                    yield f"{key} is on {count} contacts"

    def _names(self, crm: CRM) -> Iterator[str]:
        for noun, register in (("labels", crm.labels), ("fields", crm.custom_fields)):
            there = {each.name for each in register.list() if f" {noun} " in each.name}
            told = set().union(*(getattr(ledger, noun) for ledger in self.ledgers))
            if there != told:
                yield f"{noun}: {there ^ told} were acknowledged and are not there, or the reverse"

    def _imports(self, crm: CRM) -> Iterator[str]:
        imports = [each for ledger in self.ledgers for each in ledger.imports.values()]
        told = {receipt: each for each in imports for receipt in each.receipts}
        there = {each.receipt: each for each in crm.imports()}
        if told.keys() != there.keys():
            yield f"imports {told.keys() ^ there.keys()} are in one of store and journals"
        for receipt in told.keys() & there.keys():
            summary = there[receipt]
            if summary.finished_at is None or summary.rows % CHUNK != REST:
                yield f"not whole: {summary}"
            undone = told[receipt].undone and receipt == told[receipt].receipt
            if (summary.undone_at is not None) != undone:
                yield f"{told[receipt]} and {summary}"
        self.figures["imports"] = len(there)
        self.figures["imports taken back"] = sum(each.undone for each in imports)

    def _mails(self, crm: CRM, when: str) -> Iterator[str]:
        """One for each key; what is said to have gone is in the folder, and nothing else."""
        files = self._mail_files()
        asked = self._asked()
        mails = {mail.id: mail for mail in crm.outbox}
        self.figures[f"mails {when}"] = dict(Counter(mail.status for mail in mails.values()))
        told = {id: key for ledger in self.ledgers for key, id in ledger.mails.items()}
        if told.keys() != mails.keys():
            yield f"mails {told.keys() ^ mails.keys()} are in one of store and journals"
        in_doubt = 0
        for mail in mails.values():
            if mail.status == "erased":
                continue
            outcomes = [each.outcome for each in crm.outbox.attempts(mail.id)]
            in_doubt += outcomes.count("uncertain") + (mail.status == "sending")
            if mail.idempotency_key != told.get(mail.id):
                yield f"{mail.id} was recorded for {told.get(mail.id)}: {mail.idempotency_key}"
            if files[mail.id] > 1 or asked[mail.id] > 1 + outcomes.count("uncertain"):
                yield f"{mail.id} was handed over {asked[mail.id]} times, {outcomes}"
            if mail.status == "sent" and not files[mail.id]:
                yield f"{mail.id} is sent, and nowhere"
            if mail.status == "queued" and files[mail.id] and "uncertain" not in outcomes:
                yield f"{mail.id} is queued, and was handed over"
            if when == "at the end" and mail.status != "sent" and not self._was_deleted(mail):
                yield f"{mail.id} is {mail.status} at the end: {outcomes}"
        if in_doubt > self.kills:
            yield f"{in_doubt} mails in doubt after {self.kills} kills"
        self.figures["mails in doubt"] = in_doubt
        yield from (f"a file of no mail: {id}" for id in files.keys() - mails.keys())

    def _was_deleted(self, mail: OutboxMessage) -> bool:
        """Whether a mail is held back rightly: its contact was in the trash when it was due."""
        people = [ledger.people.get(mail.contact_id) for ledger in self.ledgers]
        touched = any(person and person.touched for person in people)
        return touched and (mail.status, mail.reason) == ("suppressed", "deleted")

    def _mail_files(self) -> Counter[str]:
        folder = os.path.join(self.folder, "mails")
        names = [each for each in os.listdir(folder) if each.endswith(".eml")]
        return Counter(name.partition("-")[2].removesuffix(".eml") for name in names)

    def _asked(self) -> Counter[str]:
        found = Counter[str]()
        for name in os.listdir(os.path.join(self.folder, "asked")):
            with open(os.path.join(self.folder, "asked", name), encoding="utf-8") as file:
                found.update(file.read().split())
        return found

    def _log(self, crm: CRM) -> Iterator[str]:
        """It is bounded, now that nobody reads an older state."""
        for number in range(200):
            crm.create_contact({"emails": [f"end{number}@soak.example"]})
        size = os.path.getsize(f"{self.path}-wal")
        self.figures["log at the end, MiB"] = round(size / MIB, 1)
        if size > MOST_LOG:
            yield f"the log has {size} bytes"

    def _file(self) -> Iterator[str]:
        """One file is left, sound by SQLite's own reckoning, and so are the backups."""
        beside = [name for name in os.listdir(self.folder) if name.startswith("soak.db")]
        if beside != ["soak.db"]:
            yield f"left beside the store: {beside}"
        self.figures["files left unfinished by kills"] = self._unfinished()
        self.figures["file, MiB"] = round(os.path.getsize(self.path) / MIB, 1)
        backups = os.path.join(self.folder, "backups")
        whole = [name for name in os.listdir(backups) if name.endswith(".db")]
        self.figures["backups"] = len(whole)
        for path in (self.path, *(os.path.join(backups, name) for name in whole)):
            for check in ("integrity_check", "foreign_key_check"):
                found = self._rows(f"PRAGMA {check}", path)
                if found not in ([("ok",)], []):
                    yield f"{path}: {found[:3]}"

    def _unfinished(self) -> int:
        folders = [os.path.join(self.folder, each) for each in ("mails", "exports", "backups")]
        names = [name for folder in folders for name in os.listdir(folder)]
        return sum("unfinished" in name for name in names)

    def _rows(self, query: str, path: str | None = None) -> list[Any]:
        with closing(sqlite3.connect(path or self.path)) as connection:
            return list(connection.execute(query))


def _with_living_labels(trashed: Contact) -> Contact:
    """In the trash, labels that were deleted since are shown by their keys."""
    labels = tuple(each for each in trashed.labels if not each.startswith("custom."))
    return attrs.evolve(trashed, labels=labels)


def _later(minutes: float) -> Any:
    return lambda: datetime.now(UTC) + timedelta(minutes=minutes)
