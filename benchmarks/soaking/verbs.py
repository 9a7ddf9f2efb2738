"""What a worker calls of contacts: how a call is chosen, made, noted, and settled after a kill.

Law: `plan` decides everything beforehand, so that the journal has it; `note` alone changes the
ledger, from the journal's words; `found` looks what a cut-off call has led to, if anything.
"""

from __future__ import annotations

import random
import time
from typing import Any

from soaking.ledger import SCORE, Ledger, Person
from wixcrm_local import CRM, ContactNotFound

SHARED = 200  # people whom all workers create again and again
_RACE = 2.0  # seconds for which all workers create the same newcomer
_LABELS = ("Customer", "Friend")

Args = dict[str, Any]


class Bench:
    """What a verb is handed: the store, the ledger, and who calls."""

    def __init__(self, crm: CRM, ledger: Ledger, folder: str, slot: int, seed: str) -> None:
        self.crm, self.ledger, self.folder, self.slot = crm, ledger, folder, slot
        self.random = random.Random(seed)
        self.number = 0  # of the call, never given twice in a slot

    def one(self) -> Person | None:
        """Any of the own people in the list."""
        people = self.ledger.people
        for _ in range(20):
            if people and (found := people[self._any_id()]).state == "list":
                return found
        return None

    def _any_id(self) -> str:
        if len(self._ids) != len(self.ledger.people):
            self._ids = list(self.ledger.people)
        return self.random.choice(self._ids)

    _ids: list[str] = []  # noqa: RUF012 - never changed in place

    def address(self, tail: str = "") -> str:
        return f"w{self.slot}n{self.number:07}{tail}@soak.example"

    def phone(self) -> str:
        return f"+49151{self.slot}{self.number:07}"


class Wrong(Exception):
    """What the store answered is not what it must hold."""


def expect(holds: object, sentence: str) -> None:
    if not holds:
        raise Wrong(sentence)


class Verb:
    """One kind of call. `weight` says how often; `heavy` are those that walk the whole file."""

    weight = 1.0
    heavy = False

    def plan(self, bench: Bench) -> Args | None:
        """What to call it with; None where there is nothing to call it with now."""
        person = bench.one()
        return None if person is None else {"id": person.id}

    def do(self, bench: Bench, args: Args) -> Any:
        raise NotImplementedError

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        """Takes down what it led to."""

    def found(self, bench: Bench, args: Args) -> Any:
        """The result of a cut-off call that did happen; None where calling again is the same."""
        return None


class Create(Verb):
    weight = 6

    def plan(self, bench: Bench) -> Args:
        info: Args = {"firstName": f"v{bench.number}", "emails": [bench.address()]}
        if bench.random.random() < 0.6:
            info["phones"] = [bench.phone()]
        if bench.random.random() < 0.2:
            info["labels"] = [bench.random.choice(_LABELS)]
        return info

    def do(self, bench: Bench, args: Args) -> Any:
        return bench.crm.create_contact(args)

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        lists = (tuple(args.get(name, ())) for name in ("emails", "phones", "labels"))
        ledger.people[result] = Person(result, args["firstName"], *lists)

    def found(self, bench: Bench, args: Args) -> Any:
        there = bench.crm.find_contact(email=args["emails"][0])
        return there and there.id


class CreateShared(Verb):
    """People of all workers: the same ones at random, and one newcomer for whom all race."""

    weight = 5

    def plan(self, bench: Bench) -> Args:
        if bench.random.random() < 0.5:
            name = f"race{int(time.time() / _RACE)}"
            return {"emails": [f"{name}@soak.example"], "firstName": name}
        number = bench.random.randrange(SHARED)
        address = bench.random.choice((f"Shared{number}@Soak.example", shared_address(number)))
        return {"emails": [address], "firstName": f"by {bench.slot}"}

    def do(self, bench: Bench, args: Args) -> Any:
        return bench.crm.create_contact(args)

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        ledger.shared.setdefault(args["emails"][0].lower(), set()).add(result)


def shared_address(number: int) -> str:
    return f"shared{number}@soak.example"


class Update(Verb):
    weight = 5

    def plan(self, bench: Bench) -> Args | None:
        person = bench.one()
        if person is None:
            return None
        args = {"id": person.id, "first": f"v{bench.number}", "score": bench.number}
        names = [*_LABELS, *sorted(bench.ledger.labels)]
        args["labels"] = bench.random.sample(names, bench.random.randrange(3))
        more = bench.random.random() < 0.3 and len(person.emails) < 10
        args["emails"] = [*person.emails, *([bench.address()] if more else [])]
        return args

    def do(self, bench: Bench, args: Args) -> Any:
        changes = {"firstName": args["first"], "customFields": {SCORE: args["score"]}}
        changes |= {"labels": args["labels"], "emails": args["emails"]}
        bench.crm.update_contact(args["id"], changes)
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        before = ledger.people[args["id"]]
        ledger.put(
            before._replace(
                first=args["first"],
                score=args["score"],
                labels=tuple(args["labels"]),
                emails=tuple(args["emails"]),
            )
        )
        ledger.undoable[before.id] = {before.id: before}

    def found(self, bench: Bench, args: Args) -> Any:
        return {}


class Undo(Verb):
    """Takes the last change back, an update's or a merge's."""

    weight = 2

    def plan(self, bench: Bench) -> Args | None:
        if not bench.ledger.undoable:
            return None
        id = bench.random.choice(list(bench.ledger.undoable))
        return {"id": id, "change": bench.crm.history(id)[-1].id}

    def do(self, bench: Bench, args: Args) -> Any:
        bench.crm.undo(args["change"])
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        target, *sources = ledger.undoable[args["id"]].values()
        ledger.put(target)
        # To those who come back it is as if nothing had been: a merge is a change of its target.
        ledger.people.update((each.id, each) for each in sources)

    def found(self, bench: Bench, args: Args) -> Any:
        return {}


class Merge(Verb):
    weight = 1.5

    def plan(self, bench: Bench) -> Args | None:
        target, source = bench.one(), bench.one()
        if target is None or source is None or target.id == source.id:
            return None
        if len(target.emails) + len(source.emails) > 20:
            return None
        return {"id": target.id, "source": source.id}

    def do(self, bench: Bench, args: Args) -> Any:
        bench.crm.merge_contacts(args["id"], args["source"])
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        target, source = ledger.people[args["id"]], ledger.people[args["source"]]
        both = target._replace(
            emails=tuple(dict.fromkeys((*target.emails, *source.emails))),
            phones=tuple(dict.fromkeys((*target.phones, *source.phones))),
            labels=tuple(dict.fromkeys((*target.labels, *source.labels))),
            score=source.score if target.score is None else target.score,
        )
        ledger.put(both, source._replace(state="merged", into=target.id))
        ledger.undoable[target.id] = {target.id: target, source.id: source}

    def found(self, bench: Bench, args: Args) -> Any:
        return {}


class Delete(Verb):
    weight = 2

    def do(self, bench: Bench, args: Args) -> Any:
        bench.crm.delete_contact(args["id"])
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        ledger.put(ledger.people[args["id"]]._replace(state="trash"))

    def found(self, bench: Bench, args: Args) -> Any:
        return {}


class Restore(Verb):
    weight = 1.5

    def plan(self, bench: Bench) -> Args | None:
        recent = list(bench.ledger.people.values())[-500:]
        trashed = [each.id for each in recent if each.state == "trash"]
        return {"id": bench.random.choice(trashed)} if trashed else None

    def do(self, bench: Bench, args: Args) -> Any:
        bench.crm.restore_contact(args["id"])
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        ledger.put(ledger.people[args["id"]]._replace(state="list"))

    def found(self, bench: Bench, args: Args) -> Any:
        return {}


class Erase(Verb):
    """Writes the whole file anew."""

    weight = 0.5
    heavy = True

    def do(self, bench: Bench, args: Args) -> Any:
        return {"clean": bench.crm.erase_contact(args["id"]).file_is_clean}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        gone = [each for each in ledger.people.values() if args["id"] == ledger.stands_for(each).id]
        ledger.put(*(each._replace(state="erased", into="") for each in gone))

    def found(self, bench: Bench, args: Args) -> Any:
        try:
            bench.crm.get_contact(args["id"])
        except ContactNotFound:
            return {"clean": None}
        return None
