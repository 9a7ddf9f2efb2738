"""Issue 8, 2: what there is to say of a store, in words with remedies."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import OpenCRM, StillClock

from wixcrm_local import (
    CRM,
    PermanentFailure,
    Remark,
    SenderUnavailable,
    UncertainDelivery,
    schema,
)


def remarks(crm: CRM) -> dict[str, Remark]:
    found = crm.examine()
    assert len({each.code for each in found}) == len(found)
    return {each.code: each for each in found}


def wanted(crm: CRM) -> set[str]:
    """The codes of what should be looked at; each sentence says what to do."""
    found = [each for each in crm.examine() if not each.ok]
    assert all(";" in each.sentence or ":" in each.sentence for each in found)
    return {each.code for each in found}


def test_of_a_usual_store_nothing_is_wanted(tmp_path: Path) -> None:
    """Issue 8, 2: version, place, privacy, space and outbox are told, and are as they should be."""
    with CRM(tmp_path / "x.db") as crm:
        found = remarks(crm)
        assert set(found) == {"VERSIONS", "PLACE", "PRIVACY", "SPACE", "OUTBOX"}
        assert f"schema {schema.VERSION}" in found["VERSIONS"].sentence
        assert wanted(crm) == set()


def test_a_store_in_memory_has_no_file() -> None:
    """Issue 8, 2: of what it has not, nothing is said."""
    with CRM() as crm:
        assert set(remarks(crm)) == {"VERSIONS", "OUTBOX"}


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")
def test_a_file_that_others_may_read(tmp_path: Path) -> None:
    """Issue 8, 2: the remedy can be copied."""
    with CRM(tmp_path / "x.db") as crm:
        os.chmod(tmp_path / "x.db", 0o644)
        assert wanted(crm) == {"PRIVACY"}
        assert f"chmod 600 {tmp_path / 'x.db'}" in remarks(crm)["PRIVACY"].sentence


@pytest.mark.filterwarnings("ignore::wixcrm_local.WixCRMWarning")
def test_a_synced_folder(tmp_path: Path) -> None:
    """Issue 8, 2, fault 60: the danger is named."""
    (tmp_path / "Dropbox").mkdir()
    with CRM(tmp_path / "Dropbox" / "x.db") as crm:
        assert wanted(crm) == {"PLACE"}
        assert "Dropbox" in remarks(crm)["PLACE"].sentence


def test_copies_beside_the_store(tmp_path: Path) -> None:
    """Issue 8, 2: those that were cut short may go, those from before an upgrade are named."""
    with CRM(tmp_path / "x.db") as crm:
        (tmp_path / "x.db.unfinished-1").touch()
        (tmp_path / "x.db.backup-v1").touch()
        (tmp_path / "y.db.unfinished-1").touch()
        assert wanted(crm) == {"UNFINISHED_COPIES"}
        assert "x.db.backup-v1" in remarks(crm)["KEPT_COPIES"].sentence
        assert "y.db" not in str(remarks(crm))


@pytest.fixture
def mailing(open_crm: OpenCRM, clock: StillClock) -> Iterator[CRM]:
    """A store that delivers, with a mail that waits."""
    with open_crm(from_address="shop@example.com", clock=clock) as crm:
        crm.deliver(lambda message: None)
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.email_contact("hi", crm.create_contact({"emails": ["ana@example.com"]}))
        yield crm


@pytest.mark.parametrize(
    ("answer", "code", "part"),
    [
        (SenderUnavailable("nobody there; wait"), "SENDER_LEFT_ALONE", "refuse"),
        (PermanentFailure("no such user; drop it"), "FAILED_MAILS", "1 mail failed for good"),
    ],
)
def test_mails_that_did_not_go(mailing: CRM, answer: Exception, code: str, part: str) -> None:
    """Issue 8, 2: a sender that is away, and mails that never will go."""
    assert remarks(mailing)["OUTBOX"].sentence == "1 mail queued, 1 of them due"
    assert wanted(mailing) == set()

    def refuse(message: object) -> None:
        raise answer

    mailing.deliver(refuse)
    assert wanted(mailing) == {code}
    assert part in remarks(mailing)[code].sentence


def test_mails_that_are_in_doubt(mailing: CRM, clock: StillClock) -> None:
    """Issue 8, 2: what may have been sent waits for a decision."""

    def lose(message: object) -> None:
        raise UncertainDelivery("lost; look")

    for _ in range(3):
        mailing.deliver(lose)
        clock.move(hours=12)
    assert mailing.outbox.stats().undecided == 1
    assert wanted(mailing) == {"UNDECIDED_MAILS"}


def test_mails_that_grew_old(mailing: CRM, clock: StillClock) -> None:
    """Issue 8, 2: what is held back is told, with both ways out."""
    clock.move(days=40)
    mailing.deliver(lambda message: None)
    assert wanted(mailing) == {"STALE_MAILS"}
    assert "include_stale=True" in remarks(mailing)["STALE_MAILS"].sentence


def test_what_broke_off(tmp_path: Path) -> None:
    """Issue 8, 2: an import that was interrupted is named by its receipt."""
    file = tmp_path / "people.csv"
    file.write_text("Email\nana@example.com\n")

    def stop(rows: int, share: float | None) -> None:
        raise KeyboardInterrupt

    with CRM(tmp_path / "x.db") as crm:
        with pytest.raises(KeyboardInterrupt):
            crm.import_contacts(file, progress=stop)
        (broken,) = crm.imports()
        assert wanted(crm) == {"UNFINISHED_IMPORT"}
        assert broken.receipt in remarks(crm)["UNFINISHED_IMPORT"].sentence
        crm.import_contacts(file)
        assert wanted(crm) == set()


def test_nothing_is_changed_and_nobody_named(tmp_path: Path) -> None:
    """Issue 8, 2: ids, never an address or a name; the file stays as it is."""
    with CRM(tmp_path / "x.db") as crm:
        crm.import_contacts(io.StringIO("First Name,Email\nAna,ana@example.com\n"))
        before = crm.dump()
        shown = str(crm.examine())
        assert "ana@" not in shown
        assert "Ana" not in shown
        assert crm.dump() == before


async def test_awaited(tmp_path: Path) -> None:
    """A2: the awaitable door has it, too."""
    from wixcrm_local import AsyncCRM

    async with AsyncCRM(tmp_path / "x.db") as crm:
        assert all(each.ok for each in await crm.examine())


def test_time_is_no_matter(clock: StillClock) -> None:
    """Issue 8, 2: a mail of the future is queued and not due."""
    with CRM(clock=clock, from_address="shop@example.com") as crm:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        ana = crm.create_contact({"emails": ["ana@example.com"]})
        crm.send_email("hi", ana, send_at=clock() + timedelta(days=2))
        assert remarks(crm)["OUTBOX"].sentence == "1 mail queued, 0 of them due"
