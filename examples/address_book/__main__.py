"""An address book in a window that never waits for its store. Standard library only (Tkinter).

    python examples/address_book
    python examples/address_book people.db

Without a file it shows sample people, in memory. With one, several windows and other programs may
use it at the same time; each shows what the others did. Mails stay in the outbox, unless
`--sender` and `--from` say who takes them: `--sender eml:mails --from me@shop.example`.

`desk.py` has the threads, `book.py` what an address book does, without a window; `window.py`,
`card.py` and `look.py` are the view. Keys: Ctrl+F search, Down and Return to list and card,
Ctrl+N new, Ctrl+S save, Escape back, Ctrl+O import, Ctrl+Q quit; Command on a Mac.
"""

from __future__ import annotations

import argparse
import ctypes
import io
import sys
import tkinter as tk

from wixcrm_local import CRM
from wixcrm_local.senders import sender_from_url

from window import Window

SAMPLE = """\
First name,Last name,Email,Phone
Ana,Díaz,ana@diaz.example,+44 20 7946 0958
Bo,Ray,bo@example.com,020 7946 0412
Zoë,Łuczak,zoe@acme.example,
שירה,לוי,shira@example.com,+972 50-234-5678
محمد,الفارسي,mohammed@example.com,
Maria Magdalena Theresia Antonia,von Hohenstein-Wittenberg zu Lauenburg,mmta@example.com,
Noor,,noor@example.net,
,,office@acme.example,020 7946 0100
Ítalo,Guimarães,italo@example.com,+55 11 96123-4567
Jörg,Özdemir,joerg@example.com,+49 30 901820
Mei,Tanaka,mei@example.com,+81 3-3224-9999
Ruth,Okafor,ruth@example.com,
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="An address book.")
    parser.add_argument("file", nargs="?", help="a store; made if there is none")
    parser.add_argument("--region", help="of a new file: GB, say, to read 020 7946 0958")
    parser.add_argument("--sender", help="who takes mails, such as eml:mails or smtps://user@host")
    parser.add_argument("--from", dest="from_address", help="the address that mails are from")
    asked = parser.parse_args()

    def open_store() -> CRM:
        sender = asked.sender and sender_from_url(asked.sender)
        crm = CRM(
            asked.file or ":memory:",
            default_region=asked.region or (None if asked.file else "GB"),
            sender=sender,
            from_address=asked.from_address,
        )
        furnish(crm)
        return crm

    greeting = "" if asked.file else "Sample people, in memory: name a file to keep yours."
    if sys.platform == "win32":
        ctypes.windll.shcore.SetProcessDpiAwareness(1)  # else Windows magnifies, and blurs
    root = tk.Tk(className="Address book")
    Window(root, open_store, greeting)
    root.mainloop()


def furnish(crm: CRM) -> None:
    """A store that is empty gets a mail that can be sent, and one in memory people, too."""
    if crm.count_contacts() or crm.triggered_emails.list():
        return
    crm.triggered_emails.save(
        "hello",
        subject="Hello ${name}",
        text="Dear ${name},\n\nit was good to see you.\n",
        variables={"name": "friend"},
    )
    if crm.path is None:
        crm.import_contacts(io.StringIO(SAMPLE))


if __name__ == "__main__":
    main()
