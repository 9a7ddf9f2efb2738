"""What a worker calls besides contacts: names, mails and files that are brought in."""

from __future__ import annotations

import os
from typing import Any

from soaking.ledger import Imported, Ledger, Person
from soaking.verbs import Args, Bench, Verb, expect, shared_address
from wixcrm_local import ImportNotFound, OutboxMessage
from wixcrm_local.senders import FolderSender
from wixcrm_local.senders.sender import Receipt
from wixcrm_local.transfer import importing
from wixcrm_local.transfer.report import ImportReport

CHUNK = 25  # rows: small, so that kills meet many chunks of small files
REST = 7  # rows behind the last whole chunk of each file
importing._CHUNK = CHUNK

WELCOME = "welcome"


class CreateName(Verb):
    """A label or a custom field of this worker alone."""

    weight = 0.4

    def plan(self, bench: Bench) -> Args:
        noun = bench.random.choice(("labels", "fields"))
        return {"noun": noun, "name": f"w{bench.slot} {noun} {bench.number}"}

    def do(self, bench: Bench, args: Args) -> Any:
        if args["noun"] == "labels":
            bench.crm.labels.create(args["name"], exist_ok=True)
        else:
            bench.crm.custom_fields.create(args["name"], "number", exist_ok=True)
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        getattr(ledger, args["noun"]).add(args["name"])


class DeleteName(Verb):
    weight = 0.4

    def plan(self, bench: Bench) -> Args | None:
        noun = bench.random.choice(("labels", "fields"))
        names = sorted(getattr(bench.ledger, noun))
        return {"noun": noun, "name": bench.random.choice(names)} if names else None

    def do(self, bench: Bench, args: Args) -> Any:
        crm = bench.crm
        register: Any = crm.labels if args["noun"] == "labels" else crm.custom_fields
        if args["name"] in [each.name for each in register.list()]:
            register.delete(args["name"])
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        name = args["name"]
        getattr(ledger, args["noun"]).discard(name)
        ledger.undoable.clear()  # what had the name before can't come back
        for person in list(ledger.people.values()):
            if name in person.labels:
                labels = tuple(each for each in person.labels if each != name)
                ledger.put(person._replace(labels=labels))


class Mail(Verb):
    weight = 4

    def plan(self, bench: Bench) -> Args | None:
        args = super().plan(bench)
        return args and {**args, "key": f"{bench.slot}-{bench.number}"}

    def do(self, bench: Bench, args: Args) -> Any:
        mail = bench.crm.send_email(WELCOME, args["id"], idempotency_key=args["key"])
        return mail.id

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        ledger.mails[args["key"]] = result


class CountedFolder:
    """A folder of mails, and a line of whom it was asked to take, before it takes them."""

    def __init__(self, folder: str, slot: object) -> None:
        self._folder = FolderSender(os.path.join(folder, "mails"))
        self._asked = os.path.join(folder, "asked", f"{slot}.txt")
        self.name = self._folder.name

    def send(self, message: OutboxMessage) -> Receipt:
        with open(self._asked, "a", encoding="utf-8") as file:
            file.write(f"{message.id}\n")
        return self._folder.send(message)


class Deliver(Verb):
    weight = 1

    def plan(self, bench: Bench) -> Args:
        return {}

    def do(self, bench: Bench, args: Args) -> Any:
        report = bench.crm.deliver(CountedFolder(bench.folder, bench.slot), limit=20)
        expect(report.failed == 0 and report.unavailable is None, f"delivery: {report}")
        return {}


class BringIn(Verb):
    """A table or vCards of own people, with shared ones between them."""

    weight = 2
    heavy = True

    def plan(self, bench: Bench) -> Args:
        rows = CHUNK * bench.random.randrange(1, 6) + REST
        kind = bench.random.choice(("csv", "vcf"))
        return {"number": bench.number, "rows": rows, "kind": kind}

    def do(self, bench: Bench, args: Args) -> Any:
        path = os.path.join(
            bench.folder, "imports", f"{bench.slot}-{args['number']}.{args['kind']}"
        )
        people = _people(bench, args)
        if not os.path.exists(path):
            with open(f"{path}.part", "w", encoding="utf-8", newline="") as file:
                file.write(_as_text(people, args["kind"]))
            os.replace(f"{path}.part", path)
        half = [each for each in bench.crm.imports() if each.finished_at is None]
        expect(all(each.rows % CHUNK in (0, REST) for each in half), f"half a chunk: {half}")
        report = bench.crm.import_contacts(path)
        expect(report.rows == len(people), f"{report} of {len(people)} rows")
        expect(report.skipped == 0, f"{report}")
        ids = [each.contact_id for each in report.outcomes]
        expect(all(ids), f"a row without its contact: {ids}")
        receipts = [report.receipt]
        if report.created == 0 and not report.resumed_rows:
            receipts.insert(0, _receipt_before(bench, report, ids[0]))
        os.remove(path)
        rows = list(zip(ids, people, strict=True))
        return {
            "receipts": receipts,
            "made": [[id, *person] for id, person in rows if person[2] is not None],
            "shared": [[person[1], id] for id, person in rows if person[2] is None],
        }

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        for id, first, email, phone in result["made"]:
            ledger.people[id] = Person(id, first, (email,), (phone,))
        for address, id in result["shared"]:
            ledger.shared.setdefault(address, set()).add(id)
        made = tuple(each[0] for each in result["made"])
        ledger.imports[args["number"]] = Imported(*result["receipts"][:1], made, result["receipts"])


def _receipt_before(bench: Bench, report: ImportReport, id: str | None) -> str:
    """The receipt of the import that made these rows: it had finished when its worker was killed,
    so the same file again was an import of its own, which found everybody there."""
    born = bench.crm.get_contact(id or "").created_at
    before = [
        each
        for each in bench.crm.imports()
        if (each.rows, each.format) == (report.rows, report.format)
        and each.created
        and each.finished_at is not None
        and each.started_at <= born <= each.finished_at
    ]
    expect(before, f"nobody made the rows of {report}")
    return before[-1].receipt


def _people(bench: Bench, args: Args) -> list[tuple[str, str, str | None]]:
    """First name, address and telephone of each row; each tenth one is shared, without a number."""
    found: list[tuple[str, str, str | None]] = []
    number = args["number"]
    for row in range(args["rows"]):
        if row % 10 == 9:
            found.append(("of a file", shared_address((number + row) % 200), None))
        else:
            address = f"w{bench.slot}n{number:07}r{row:03}@soak.example"
            found.append((f"r{row}", address, f"+919{bench.slot}{number * 160 + row:08}"))
    return found


def _as_text(people: list[tuple[str, str, str | None]], kind: str) -> str:
    if kind == "csv":
        lines = [f"{first},{email},{phone or ''}" for first, email, phone in people]
        return "\r\n".join(["First name,Email,Phone", *lines, ""])
    cards = []
    for first, email, phone in people:
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{first}", f"N:;{first};;;", f"EMAIL:{email}"]
        lines += [f"TEL:{phone}"] if phone else []
        cards += [*lines, "END:VCARD"]
    return "\r\n".join([*cards, ""])


class TakeBack(Verb):
    """Undoes an import: whom it made goes to the trash, unless somebody touched them since."""

    weight = 1
    heavy = True

    def plan(self, bench: Bench) -> Args | None:
        standing = [key for key, each in bench.ledger.imports.items() if not each.undone]
        return {"number": bench.random.choice(standing)} if standing else None

    def do(self, bench: Bench, args: Args) -> Any:
        try:
            bench.crm.undo_import(bench.ledger.imports[args["number"]].receipt)
        except ImportNotFound as error:
            expect(error.details["undone"], str(error))
        return {}

    def note(self, ledger: Ledger, args: Args, result: Any) -> None:
        taken = ledger.imports[args["number"]]
        ledger.imports[args["number"]] = taken._replace(undone=True)
        made = [ledger.people[id] for id in taken.made]
        untouched = [each for each in made if each.state == "list" and not each.touched]
        ledger.put(*(each._replace(state="trash") for each in untouched))
