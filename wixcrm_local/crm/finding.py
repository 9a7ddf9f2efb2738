"""Contacts in numbers: searched, queried, walked; and what happened to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wixcrm_local import contacts
from wixcrm_local.crm.opening import Opened
from wixcrm_local.model import Contact

if TYPE_CHECKING:
    from wixcrm_local.answers import ContactPage, Duplicates, Event, EventPage
    from wixcrm_local.listening import Subscription


class FindingVerbs(Opened):
    """Contacts in numbers: searched, queried, walked; and what happened to them."""

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

    def find_duplicates(self) -> Iterator[Duplicates]:
        """Groups of contacts that may be one person: who share an address, then a number, then
        a name with addresses a slip apart; in bounded memory, the store is free between items."""
        from wixcrm_local import duplicates

        return duplicates.find(self._context)
