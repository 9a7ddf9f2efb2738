"""Writes a mail as the bytes that go over the wire (RFC 5322, 2045 to 2047). Pure.

Law: the same mail gives the same bytes at every try, all of them 7-bit unless an address itself
is not, and no text of a contact or template can add a header or a recipient.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from wixcrm_local.email_address import key_of_email
from wixcrm_local.errors import UnmailableMessage

_CRLF = "\r\n"
_LONGEST_LINE = 76  # of an encoded body (RFC 2045); a header line may have 998
_LONGEST_PLAIN_VALUE = 900
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A display name of these needs no quotes: atoms of RFC 5322 and the blanks between them.
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


class Envelope(NamedTuple):
    """Who a mail is from and to, in the form in which SMTP is told."""

    sender: str
    recipient: str

    @property
    def needs_smtputf8(self) -> bool:
        """Whether a local part is not ASCII, which not every server takes (RFC 6531)."""
        return not (self.sender.isascii() and self.recipient.isascii())


def wire_address(address: str) -> str:
    """The address with its domain as A-labels, the local part as typed."""
    return f"{address.rpartition('@')[0]}@{key_of_email(address).rpartition('@')[2]}"


def mail_bytes(
    *,
    id: str,
    message_id: str,
    date: datetime,
    envelope: Envelope,
    to_name: str,
    subject: str,
    text: str,
    html: str | None,
    unsubscribe_url: str | None = None,
) -> bytes:
    """The mail: its headers, and its text alone or text and html as alternatives.

    Raises `UnmailableMessage` where the bytes would be read back with other headers.
    """
    values = {
        "From": envelope.sender,
        "To": _mailbox(to_name, envelope.recipient),
        "Subject": _unstructured(subject, "Subject"),
        "Date": date_header(date),
        "Message-ID": message_id,
        "X-Wixcrm-Local-Id": id,  # some providers write a Message-ID of their own
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office replies, please
        "MIME-Version": "1.0",
        **unsubscribing_headers(unsubscribe_url),
    }
    headers = "".join([f"{name}: {value}{_CRLF}" for name, value in values.items()])
    if html is None:
        body = _part("plain", text)
    else:
        boundary = f"=_{id}"  # "=_" stands in no encoded body
        parts = [_part("plain", text), _part("html", html)]
        inner = "".join([f"--{boundary}{_CRLF}{part}{_CRLF}" for part in parts])
        body = (
            f'Content-Type: multipart/alternative; boundary="{boundary}"{_CRLF}{_CRLF}'
            f"{inner}--{boundary}--{_CRLF}"
        )
    made = f"{headers}{body}".encode()
    if "=?" in headers:
        _refuse_other_headers(made, [*values, "Content-Type"], id)
    return made


def _refuse_other_headers(made: bytes, names: list[str], id: str) -> None:
    """What was encoded is read back, as some programs decode first and look for headers then."""
    from email import message_from_bytes

    read = message_from_bytes(made)
    extra = [name for name in read if name not in (*names, "Content-Transfer-Encoding")]
    if extra or len(read.keys()) != len(set(read.keys())):
        raise UnmailableMessage(
            f"mail {id} would be read with other headers than it was given; "
            "change its subject or its contact's name",
            details={"id": id},
        )


def unsubscribing_headers(url: str | None) -> dict[str, str]:
    """RFC 2369; what begins with https: can be called without a page in between (RFC 8058)."""
    if not url:
        return {}
    headers = {"List-Unsubscribe": f"<{url}>"}
    if url.startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _mailbox(name: str, address: str) -> str:
    """A recipient with a display name; no encoded word ever stands inside the address."""
    if not name:
        return address
    if _is_plain(name):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        phrase = name if _ATOMS.fullmatch(name) else f'"{quoted}"'
    else:
        phrase = _encoded(name, "To")
    return f"{phrase}{_CRLF} <{address}>"


def _unstructured(value: str, header: str) -> str:
    return value if _is_plain(value) else _encoded(value, header)


def _is_plain(value: str) -> bool:
    """Whether a value stands for itself: `=?` would be decoded by who reads it."""
    return (
        value.isascii()
        and value.isprintable()
        and "=?" not in value
        and len(value) <= _LONGEST_PLAIN_VALUE
    )


@lru_cache(maxsize=1024)
def _encoded(value: str, header: str) -> str:
    """Encoded words of RFC 2047, each on a line of its own."""
    from email.header import Header

    return Header(value, "utf-8", header_name=header).encode(linesep=_CRLF)


def date_header(moment: datetime) -> str:
    """RFC 5322, section 3.3; names of days and months are English in any locale."""
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day:02} {_MONTHS[moment.month - 1]} {moment.year:04} "
        f"{moment:%H:%M:%S} +0000"
    )


def _part(kind: str, text: str) -> str:
    """One part with its headers, in lines that any server lets pass."""
    lines = text.replace(_CRLF, "\n").replace("\r", "\n")
    if not lines.endswith("\n"):
        lines += "\n"
    encoding, body = _body(lines)
    return (
        f'Content-Type: text/{kind}; charset="utf-8"{_CRLF}'
        f"Content-Transfer-Encoding: {encoding}{_CRLF}{_CRLF}{body}"
    )


def _body(lines: str) -> tuple[str, str]:
    if lines.isascii() and _fits(lines):
        return "7bit", lines.replace("\n", _CRLF)
    data = lines.replace("\n", _CRLF).encode()
    quoted = binascii.b2a_qp(data, istext=True)
    encoded = base64.b64encode(data).decode()
    if len(quoted) <= len(encoded) * 5 // 4:  # readable, unless that takes much more room
        return "quoted-printable", quoted.decode()
    pieces = (encoded[at : at + _LONGEST_LINE] for at in range(0, len(encoded), _LONGEST_LINE))
    return "base64", _CRLF.join(pieces) + _CRLF


def _fits(lines: str) -> bool:
    """Whether the text needs no encoding: short lines, and no control characters in them."""
    return (
        all(
            len(line) <= 998 and (line.isprintable() or line.replace("\t", "").isprintable())
            for line in lines.split("\n")
        )
        and "=_" not in lines
    )
