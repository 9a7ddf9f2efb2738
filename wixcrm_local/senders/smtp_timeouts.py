"""How long each stage of handing a mail to an SMTP server may take."""

from __future__ import annotations

import math
from typing import Literal

import attrs

from wixcrm_local.errors import InvalidArgument

Stage = Literal[
    "connect",
    "tls",
    "greeting",
    "ehlo",
    "starttls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "body",
    "dot",
    "quit",
]


def _seconds(timeouts: Timeouts, attribute: attrs.Attribute[float], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        found = f"a value of type {type(value).__name__}"
    elif math.isfinite(value) and 0 < value <= 86_400:
        return
    else:
        found = f"{value}"
    raise InvalidArgument(
        f"Timeouts can't take {found} for {attribute.name}; "
        "give seconds, more than 0 and at most 86,400",
        details={"argument": attribute.name},
    )


@attrs.frozen(kw_only=True)
class Timeouts:
    """Seconds that each stage may take, by default those of RFC 5321, section 4.5.3.2.

    A stage's time is for the whole of its answer, however slowly it drips in. `connect` is for
    each address that the host has, and not for looking them up, which the system does in its own
    time; `body` is for each 64 KiB of the mail, `dot` for the answer to the whole of it, `quit`
    also for RSET. Raises `InvalidArgument`.
    """

    connect: float = attrs.field(default=30.0, validator=_seconds)
    tls: float = attrs.field(default=60.0, validator=_seconds)
    greeting: float = attrs.field(default=300.0, validator=_seconds)
    ehlo: float = attrs.field(default=300.0, validator=_seconds)
    starttls: float = attrs.field(default=300.0, validator=_seconds)
    auth: float = attrs.field(default=300.0, validator=_seconds)
    mail: float = attrs.field(default=300.0, validator=_seconds)
    rcpt: float = attrs.field(default=300.0, validator=_seconds)
    data: float = attrs.field(default=120.0, validator=_seconds)
    body: float = attrs.field(default=180.0, validator=_seconds)
    dot: float = attrs.field(default=600.0, validator=_seconds)
    quit: float = attrs.field(default=10.0, validator=_seconds)

    def of(self, stage: Stage) -> float:
        """The seconds of one stage."""
        return float(getattr(self, stage))


DELIVERY = Timeouts()
"""For whoever can wait: the times of RFC 5321, so that a slow server's mail goes out once."""

INTERACTIVE = Timeouts(
    connect=10.0,
    tls=10.0,
    greeting=10.0,
    ehlo=30.0,
    starttls=30.0,
    auth=30.0,
    mail=30.0,
    rcpt=30.0,
    data=30.0,
    body=30.0,
    dot=30.0,
    quit=5.0,
)
"""For a call that somebody waits for: a window must not freeze."""
