"""Fixtures: a store whose clock stands still until it is moved, and whose ids count up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from wixcrm_local import CRM

# The cores are shared: how long one example takes says nothing about the library.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

if TYPE_CHECKING:  # few tests need these, and every start would pay for them
    import ssl

    import trustme
    from smtp_fixtures import RealMail, Serve

OpenCRM = Callable[..., CRM]


class StillClock:
    """A clock that shows the same time until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """Moves by the arguments of a `timedelta`; back, where they are negative."""
        self.now += timedelta(**by)
        return self.now


def counting_ids() -> Callable[[], str]:
    """A source of ids of the shape of a GUID, 1, 2, 3 …"""
    count = itertools.count(1)
    return lambda: f"00000000-0000-7000-8000-{next(count):012}"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(scope="session")
def open_crm() -> OpenCRM:
    """Opens one more store: in memory, in the region US, with a still clock and counting ids.

    Of the whole session, so that a test of many examples can open one for each.
    """

    def open_one(path: str | Path = ":memory:", **options: Any) -> CRM:
        options = {
            "default_region": "US",
            "clock": StillClock(),
            "new_id": counting_ids(),
            "durability": "normal",
            **options,
        }
        return CRM(path, **options)

    return open_one


@pytest.fixture
def crm(open_crm: OpenCRM, clock: StillClock) -> Iterator[CRM]:
    """A store in memory."""
    with open_crm(clock=clock) as crm:
        yield crm


@pytest.fixture(params=["memory", "file"])
def any_crm(
    request: pytest.FixtureRequest, open_crm: OpenCRM, clock: StillClock, tmp_path: Path
) -> Iterator[CRM]:
    """A store in memory, then one on a file: what matters most holds for both."""
    path = ":memory:" if request.param == "memory" else tmp_path / "contacts.db"
    with open_crm(path, clock=clock) as crm:
        yield crm


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """A CA of the tests' own."""
    import trustme

    return trustme.CA()


@pytest.fixture(scope="session")
def trusted(ca: trustme.CA) -> ssl.SSLContext:
    """What a client has that trusts the tests' CA."""
    from smtp_fixtures import trusting

    return trusting(ca)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts scripted SMTP servers, which end with the test."""
    from scripted_smtp import ScriptedServer

    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(ScriptedServer(*args, **options))


@pytest.fixture(params=["tls", "starttls", "plain"])
def real(request: pytest.FixtureRequest, ca: trustme.CA) -> Iterator[RealMail]:
    """A real SMTP server for each security, and what makes a sender for it."""
    from smtp_fixtures import real_mail

    with real_mail(request.param, ca) as found:
        yield found
