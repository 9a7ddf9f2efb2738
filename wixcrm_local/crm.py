"""The synchronous door: one open store, one clock, one policy, and each verb one line.

Law: any thread may call any verb; what a verb decides is written where it points to.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from wixcrm_local import (
    connection,
    contacts,
    errors,
    members,
    places,
    region,
    watching,
)
from wixcrm_local.context import Clock, Context, NewId, ids, stamps
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.email_address import checked_address
from wixcrm_local.labels import Labels
from wixcrm_local.model import (
    Change,
    Contact,
    ErasureReceipt,
    MatchResult,
    MergeResult,
    TrashedContact,
    UpsertResult,
)
from wixcrm_local.phone_number import checked_region
from wixcrm_local.policy import STRICT, Policy
from wixcrm_local.store import Store
from wixcrm_local.upsert import Rehearsal, Upsert
from wixcrm_local.wire import ContactInfo

if TYPE_CHECKING:
    import threading

    from wixcrm_local.answers import ContactPage, Duplicates, Event, EventPage
    from wixcrm_local.background import Background
    from wixcrm_local.backup import Backup
    from wixcrm_local.checking import CheckReport
    from wixcrm_local.examining import Remark
    from wixcrm_local.listening import Subscription
    from wixcrm_local.mending import RepairReport
    from wixcrm_local.message import DeliveryPreview, DeliveryReport, OutboxMessage
    from wixcrm_local.outbox import Outbox
    from wixcrm_local.page.writing import PageReport
    from wixcrm_local.rekeying import RekeyReport
    from wixcrm_local.relay import Relay
    from wixcrm_local.scheduled_backups import ScheduledBackups
    from wixcrm_local.senders.sender import Sender
    from wixcrm_local.suppressions import Suppressions
    from wixcrm_local.transfer.report import (
        ExportReport,
        ImportReport,
        ImportSummary,
        UndoneImport,
    )
    from wixcrm_local.triggered_emails import TriggeredEmails

Info = ContactInfo | Mapping[str, Any]
Source = str | os.PathLike[str] | IO[bytes] | IO[str]  # a file to read, by its path or open
Target = str | os.PathLike[str] | IO[bytes] | IO[str]

DURABILITIES = ("full", "normal")
_CLOSING_PATIENCE = 5.0  # seconds


class CRM:
    """Wix's contact list and Triggered Emails on one SQLite file.

    - `path`: the store's file, made if there is none; `":memory:"` keeps it in memory
    - `default_region`: two letters, the country in which numbers without a country code are
      read; a property of the file, None takes the file's (P1)
    - `policy`: how strictly calls are read, unless a call says otherwise
    - `sender`: who takes mail to the world, one of `wixcrm_local.senders` or any callable of one
      mail; None: nobody, it stays in the outbox
    - `from_address`: the sender's address of mails whose Triggered Email names none
    - `clock`: returns an aware datetime; `new_id`: returns a new id (A6)
    - `durability`: "full": what returned is stored, come what may; "normal": some eight times
      faster, and a power cut can lose the last second (never damage the file)
    - `busy_timeout`: seconds to wait for other writers before `StoreBusy`

    Raises `InvalidArgument`, `RegionMismatch` and the errors of the file, `StoreError`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = connection.MEMORY,
        *,
        default_region: str | None = None,
        policy: Policy = STRICT,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        from_address: str | None = None,
        clock: Clock | None = None,
        new_id: NewId | None = None,
        durability: str = "full",
        busy_timeout: float = 30.0,
    ) -> None:
        _check_arguments(policy, clock, new_id, durability, busy_timeout)
        self._sender = None if sender is None else self._real_sender(sender)
        sender_address = (
            None if from_address is None else checked_address(from_address, "from_address")
        )
        own_region = None if default_region is None else checked_region(default_region)
        self._store = self._opened_store(connection.resolve(path), durability, float(busy_timeout))
        self._context = Context(
            self._store,
            policy,
            now=stamps(clock),
            new_id=ids(new_id),
            from_address=sender_address,
        )
        try:
            region.settle(self._store, own_region)
            self._warn_of_place()
        except BaseException:
            self._store.close()
            raise
        self._relay = self._made_relay()
        self._subscriptions: list[Subscription | ScheduledBackups] = []  # ended with the store
        self.labels = Labels(self._context)
        self.custom_fields = CustomFields(self._context)
        self._upsert = Upsert(self._context, self.labels, self.custom_fields, policy)

    # The mail half is loaded when it is first used: start-up is part of the speed.

    @cached_property
    def triggered_emails(self) -> TriggeredEmails:
        """The register of Triggered Emails."""
        from wixcrm_local.triggered_emails import TriggeredEmails

        return TriggeredEmails(self._context)

    @cached_property
    def outbox(self) -> Outbox:
        """The mails that were sent, as a read-only sequence."""
        from wixcrm_local.outbox import Outbox

        return Outbox(self._context)

    @cached_property
    def suppressions(self) -> Suppressions:
        """The addresses that get no mail (T8)."""
        from wixcrm_local.suppressions import Suppressions

        return Suppressions(self._context)

    @cached_property
    def _background(self) -> Background:
        from wixcrm_local.background import Background

        return Background(self._context, self._sender)

    # What the CRM of the test kit makes otherwise.

    def _opened_store(self, path: str | None, durability: str, busy_timeout: float) -> Store:
        return Store(path, durability=durability, busy_timeout=busy_timeout)

    def _real_sender(self, sender: object) -> Sender | None:
        from wixcrm_local.relay import real_sender

        return real_sender(sender)

    def _made_relay(self) -> Relay | None:
        if self._sender is None:
            return None
        from wixcrm_local.relay import Relay

        return Relay(self._context, self._sender)

    def _upserting(self, policy: Policy | None) -> Upsert:
        """The verb under the store's policy, which is made once, or under another one."""
        if policy is None:
            return self._upsert
        return Upsert(self._context, self.labels, self.custom_fields, policy)

    def _warn_of_place(self) -> None:
        danger = None if self._store.path is None else places.danger(self._store.path)
        if danger is not None:
            self._context.warn(
                f"{self._store.path}: {danger}; put the store on a local disk, and copies made by "
                "crm.backup() there",
                "UNSAFE_PLACE",
            )

    @property
    def path(self) -> str | None:
        """The absolute path of the store's file; None in memory."""
        return self._store.path

    @property
    def default_region(self) -> str | None:
        """The region in which national phone numbers are read (P1)."""
        return self._store.default_region

    def create_contact(self, contact_info: Info, *, policy: Policy | None = None) -> str:
        """Creates a contact, or updates the one with the same email or phone; gives its id (A1).

        Raises `InvalidContactInfo` or one of its kinds, `MemberContact`, `LoginEmailTaken`.
        """
        return self._upserting(policy).stored(contact_info).contact_id

    createContact = create_contact

    def upsert_contact(self, contact_info: Info, *, policy: Policy | None = None) -> UpsertResult:
        """As `create_contact`, and tells everything it did (A3)."""
        return self._upserting(policy).run(contact_info)

    def match_contact(self, contact_info: Info, *, policy: Policy | None = None) -> MatchResult:
        """What `upsert_contact` would do just now; nothing is stored (A3). Raises as it would."""
        verb = Rehearsal(
            self._context, self.labels, self.custom_fields, policy or self._context.policy
        )
        return verb.match(contact_info)

    def update_contact(
        self,
        id: str,
        changes: Info,
        *,
        expected_revision: int | None = None,
        policy: Policy | None = None,
    ) -> Contact:
        """Changes a contact by its id, and gives it as it is then (U6).

        A member that is named is set; named and blank, it is cleared. A list that is given becomes
        the list. `customFields` are set and cleared one by one. What is not named stays, and of a
        `ContactInfo` what is as when nothing is given counts as not named. It may be given an
        address that another contact has, too (M2).

        - `expected_revision`: the `revision` of the contact that was read, else `StaleRevision`

        Raises `ContactNotFound`, `StaleRevision`, `InvalidContactInfo` or one of its kinds,
        `MemberEmailLocked`, `LoginEmailTaken`, `InvalidArgument`.
        """
        from wixcrm_local.editing import Editing

        verb = Editing(
            self._context, self.labels, self.custom_fields, policy or self._context.policy
        )
        return verb.run(id, changes, expected_revision)

    updateContact = update_contact

    def get_contact(self, id: str) -> Contact:
        """The contact with this id. Raises `ContactNotFound`."""
        return contacts.get(self._context, id)

    def find_contact(self, *, email: str | None = None, phone: str | None = None) -> Contact | None:
        """Who has this address or number, in any spelling; None for nobody (A8)."""
        return contacts.find(self._context, email=email, phone=phone)

    def search_contacts(self, text: str, limit: int = 20) -> tuple[Contact, ...]:
        """Who has all the words of `text` in their names, addresses or numbers: search as you type.

        A word may be the beginning of one, or the end of a number; from three characters on
        also what stands inside. Without regard to case and diacritics, in any script. First
        come those who have all the words as they are, then beginnings and ends, then what
        stands inside, each oldest first. Any text is a query. What was stored before the call
        is always found; the first search of a large file builds an index, see `prepare_search`.

        Raises `InvalidArgument`.
        """
        from wixcrm_local import searching

        return searching.search(self._context, text, limit)

    def prepare_search(self, *, progress: Callable[[int, int], object] | None = None) -> None:
        """Indexes what a search would index first; others read and write meanwhile.

        For before the first search of a large file, and for idle moments; `progress` is told
        the contacts done, and the contacts in all. Raises `InvalidArgument`.
        """
        from wixcrm_local import searching

        searching.prepare(self._context, progress)

    def query_contacts(
        self,
        where: Mapping[str, Any] | None = None,
        *,
        sort: str = "created_at",
        descending: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ContactPage:
        """A page of the contacts that fit `where`; `next_cursor` of it asks for the next.

        `where` is plain data: members and custom fields by name, each with a value or a mapping
        of operators, and `all`, `any`, `not`. docs/queries.md has all of it. `sort` is created_at,
        updated_at, first_name or last_name. A contact that comes or changes meanwhile moves
        none of the others.

        Raises `InvalidArgument`, which names the place in `where`.
        """
        from wixcrm_local import querying

        return querying.page(self._context, where, sort, descending, limit, cursor)

    def count_contacts(self, where: Mapping[str, Any] | None = None) -> int:
        """How many contacts there are, or fit `where`, see `query_contacts`."""
        if where is None:
            return contacts.count(self._context)
        from wixcrm_local import querying

        return querying.count(self._context, where)

    def iter_contacts(self, where: Mapping[str, Any] | None = None) -> Iterator[Contact]:
        """All contacts, or those that fit `where`, oldest first, in bounded memory; the store is
        free between items."""
        if where is None:
            return contacts.iterate(self._context)
        from wixcrm_local import querying

        return querying.iterate(self._context, where)

    def changes_since(self, cursor: str | None = None, limit: int = 100) -> EventPage:
        """What happened to contacts and mails, in the order it was stored, at most `limit` events;
        `next_cursor` asks for what comes after them, then or later, from any program.

        None begins with the first contact, "now" gives no event, and the cursor of this moment.
        While others write nothing is missed, and nothing told twice. Raises `InvalidArgument`.
        """
        from wixcrm_local import feed

        return feed.since(self._context, cursor, limit)

    def subscribe(
        self, callback: Callable[[Event], object], *, interval: float | None = None
    ) -> Subscription:
        """Calls `callback` with each event that is stored from now on, after its commit, on a
        thread of its own; `close()` of the answer ends it.

        It may call the store. Where it fails, that is logged. What other programs stored is told
        along with the next commit of this one, and with `interval` after so many seconds at most.
        Raises `InvalidArgument`.
        """
        from wixcrm_local.listening import Subscription

        subscription = Subscription(self._context, callback, interval)
        self._subscriptions.append(subscription)
        return subscription

    def rekey(
        self, default_region: str, *, progress: Callable[[int, int], object] | None = None
    ) -> RekeyReport:
        """Reads the file's numbers in another region, or in its own anew, and tells who now
        shares one (P5).

        In short transactions, between which others read and write; they read numbers in the new
        region from the first on, and find those that still wait. After a crash, the same call
        goes on. `progress` is told the contacts done, and the contacts in all.

        Raises `InvalidArgument`, also inside a transaction.
        """
        from wixcrm_local import rekeying

        return rekeying.rekey(self._context, default_region, progress)

    def find_duplicates(self) -> Iterator[Duplicates]:
        """Groups of contacts that may be one person: who share an address, then a number, then
        a name with addresses a slip apart; in bounded memory, the store is free between items."""
        from wixcrm_local import duplicates

        return duplicates.find(self._context)

    def register_member(self, id: str, login_email: str) -> Contact:
        """Makes a contact a site member who logs in with this address (G2).

        Raises `ContactNotFound`, `InvalidEmail`, `LoginEmailTaken`, `MemberEmailLocked`.
        """
        return members.register(self._context, id, login_email)

    def delete_contact(self, id: str, *, delete_members: bool = False) -> TrashedContact:
        """Moves a contact into the trash: no verb finds, counts or matches it any more (U7).

        Its mails stay; those that still wait are not sent (`suppressed`, "deleted").

        - `delete_members`: a site member is only deleted with it, else `MemberContact`

        Raises `ContactNotFound`, `MemberContact`.
        """
        from wixcrm_local import trash

        return trash.delete(self._context, id, delete_members)

    deleteContact = delete_contact

    def restore_contact(self, id: str) -> Contact:
        """Brings a contact back from the trash, as it was; one that is not in it stays (U7).

        Labels and fields that were deleted meanwhile are left out, which its history tells.

        Raises `ContactNotFound`; `LoginEmailTaken` where another member has its login email.
        """
        from wixcrm_local import trash

        return trash.restore(self._context, id)

    def list_trash(self) -> tuple[TrashedContact, ...]:
        """The contacts in the trash, as long in it first."""
        from wixcrm_local import trash

        return trash.listed(self._context)

    def purge_trash(self, older_than_days: float = 90) -> int:
        """Forgets for good what has been in the trash for longer, and gives how many contacts (U7).

        Their mails stay in the outbox, as a record; `erase_contact` is for those. Nothing is
        purged by itself. Raises `InvalidArgument`.
        """
        from wixcrm_local import trash

        return trash.purge(self._context, older_than_days)

    def merge_contacts(self, target: str, *sources: str) -> MergeResult:
        """Takes the sources into the target, which their ids stand for from then on (U8, M5).

        Nothing of the target is overwritten: its lists get what the sources have besides, its
        empty members are filled, in the order of the sources. Who is unsubscribed in one of them
        stays so. Mails stay with the ids they were sent to, by which `outbox.where` finds them.
        The merge is one change of the target; undoing it brings the sources back as they were.

        Raises `ContactNotFound`, `MergeConflict` where more than one is a site member,
        `ValueTooLong` where a list would be too long, `InvalidArgument`.
        """
        from wixcrm_local import merging

        return merging.merge(self._context, target, sources)

    def preview_merge(self, target: str, *sources: str) -> MergeResult:
        """What `merge_contacts` would do just now; nothing is stored. Raises as it would."""
        from wixcrm_local import merging

        return merging.preview(self._context, target, sources)

    def import_contacts(
        self,
        source: Source,
        format: str | None = None,
        mapping: Mapping[str, str | None] | None = None,
        *,
        dry_run: bool = False,
        policy: Policy | None = None,
        on_error: str = "skip",
        unknown_columns: str = "leave_out",
        progress: Callable[[int, float | None], object] | None = None,
    ) -> ImportReport:
        """Brings people in from a table (CSV of Wix, Google, Outlook or any other program) or from
        vCards; each row does what `create_contact` would do with it.

        Rows are stored in chunks. What breaks off is finished by importing the same file again;
        the receipt in the report lets `undo_import` take all of it back. Blanks erase nothing,
        and nobody gets mail who had said no: of contacts that are there already only an
        unsubscription is taken.

        - `source`: a path, or an open file
        - `format`: csv or vcard; None looks at what the file holds
        - `mapping`: for columns that their headers don't explain: header to firstName, lastName,
          name, emails, phones, labels, language, picture, subscription, "other", "other:New name",
          or None for a column that is not taken
        - `dry_run`: tells what would happen, on a copy of the store
        - `policy`: None is `IMPORT`: by emails, by phones only where a row has no email; a phone
          alone is not enough if the first name is another one (families); labels are made
        - `on_error`: "skip" goes on behind a row that is refused, "stop" raises its error
        - `unknown_columns`: what a contact has no place for is left out, or becomes "fields"
        - `progress`: told the rows that are stored and how much of the file is read (0 to 1, or
          None); what it raises ends the import between two chunks

        Raises `UnreadableFile`, `InvalidArgument`; `StoreBusy` where the same file is imported
        elsewhere by now.
        """
        from wixcrm_local.transfer import importing
        from wixcrm_local.transfer.terms import Terms

        terms = Terms(
            format=format,
            mapping=mapping,
            policy=policy,
            on_error=on_error,
            unknown_columns=unknown_columns,
            progress=progress,
        )
        return importing.import_contacts(self._context, source, terms, dry_run=dry_run)

    def undo_import(self, receipt: str) -> UndoneImport:
        """Takes an import back: whom it made goes to the trash, what it changed of others is
        undone. What somebody changed since is left as it is, and named in the answer.

        Raises `ImportNotFound`, `InvalidArgument`.
        """
        from wixcrm_local.transfer import undoing

        return undoing.undo_import(self._context, receipt)

    def imports(self) -> tuple[ImportSummary, ...]:
        """All imports of this store, oldest first, also those that broke off or were undone."""
        from wixcrm_local.transfer import undoing

        return undoing.imports(self._context)

    def export_contacts(
        self,
        target: Target,
        format: str = "csv",
        where: Mapping[str, Any] | None = None,
        *,
        overwrite: bool = False,
    ) -> ExportReport:
        """Writes all contacts, or those that fit `where` (see `query_contacts`), to a file.

        - `target`: a path, under which a whole file stands at the end, private, or none; or an
          open file
        - `format`: csv (as Wix has it), google, outlook, vcard (3.0) or vcard4

        Cells are safe to open in a spreadsheet, and `import_contacts` takes them back unchanged;
        `not_held` of the report names what the format has no place for. Raises `InvalidArgument`,
        and `StoreFull` and its like for faults of the disk.
        """
        from wixcrm_local.transfer import exporting

        return exporting.write(self._context, target, format, where, overwrite=overwrite)

    def preview_export(
        self, format: str = "csv", where: Mapping[str, Any] | None = None
    ) -> ExportReport:
        """How many contacts `export_contacts` would write, and what of them it could not."""
        from wixcrm_local.transfer import exporting

        return exporting.preview(self._context, format, where)

    def export_person(self, id: str) -> dict[str, Any]:
        """All that the store knows of a person, ready for JSON: the contact, in the list or in the
        trash, its history, its mails with what senders said of them, what the suppression list
        says of its addresses, and the contacts that were merged into it (U7).

        `wixcrm_local.person_page(data)` makes a page of it that people can read. Raises
        `ContactNotFound`.
        """
        from wixcrm_local import exporting

        return exporting.export(self._context, id)

    def erase_contact(self, id: str) -> ErasureReceipt:
        """Removes every trace of a person at once and for good (U7).

        The contact, in the list or in the trash, whom it took in, their histories and values go;
        their mails are blanked (`erased`), what senders said of them, too. Who wanted no mail is
        still known by a keyed hash of the address. Then the file is written anew, so that no page
        of it holds the person's text, which takes as long as copying it. Inside a transaction that
        is left to `scrub_file`, so that many people cost it once. The receipt tells what was
        removed, and names what it can't reach.

        Raises `ContactNotFound`.
        """
        from wixcrm_local import erasing

        return erasing.erase(self._context, id)

    def scrub_file(self) -> bool:
        """Writes the file anew, without what deleted rows left in its pages and its log (U7).

        It takes as long as copying the file. False where another program, or a thread, is reading
        an older state of it, or where there is no room: call it again later.
        """
        return self._store.scrub()

    def history(self, id: str) -> tuple[Change, ...]:
        """What happened to a contact, its creation first (U5). Raises `ContactNotFound`."""
        from wixcrm_local import history

        return history.of_contact(self._context, id)

    def undo(self, change_id: int) -> Contact:
        """Takes one change of a contact back, by its `Change.id`, and gives the contact (U5).

        Its members get back what they had before. That is a change itself, and can be undone.

        Raises `ChangeNotFound`; `CannotUndo` where later changes are of the same members, or what
        they had is deleted; `InsufficientContactInfo`, `LoginEmailTaken`, `InvalidArgument`.
        """
        from wixcrm_local import undoing

        return undoing.undo(self._context, change_id)

    def contact_at(self, id: str, when: datetime) -> Contact:
        """The contact as it was at a moment, an aware datetime (U5).

        Labels and fields that were deleted since are named by their keys; of a pruned history it
        is the oldest state that is known. Raises `ContactNotFound` before its creation.
        """
        from wixcrm_local import history

        return history.contact_at(self._context, id, when)

    def prune_history(self, older_than_days: float) -> int:
        """Forgets the changes of all contacts that are older, and gives how many those were (U5).

        What remains still explains what each contact is. Raises `InvalidArgument`.
        """
        from wixcrm_local import history

        return history.prune(self._context, older_than_days)

    def email_contact(
        self,
        email_id: str,
        to_contact: str,
        options: Mapping[str, Any] | None = None,
        *,
        policy: Policy | None = None,
    ) -> None:
        """Sends a Triggered Email to a contact (A1); raises as `send_email`."""
        self.send_email(email_id, to_contact, options, policy=policy)

    emailContact = email_contact

    def send_email(
        self,
        email_id: str,
        to_contact: str,
        options: Mapping[str, Any] | None = None,
        *,
        policy: Policy | None = None,
        idempotency_key: str | None = None,
        send_at: datetime | None = None,
        expires_in: timedelta | float | None = None,
    ) -> OutboxMessage:
        """As `email_contact`, and gives the mail as it stands in the outbox (A3).

        - `idempotency_key`: the same key for the same mail again gives the first one back
        - `send_at`: an aware datetime before which no sender is asked
        - `expires_in`: after so long (a timedelta, or seconds), from when it may go, it is too late

        With a sender, the mail is recorded first and then handed over: what is refused for good
        raises `EmailNotSent`; what can't be sent now stays queued for `deliver`. Inside a
        transaction, it is handed over after it.

        Raises `TriggeredEmailNotFound`, `ContactNotFound`, `ContactHasNoEmail`,
        `ContactUnsubscribed`, `InvalidEmailOptions`, `InvalidVariable`, `UnknownVariable`,
        `MissingVariable`, `InvalidArgument`, `IdempotencyConflict`, `FromAddressMissing` and
        `EmailNotSent`.
        """
        from wixcrm_local import mailing
        from wixcrm_local.email_options import sending_terms

        return mailing.send(
            self._context,
            email_id,
            to_contact,
            options,
            policy or self._context.policy,
            sending_terms(idempotency_key, send_at, expires_in),
            self._relay,
        )

    def deliver(
        self,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        *,
        limit: int | None = None,
        include_stale: bool = False,
        stop: threading.Event | None = None,
    ) -> DeliveryReport:
        """Hands the mails that are due to `sender`, else to the CRM's own, one after another.

        Any number of programs may deliver from one file at a time. It ends when nothing is left
        to do now, after `limit` mails, or when the sender can't be reached, which `unavailable`
        of the report tells; or after the mail in hand, once `stop` is set. What was recorded
        before the file's first delivery, or waited for more than a day without one, goes only
        with `include_stale=True`.

        Raises `InvalidArgument`, `FromAddressMissing` and the errors of the file.
        """
        from wixcrm_local import relay

        chosen = self._sender if sender is None else self._real_sender(sender)
        return relay.deliver(
            self._context, chosen, limit=limit, include_stale=include_stale, stop=stop
        )

    def preview_delivery(
        self,
        sender: Sender | Callable[[OutboxMessage], object] | None = None,
        *,
        limit: int | None = None,
        include_stale: bool = False,
    ) -> DeliveryPreview:
        """What `deliver` would do just now; nobody is asked, nothing is sent and nothing changed.

        Without any sender, what one would be handed. Raises as `deliver` would.
        """
        from wixcrm_local import rehearsal

        chosen = self._sender if sender is None else self._real_sender(sender)
        return rehearsal.preview(self._context, chosen, limit=limit, include_stale=include_stale)

    def start_delivery(self, interval: float = 30) -> None:
        """Delivers on a thread of its own, now and then every `interval` seconds, until
        `stop_delivery` or `close`.

        Raises `InvalidArgument`, also where the CRM has no sender.
        """
        self._background.start(interval)

    def stop_delivery(self, timeout: float | None = None) -> bool:
        """Ends that thread after the mail it has in hand; False if it took longer than `timeout`
        seconds."""
        return self._background.stop(timeout)

    def unsubscribe(self, who: str | Contact) -> None:
        """No more mail to a contact, whatever its address; or to an address, whoever has it (T8).

        Raises `ContactNotFound`, `InvalidArgument`.
        """
        from wixcrm_local import suppressions

        suppressions.unsubscribe(self._context, who)

    def resubscribe(self, who: str | Contact) -> None:
        """Takes `unsubscribe` back. Raises as it does."""
        from wixcrm_local import suppressions

        suppressions.resubscribe(self._context, who)

    def backup(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Backup:
        """Copies the store to a file at `path` while it is in use; the copy is a store itself.

        Raises as `backup.take`, among them `InvalidArgument` where a file is there already,
        unless `overwrite` says to replace an older backup.
        """
        from wixcrm_local import backup  # here, as below: most programs never need it

        return backup.take(
            self._store, path, now=self._context.now, overwrite=overwrite, progress=progress
        )

    def check(self, *, progress: Callable[[int, int], object] | None = None) -> CheckReport:
        """Looks for what should not be in the store; changes nothing. See `checking.check`."""
        from wixcrm_local import checking

        return checking.check(self._store, progress)

    def backup_every(
        self,
        hours: float = 24,
        *,
        folder: str | os.PathLike[str] | None = None,
        keep: int = 7,
    ) -> ScheduledBackups:
        """Makes a backup now, if the last one is older, and then every so many hours while the
        store is open, on a thread of its own; the last `keep` are kept.

        They stand in `folder`, else in one beside the store, `contacts.db.backups`, each named
        with its time. What fails is logged, and tried again after ten minutes. `close()` of the
        answer ends it. Raises `InvalidArgument`.
        """
        from wixcrm_local.scheduled_backups import ScheduledBackups

        scheduled = ScheduledBackups(self._context, hours, folder, keep)
        self._subscriptions.append(scheduled)
        return scheduled

    def repair(self, *, progress: Callable[[int, int], object] | None = None) -> RepairReport:
        """Mends what can be worked out from the text as typed: match keys, places in lists,
        repeated items, folded names, rows that point at nothing; the next search indexes anew.

        No text is changed. What `check` still finds afterwards is in the report; for a file whose
        pages are damaged there is `wixcrm_local.salvage`. `progress` is as for `check`.
        """
        from wixcrm_local import mending

        return mending.mend(self._context, progress)

    def examine(self) -> tuple[Remark, ...]:
        """How the file is kept and what waits in it: place, privacy, space, log, mails, imports.

        Each is a `Remark`, with a remedy where it is not `ok`. Changes nothing.
        """
        from wixcrm_local import examining

        return examining.examine(self._context)

    def dump(self) -> str:
        """The whole store as text, one thing a line, in an order that stays the same.

        With a clock and ids of your own, the same calls give the same text on any system.
        """
        from wixcrm_local import dumping

        return dumping.dump(self._store)

    def write_page(
        self,
        path: str | os.PathLike[str],
        *,
        limit: int | None = 5_000,
        redact: bool = False,
        overwrite: bool = False,
        reload_every: float | None = None,
    ) -> PageReport:
        """Writes one HTML page with everything in the store, for looking at in a browser.

        The page needs no server, asks the network for nothing, and is readable by its owner only.
        It shows at most `limit` people and as many mails, the newest; None: all. `redact` masks
        addresses and numbers and leaves html out. An older page at `path` is replaced, any other
        file only with `overwrite`. With `reload_every`, in seconds, the page loads itself anew.

        Raises `InvalidArgument`, `StoreFull` and the errors of the file.
        """
        from wixcrm_local.page import writing

        terms = writing.PageTerms(
            limit=limit, redact=redact, overwrite=overwrite, reload_every=reload_every
        )
        return writing.write(self._context, path, terms)

    def watch_page(
        self,
        path: str | os.PathLike[str],
        *,
        stop: threading.Event | None = None,
        interval: float = 1.0,
        written: Callable[[PageReport], object] | None = None,
        limit: int | None = 5_000,
        redact: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Writes the page now, and anew when the store has changed, until `stop` is set; without
        one, as long as the program runs.

        It looks every `interval` seconds; `written` is told of each time. The page loads itself
        anew meanwhile. Raises as `write_page`.
        """
        from wixcrm_local.page import writing

        terms = writing.PageTerms(limit=limit, redact=redact, overwrite=overwrite)
        writing.watch(self._context, path, terms, stop=stop, interval=interval, written=written)

    def transaction(self) -> AbstractContextManager[None]:
        """`with crm.transaction():` stores all its calls together, or none of them (A7).

        It belongs to its thread. Inside another one it is a savepoint. A call that is refused
        inside leaves it usable. Mails of the transaction are handed to the sender after it.
        """
        transaction = self._store.transaction()
        if self._relay is None or self._store.in_transaction:
            return transaction
        return self._relay.after(transaction)

    def close(self) -> None:
        """Closes the store; closing twice is fine. A delivery on its own thread ends after the
        mail it has in hand, for which it has some seconds."""
        for subscription in self._subscriptions:
            subscription.close()
        if "_background" in self.__dict__:
            self._background.stop(_CLOSING_PATIENCE)
        if watching.watchers:
            watching.closing(self._context)
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._store.closed else "open"
        return f"<CRM on {self.path or connection.MEMORY}, {state}>"


def _check_arguments(
    policy: object,
    clock: object,
    new_id: object,
    durability: object,
    busy_timeout: object,
) -> None:
    if not isinstance(policy, Policy):
        _refuse("policy", "must be a Policy; pass STRICT, or Policy(members='keep')")
    if clock is not None and not callable(clock):
        _refuse("clock", "must be callable; pass a function that returns an aware datetime")
    if new_id is not None and not callable(new_id):
        _refuse("new_id", "must be callable; pass a function that returns a new id")
    if durability not in DURABILITIES:
        _refuse("durability", f"can't be {durability!r}; choose one of {', '.join(DURABILITIES)}")
    if (
        isinstance(busy_timeout, bool)
        or not isinstance(busy_timeout, int | float)
        or not 0 <= busy_timeout <= 86_400
    ):
        _refuse("busy_timeout", "must be a number of seconds from 0 to 86,400; pass 30.0")


def _refuse(argument: str, sentence: str) -> None:
    raise errors.InvalidArgument(f"{argument} {sentence}", details={"argument": argument})
