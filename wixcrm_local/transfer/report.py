"""What imports and exports answer with: frozen values, and what became of each row.

Law: a million rows fit; an outcome is made when somebody looks at it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, overload

import attrs

from wixcrm_local.import_rows import ACTION_OF, ACTIONS
from wixcrm_local.model import ReadOnlyDict

_ID_SIZE = 16
_NO_ID = bytes(_ID_SIZE)


@attrs.frozen(kw_only=True)
class RowOutcome:
    """What became of one row of a file.

    `row` is counted as a spreadsheet does (the header of a table is row 1), of vCards the card.
    `action` is created, updated, unchanged, kept (a site member left as it was) or skipped, for
    `reason`. `contact_id` is whom it made or matched; of a dry run `row-12` is who would be made of
    that row. `code` is the error's, or SHARED_PHONE for
    a contact of its own whose telephone `shared_with` have, too, who bear other first names.
    """

    row: int
    action: str
    contact_id: str | None = None
    code: str | None = None
    reason: str | None = None
    shared_with: tuple[str, ...] = ()


class Remark(NamedTuple):
    """What there is to say of few rows."""

    code: str
    reason: str
    shared_with: tuple[str, ...] = ()


class Outcomes(Sequence[RowOutcome]):
    """One outcome for each row that holds somebody, in the order of the file."""

    __slots__ = ("_actions", "_ids", "_other_ids", "_remarks", "_rows")

    def __init__(self) -> None:
        self._rows = array("Q")
        self._actions = bytearray()
        self._ids = bytearray()
        self._other_ids: dict[int, str] = {}  # those that are no GUIDs
        self._remarks: dict[int, Remark] = {}

    def add(
        self, row: int, action: str, contact_id: str | None, remark: Remark | None = None
    ) -> None:
        place = len(self._rows)
        self._rows.append(row)
        self._actions += ACTIONS[action]
        packed = _packed(contact_id)
        if packed is None and contact_id is not None:
            self._other_ids[place] = contact_id
        self._ids += packed or _NO_ID
        if remark is not None:
            self._remarks[place] = remark

    def extend(self, other: Outcomes) -> None:
        place = len(self._rows)
        self._rows += other._rows
        self._actions += other._actions
        self._ids += other._ids
        self._other_ids.update({place + at: id for at, id in other._other_ids.items()})
        self._remarks.update({place + at: remark for at, remark in other._remarks.items()})

    @property
    def actions(self) -> bytes:
        """An octet for each row, see `ACTIONS`."""
        return bytes(self._actions)

    @property
    def remarks(self) -> Mapping[int, Remark]:
        """What there is to say, by the place of the row in here."""
        return self._remarks

    def count(self, action: object) -> int:
        """How many rows came to this."""
        octet = ACTIONS.get(action) if isinstance(action, str) else None
        return self._actions.count(octet) if octet else 0

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> RowOutcome: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[RowOutcome, ...]: ...

    def __getitem__(self, place: int | slice) -> RowOutcome | tuple[RowOutcome, ...]:
        if isinstance(place, slice):
            return tuple(self._outcome(at) for at in range(*place.indices(len(self))))
        return self._outcome(range(len(self))[place])

    def __iter__(self) -> Iterator[RowOutcome]:
        return map(self._outcome, range(len(self)))

    def _outcome(self, place: int) -> RowOutcome:
        remark = self._remarks.get(place)
        return RowOutcome(
            row=self._rows[place],
            action=ACTION_OF[self._actions[place]],
            contact_id=self._id(place),
            code=remark and remark.code,
            reason=remark and remark.reason,
            shared_with=remark.shared_with if remark else (),
        )

    def _id(self, place: int) -> str | None:
        packed = bytes(self._ids[place * _ID_SIZE : (place + 1) * _ID_SIZE])
        return self._other_ids.get(place) if packed == _NO_ID else _unpacked(packed)


def _packed(id: str | None) -> bytes | None:
    """A GUID in its 16 octets; None for any other id."""
    if id is None or len(id) != 36 or id[8:24:5] != "----":
        return None
    digits = id.replace("-", "")
    try:
        packed = bytes.fromhex(digits)
    except ValueError:
        return None
    return packed if len(packed) == _ID_SIZE and packed.hex() == digits else None


def _unpacked(packed: bytes) -> str:
    digits = packed.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@attrs.frozen(kw_only=True)
class ImportReport:
    """What `import_contacts` did, or would do where `dry_run`.

    `receipt` is what `undo_import` takes back; None of a dry run. `outcomes` has one for each of
    `rows`, which created, updated, unchanged, kept and skipped add up to; `shared_phones` of the
    created share a telephone with somebody else. `columns` tells where each column of a table
    went; `left_out` names those that a contact has no place for, and what of vCards has none.
    `resumed_rows` were stored by an earlier run that broke off.
    """

    receipt: str | None
    format: str
    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    kept: int
    skipped: int
    shared_phones: int
    outcomes: Outcomes = attrs.field(repr=False, eq=False)
    columns: Mapping[str, str] = attrs.field(default=ReadOnlyDict(), hash=False)
    left_out: tuple[str, ...] = ()
    new_labels: tuple[str, ...] = ()
    new_fields: tuple[str, ...] = ()
    resumed_rows: int = 0


@attrs.frozen(kw_only=True)
class ImportSummary:
    """An import that the store knows; `finished_at` is None while it is at work, or broke off."""

    receipt: str
    format: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    rows: int
    created: int
    updated: int
    unchanged: int
    kept: int
    skipped: int


@attrs.frozen(kw_only=True)
class LeftContact:
    """A contact that `undo_import` left as it is, and why."""

    contact_id: str
    reason: str


@attrs.frozen(kw_only=True)
class UndoneImport:
    """What `undo_import` took back.

    `trashed` contacts, which the import had made, are in the trash; `reverted` changes of others
    are undone. `left` names those that somebody changed since. `pruned` changes can't be undone,
    since `prune_history` forgot them. `removed_names` are labels and custom fields that the
    import had made, and nobody has.
    """

    receipt: str
    trashed: int
    reverted: int
    left: tuple[LeftContact, ...]
    pruned: int
    removed_names: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ExportReport:
    """What `export_contacts` wrote, or `preview_export` says that it would.

    `not_held` tells what the format can't give back: by member, of how many contacts. `path` is
    None where it went to an open file.
    """

    format: str
    contacts: int
    not_held: Mapping[str, int] = attrs.field(hash=False)
    path: str | None = None
