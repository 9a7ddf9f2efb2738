"""One row of a file becomes a contact, or changes one: `create_contact`, told that it is one of
many.

Law: inside the caller's transaction; a row that is refused leaves nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from wixcrm_local import changes, errors, matching, rows, wire
from wixcrm_local.cleaning import Cleaning
from wixcrm_local.context import Context
from wixcrm_local.formats.csv_damage import looks_like_serial, looks_stripped
from wixcrm_local.formats.records import Record
from wixcrm_local.model import Profile
from wixcrm_local.phone_number import key_of_phone
from wixcrm_local.policy import Policy
from wixcrm_local.problems import Problems
from wixcrm_local.rows import StoredContact
from wixcrm_local.transfer.gathering import Gathered
from wixcrm_local.transfer.names import FieldsOfRows, KnownLabels, LabelsOfRows, RowCleaning
from wixcrm_local.transfer.report import Remark
from wixcrm_local.upsert import Created, Upsert
from wixcrm_local.wire import Draft

VERB = "import_contacts"
_NOT_SET = "not_set"
_MOST_LEFT_OUT = 1_000  # names; a file may have one of its own in each card
DAMAGED = "SPREADSHEET_DAMAGE"


class Stored(NamedTuple):
    """What a row came to: its action, its contact's number and id, and what there is to say."""

    action: str
    number: int = 0
    contact_id: str | None = None
    remark: Remark | None = None


class RowsIn(Upsert):
    """Takes in the rows of one file, chunk by chunk."""

    __slots__ = (
        "_fields",
        "_gathered",
        "_labels",
        "_number",
        "_subscription",
        "_warned",
        "from_table",
        "is_rehearsal",
        "left_out",
        "unknown_columns",
    )

    def __init__(self, context: Context, policy: Policy, *, unknown_columns: str) -> None:
        self._labels, self._fields = LabelsOfRows(context), FieldsOfRows(context)
        super().__init__(context, self._labels, self._fields, policy)
        self.unknown_columns = unknown_columns
        self.from_table = True
        self.is_rehearsal = False  # of which nothing is stored, so there is nothing to warn of
        self.left_out: dict[str, None] = {}  # what of a file without columns has no place
        self._warned: set[str] = set()
        self._gathered: Gathered | None = None
        self._number = 0
        self._subscription = _NOT_SET  # of the row, if it makes a contact

    def begin(self) -> None:
        """A transaction begins, or begins again."""
        self._forget()
        self._labels.made.clear()
        self._fields.made.clear()
        self._gathered = None

    def read(
        self, connection: sqlite3.Connection, records: Sequence[Record]
    ) -> Iterator[tuple[Record, Draft | None]]:
        """The next records to be taken in, each as far as it could be read."""
        self.end()
        self._gathered = None
        region = self.context.store.default_region
        cleaning = self._cleaning(region, Problems())
        drafts: list[Draft | None] = []
        for record in records:
            drafts.append(self._read_before(connection, record, cleaning))
            if cleaning.problems:
                cleaning = self._cleaning(region, Problems())
        if self.context.store.rekeying is None:  # else keys change while they are asked for
            profiles = [draft.profile for draft in drafts if draft is not None]
            self._gathered = Gathered(connection, profiles)
        return zip(records, drafts, strict=True)

    def end(self) -> None:
        """All that the rows came to so far is in the tables."""
        if self._gathered is not None:
            self._gathered.write()

    @property
    def new_names(self) -> dict[str, list[str]]:
        """The keys of the labels and custom fields that were made since `begin`."""
        return {"label": [*self._labels.made], "custom_field": [*self._fields.made]}

    def take(
        self, connection: sqlite3.Connection, record: Record, draft: Draft | None = None
    ) -> Stored:
        """What the row comes to. Raises what `create_contact` would."""
        region = self.context.store.default_region
        if draft is None or self._labels.made_several:  # a cell may be one label by now
            with self._refusal_leaves_no_names():
                draft = self._read(self._info(connection, record), region)
        if self.from_table:
            self._refuse_damaged(connection, draft, region)
        if self._is_known(draft):
            return self._stored(connection, record, draft, region)
        return self._stored_apart(connection, record, draft, region)

    def _stored_apart(
        self, connection: sqlite3.Connection, record: Record, draft: Draft, region: str | None
    ) -> Stored:
        """Names are made before all of the row is looked at, and must go if it is refused."""
        self.end()

        def work(connection: sqlite3.Connection) -> Stored:
            stored = self._stored(connection, record, draft, region)
            self.end()
            return stored

        try:
            with self._refusal_leaves_no_names():
                return self.context.store.write(work)
        except BaseException:
            if self._gathered is not None:
                self._gathered.drop(draft.profile)
            raise

    @contextmanager
    def _refusal_leaves_no_names(self) -> Iterator[None]:
        """What is undone with the row, or was only rehearsed for its error, is not known after."""
        made = len(self._labels.made), len(self._fields.made)
        try:
            yield
        except BaseException:
            self._forget()
            del self._labels.made[made[0] :], self._fields.made[made[1] :]
            raise

    def _cleaning(self, region: str | None, problems: Problems) -> Cleaning:
        return RowCleaning(partial(key_of_phone, region=region), problems)

    def _read_before(
        self, connection: sqlite3.Connection, record: Record, cleaning: Cleaning
    ) -> Draft | None:
        """None where it is refused: its turn tells why."""
        if record.refusal is not None:
            return None
        draft = wire.read(self._info(connection, record), cleaning, self.policy)
        return None if cleaning.problems else draft

    def _forget(self) -> None:
        self._labels.forget()
        self._fields.forget()

    def _stored(
        self, connection: sqlite3.Connection, record: Record, draft: Draft, region: str | None
    ) -> Stored:
        self._subscription = record.subscription or _NOT_SET
        result = self._upsert(connection, draft, region)
        number, action = self._number, result.action
        if isinstance(result, Created):
            remark = _shared(result.also_matched) if result.also_matched else None
            return Stored(action, number, result.contact_id, remark)
        if record.subscription == "unsubscribed" and self._tighten(connection, number):
            action = "updated"
        return Stored(action, number, result.contact_id)

    def _candidates(self, connection: sqlite3.Connection, given: Profile) -> list[tuple[int, str]]:
        if self._gathered is None:
            return super()._candidates(connection, given)
        return self._gathered.holders(matching.lookups(given, self.policy.match_on))

    def _tighten(self, connection: sqlite3.Connection, number: int) -> bool:
        """An import may take back somebody's yes to mail, and never give it."""
        kept = rows.contact_by_number(connection, number)
        if kept.subscription == "unsubscribed":
            return False
        changes.subscribe(connection, kept, "unsubscribed", VERB, self.context.now())
        return True

    def _warn(self, given: Profile, ignored: tuple[str, ...], is_stored: bool) -> None:
        """Of each name that is ignored once: a million rows may have it."""
        if not self.is_rehearsal:
            new = tuple([each for each in ignored if each not in self._warned])
            self._warned.update(new)
            super()._warn(given, new, is_stored)

    def _insert(self, connection: sqlite3.Connection, given: Profile) -> str:
        id, now = self.context.new_id(), self.context.now()
        if self._gathered is not None:
            self._number = self._gathered.add(id, given, now, self._subscription)
            return id
        self._number = rows.insert_contact(connection, id, given, now)
        if self._subscription != _NOT_SET:
            rows.run(connection, "keep_subscription", self._subscription, self._number)
        return id

    def _update(self, connection: sqlite3.Connection, matches: Any, *rest: Any) -> Any:
        self._number = matches[0].number
        return super()._update(connection, matches, *rest)

    def _change(self, connection: sqlite3.Connection, kept: StoredContact, after: Profile) -> None:
        changes.apply(connection, kept, after, VERB, self.context.now())
        if self._gathered is not None:
            self._gathered.change(kept.number, kept.profile, after)

    def _info(self, connection: sqlite3.Connection, record: Record) -> dict[str, Any]:
        members = record.members
        if record.labels or record.label_cells:
            names = self._labels.named_by(connection, record)
            if self.policy.shapes == "any":  # which takes lists apart
                names = [*names]
            members = {**members, "labels": names}
        if not record.others:
            return members
        fields: dict[str, str] = {}
        for name, value in record.others.items():
            if self.unknown_columns == "fields" or self._fields.find(connection, name):
                if value:
                    fields[name] = value
            elif len(self.left_out) < _MOST_LEFT_OUT:
                self.left_out[name] = None
        return {**members, "customFields": fields} if fields else members

    def _is_known(self, draft: Draft) -> bool:
        """Whether no name need be made, as far as is known by now."""
        labels, fields = draft.labels, draft.custom_fields
        return (isinstance(labels, KnownLabels) or labels.keys() <= self._labels.known.keys()) and (
            not fields or fields.keys() <= self._fields.known.keys()
        )

    def _refuse_damaged(
        self, connection: sqlite3.Connection, draft: Draft, region: str | None
    ) -> None:
        """What a spreadsheet did to numbers and dates can be told once they are read."""
        for phone in draft.profile.phones:
            is_whole = phone.match_key is None or phone.match_key.startswith("+")
            if not is_whole and (sentence := looks_stripped(phone.text, region)):
                raise errors.InvalidPhone(f"phones: {sentence}", DAMAGED)
        for name, value in draft.custom_fields.items():
            row = self._fields.find(connection, name)
            if row is not None and row[3] == "date" and looks_like_serial(str(value)):
                raise errors.InvalidCustomFieldValue(
                    f"{name}: {value} is how a spreadsheet counts days; format the column as text "
                    "or as year-month-day there, and export it again",
                    DAMAGED,
                )


def _shared(others: tuple[str, ...]) -> Remark:
    whose = "who has another first name" if len(others) == 1 else "who have other first names"
    sentence = (
        f"shares a telephone with {', '.join(others)}, {whose}; merge them if they are one person"
    )
    return Remark("SHARED_PHONE", sentence, others)
