"""emailContact: from a Triggered Email and a contact to a mail in the outbox (T6 to T10).

Law: the mail is rendered and recorded in one transaction, and is final from then on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import attrs

from wixcrm_local import errors, log, mail_rows, members, rendering, rows
from wixcrm_local.context import Context
from wixcrm_local.message import OutboxMessage, message_id_header
from wixcrm_local.model import Keyed, TriggeredEmail
from wixcrm_local.policy import Policy
from wixcrm_local.rows import StoredContact
from wixcrm_local.text import kind_of, shortened
from wixcrm_local.triggered_emails import required_email, warn_of_unknown_variables

_MAIL_PARTS = frozenset(["subject", "body", "html", "text", "to", "from"])
_RIGHT_FORM = 'pass {"variables": {"name": "value"}}, or nothing'


def send(
    context: Context, email_id: str, to_contact: str, options: object, policy: Policy
) -> OutboxMessage:
    """Records the mail and gives it as it stands in the outbox.

    Raises `TriggeredEmailNotFound`, `ContactNotFound`, `ContactHasNoEmail`,
    `ContactUnsubscribed`, `InvalidEmailOptions`, `InvalidVariable`, `UnknownVariable` and
    `MissingVariable`.
    """
    _refuse_shifted_arguments(to_contact)
    variables = _variables(options)

    def work(connection: sqlite3.Connection) -> OutboxMessage:
        email = required_email(connection, email_id)
        contact = members.require_contact(connection, to_contact)
        return _record(context, connection, email, contact, variables, policy)

    message = context.store.write(work)
    log.info("mail %s for contact %s is %s", message.id, message.contact_id, message.status)
    return message


def _record(
    context: Context,
    connection: sqlite3.Connection,
    email: TriggeredEmail,
    contact: StoredContact,
    variables: Mapping[str, Any] | None,
    policy: Policy,
) -> OutboxMessage:
    address = _address(contact)
    reason = _reason_to_suppress(contact, policy)
    rendered = rendering.render(email, variables, convert=policy.variables == "convert")
    warn_of_unknown_variables(context, email, variables)
    now = context.now()
    id = context.new_id()
    from_address = email.from_address or context.from_address
    message = OutboxMessage(
        id=id,
        message_id=message_id_header(id, from_address),
        email_id=email.id,
        contact_id=contact.id,
        to=address.text,
        to_name=_full_name(contact),
        from_address=from_address,
        status="suppressed" if reason else "queued",
        reason=reason,
        created_at=rows.moment(now),
        updated_at=rows.moment(now),
        **attrs.asdict(rendered, recurse=False),
    )
    mail_rows.insert_message(connection, message, address.match_key or "", now)
    return message


def _address(contact: StoredContact) -> Keyed:
    """T7: the first email, else the login email."""
    if contact.profile.emails:
        return contact.profile.emails[0]
    if contact.profile.login_email is not None:
        return contact.profile.login_email
    raise errors.ContactHasNoEmail(
        f"contact {contact.id} has no email address; give it one with create_contact first",
        details={"contact_id": contact.id},
    )


def _reason_to_suppress(contact: StoredContact, policy: Policy) -> str | None:
    """T8: who has unsubscribed gets no mail; the outbox tells that there would have been one."""
    if contact.subscription != "unsubscribed":
        return None
    if policy.unsubscribed == "error":
        raise errors.ContactUnsubscribed(
            f"contact {contact.id} has unsubscribed; leave them out, or pass a policy with "
            "unsubscribed='suppress', which records the mail without sending it",
            details={"contact_id": contact.id},
        )
    return "unsubscribed"


def _full_name(contact: StoredContact) -> str:
    names = (contact.profile.first_name, contact.profile.last_name)
    return rendering.one_line(" ".join(name for name in names if name))


def _refuse_shifted_arguments(to_contact: object) -> None:
    """A call often seen leaves the contact out and passes the options in its place (T6)."""
    if isinstance(to_contact, Mapping):
        raise errors.InvalidEmailOptions(
            "the second argument must be a contact's id, but the options stand in its place; "
            'call email_contact(email_id, contact_id, {"variables": {…}})',
            details={"argument": "to_contact"},
        )


def _variables(options: object) -> Mapping[str, Any] | None:
    """The variables of well-formed options (T6)."""
    if options is None:
        return None
    if not isinstance(options, Mapping):
        raise errors.InvalidEmailOptions(
            f"options must be a mapping, not {kind_of(options)}; {_RIGHT_FORM}",
            details={"argument": "options"},
        )
    unknown = [key for key in options if key != "variables"]
    if unknown:
        raise _unknown_options(unknown, "variables" in options)
    variables = options.get("variables")
    if variables is not None and not isinstance(variables, Mapping):
        raise errors.InvalidEmailOptions(
            f"options['variables'] must be a mapping, not {kind_of(variables)}; {_RIGHT_FORM}",
            details={"argument": "options"},
        )
    return variables


def _unknown_options(unknown: list[object], has_variables: bool) -> errors.InvalidEmailOptions:
    """The wrapper is often forgotten, and a mail's parts passed as other libraries take them."""
    shown = [shortened(key) if isinstance(key, str) else kind_of(key) for key in unknown[:20]]
    wrong, remedy = f"options has {shown[0]} beside or in place of 'variables'", _RIGHT_FORM
    if _MAIL_PARTS.intersection(unknown):
        wrong += ": subject, body and addresses belong to the Triggered Email"
    elif not has_variables:
        remedy = f'wrap the values: {{"variables": {{{shown[0]}: …}}}}'
    return errors.InvalidEmailOptions(
        f"{wrong}; {remedy}", details={"argument": "options", "unknown": shown}
    )
