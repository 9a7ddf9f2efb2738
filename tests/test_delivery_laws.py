"""The laws of delivery: whatever order workers, leases and clocks take, no mail is lost, and none
is sent twice without an uncertain attempt in between (email.md, faults 38 and 46)."""

from __future__ import annotations

import attrs
from conftest import StillClock, counting_ids
from delivery_fixtures import FAILURES, Postman, prepare
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from wixcrm_local import CRM, delivery_rows, retrying
from wixcrm_local.delivery_rows import Claimed
from wixcrm_local.retrying import SENT, Verdict

PICK = st.integers(0, 1)
FINAL = {"sent", "failed", "cancelled", "suppressed"}
ANSWERS = ["sent", "temporary", "permanent", "uncertain"]


class Workers(RuleBasedStateMachine):
    """Two workers, each with a lease of its own, one step of a delivery at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = StillClock()
        self.crm = CRM(clock=self.clock, new_id=counting_ids())
        self.contact = prepare(self.crm)[0]
        # Of each mail: asked, and then not heard of (nor said to be uncertain) until now.
        self.unheard: dict[int, str] = {}
        self.delivered: dict[int, int] = {}
        self.leases = {"one": "one 1", "two": "two 1"}
        self.claimed: dict[str, list[Claimed]] = {"one": [], "two": []}
        self.asking: dict[str, Claimed] = {}
        self.ends: dict[str, str] = {}  # of the lease of what is asked
        self.recorded = 0
        for _ in range(2):
            self.record()

    def teardown(self) -> None:
        self.drain()
        self.crm.close()

    @property
    def now(self) -> str:
        return self.crm._context.now()

    def write(self, work):
        return self.crm._store.write(work)

    @rule()
    def record(self) -> None:
        self.crm.send_email("a", self.contact)
        self.recorded += 1

    def lease_of(self, number: int) -> str | None:
        statement = "SELECT lease FROM outbox WHERE message_number = ?"
        return self.crm._store.read(lambda it: it.execute(statement, (number,)).fetchone()[0])

    def idle(self) -> list[str]:
        return [it for it in self.leases if it not in self.asking and not self.claimed[it]]

    def ready(self) -> list[str]:
        return [it for it in self.leases if it not in self.asking and self.claimed[it]]

    @precondition(idle)
    @rule(pick=PICK, most=st.integers(1, 2))
    def claim(self, pick: int, most: int) -> None:
        worker = self.idle()[pick % len(self.idle())]
        ends = retrying.later(self.now, retrying.LEASE)
        terms = {"lease": self.leases[worker], "lease_ends": ends, "now": self.now, "most": most}
        found = self.write(lambda it: delivery_rows.claim(it, "claim_due", None, **terms))
        assert [one.number for one in found] == sorted(
            (one.number for one in found), key=lambda it: self.order(it)
        )
        self.claimed[worker] += found

    def order(self, number: int) -> tuple:
        mail = self.crm.outbox[number - 1]
        return mail.ready_at, number

    @precondition(ready)
    @rule(pick=PICK)
    def mark(self, pick: int) -> None:
        """The second phase, after which the sender is asked."""
        worker = self.ready()[pick % len(self.ready())]
        one, lease = self.claimed[worker].pop(0), self.leases[worker]
        if self.write(lambda it: delivery_rows.mark_sending(it, one, lease, self.now)):
            assert self.lease_of(one.number) == lease, "marked what another had claimed"
            self.asking[worker] = one
            self.ends[worker] = retrying.later(self.now, retrying.LEASE)
            assert one.number not in self.unheard, "asked twice, and nobody said so in between"
            self.unheard[one.number] = worker

    @precondition(lambda self: self.asking)
    @rule(pick=PICK, answer=st.sampled_from([*ANSWERS, "unavailable"]))
    def settle(self, pick: int, answer: str) -> None:
        """The sender answers; the worker says so."""
        worker = sorted(self.asking)[pick % len(self.asking)]
        one = self.asking.pop(worker)
        is_late = self.lease_of(one.number) != self.leases[worker]
        if answer == "sent":
            self.delivered[one.number] = self.delivered.get(one.number, 0) + 1
        if self.unheard.get(one.number) == worker:
            del self.unheard[one.number]
        before = self.crm.outbox[one.number - 1]
        self.write(lambda it: self.settled(it, one, self.leases[worker], answer))
        after = self.crm.outbox[one.number - 1]
        if self.now < self.ends[worker]:
            assert (before.status, after.status == "sending") == ("sending", False), "not heard"
        if is_late:
            assert attrs.evolve(after, attempts=before.attempts) == before, "overwrote another's"

    def settled(self, connection, one: Claimed, lease: str, answer: str) -> None:
        if answer == "unavailable":
            delivery_rows.unmark(connection, one.number, lease, self.now)
            return
        verdict = SENT if answer == "sent" else self.verdict(connection, one, answer)
        delivery_rows.settle(connection, one.number, lease, verdict, self.now)
        delivery_rows.insert_attempt(
            connection, one.number, self.now, lease, verdict.outcome or "", {}
        )

    def verdict(self, connection, one: Claimed, answer: str) -> Verdict:
        return retrying.verdict(
            FAILURES[answer](),  # type: ignore[arg-type]
            id=one.message.id,
            attempts=one.message.attempts,
            uncertain=delivery_rows.uncertain_attempts(connection, one.number),
            ready_at=one.ready_at,
            now=self.now,
        )

    @rule(pick=PICK)
    def dies(self, pick: int) -> None:
        """It says nothing any more; another takes its place."""
        worker = sorted(self.leases)[pick]
        self.leases[worker] += "1"
        self.asking.pop(worker, None)
        self.claimed[worker] = []

    @rule()
    def end_leases(self) -> None:
        before = {mail.id: mail.status for mail in self.crm.outbox}
        self.write(lambda it: delivery_rows.end_leases(it, self.now))
        for number, mail in enumerate(self.crm.outbox, 1):
            if before[mail.id] == "sending" and mail.status == "uncertain":
                last = self.crm.outbox.attempts(mail.id)[-1]
                assert last.outcome == "uncertain"
                self.unheard.pop(number, None)

    @rule(seconds=st.sampled_from([1, 60, 61, 15 * 60, 3600]))
    def wait(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every mail is done, waits for its time, or for a person."""
        assert len(self.crm.outbox) == self.recorded
        for mail in self.crm.outbox:
            undecided = mail.status == "uncertain" and mail.reason == "undecided"
            assert (mail.due_at is None) == (mail.status in FINAL or undecided)

    @invariant()
    def twice_is_never_silent(self) -> None:
        """Who got a mail twice has an uncertain attempt to show for it."""
        for number, times in self.delivered.items():
            mail = self.crm.outbox[number - 1]
            uncertain = [it for it in self.crm.outbox.attempts(mail.id) if it.outcome != "sent"]
            assert len(uncertain) >= times - 1

    def drain(self) -> None:
        """With a sender that takes all, everything comes to an end."""
        for _ in range(5):
            self.clock.move(hours=5)
            self.crm.deliver(Postman(), include_stale=True)
        for mail in self.crm.outbox:
            assert mail.status in FINAL or mail.reason == "undecided"


Workers.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
test_two_workers = Workers.TestCase
