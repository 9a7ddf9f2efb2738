"""A small program such as people freeze: most of what the library does, in one folder.

`tests/test_frozen.py` runs it from a built folder, from a zip and in odd homes. It prints what it
found as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import wixcrm_local
from wixcrm_local import CRM, AsyncCRM, person_page
from wixcrm_local.senders import sender_from_url

NUMBERS = {
    "(650) 253-0000": "+16502530000",
    "+44 20 7946 0958": "+442079460958",
    "+81 3-3224-9999": "+81332249999",
    "+972 50-234-5678": "+972502345678",
    "+55 11 96123-4567": "+5511961234567",
    "+39 06 6982": "+39066982",
}
TABLE = "First name,Email,Phone\nBea,bea@example.com,+49 1512 3456789\nCy,cy@example.com,\n"
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Dee\nN:;Dee;;;\nEMAIL:dee@example.com\nEND:VCARD\n"


def main() -> None:
    folder = sys.argv[1]
    path = os.path.join(folder, "contacts.db")
    with CRM(path, default_region="US", from_address="shop@example.com") as crm:
        found = contacts(crm) | mails(crm, folder) | files(crm, folder)
        found["sound"] = crm.check().ok
        crm.backup(os.path.join(folder, "copy.db"))
    if len(sys.argv) > 2:  # a file of an earlier version
        with CRM(sys.argv[2]) as crm:
            found["migrated"] = crm.count_contacts()
    found["awaited"] = asyncio.run(awaited(path))
    found["from"] = os.path.abspath(wixcrm_local.__file__)
    found["beside"] = sorted(os.listdir(folder))
    print(json.dumps(found))


def contacts(crm: CRM) -> dict[str, object]:
    same = 0
    for number, key in NUMBERS.items():
        one = crm.create_contact({"firstName": "Ana", "phones": [number]})
        same += one == crm.create_contact({"phones": [key]})
    crm.create_contact({"firstName": "Zoë", "emails": ["zoe@bücher.example"]})
    return {"same": same, "search": [each.first_name for each in crm.search_contacts("zo")]}


def mails(crm: CRM, folder: str) -> dict[str, object]:
    crm.triggered_emails.save(
        "hi", subject="Hi ${name}", html="<b>Hi ${name}</b>", variables={"name": "you"}
    )
    zoe = crm.search_contacts("zoe")[0]
    crm.deliver(lambda mail: None)
    crm.email_contact("hi", zoe.id, {"variables": {"name": "Zoë"}})
    report = crm.deliver(sender_from_url(f"eml:{folder}/mails"))
    page = person_page(crm.export_person(zoe.id))
    return {"sent": report.sent, "text": crm.outbox[-1].text.strip(), "page": "Zoë" in page}


def files(crm: CRM, folder: str) -> dict[str, object]:
    created = 0
    for name, text in (("in.csv", TABLE), ("in.vcf", CARD)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        created += crm.import_contacts(os.path.join(folder, name)).created
    written = [
        crm.export_contacts(os.path.join(folder, f"out.{format}"), format).contacts
        for format in ("csv", "google", "outlook", "vcard", "vcard4")
    ]
    shown = crm.write_page(os.path.join(folder, "page.html"))
    return {"created": created, "written": written, "shown": shown.people}


async def awaited(path: str) -> int:
    async with AsyncCRM(path) as crm:
        return await crm.count_contacts()


if __name__ == "__main__":
    main()
