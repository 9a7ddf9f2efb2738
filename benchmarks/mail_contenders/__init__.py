"""Who records mails and hands them over: one class a file, all of one shape.

`open(folder, durability, mails)`, `record(mail)` for one durable call, `deliver(port)` hands all
that waits to the SMTP server there, or to nobody, `close()`, and `contents()` to compare what was
recorded. `CONTENDERS` names them in the tables' order.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

# Module and class; those that can't be imported are reported, not left out in silence.
CONTENDERS = (
    ("ours", "Ours"),
    ("handwritten", "Handwritten"),
    ("post_office", "PostOffice"),
    ("django_mailer", "DjangoMailer"),
)

FROM = "shop@example.com"
HOST = "127.0.0.1"
FALLBACKS = {"name": "customer", "number": "?", "days": "few"}
SUBJECT = "Your order ${number} is on its way"
TEXT = """\
Dear ${name},

thank you for your order ${number}. It left our house today, and will be with you in ${days} days.

You can follow it at https://shop.example.com/orders/${number} from tonight on. If nobody is at
home, it goes to the parcel shop that is nearest to you, which keeps it for a week.

Questions? Answer this mail, or call 212-555-0123 on working days from 9 to 5.

The shop at the corner
"""
HTML = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Your order ${number}</title></head>
<body style="margin: 0; background: #f4f4f4; font-family: Arial, sans-serif; color: #222222">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="padding: 24px 0">
<tr><td align="center">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="background: #ffffff">
<tr><td style="padding: 24px 32px; font-size: 22px; border-bottom: 1px solid #dddddd">
The shop at the corner</td></tr>
<tr><td style="padding: 24px 32px; font-size: 15px; line-height: 22px">
<p>Dear ${name},</p>
<p>thank you for your order <b>${number}</b>. It left our house today, and will be with you in
${days} days.</p>
<p style="padding: 12px 0"><a href="https://shop.example.com/orders/${number}"
style="background: #0969da; color: #ffffff; padding: 12px 20px; text-decoration: none">
Follow your order</a></p>
<p>If nobody is at home, it goes to the parcel shop that is nearest to you, which keeps it for a
week.</p>
</td></tr>
<tr><td style="padding: 16px 32px; font-size: 12px; color: #777777; background: #fafafa">
Questions? Answer this mail, or call 212-555-0123 on working days from 9 to 5.</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""
_NAMES = ("Ana Diaz", "Ben Adams", "Chloé Moreau", "Dan Katz", "Eva Fischer")


@dataclass(frozen=True, slots=True)
class Mail:
    """One call: to whom, and what it is filled with."""

    to: int  # the number of the contact
    address: str
    name: str
    values: dict[str, str]


def mails(count: int, contacts: int) -> list[Mail]:
    """Mails to so many contacts in turn, always the same."""
    return [_mail(number, number % contacts) for number in range(count)]


def _mail(number: int, to: int) -> Mail:
    name = _NAMES[to % len(_NAMES)]
    values = {"name": name, "number": f"A-{number:07}", "days": str(2 + number % 3)}
    return Mail(to, f"customer{to}@example.com", name, values)


def contact_id(mail: Mail) -> str:
    """The recipient's id in the tables of those who have no ids of their own."""
    return f"contact-{mail.to}"


class Contender(Protocol):
    """The shape of all contenders."""

    name: str

    def open(self, folder: str, durability: str, mails: Sequence[Mail]) -> None: ...

    def record(self, mail: Mail) -> object: ...

    def deliver(self, port: int | None = None) -> None: ...

    def contents(self) -> tuple[int, int]: ...

    def close(self) -> None: ...


def load(module: str, name: str) -> Contender:
    """A contender by its name. Raises `ImportError` where its package is missing."""
    made: Contender = getattr(importlib.import_module(f"mail_contenders.{module}"), name)()
    return made


def contents(recorded: Iterable[tuple[str, str, str, str]]) -> tuple[int, int]:
    """How many mails there are, and a sum over address, subject, text and html of each."""
    count, total = 0, 0
    for parts in recorded:
        count, total = count + 1, zlib.crc32("\0".join(parts).encode(), total)
    return count, total
