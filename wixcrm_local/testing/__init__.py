"""The test kit: for code that uses contacts and mail, without a network, a port, a sleep, or a leak
from one test to the next. It needs no test framework; pytest's fixtures stand in `pytest_plugin`.

Law: nothing of the library imports it.
"""

from __future__ import annotations

from wixcrm_local.testing.capturing import CapturedEmails, EmailCapture, capture_emails
from wixcrm_local.testing.cases import CRMTestMixin
from wixcrm_local.testing.doors import AsyncCRMForTests, CRMForTests
from wixcrm_local.testing.outbox import MailAssertions, OutboxForTests
from wixcrm_local.testing.repeatable import FakeClock, SequentialIds
from wixcrm_local.testing.seeding import Seeded, seed
from wixcrm_local.testing.sender import FailingSender

__all__ = [
    "AsyncCRMForTests",
    "CRMForTests",
    "CRMTestMixin",
    "CapturedEmails",
    "EmailCapture",
    "FailingSender",
    "FakeClock",
    "MailAssertions",
    "OutboxForTests",
    "Seeded",
    "SequentialIds",
    "capture_emails",
    "seed",
]
