"""Delivery by programs that die, and by many at once: none lost, and none twice unless that was
said beforehand (email.md, issue 4; faults 38 and 46)."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from delivery_fixtures import prepare
from fault_injection import CHANGING, Case, calls_of, needs_strace, run_with_fault, told_where
from scripted_smtp import Answer, ScriptedServer
from store_fixtures import Program, integrity, program

from wixcrm_local import CRM

SHOP = "shop@example.com"

DELIVERING_PROGRAM = """
from datetime import UTC, datetime, timedelta
from wixcrm_local.senders import SMTPSender
late = timedelta(minutes=float(sys.argv[3]))
sender = SMTPSender("127.0.0.1", int(sys.argv[2]), security="plain")
clock = lambda: datetime.now(UTC) + late
with CRM(path, from_address="shop@example.com", durability="normal", clock=clock) as crm:
    tell("ready")
    hear()
    crm.deliver(sender)
tell("done")
"""


def fill(path: Path, mails: int) -> list[str]:
    """A store past its first delivery, and the ids of what waits in it."""
    with CRM(path, from_address=SHOP, durability="normal") as crm:
        [ana] = prepare(crm)
        with crm.transaction():
            return [crm.send_email("a", ana).id for _ in range(mails)]


def arrived(server: ScriptedServer) -> Counter[str]:
    """How often each mail came, by our own header."""
    ids = (
        mail.split(b"\r\nX-Wixcrm-Local-Id: ")[1].split(b"\r\n")[0] for mail in list(server.mails)
    )
    return Counter(id.decode() for id in ids)


def later(minutes: float) -> Callable[[], datetime]:
    """A clock that is so much ahead."""
    return lambda: datetime.now(UTC) + timedelta(minutes=minutes)


def books_balance(crm: CRM, ids: Iterable[str], came: Counter[str]) -> dict[str, int]:
    """Fails where a mail is lost, came twice in silence, or is said to have gone and did not.

    Gives how many stand where.
    """
    mails = {mail.id: mail for mail in crm.outbox}
    assert mails.keys() == set(ids)
    for mail in mails.values():
        outcomes = [attempt.outcome for attempt in crm.outbox.attempts(mail.id)]
        assert len(outcomes) == mail.attempts
        assert came[mail.id] <= 1 + outcomes.count("uncertain"), outcomes
        if mail.status == "sent":
            assert came[mail.id] >= 1
            assert outcomes[-1] == "sent"
        elif mail.status == "uncertain":
            assert outcomes[-1] == "uncertain"
        else:
            assert (mail.status, came[mail.id]) == ("queued", 0)
    return dict(Counter(mail.status for mail in mails.values()))


# A kill at each system call of a delivery.

DELIVERING = """
def scenario(path, tell):
    crm = CRM(path, from_address="shop@example.com")
    crm.deliver(lambda mail: tell(mail.id) and None)
    crm.close()
"""


def told_and_delivered(case: Case, ids: list[str]) -> None:
    """Who was killed told whom it had asked; who comes later does the rest."""
    came = Counter(word for (word,) in case.told)
    with CRM(case.path, from_address=SHOP, clock=later(2), durability="normal") as crm:
        crm.deliver(lambda mail: came.update([mail.id]) or None)
        standing = books_balance(crm, ids, came)
        assert standing.get("uncertain", 0) <= 1
        assert sum(standing.values()) - standing["sent"] <= 1
    with CRM(case.path, from_address=SHOP, clock=later(18), durability="normal") as crm:
        crm.deliver(lambda mail: came.update([mail.id]) or None)
        assert books_balance(crm, ids, came) == {"sent": len(ids)}
        twice = [id for id in ids if came[id] > 1]
        assert len(twice) <= 1
    integrity(case.path)


def kill_a_delivery(room: Path, *, every: int) -> int:
    base = room / "base"
    base.mkdir()
    ids = fill(base / "x.db", 3)
    calls = calls_of(DELIVERING, base, room, CHANGING)
    cases = run_with_fault(DELIVERING, base, room, "signal=SIGKILL", calls, every=every)
    for case in cases:
        assert case.end == -9, case
        with told_where(case):
            told_and_delivered(case, ids)
    return len(cases)


@needs_strace
@pytest.mark.storm
def test_a_delivery_killed_at_any_system_call(tmp_path: Path) -> None:
    """Faults 40, 46: wherever it dies, at most the mail in hand is uncertain, and nothing else
    than that mail can come twice."""
    assert kill_a_delivery(tmp_path, every=1) > 20


@needs_strace
def test_a_delivery_killed_at_some_system_calls(tmp_path: Path) -> None:
    """Faults 40, 46: the same at a few calls of each kind."""
    assert kill_a_delivery(tmp_path, every=9) > 5


# Real servers on loopback.


@pytest.mark.storm
def test_eight_processes_deliver_5000_mails_once(tmp_path: Path) -> None:
    """Fault 38: over SMTP, each mail arrives once, whoever has it in hand."""
    path = tmp_path / "x.db"
    ids = fill(path, 5_000)
    with ScriptedServer() as server, ExitStack() as stack:
        workers = [
            stack.enter_context(program(DELIVERING_PROGRAM, path, server.port, 0)) for _ in range(8)
        ]
        for worker in workers:
            worker.expect("ready")
        for worker in workers:
            worker.tell()
        for worker in workers:
            worker.process.wait(300)
            worker.expect("done")
        assert arrived(server) == Counter(ids)
        assert sum(1 for commands in server.conversations if commands) > 1
    with CRM(path) as crm:
        assert {mail.status for mail in crm.outbox} == {"sent"}
    integrity(path)


class DeadlyServer(ScriptedServer):
    """At a stage of one mail in so many, it kills a program that delivers, and goes on."""

    def __init__(self, chance: float, seed: int) -> None:
        super().__init__()
        self.victims: list[Program] = []
        self.kills = Counter[str]()
        self._random, self._chance = random.Random(seed), chance
        self._lock = threading.Lock()

    def answer(self, stage: str) -> Answer:
        """What a good server answers, be there somebody to hear it or not."""
        with self._lock:
            living = [it for it in self.victims if it.process.poll() is None]
            if living and self._random.random() < self._chance:
                victim = self._random.choice(living)
                victim.process.kill()
                victim.process.wait(60)
                self.kills[stage] += 1
        return super().answer(stage)


@pytest.mark.storm
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_of_kills_over_1000_mails(tmp_path: Path, seed: int) -> None:
    """Fault 46: programs are killed at random stages of SMTP. None is lost, none comes twice, and
    every mail of which nobody knows is uncertain; those few go once more a quarter later."""
    path, minutes = tmp_path / "x.db", 0.0
    ids = fill(path, 1_000)
    with DeadlyServer(1 / 250, seed) as server:
        while minutes < 12:  # so that what is uncertain is not tried again meanwhile
            deliver(server, path, minutes, victims=2)
            minutes += 61 / 60  # the leases of the dead have ended
        deliver(server, path, minutes, victims=0)
        assert server.kills.total() > 8
        with CRM(path) as crm:
            standing = books_balance(crm, ids, arrived(server))
        assert standing.keys() == {"sent", "uncertain"}
        assert standing["uncertain"] <= server.kills.total()
        assert max(arrived(server).values()) == 1
        deliver(server, path, minutes + 16, victims=0)
        with CRM(path) as crm:
            assert books_balance(crm, ids, arrived(server)) == {"sent": 1_000}
    integrity(path)


def deliver(server: DeadlyServer, path: Path, minutes: float, victims: int) -> None:
    """Two programs deliver until nothing is due, or until those that may be killed are dead."""
    with ExitStack() as stack:
        running = [
            stack.enter_context(program(DELIVERING_PROGRAM, path, server.port, minutes))
            for _ in range(2)
        ]
        for worker in running:
            worker.expect("ready")
        server.victims = running[:victims]
        for worker in running:
            worker.tell()
        for worker in running:
            assert worker.process.wait(300) in (0, -9)
