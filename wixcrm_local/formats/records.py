"""What a file has of one person, whatever its format, before any rule of a store is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

_NONE: Mapping[str, str] = MappingProxyType({})


class Refusal(NamedTuple):
    """Why a row can't be taken as it stands: a stable code, and a sentence with the remedy."""

    code: str
    sentence: str


class Record(NamedTuple):
    """One person of a file.

    `row` is where the person stands: of a table the row as a spreadsheet counts it (the header is
    row 1), of vCards the card (from 1). `members` are of the documented ones firstName, lastName,
    picture, emails, phones and language, for `create_contact`. `labels` are names as they are;
    `label_cells` are cells in which several may stand, which only a store can tell apart. `others`
    is what a contact has no member for, under the file's own name for it. `subscription` is one of
    the words of `Contact.subscription`, or None where the file does not say.
    """

    row: int
    members: dict[str, Any]
    labels: tuple[str, ...] = ()
    label_cells: tuple[str, ...] = ()
    others: Mapping[str, str] = _NONE
    subscription: str | None = None
    refusal: Refusal | None = None


class RecordReader(Protocol):
    """A file of people as it is read: once, from top to bottom, a record at a time.

    `format` is wix, google, outlook, csv or vcard. `columns` has each column of a table and where
    it goes: the name of a member, 'labels', 'subscription', 'other' for what a contact has no
    member for, or '' for what is not taken, such as ids and times.
    """

    @property
    def format(self) -> str: ...

    @property
    def columns(self) -> Mapping[str, str]: ...

    def __iter__(self) -> Iterator[Record]: ...
