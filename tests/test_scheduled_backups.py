"""Issue 8, 2: automatic backups on request; the last few are kept, and nothing else is touched."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OpenCRM, StillClock

from wixcrm_local import CRM, AsyncCRM, InvalidArgument, ScheduledBackups
from wixcrm_local.scheduled_backups import _LOOK_AFTER

PATIENCE = 30  # seconds until a test fails; none waits so long


@pytest.fixture
def crm(open_crm: OpenCRM, tmp_path: Path, clock: StillClock):
    with open_crm(tmp_path / "x.db", clock=clock) as crm:
        crm.create_contact({"emails": ["ana@example.com"]})
        yield crm


def first_made(scheduled: ScheduledBackups) -> tuple[str, ...]:
    """The backups once the thread has made its first: it wakes whoever waits for its end."""
    scheduled.close()
    return scheduled.list()


def test_the_first_one_is_made_at_once(crm: CRM, tmp_path: Path) -> None:
    """Issue 8, 2: on a thread, into a private folder beside the store, a store itself."""
    scheduled = crm.backup_every()
    (made,) = first_made(scheduled)
    assert Path(made).parent == tmp_path / "x.db.backups"
    assert os.name == "nt" or (tmp_path / "x.db.backups").stat().st_mode & 0o777 == 0o700
    with CRM(made) as copy:
        assert copy.count_contacts() == 1
    assert threading.active_count() == 1


def test_the_next_one_when_it_is_time(crm: CRM, clock: StillClock) -> None:
    """Issue 8, 2: not before the hours are over, whoever made the last one."""
    scheduled = crm.backup_every(24)
    assert len(first_made(scheduled)) == 1
    clock.move(hours=23)
    assert scheduled.run_if_due() is None
    assert len(first_made(crm.backup_every(24))) == 1  # of another program
    clock.move(hours=1, seconds=1)
    assert scheduled.run_if_due().contacts == 1
    assert len(scheduled.list()) == 2


def test_the_last_few_are_kept(crm: CRM, clock: StillClock, tmp_path: Path) -> None:
    """Issue 8, 2: older ones go, and what is not ours by its name stays."""
    folder = tmp_path / "safe"
    scheduled = crm.backup_every(1, folder=folder, keep=2)
    (oldest,) = first_made(scheduled)
    others = {"x.db.20260101T000000", "y.db.20260101T000000Z", "notes.txt"}
    for name in others:
        (folder / name).touch()
    for _ in range(3):
        clock.move(hours=1, seconds=1)
        assert scheduled.run_if_due()
    assert len(scheduled.list()) == 2
    assert not os.path.exists(oldest)
    assert others < {path.name for path in folder.iterdir()}


def test_what_fails_is_tried_again(crm: CRM, clock: StillClock) -> None:
    """Issue 8, 2: not at once, and no old backup is given up for it."""
    scheduled = crm.backup_every(24)
    kept = first_made(scheduled)
    clock.move(hours=25)
    with crm.transaction(), pytest.raises(InvalidArgument):  # inside one none can be made
        scheduled.run_if_due()
    assert scheduled.list() == kept
    assert scheduled.run_if_due()


def test_closing_the_store_ends_it(open_crm: OpenCRM, tmp_path: Path) -> None:
    """Issue 8, 2: no thread outlives its store; closing twice is fine."""
    with open_crm(tmp_path / "x.db") as crm:
        scheduled = crm.backup_every()
    scheduled.close()
    assert not [it for it in threading.enumerate() if "backups" in it.name]
    assert _LOOK_AFTER < PATIENCE * 10
    assert len(scheduled.list()) <= 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda crm: crm.backup_every(0),
        lambda crm: crm.backup_every(True),
        lambda crm: crm.backup_every("daily"),
        lambda crm: crm.backup_every(keep=0),
        lambda crm: crm.backup_every(keep=1.5),
        lambda crm: crm.backup_every(folder=":memory:"),
        lambda crm: crm.backup_every(folder=crm.path),
    ],
)
def test_what_cannot_be_asked(crm: CRM, ask: Callable[[CRM], object]) -> None:
    """Issue 8, 2: each mistake names its argument."""
    with pytest.raises(InvalidArgument):
        ask(crm)


def test_a_store_in_memory_has_no_place(open_crm: OpenCRM) -> None:
    """Issue 8, 2: crm.backup(path) is for that."""
    with open_crm() as crm, pytest.raises(InvalidArgument, match=r"crm\.backup"):
        crm.backup_every()


async def test_awaited(tmp_path: Path) -> None:
    """A2: the awaitable door has it, too."""
    async with AsyncCRM(tmp_path / "x.db") as crm:
        scheduled = await crm.backup_every()
    assert len(scheduled.list()) <= 1
