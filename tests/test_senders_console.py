"""ConsoleSender: mails for people to read, harmless on any terminal."""

from __future__ import annotations

import contextlib
import io
import os
import sys

import pytest

from wixcrm_local import SenderUnavailable
from wixcrm_local.printable import printable, printable_lines
from wixcrm_local.senders import ConsoleSender
from wixcrm_local.senders.contract import sample_message

STEERING = "\x1b]0;own\x07 \x9b2J \u202egnp.exe \u2028 \x7f \r"


def printed(**changes: object) -> str:
    stream = io.StringIO()
    ConsoleSender(stream).send(sample_message(**changes))
    return stream.getvalue()


def test_a_mail_is_readable() -> None:
    """The headers that matter, then the text part."""
    assert printed(id="5", subject="Hi", text="Hello\n\tAna\n") == (
        "Mail: 5\nFrom: shop@example.com\nTo: Ana Diaz <ana@example.com>\nSubject: Hi\n"
        "\nHello\n\tAna\n\n"
    )
    assert "To: ana@example.com\n" in printed(to_name="")


@pytest.mark.parametrize("part", ["subject", "to_name", "text"])
def test_values_can_t_steer_the_terminal(part: str) -> None:
    """Fault 9: control characters and marks of direction are shown as escapes."""
    shown = printed(**{part: f"Hi {STEERING} there 👩\u200d🚀"})
    assert "\\x1b]0;own\\x07 \\x9b2J \\u202egnp.exe \\u2028 \\x7f \\x0d there 👩\u200d🚀" in shown
    assert all(mark not in shown for mark in STEERING if not mark.isprintable())


def test_a_value_of_one_line_stays_on_it() -> None:
    """A subject can't print a header of its own; a text has its lines."""
    assert printable("a\nTo: b\tc") == "a\\x0aTo: b\\x09c"
    assert printable_lines("a\r\nb\tc\rd") == "a\nb\tc\\x0dd"


def test_what_the_encoding_lacks_is_escaped() -> None:
    """No crash on a terminal of ASCII or cp1252."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii", newline="\n")
    ConsoleSender(stream).send(sample_message(subject="Grüße 👩", text="x"))
    assert b"Subject: Gr\\xfc\\xdfe \\U0001f469\n" in raw.getvalue()


def test_the_stream_is_the_one_of_the_moment() -> None:
    """Without a stream, what `sys.stdout` is when the mail is sent."""
    sender, caught = ConsoleSender(), io.StringIO()
    with contextlib.redirect_stdout(caught):
        sender.send(sample_message(subject="Hi"))
    assert "Subject: Hi\n" in caught.getvalue()


def test_a_stream_that_is_gone_says_nothing_about_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed stream, a reader that went away and no stdout at all are `SenderUnavailable`."""
    closed = io.StringIO()
    closed.close()
    reading, writing = os.pipe()
    os.close(reading)
    broken = os.fdopen(writing, "w")
    for stream in (closed, broken):
        with pytest.raises(SenderUnavailable, match="pass a stream that is open"):
            ConsoleSender(stream).send(sample_message())
    with contextlib.suppress(OSError):
        broken.close()
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(SenderUnavailable):
        ConsoleSender().send(sample_message())
