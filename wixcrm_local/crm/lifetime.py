"""What becomes of a contact: trash, history, undo, and being forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wixcrm_local.crm.opening import Opened
from wixcrm_local.model import Change, Contact, ErasureReceipt, TrashedContact


class LifetimeVerbs(Opened):
    """What becomes of a contact: trash, history, undo, and being forgotten."""

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
