"""Reads files of vCards, 2.1, 3.0 and 4.0, as the programs of this world write them.

Law: no octets make it fail once there is a card; a card that can't be read whole is a record with
its refusal, and the next card is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

from wixcrm_local import errors
from wixcrm_local.formats.records import Record, Refusal
from wixcrm_local.formats.vcard_lines import LONGEST_LINE, ContentLines, unfolded
from wixcrm_local.formats.vcard_person import USED, record_of
from wixcrm_local.formats.vcard_properties import Head, Value, decoded, head_and_value

LARGEST_CARD = 8 * 1024 * 1024  # of texts that are kept; no contact of a store needs 6 MiB
UNREADABLE_CARD = "UNREADABLE_CARD"

Lines = Iterator[tuple[int, bytes]]


def read_vcards(stream: BinaryIO) -> VCardReader:
    """A reader of the cards in a file, at the first of them.

    Raises `UnreadableFile` where there is none.
    """
    lines = ContentLines(stream)
    found = iter(lines)
    for _, line in found:
        head, value = head_and_value(line)
        if head.name == "BEGIN" and _is_card(value):
            return VCardReader(found, lines.was_utf_16)
    raise errors.UnreadableFile(
        "the file has no vCard, since none of its lines is BEGIN:VCARD; "
        "give a .vcf file, as address books export it"
    )


class VCardReader:
    """The cards of a file as records, once and in order; a `RecordReader`."""

    format: str = "vcard"
    columns: Mapping[str, str] = MappingProxyType({})

    def __init__(self, lines: Lines, was_utf_16: bool) -> None:
        """`lines` are those behind the first BEGIN:VCARD."""
        self._lines = lines
        self._was_utf_16 = was_utf_16
        self._row = 0
        self._agents = 0  # how many cards are open inside of the card
        self._card: _Card | None = None
        self._begin(b"")

    def __iter__(self) -> Iterator[Record]:
        before = b""
        for number, line in self._lines:
            head, value = head_and_value(line)
            if head.name in USED:
                if self._card and not self._agents:
                    self._card.take(number, head, value)
            elif finished := self._step(head.name, value, before):
                yield finished.record()
            before = line
        if self._card:
            yield self._card.record()

    def _step(self, name: str, value: bytes, before: bytes) -> _Card | None:
        """What a line says that belongs to no person; the card that it ends."""
        if name == "BEGIN" and _is_card(value):
            return self._begin(before)
        if name == "END" and _is_card(value):
            return self._end()
        if name == "AGENT" and value[:20].strip().upper() == b"BEGIN:VCARD":
            self._agents += 1
        elif name == "VERSION" and self._card and not self._agents:
            self._card.is_2_1 = value.strip() == b"2.1"
        return None

    def _begin(self, before: bytes) -> _Card | None:
        """A card begins, and ends one without END, unless it is the card of an AGENT.

        That stands inside the card of its principal (vCard 2.1, section 2.4.5), and is no person
        of the file.
        """
        if self._card and _is_agent(before):
            self._agents += 1
            return None
        self._row += 1
        self._agents = 0
        finished, self._card = self._card, _Card(self._row, self._was_utf_16)
        return finished

    def _end(self) -> _Card | None:
        if self._agents:
            self._agents -= 1
            return None
        finished, self._card = self._card, None
        return finished


class _Card:
    """One card while its lines come in."""

    def __init__(self, row: int, was_utf_16: bool) -> None:
        self.is_2_1 = False
        self._row = row
        self._was_utf_16 = was_utf_16
        self._properties: dict[str, list[Value]] = {}
        self._refusal: Refusal | None = None
        self._left = LARGEST_CARD

    def take(self, number: int, head: Head, octets: bytes) -> None:
        """Keeps the value of a property; the first that can't be read refuses the card."""
        if head.name == "PHOTO" and not _is_web_address(octets):
            return  # the picture itself, which may be large
        self._left -= len(octets)
        if self._left < 0:
            self._give_up()
            return
        try:
            text = self._text(head, octets)
        except ValueError as error:
            self._refuse(f"the {head.name} on line {number} can't be read, since {error}")
        else:
            self._properties.setdefault(head.name, []).append(Value(head, text))

    def record(self) -> Record:
        return record_of(self._row, self._properties, self._refusal, is_2_1=self.is_2_1)

    def _text(self, head: Head, octets: bytes) -> str:
        if len(octets) > LONGEST_LINE:
            raise ValueError(f"it has more than {LONGEST_LINE:,} octets")
        if b"\n" in octets:
            octets = unfolded(
                octets,
                keeps_white_space=self.is_2_1,
                quoted_printable=head.is_quoted_printable,
            )
        return decoded(head, octets, is_utf_8=self._was_utf_16)

    def _give_up(self) -> None:
        self._properties.clear()
        self._refuse(f"the card has more than {LARGEST_CARD:,} octets of texts")

    def _refuse(self, reason: str) -> None:
        if self._refusal is None:
            sentence = f"{reason}; export it again as UTF-8, or correct it by hand"
            self._refusal = Refusal(UNREADABLE_CARD, sentence)


def _is_web_address(octets: bytes) -> bool:
    return octets[:20].translate(None, b"\\ \t\n").lower().startswith((b"http:", b"https:"))


def _is_card(value: bytes) -> bool:
    return value[:20].strip().upper() == b"VCARD"


def _is_agent(line: bytes) -> bool:
    head, value = head_and_value(line)
    return head.name == "AGENT" and not value.strip()
