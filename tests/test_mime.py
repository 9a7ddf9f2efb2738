"""The bytes of a mail (email.md: the message on the wire), read back by the standard library."""

from __future__ import annotations

import email
import email.message
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wixcrm_local.mime import Envelope, mail_bytes, wire_address

ID = "00000000-0000-7000-8000-000000000001"
MOMENT = datetime(2026, 1, 31, 9, 5, 7, tzinfo=UTC)
NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "X-Wixcrm-Local-Id",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def mail(**changes: Any) -> bytes:
    given: dict[str, Any] = {
        "id": ID,
        "message_id": f"<{ID}@example.com>",
        "date": MOMENT,
        "envelope": Envelope("shop@example.com", "ana@example.com"),
        "to_name": "Ana Diaz",
        "subject": "Hi",
        "text": "Hello\n",
        "html": "<p>Hello</p>",
    }
    return mail_bytes(**{**given, **changes})


def read(made: bytes) -> email.message.EmailMessage:
    found = email.message_from_bytes(made, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def recipient(made: bytes) -> tuple[str, str]:
    """The display name and the address, each as its RFC says; policies of email differ in one."""
    raw = str(email.message_from_bytes(made)["To"]).replace("\r\n", "")
    phrase, address = parseaddr(raw)
    return str(make_header(decode_header(phrase))), address


def content(part: email.message.EmailMessage) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_is_text_and_html_as_alternatives() -> None:
    """RFC 2046: the plainest first; every header once."""
    made = read(mail())
    assert made.keys() == NAMES
    assert made.get_content_type() == "multipart/alternative"
    parts = list(made.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [content(part) for part in parts] == ["Hello\n", "<p>Hello</p>\n"]
    assert made["To"] == "Ana Diaz <ana@example.com>"
    assert made["Date"] == "Sat, 31 Jan 2026 09:05:07 +0000"
    assert made["Date"].datetime == MOMENT
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["X-Wixcrm-Local-Id"] == ID


def test_a_mail_may_be_text_alone() -> None:
    """Without html there is one part."""
    made = read(mail(html=None))
    assert made.get_content_type() == "text/plain"
    assert content(made) == "Hello\n"
    assert set(made.keys()) - set(NAMES) == {"Content-Transfer-Encoding"}


def test_the_same_mail_is_the_same_bytes() -> None:
    """RFC 5322: a retry is byte for byte the same message."""
    assert mail(subject="Grüße", to_name="Ana, 👩") == mail(subject="Grüße", to_name="Ana, 👩")


@pytest.mark.parametrize("header", ["subject", "to_name"])
@pytest.mark.parametrize(
    "text",
    [
        "=?utf-8?q?=0D=0ABcc:_x@example.com?=",
        "Ana =?utf-8?b?DQpCY2M6IHhAZXhhbXBsZS5jb20=?= Diaz",
        "x\u2028Bcc: y",
        'Ana" <evil@example.com>, "x',
        "Ana\\",
        "a@example.com, b@example.com",
        "ü" * 400,
        "x " * 400,
        "(comment)",
    ],
)
def test_no_text_adds_a_header_or_a_recipient(header: str, text: str) -> None:
    """Fault 73: an encoded word in a name or subject stays text, and so do quotes and commas."""
    made = mail(**{header: text})
    assert read(made).keys() == NAMES
    assert [address.addr_spec for address in read(made)["To"].addresses] == ["ana@example.com"]
    name, address = recipient(made)
    assert address == "ana@example.com"
    assert _words(read(made)["Subject"] if header == "subject" else name) == _words(text)


@given(
    subject=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200),
    name=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=80),
    text=st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])),
)
@example(subject="=?", name="=?=", text="x" * 2000)
@example(subject="a", name="b", text=".\n..\n\n--\nFrom x\n\t \n")
def test_what_is_read_is_what_was_written(subject: str, name: str, text: str) -> None:
    """Fault 73: subject, name and body survive; lines are short, and all bytes 7-bit."""
    subject, name = " ".join(subject.split()), " ".join(name.split())
    made = mail(subject=subject, to_name=name, text=text, html=text)
    assert made.isascii()
    assert all(len(line) <= 998 for line in made.split(b"\r\n"))
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert b"\r" not in made.replace(b"\r\n", b"")
    message = read(made)
    assert message.keys() == NAMES
    assert _words(message["Subject"]) == _words(subject)
    assert _words(recipient(made)[0]) == _words(name)
    assert message["To"].addresses[0].addr_spec == "ana@example.com"
    for part in message.iter_parts():
        body = part.get_payload(decode=True)
        assert isinstance(body, bytes)
        expected = text if text.endswith("\n") else f"{text}\n"
        assert body.decode().replace("\r\n", "\n") == expected


def _words(text: str) -> str:
    """Folding may change which blank stands between two words."""
    return "".join(text.split())


def test_an_address_with_a_domain_of_letters_beyond_ascii() -> None:
    """E2, RFC 6531: the domain as A-labels; a local part of such letters needs SMTPUTF8."""
    assert wire_address("Ana@Bücher.example") == "Ana@xn--bcher-kva.example"
    assert wire_address("用户@example.com") == "用户@example.com"
    assert Envelope("a@example.com", "用户@example.com").needs_smtputf8
    assert not Envelope("a@example.com", "ana@xn--bcher-kva.example").needs_smtputf8
    made = mail(envelope=Envelope("a@example.com", "用户@example.com"))
    assert b"Ana Diaz" in made
    assert "<用户@example.com>".encode() in made
