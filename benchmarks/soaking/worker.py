"""One process of a soak: it calls verbs at random until it is killed or told to stop.

Law: begun anew, it first settles the call that was cut off: the store is as before it or as behind
it, and whichever it is, the journal says so from then on.
"""

from __future__ import annotations

import os
import random
import sys
import time
import traceback

from soaking import goods, journal, looks, verbs
from soaking.ledger import Ledger, difference
from soaking.verbs import Args, Bench, Verb, Wrong
from wixcrm_local import CRM, StoreBusy

VERBS: dict[str, Verb] = {
    each.__name__: each()
    for each in (
        verbs.Create,
        verbs.CreateShared,
        verbs.Update,
        verbs.Undo,
        verbs.Merge,
        verbs.Delete,
        verbs.Restore,
        verbs.Erase,
        looks.Find,
        looks.Search,
        looks.Query,
        looks.History,
        looks.Check,
        looks.Backup,
        looks.Export,
        goods.CreateName,
        goods.DeleteName,
        goods.Mail,
        goods.Deliver,
        goods.BringIn,
        goods.TakeBack,
    )
}
FROM = "soak@example.com"
_REST, _SHARE = 2.0, 10  # seconds between heavy calls, and how much longer than they took


def replay(path: str) -> tuple[Ledger, list[journal.Entry], int]:
    """What a journal says: the ledger, the call that is open, if any, and how many calls."""
    ledger, count = Ledger(), 0
    still_open: list[journal.Entry] = []
    for entry in journal.read(path):
        count += 1
        if entry.outcome == "done":
            VERBS[entry.verb].note(ledger, entry.args, entry.result)
        if entry.outcome != "not done" and entry.verb == "Mail":
            ledger.asked_mails.add(entry.args["key"])
        ledger.calls[f"{entry.verb}, {entry.outcome}"] += 1
        still_open = [entry] if entry.outcome == "open" else []
    return ledger, still_open, count


class Worker:
    """The own store, journal and ledger."""

    def __init__(self, folder: str, slot: int, seed: str) -> None:
        path = os.path.join(folder, "journals", f"{slot}.txt")
        self._journal = journal.Journal(path)
        ledger, self._open, self._count = replay(path)
        self._stop = os.path.join(folder, "stop")
        durability = "normal" if slot % 2 else "full"
        crm = CRM(os.path.join(folder, "soak.db"), from_address=FROM, durability=durability)
        self._bench = Bench(crm, ledger, folder, slot, f"{seed} {slot} {self._count}")
        rng = self._bench.random
        self._next_heavy = time.monotonic() + rng.random() * _REST
        self._light = [each for each in VERBS.values() if not each.heavy]
        self._heavy = [each for each in VERBS.values() if each.heavy]

    def run(self) -> None:
        for entry in self._open:
            self._settle(VERBS[entry.verb], entry.args)
        while not os.path.exists(self._stop):
            self._bench.number = self._count
            verb = self._chosen()
            args = verb.plan(self._bench)
            if args is not None:
                self._count += 1
                self._journal.call(type(verb).__name__, args)
                self._do(verb, args)
        self._bench.crm.close()

    def _chosen(self) -> Verb:
        is_heavy = time.monotonic() > self._next_heavy
        choice = self._heavy if is_heavy else self._light
        return self._bench.random.choices(choice, [each.weight for each in choice])[0]

    def _do(self, verb: Verb, args: Args) -> None:
        begin = time.monotonic()
        try:
            result = verb.do(self._bench, args)
        except StoreBusy as error:
            self._journal.not_done(str(error))
            return
        except Wrong as error:
            self._journal.wrong(f"{type(verb).__name__}: {error}")
            raise
        if verb.heavy:
            end = time.monotonic()
            self._next_heavy = end + _REST + _SHARE * (end - begin)
        verb.note(self._bench.ledger, args, result)
        self._journal.done(result)

    def _settle(self, verb: Verb, args: Args) -> None:
        """Nothing half: as behind the call, or as before it, and then it is made again."""
        before, result = self._bench.ledger, verb.found(self._bench, args)
        if result is not None:
            after = before.copy()
            verb.note(after, args, result)
            ids = [id for id in after.people if after.people[id] != before.people.get(id)]
            undone = [difference(self._bench.crm, after, after.people[id]) for id in ids]
            if not any(undone):
                self._bench.ledger = after
                self._journal.done(result)
                return
            there = [before.people[id] for id in ids if id in before.people]
            half = [difference(self._bench.crm, before, each) for each in there]
            if any(half) or not there:
                self._journal.wrong(f"half a {type(verb).__name__}: {undone}; {half}")
                raise Wrong(str(half))
        self._do(verb, args)


def main() -> None:
    folder, slot, seed = sys.argv[1:]
    try:
        Worker(folder, int(slot), seed).run()
    except Wrong:
        sys.exit(1)
    except BaseException:
        path = os.path.join(folder, "journals", f"{slot}.txt")
        journal.Journal(path).wrong(traceback.format_exc())
        raise


if __name__ == "__main__":
    random.seed()
    main()
