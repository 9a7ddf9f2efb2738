"""What a caller of emailContact may say beside template and contact (T6): variables, and when and
how often the mail may be sent. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from wixcrm_local.errors import InvalidArgument, InvalidEmailOptions
from wixcrm_local.retrying import later
from wixcrm_local.text import clean, kind_of, shortened

_MAIL_PARTS = frozenset(["subject", "body", "html", "text", "to", "from"])
_RIGHT_FORM = 'pass {"variables": {"name": "value"}}, or nothing'
LONGEST_KEY = 200
_LONGEST_WAIT = 10 * 366 * 24 * 3600  # seconds


class SendingTerms(NamedTuple):
    """Checked terms; '' and 0 where not given. `send_at` is as times are stored, `expires_in`
    seconds."""

    idempotency_key: str = ""
    send_at: str = ""
    expires_in: float = 0

    def ready_at(self, now: str) -> str:
        """When the mail may go."""
        return max(now, self.send_at)

    def expires_at(self, now: str) -> str:
        """When it is too late for it, counted from when it may go; '' for never."""
        return later(self.ready_at(now), self.expires_in) if self.expires_in else ""


ANY_TIME = SendingTerms()


def sending_terms(
    idempotency_key: object = None, send_at: object = None, expires_in: object = None
) -> SendingTerms:
    """The terms a caller means. Raises `InvalidArgument`."""
    if idempotency_key is None and send_at is None and expires_in is None:
        return ANY_TIME
    return SendingTerms(_key(idempotency_key), _send_at(send_at), _expires_in(expires_in))


def _key(key: object) -> str:
    if key is None:
        return ""
    if not isinstance(key, str):
        raise _refused("idempotency_key", f"must be a text, not {kind_of(key)}")
    try:
        cleaned = clean(key)
    except ValueError as error:
        raise _refused("idempotency_key", str(error)) from None
    if not 0 < len(cleaned) <= LONGEST_KEY:
        raise _refused("idempotency_key", f"must have 1 to {LONGEST_KEY} characters")
    return cleaned


def _send_at(moment: object) -> str:
    if moment is None:
        return ""
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise InvalidArgument(
            "send_at must be an aware datetime; give one such as "
            "datetime.now(timezone.utc) + timedelta(hours=1)",
            details={"argument": "send_at"},
        )
    try:
        return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    except OverflowError:
        raise InvalidArgument(
            "send_at lies outside the calendar; give a time between the years 1 and 9999",
            details={"argument": "send_at"},
        ) from None


def _expires_in(time: object) -> float:
    if time is None:
        return 0
    seconds = time.total_seconds() if isinstance(time, timedelta) else time
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 < seconds <= _LONGEST_WAIT
    ):
        raise InvalidArgument(
            "expires_in must be a timedelta or a number of seconds, more than 0 and at most ten "
            "years; give one such as timedelta(hours=1)",
            details={"argument": "expires_in"},
        )
    return float(seconds)


def _refused(argument: str, sentence: str) -> InvalidArgument:
    return InvalidArgument(
        f"{argument} {sentence}; give one such as 'order-1001-receipt'",
        details={"argument": argument},
    )


def refuse_shifted_arguments(to_contact: object) -> None:
    """A call often seen leaves the contact out and passes the options in its place (T6)."""
    if not isinstance(to_contact, str) and isinstance(to_contact, Mapping):
        raise InvalidEmailOptions(
            "the second argument must be a contact's id, but the options stand in its place; "
            'call email_contact(email_id, contact_id, {"variables": {…}})',
            details={"argument": "to_contact"},
        )


def variables_of(options: object) -> Mapping[str, Any] | None:
    """The variables of well-formed options (T6)."""
    if options is None:
        return None
    if not isinstance(options, (dict, Mapping)):  # dict first: Mapping's check is slow
        raise InvalidEmailOptions(
            f"options must be a mapping, not {kind_of(options)}; {_RIGHT_FORM}",
            details={"argument": "options"},
        )
    unknown = [key for key in options if key != "variables"]
    if unknown:
        raise _unknown_options(unknown, "variables" in options)
    variables = options.get("variables")
    if variables is not None and not isinstance(variables, (dict, Mapping)):
        raise InvalidEmailOptions(
            f"options['variables'] must be a mapping, not {kind_of(variables)}; {_RIGHT_FORM}",
            details={"argument": "options"},
        )
    return variables


def _unknown_options(unknown: list[object], has_variables: bool) -> InvalidEmailOptions:
    """The wrapper is often forgotten, and a mail's parts passed as other libraries take them."""
    shown = [shortened(key) if isinstance(key, str) else kind_of(key) for key in unknown[:20]]
    wrong, remedy = f"options has {shown[0]} beside or in place of 'variables'", _RIGHT_FORM
    if _MAIL_PARTS.intersection(unknown):
        wrong += ": subject, body and addresses belong to the Triggered Email"
    elif not has_variables:
        remedy = f'wrap the values: {{"variables": {{{shown[0]}: …}}}}'
    return InvalidEmailOptions(
        f"{wrong}; {remedy}", details={"argument": "options", "unknown": shown}
    )
