"""The words of an assertion that failed: what was expected, what came nearest, what is there. Pure.

Law: nothing is longer than a screen, whatever the mails hold, and nothing in it steers a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wixcrm_local.message import OutboxMessage
from wixcrm_local.printable import printable
from wixcrm_local.testing.wanted import NOT_SENT, Compared, Wanted, likeness

_LISTED = 20  # mails
_WIDTH = 70  # characters of one value
_BEFORE_DIFFERENCE = 20
_ALIKE = 0.5  # so that a mark under the first difference tells something
_REASONS = {
    "unsubscribed": "the contact or its address has unsubscribed; crm.resubscribe takes that back",
    "bounced": "its address is on crm.suppressions as bounced",
    "complained": "its address is on crm.suppressions as complained",
    "manual": "its address is on crm.suppressions",
    "deleted": "its contact was deleted before it went",
    "refused": "the sender refused it for good; see crm.outbox.attempts",
    "unmailable": "it can't be written as a mail",
    "gave_up": "the sender did not take it for too long",
    "expired": "it was too late to send it",
}


def was_sent(message: OutboxMessage) -> bool:
    """Whether emailContact fulfilled the mail, and nobody took it back."""
    return message.status not in NOT_SENT


def nothing_fits(wanted: Wanted, messages: Sequence[OutboxMessage], hint: str = "") -> str:
    """Why no mail that was sent is as it was wanted."""
    paragraphs = [f"no mail was sent with {wanted}" if str(wanted) else "no mail was sent"]
    if hint:
        paragraphs.append(hint)
    unsent = next((it for it in reversed(messages) if wanted.fits(it)), None)
    if unsent is not None:
        place = messages.index(unsent) + 1
        paragraphs.append(f"Mail {place} is the one, but it was not sent: {_fate(unsent)}.")
    else:
        paragraphs += _nearest(wanted, messages)
    return "\n\n".join([*paragraphs, _listed(enumerate(messages, 1), "All")])


def wrong_number(
    expected: str, wanted: Wanted, number: int, messages: Sequence[OutboxMessage]
) -> str:
    """Why it is not as many mails as were expected."""
    which = f" with {wanted}" if str(wanted) else ""
    were = "none was" if not number else f"{number} {'was' if number == 1 else 'were'}"
    fitting = [(place, it) for place, it in enumerate(messages, 1) if wanted.fits(it)]
    listed = _listed(fitting, "These" if str(wanted) else "All")
    return f"{expected} should have been sent{which}, and {were}\n\n{listed}"


def _nearest(wanted: Wanted, messages: Sequence[OutboxMessage]) -> Iterator[str]:
    near = wanted.nearest(messages)
    if near is not None and str(wanted):
        fate = "" if was_sent(near) else f", which was not sent: {_fate(near)}"
        lines = _difference(wanted.compared(near))
        yield "\n".join([f"The nearest is mail {messages.index(near) + 1}{fate}:", *lines])


def _listed(numbered: Iterable[tuple[int, OutboxMessage]], which: str) -> str:
    """Mails, oldest first, a line each; the newest of many."""
    rows = [_row(place, it) for place, it in numbered]
    if not rows:
        return "No mail was recorded at all."
    title = f"{which} {len(rows)} mails, oldest first:" if len(rows) > 1 else "The only mail:"
    if len(rows) == 1 and which != "All":
        title = "This mail:"
    if len(rows) > _LISTED:
        title = f"{which} {len(rows)} mails, of which the newest are:"
    rows = rows[-_LISTED:]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(
            ["", *(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]
        )
        for row in rows
    ]
    return "\n".join([title, *lines])


def _row(place: int, message: OutboxMessage) -> tuple[str, ...]:
    reason = f" ({message.reason})" if message.reason else ""
    return (
        str(place),
        f"{message.status}{reason}",
        _cut(printable(message.email_id), 30),
        _cut(printable(message.to), 40),
        _cut(printable(repr(message.subject)), 50),
    )


def _fate(message: OutboxMessage) -> str:
    reason = message.reason or ""
    why = _REASONS.get(reason, reason)
    return f"it is {message.status}, since {why}" if why else f"it is {message.status}"


def _difference(compared: Iterable[Compared]) -> Iterator[str]:
    """What fits on one line, what does not on two, with a mark where they part."""
    compared = tuple(compared)
    width = max(len(one.name) for one in compared)
    for one in compared:
        if one.fits:
            yield f"    {one.name.ljust(width)}  {_value(one.found)}"
            continue
        wanted, found, place = _side_by_side(one.wanted, one.found)
        yield f"  - {one.name.ljust(width)}  {wanted}  wanted"
        yield f"  + {' ' * width}  {found}  found"
        if place is not None and likeness(one.wanted, one.found) > _ALIKE:
            yield f"    {' ' * width}  {' ' * place}^"


def _side_by_side(wanted: object, found: object) -> tuple[str, str, int | None]:
    """Both values, cut around the first place where they differ, and that place."""
    if not isinstance(wanted, str) or not isinstance(found, str):
        one, other = _value(wanted), _value(found)
        width = max(len(one), len(other))
        return one.ljust(width), other.ljust(width), None
    texts = [printable(repr(text)) for text in (wanted, found)]
    if texts[0][0] != texts[1][0]:  # an apostrophe changes the quotes, too
        texts = [printable(f'"{text}"') for text in (wanted, found)]
    same = next((at for at, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), None)
    place = min(map(len, texts)) if same is None else same
    start = max(0, place - _BEFORE_DIFFERENCE) if max(map(len, texts)) > _WIDTH else 0
    mark = "…" if start else ""
    one, other = (_cut(f"{mark}{text[start:]}", _WIDTH) for text in texts)
    width = max(len(one), len(other))
    return one.ljust(width), other.ljust(width), place - start + len(mark)


def _value(value: object) -> str:
    return _cut(printable(repr(value)), _WIDTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
