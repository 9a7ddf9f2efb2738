"""What a worker asks of the store: answers that the ledger can tell beforehand, or that fit."""

from __future__ import annotations

import os
from typing import Any

from soaking.verbs import Args, Bench, Verb, expect


class _Look(Verb):
    def plan(self, bench: Bench) -> Args | None:
        person = bench.one()
        return None if person is None else {"id": person.id, "email": person.emails[-1]}


class Find(_Look):
    weight = 3

    def do(self, bench: Bench, args: Args) -> Any:
        found = bench.crm.find_contact(email=args["email"].upper())
        expect(found and found.id == args["id"], f"found {found} by {args}")
        return {}


class Search(_Look):
    weight = 2

    def do(self, bench: Bench, args: Args) -> Any:
        typed = args["email"].partition("@")[0]
        ids = [each.id for each in bench.crm.search_contacts(typed)]
        expect(args["id"] in ids, f"a search for {typed} finds {ids}, not {args['id']}")
        return {}


class Query(_Look):
    weight = 2

    def do(self, bench: Bench, args: Args) -> Any:
        page = bench.crm.query_contacts({"emails": args["email"]})
        ids = [each.id for each in page.contacts]
        expect(ids == [args["id"]], f"a query for {args} finds {ids}")
        seen: list[str] = []
        cursor = None
        for _ in range(3):
            page = bench.crm.query_contacts({"labels": "Customer"}, limit=10, cursor=cursor)
            seen += [each.id for each in page.contacts]
            cursor = page.next_cursor
            if cursor is None:
                break
        expect(len(set(seen)) == len(seen), f"a contact stands on two pages: {seen}")
        return {}


class History(_Look):
    weight = 2

    def do(self, bench: Bench, args: Args) -> Any:
        contact = bench.crm.get_contact(args["id"])
        history = bench.crm.history(args["id"])
        expect(history[0].id is None, f"the history of {args} begins with {history[0]}")
        expect(len(history) == contact.revision, f"{len(history)} changes of {contact}")
        first = bench.crm.contact_at(args["id"], contact.created_at)
        expect(first.id == args["id"], f"{args} was {first}")
        return {}


class Check(Verb):
    heavy = True

    def plan(self, bench: Bench) -> Args:
        return {}

    def do(self, bench: Bench, args: Args) -> Any:
        report = bench.crm.check()
        expect(report.ok, f"check found {report.findings[:3]}")
        return {}


class Backup(Check):
    def do(self, bench: Bench, args: Args) -> Any:
        path = os.path.join(bench.folder, "backups", f"{bench.slot}.db")
        bench.crm.backup(path, overwrite=True)
        return {}


class Export(Check):
    def plan(self, bench: Bench) -> Args:
        return {"format": bench.random.choice(("csv", "google", "outlook", "vcard", "vcard4"))}

    def do(self, bench: Bench, args: Args) -> Any:
        path = os.path.join(bench.folder, "exports", f"{bench.slot}.{args['format']}")
        bench.crm.export_contacts(path, args["format"], overwrite=True)
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("\n ", "").lower()  # lines of vCards are folded
        for person in filter(None, (bench.one() for _ in range(20))):
            expect(person.emails[0] in text, f"{person} is missing in the export {args}")
        return {}
