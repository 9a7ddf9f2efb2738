"""A mixin for the test cases of unittest and of Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from wixcrm_local.testing.doors import AsyncCRMForTests, CRMForTests
from wixcrm_local.testing.outbox import OutboxForTests
from wixcrm_local.testing.repeatable import FakeClock


class CRMTestMixin:
    """Gives each test of a `TestCase` a store of its own, in memory.

    `self.crm`, `self.async_crm` on the same store, `self.outbox` with assertions, and
    `self.crm_clock`. It stands before the `TestCase`: `class SignUp(CRMTestMixin, TestCase)`.
    `crm_options` are arguments of `CRMForTests`.
    """

    crm_options: ClassVar[Mapping[str, Any]] = {}

    crm: CRMForTests
    async_crm: AsyncCRMForTests
    outbox: OutboxForTests
    addCleanup: Callable[..., Any]

    def setUp(self) -> None:
        self.crm = CRMForTests(**self.crm_options)
        self.addCleanup(self.crm.close)
        self.async_crm = AsyncCRMForTests(crm=self.crm)
        self.addCleanup(self.async_crm.release)
        self.outbox = self.crm.outbox
        set_up: Callable[[], None] = super().setUp  # type: ignore[misc]
        set_up()

    @property
    def crm_clock(self) -> FakeClock:
        """The clock of `crm`, to be moved by hand."""
        return self.crm.clock
