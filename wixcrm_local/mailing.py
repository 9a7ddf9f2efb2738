"""emailContact: from a Triggered Email and a contact to a mail in the outbox (T6 to T10).

Law: the mail is rendered and recorded in one transaction, and is final from then on; only after
that may a sender be asked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from wixcrm_local import (
    email_options,
    errors,
    log,
    mail_rows,
    members,
    removals,
    rendering,
    retrying,
    rows,
    text,
    watching,
)
from wixcrm_local.context import Context
from wixcrm_local.delivery_rows import Claimed
from wixcrm_local.email_options import ANY_TIME, SendingTerms
from wixcrm_local.mail_rows import Recipient, Times
from wixcrm_local.message import OutboxMessage, message_id_header
from wixcrm_local.policy import Policy
from wixcrm_local.triggered_emails import remembered_email, warn_of_unknown_variables

if TYPE_CHECKING:
    from wixcrm_local.relay import Relay


class Request(NamedTuple):
    """One mail as it is asked for."""

    email_id: str
    to_contact: str
    variables: Mapping[str, Any] | None
    policy: Policy
    terms: SendingTerms


def send(
    context: Context,
    email_id: str,
    to_contact: str,
    options: object,
    policy: Policy,
    terms: SendingTerms = ANY_TIME,
    relay: Relay | None = None,
) -> OutboxMessage:
    """Records the mail, has `relay` hand it over, and gives it as it stands in the outbox then.

    Raises `TriggeredEmailNotFound`, `ContactNotFound`, `ContactHasNoEmail`,
    `ContactUnsubscribed`, `InvalidEmailOptions`, `InvalidVariable`, `UnknownVariable`,
    `MissingVariable`, `IdempotencyConflict`, `FromAddressMissing` and `EmailNotSent`.
    """
    email_options.refuse_shifted_arguments(to_contact)
    request = Request(email_id, to_contact, email_options.variables_of(options), policy, terms)
    # Inside a transaction, nothing is handed over before its end.
    lease = relay.new_lease() if relay is not None and not context.store.in_transaction else ""
    recorded = context.store.write(lambda it: _recorded(context, it, request, relay, lease))
    message = recorded.message
    log.info("mail %s for contact %s is %s", message.id, message.contact_id, message.status)
    if watching.watchers and recorded.number:
        watching.recorded(context, message)
    if relay is None or message.status not in ("queued", "sending"):
        return message
    if message.status == "sending" and recorded.number:
        return relay.hand_over(recorded, lease)
    if recorded.number and context.store.in_transaction:
        relay.hand_over_later(message.id)
    return message


def _recorded(
    context: Context,
    connection: sqlite3.Connection,
    request: Request,
    relay: Relay | None,
    lease: str,
) -> Claimed:
    """The mail as it is recorded now; its number is 0 where it was before, under its key."""
    key = request.terms.idempotency_key
    before = mail_rows.message_with_key(connection, key) if key else None
    if before is not None:
        _refuse_other_content(connection, before, request)
        return Claimed(0, "", "", before)
    message, times = _made(context, connection, request, relay)
    if relay is not None:
        relay.refuse_missing_from(message.from_address)
        may_go = relay.admits(connection, times.now) and times.ready_at <= times.now
        if lease and may_go and message.status == "queued":
            message, times = _begun(message, times)
    lease = lease if message.status == "sending" else ""
    number = mail_rows.insert_message(connection, message, times, lease)
    return Claimed(number, times.to_key, times.ready_at, message)


def _made(
    context: Context, connection: sqlite3.Connection, request: Request, relay: Relay | None
) -> tuple[OutboxMessage, Times]:
    """The mail, rendered and final, and the times of its row."""
    email = remembered_email(context, connection, request.email_id)
    to = members.required(connection, request.to_contact, partial(mail_rows.recipient, connection))
    if to.address is None:
        raise _no_email(to.contact_id)
    reason = to.suppressed or ("unsubscribed" if to.subscription == "unsubscribed" else None)
    if reason is not None and request.policy.unsubscribed == "error":
        raise _unsubscribed(to.contact_id, reason)
    convert = request.policy.variables == "convert"
    rendered = rendering.render(email, request.variables, convert=convert)
    if convert:
        warn_of_unknown_variables(context, email, request.variables)
    id, times = context.new_id(), _times(context.now(), request.terms, to, reason)
    from_address = email.from_address or context.from_address
    if from_address is None and relay is not None:
        from_address = relay.from_address
    now = rows.moment(times.now)
    ready_at = now if times.ready_at == times.now else rows.moment(times.ready_at)
    message = OutboxMessage(
        id=id,
        message_id=message_id_header(id, from_address),
        email_id=email.id,
        contact_id=to.contact_id,
        to=to.address,
        to_name=_full_name(to),
        from_address=from_address,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        variables=rendered.variables,
        fell_back=rendered.fell_back,
        status="suppressed" if reason else "queued",
        reason=reason,
        created_at=now,
        updated_at=now,
        unsubscribe_url=rendered.unsubscribe_url,
        idempotency_key=request.terms.idempotency_key or None,
        ready_at=ready_at,
        due_at=ready_at if times.due_at else None,
        expires_at=rows.moment(times.expires_at) if times.expires_at else None,
    )
    return message, times


def _times(now: str, terms: SendingTerms, to: Recipient, reason: str | None) -> Times:
    """Of a mail with a reason not to go, nobody need look at it."""
    if terms is ANY_TIME:
        return Times(to.to_key, now, now, "" if reason else now)
    ready_at = terms.ready_at(now)
    return Times(to.to_key, now, ready_at, "" if reason else ready_at, terms.expires_at(now))


def _begun(message: OutboxMessage, times: Times) -> tuple[OutboxMessage, Times]:
    """The mail as one that its own sender is asked to take right after the transaction."""
    due_at = retrying.later(times.now, retrying.LEASE)
    begun = attrs.evolve(message, status="sending", due_at=rows.moment(due_at))
    return begun, times._replace(due_at=due_at)


def _refuse_other_content(
    connection: sqlite3.Connection, before: OutboxMessage, request: Request
) -> None:
    """The same key may only be used for the same mail again: template, contact and variables."""
    given = {
        name: str(rendering.converted(value))
        for name, value in (request.variables or {}).items()
        if value is not None
        and (name in before.variables or request.policy.variables != "convert")  # as T4 leaves out
    }
    variables = {name: before.variables[name] for name in before.fell_back} | given
    contacts = (_cleaned(request.to_contact).lower(), before.contact_id.lower())
    # Different ids may be of one person: merged into one contact since.
    same_contact = len({_standing_for(connection, id) for id in set(contacts)}) == 1
    asked = (_cleaned(request.email_id), variables)
    if not same_contact or asked != (before.email_id, before.variables):
        raise errors.IdempotencyConflict(
            f"mail {before.id} has this idempotency key, and another Triggered Email, contact or "
            "variables; give each mail a key of its own",
            details={"id": before.id},
        )


def _standing_for(connection: sqlite3.Connection, id: str) -> str:
    now = removals.whereabouts(connection, id)
    return now.lower() if isinstance(now, str) else id


def _cleaned(id: object) -> str:
    try:
        return text.clean(str(id))
    except ValueError:
        return ""


def _no_email(contact_id: str) -> errors.ContactHasNoEmail:
    return errors.ContactHasNoEmail(
        f"contact {contact_id} has no email address; give it one with create_contact first",
        details={"contact_id": contact_id},
    )


def _unsubscribed(contact_id: str, reason: str) -> errors.ContactUnsubscribed:
    what = "has unsubscribed" if reason == "unsubscribed" else f"gets no mail ({reason})"
    return errors.ContactUnsubscribed(
        f"contact {contact_id} {what}; leave them out, or pass a policy with "
        "unsubscribed='suppress', which records the mail without sending it",
        details={"contact_id": contact_id, "reason": reason},
    )


def _full_name(to: Recipient) -> str:
    return rendering.one_line(" ".join([name for name in (to.first_name, to.last_name) if name]))
