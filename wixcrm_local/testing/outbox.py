"""Assertions on mails, for the outbox of a CRM in tests and for mails that were captured.

Law: what fails says what was expected, what came nearest and what is there; it needs no framework.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wixcrm_local.errors import InvalidArgument
from wixcrm_local.message import OutboxMessage
from wixcrm_local.model import Contact
from wixcrm_local.naming import nearest, suggestion
from wixcrm_local.outbox import Outbox
from wixcrm_local.testing import explaining
from wixcrm_local.testing.wanted import Wanted

Text = object  # a text; a compiled pattern; or anything that compares, such as unittest.mock.ANY


class MailAssertions:
    """What can be asserted of mails.

    A mail counts as sent if emailContact fulfilled it: it may be queued, or uncertain. One that
    was suppressed, failed for good or was cancelled does not count.
    """

    @property
    def sent(self) -> tuple[OutboxMessage, ...]:
        """The mails that count as sent, oldest first."""
        return tuple(message for message in self._messages() if explaining.was_sent(message))

    def assert_sent(
        self,
        *,
        to: Text | Contact | None = None,
        email_id: Text | None = None,
        variables: Mapping[str, Text] | None = None,
        subject: Text | None = None,
        times: int | None = None,
    ) -> OutboxMessage:
        """Fails unless a mail was sent that is as everything given says; gives the newest one.

        - `to`: an address in any spelling, a contact or its id
        - `variables`: those that are given must have these values
        - `email_id`, `subject`, and each of the others: a text, or a compiled pattern to be found
        - `times`: how many such mails there are; else one is enough
        """
        __tracebackhide__ = True
        if times is not None and times < 1:
            raise InvalidArgument(
                "times must be 1 or more; use assert_nothing_sent for none",
                details={"argument": "times"},
            )
        wanted = Wanted(to=to, email_id=email_id, variables=variables, subject=subject)
        messages = tuple(self._messages())
        found = [it for it in messages if explaining.was_sent(it) and wanted.fits(it)]
        if not found:
            raise AssertionError(explaining.nothing_fits(wanted, messages, self._hint(wanted)))
        if times is not None and len(found) != times:
            expected = "1 mail" if times == 1 else f"{times} mails"
            raise AssertionError(explaining.wrong_number(expected, wanted, len(found), messages))
        return found[-1]

    def assert_nothing_sent(
        self,
        *,
        to: Text | Contact | None = None,
        email_id: Text | None = None,
        variables: Mapping[str, Text] | None = None,
        subject: Text | None = None,
    ) -> None:
        """Fails if a mail was sent; or one that is as everything given says."""
        __tracebackhide__ = True
        wanted = Wanted(to=to, email_id=email_id, variables=variables, subject=subject)
        messages = tuple(self._messages())
        found = [it for it in messages if explaining.was_sent(it) and wanted.fits(it)]
        if found:
            raise AssertionError(explaining.wrong_number("no mail", wanted, len(found), messages))

    def only(
        self,
        *,
        to: Text | Contact | None = None,
        email_id: Text | None = None,
        variables: Mapping[str, Text] | None = None,
        subject: Text | None = None,
    ) -> OutboxMessage:
        """The one mail that was sent, or the one that is as everything given says; fails where
        there is another number of them."""
        __tracebackhide__ = True
        wanted = Wanted(to=to, email_id=email_id, variables=variables, subject=subject)
        messages = tuple(self._messages())
        found = [it for it in messages if explaining.was_sent(it) and wanted.fits(it)]
        if not found and str(wanted):
            raise AssertionError(explaining.nothing_fits(wanted, messages, self._hint(wanted)))
        if len(found) != 1:
            raise AssertionError(explaining.wrong_number("1 mail", wanted, len(found), messages))
        return found[0]

    def _messages(self) -> Iterable[OutboxMessage]:
        raise NotImplementedError

    def _email_ids(self) -> Sequence[str]:
        """The ids of the Triggered Emails there are, where that is known."""
        return ()

    def _hint(self, wanted: Wanted) -> str:
        ids = self._email_ids()
        if not isinstance(wanted.email_id, str) or not ids or wanted.email_id in ids:
            return ""
        near = suggestion(nearest(wanted.email_id, ids)).strip()
        return f"There is no Triggered Email {wanted.email_id!r}; {near}".rstrip("; ")


class OutboxForTests(MailAssertions, Outbox):
    """`crm.outbox` with assertions."""

    def _messages(self) -> Iterable[OutboxMessage]:
        return self

    def _email_ids(self) -> Sequence[str]:
        from wixcrm_local.mail_rows import triggered_email_ids

        return self._context.store.read(triggered_email_ids)
