"""pytest's fixtures of the test kit. They come to those who ask, by one line of a conftest.py:
`pytest_plugins = ["wixcrm_local.pytest_plugin"]`.

Law: each test has a store of its own, in memory; nothing leaves the process, or the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wixcrm_local.testing import (
    AsyncCRMForTests,
    CapturedEmails,
    CRMForTests,
    FakeClock,
    OutboxForTests,
    capture_emails,
)


@pytest.fixture
def crm_options() -> dict[str, Any]:
    """Arguments of `CRMForTests` for `crm` and `crm_file`: to be overridden by a fixture of this
    name."""
    return {}


@pytest.fixture
def crm_clock() -> FakeClock:
    """The clock of `crm` and `crm_file`, which stands still until it is moved by hand."""
    return FakeClock()


@pytest.fixture
def crm(crm_options: dict[str, Any], crm_clock: FakeClock) -> Iterator[CRMForTests]:
    """A fresh store in memory, with ids that count up."""
    with CRMForTests(**{"clock": crm_clock, **crm_options}) as crm:
        yield crm


@pytest.fixture
def crm_file(
    crm_options: dict[str, Any], crm_clock: FakeClock, tmp_path: Path
) -> Iterator[CRMForTests]:
    """A fresh store on a file, contacts.db in `tmp_path`."""
    with CRMForTests(tmp_path / "contacts.db", **{"clock": crm_clock, **crm_options}) as crm:
        yield crm


@pytest.fixture
def outbox(crm: CRMForTests) -> OutboxForTests:
    """The mails of `crm`, and of `async_crm`, with assertions."""
    return crm.outbox


@pytest.fixture
def async_crm(crm: CRMForTests) -> Iterator[AsyncCRMForTests]:
    """The store of `crm`, awaited. A plain fixture: it serves pytest-asyncio, anyio and others."""
    awaited = AsyncCRMForTests(crm=crm)
    try:
        yield awaited
    finally:
        awaited.release()


@pytest.fixture
def captured_emails() -> Iterator[CapturedEmails]:
    """The mails of every CRM of the process, none of which leaves it."""
    with capture_emails() as emails:
        yield emails
