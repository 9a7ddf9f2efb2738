"""The register of Triggered Emails: templates that must exist before they are sent (T1, T2)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from wixcrm_local import errors, mail_rows, naming, rendering, text, unsubscribe_url
from wixcrm_local.context import Context
from wixcrm_local.email_address import key_of_email
from wixcrm_local.model import ReadOnlyDict, TriggeredEmail
from wixcrm_local.rendering import RenderedEmail

_LONGEST_ID = 200
_MOST_REMEMBERED = 256
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class TriggeredEmails:
    """`crm.triggered_emails`: save, get, list, delete, preview."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def save(
        self,
        id: str,
        *,
        subject: str,
        html: str | None = None,
        text: str | None = None,
        variables: Mapping[str, str] | None = None,
        required: Iterable[str] = (),
        from_address: str | None = None,
        unsubscribe_url: str | None = None,
    ) -> TriggeredEmail:
        """Makes a Triggered Email, or replaces the one of that id (T1).

        `variables` maps each name to its fallback; names in `required` have none and must be
        given with each mail (T2). Without `text`, the text part is made from the html.
        `unsubscribe_url`, https: or mailto:, may have placeholders behind its host or address,
        and becomes the List-Unsubscribe header (RFC 2369, 8058). Raises `InvalidTriggeredEmail`.
        """
        email = TriggeredEmail(
            id=_checked_id(id),
            subject=_checked_text("subject", subject),
            html=None if html is None else _checked_text("html", html),
            text=None if text is None else _checked_text("text", text),
            variables=_declared(variables, required),
            from_address=_checked_sender(from_address),
            unsubscribe_url=_checked_url(unsubscribe_url),
            revision=1,
            created_at=_NO_TIME,
            updated_at=_NO_TIME,
        )
        _refuse_unsendable(email)

        def work(connection: sqlite3.Connection) -> TriggeredEmail:
            self._context.store.remembered.clear()
            return mail_rows.save_triggered_email(connection, email, self._context.now())

        return self._context.store.write(work)

    def get(self, id: str) -> TriggeredEmail:
        """The Triggered Email with this id. Raises `TriggeredEmailNotFound`."""
        return self._context.store.read(lambda connection: required_email(connection, id))

    def list(self) -> tuple[TriggeredEmail, ...]:
        """All Triggered Emails, oldest first."""
        return self._context.store.read(mail_rows.all_triggered_emails)

    def delete(self, id: str) -> None:
        """Removes a Triggered Email; mails made from it stay. Raises `TriggeredEmailNotFound`."""

        def work(connection: sqlite3.Connection) -> None:
            self._context.store.remembered.clear()
            mail_rows.delete_triggered_email(connection, required_email(connection, id).id)

        self._context.store.write(work)

    def preview(self, id: str, variables: Mapping[str, Any] | None = None) -> RenderedEmail:
        """The mail these values would make; nothing is recorded. Raises as `email_contact`."""
        email = self.get(id)
        convert = self._context.policy.variables == "convert"
        rendered = rendering.render(email, variables, convert=convert)
        warn_of_unknown_variables(self._context, email, variables)
        return rendered


def warn_of_unknown_variables(
    context: Context, email: TriggeredEmail, given: Mapping[str, Any] | None
) -> None:
    """T4: what a policy that converts leaves out is not left out in silence."""
    unknown = rendering.unknown_variables(email, given)
    if unknown:
        shown = ", ".join(unknown)
        context.warn(
            f"not in Triggered Email {text.shortened(email.id)}, so left out: {shown}",
            "VARIABLES_IGNORED",
        )


def remembered_email(
    context: Context, connection: sqlite3.Connection, id: object
) -> TriggeredEmail:
    """As `required_email`, for whoever writes; it is read again only where it may have changed."""
    remembered = context.store.remembered
    found = remembered.get(id) if isinstance(id, str) else None
    if found is None:
        found = required_email(connection, id)
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[id] = found
    assert isinstance(found, TriggeredEmail)
    return found


def required_email(connection: sqlite3.Connection, id: object) -> TriggeredEmail:
    """The Triggered Email with this id. Raises `TriggeredEmailNotFound` with the nearest ids."""
    if not isinstance(id, str):
        raise errors.InvalidArgument(
            f"a Triggered Email's id must be a text, not {type(id).__name__}; "
            "pass the id it was saved under",
            details={"argument": "email_id"},
        )
    try:
        found = mail_rows.triggered_email(connection, text.clean(id))
    except ValueError:  # such a text is no id
        found = None
    if found is not None:
        return found
    near = naming.nearest(id, mail_rows.triggered_email_ids(connection))
    raise errors.TriggeredEmailNotFound(
        f"there is no Triggered Email {text.shortened(id)}; {naming.suggestion(near)}"
        "make it with crm.triggered_emails.save(…) before it is sent",
        details={"email_id": id[:_LONGEST_ID], "nearest": near},
    )


def _refuse(argument: str, sentence: str, **more: str) -> errors.InvalidTriggeredEmail:
    details = {"argument": argument, **more}
    return errors.InvalidTriggeredEmail(f"{argument} {sentence}", details=details)


def _checked_id(id: object) -> str:
    if not isinstance(id, str):
        raise _refuse("id", f"must be a text, not {type(id).__name__}; give one such as 'welcome'")
    try:
        cleaned = text.clean(id)
    except ValueError as error:
        raise _refuse("id", f"{error}; give one such as 'welcome'") from None
    if not 0 < len(cleaned) <= _LONGEST_ID:
        raise _refuse("id", f"must have 1 to {_LONGEST_ID} characters; give one such as 'welcome'")
    return cleaned


def _checked_text(argument: str, value: object) -> str:
    if not isinstance(value, str):
        raise _refuse(argument, f"must be a text, not {type(value).__name__}; give a str")
    if not value.strip():
        raise _refuse(argument, "is blank; give a text, or leave it out if the other part is there")
    if not text.is_storable(value):
        raise _refuse(argument, "holds a lone surrogate, which can't be kept; remove it")
    try:
        rendering.parse(value)
    except ValueError as error:
        raise _refuse(argument, str(error)) from None
    if "\0" in value:
        raise _refuse(argument, "holds NUL, which no mail can carry; remove it")
    return value


def _checked_sender(address: object) -> str | None:
    if address is None:
        return None
    if not isinstance(address, str):
        raise _refuse("from_address", "must be a text; give one such as shop@example.com")
    try:
        cleaned = text.clean(address)
        key_of_email(cleaned)
    except (ValueError, errors.InvalidEmail) as error:
        raise _refuse("from_address", f"{error}") from None
    return cleaned


def _checked_url(url: object) -> str | None:
    if url is None:
        return None
    cleaned = url.strip() if isinstance(url, str) else url
    reason = unsubscribe_url.explain(cleaned)
    if reason is not None:
        raise _refuse("unsubscribe_url", reason)
    return str(cleaned)


def _declared(variables: object, required: object) -> ReadOnlyDict:
    """Every variable with its fallback, None where it is required."""
    if isinstance(required, str) or not isinstance(required, Iterable):
        raise _refuse("required", 'must be a list of names; write ["name"]')
    declared: dict[str, str | None] = {}
    if variables is not None and not isinstance(variables, Mapping):
        raise _refuse("variables", 'must map names to fallbacks; write {"name": "friend"}')
    for name, fallback in (variables or {}).items():
        _check_variable_name("variables", name)
        if not isinstance(fallback, str):
            raise _refuse(
                "variables",
                f"gives {name!r} no text as its fallback; give a str ('' for nothing), "
                f"or name it in required=[{name!r}]",
            )
        declared[name] = fallback
    for name in required:
        _check_variable_name("required", name)
        if declared.setdefault(name, None) is not None:
            raise _refuse("required", f"names {name!r}, which has a fallback; keep one of them")
    for name, fallback in declared.items():
        try:
            rendering.refuse_unmailable(name, fallback or "", "")
        except errors.InvalidVariable as error:
            raise _refuse("variables", f"has a bad fallback: {error}") from None
    return ReadOnlyDict(declared)


def _check_variable_name(argument: str, name: object) -> None:
    if not isinstance(name, str) or not re.fullmatch(rendering.VARIABLE_NAME, name):
        shown = text.shortened(name) if isinstance(name, str) else text.kind_of(name)
        raise _refuse(
            argument,
            f"holds {shown} as a name; use letters, digits, '_' and '-', a letter or '_' first",
        )


def _refuse_unsendable(email: TriggeredEmail) -> None:
    """T1, T2: a body is needed, and every placeholder is a declared variable."""
    if email.html is None and email.text is None:
        raise _refuse("html", "and text are both missing; give one of them")
    if email.html is not None and not rendering.keeps_its_tags(email.html):
        raise _refuse(
            "html",
            "has a placeholder where a value could become markup; "
            'put quotes around it where it is the value of an attribute, as in href="${url}"',
        )
    for argument in ("subject", "html", "text", "unsubscribe_url"):
        source = getattr(email, argument)
        for name in rendering.parse(source).names if source is not None else ():
            if name not in email.variables:
                raise _refuse(
                    argument,
                    f"has the placeholder ${{{name}}}, but no variable of that name is declared; "
                    f'add variables={{"{name}": "its fallback"}}',
                    placeholder=name,
                )
