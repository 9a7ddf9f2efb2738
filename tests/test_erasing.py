"""erase_contact: no trace of the person is left, and its receipt tells what it can't reach (U7)."""

from __future__ import annotations

import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from store_fixtures import integrity, run

from wixcrm_local import (
    CRM,
    ContactNotFound,
    PermanentFailure,
    SenderUnavailable,
    WrongMessageStatus,
)
from wixcrm_local.senders import MemorySender

ANA, ANNA = "needle.ana@example.com", "needle.anna@example.net"
FROM = "shop@example.com"


def furnish(crm: CRM) -> None:
    crm.labels.create("VIP")
    crm.custom_fields.create("Note")
    crm.triggered_emails.save(
        "hi",
        subject="Hi ${name}",
        html="<p>${name}</p>",
        variables={"name": ""},
        from_address=FROM,
        unsubscribe_url="https://example.com/leave?who=${name}",
    )


def person(crm: CRM) -> str:
    """Somebody with traces wherever there can be any: all of them hold the word needle."""
    furnish(crm)
    ana = crm.create_contact(
        {
            "firstName": "Needle",
            "picture": "needle.png",
            "emails": [ANA],
            "phones": ["+1 650 253 0000"],
            "labels": ["VIP"],
            "Note": "needle in the hay",
        }
    )
    crm.update_contact(ana, {"lastName": "Needleman", "emails": [ANA, "needle.old@example.com"]})
    crm.update_contact(ana, {"emails": [ANA]})
    anna = crm.create_contact({"firstName": "Needle", "emails": [ANNA]})
    for id in (ana, anna):
        crm.send_email("hi", id, {"variables": {"name": "Needle"}}, idempotency_key=f"needle-{id}")

    def refuse(message: object) -> None:
        raise PermanentFailure("550 needle is nobody; give another", details={"suppress": True})

    crm.deliver(refuse, include_stale=True)
    crm.merge_contacts(ana, anna)
    crm.send_email("hi", ana, {"variables": {"name": "Needle"}})

    def absent(message: object) -> None:
        raise SenderUnavailable(f"nobody took {ANA}; wait")

    crm.deliver(absent)
    crm.suppressions.remove(ANA)
    crm.outbox.retry(crm.outbox[0].id)
    crm.deliver(absent)
    crm.unsubscribe(ana)
    return ana


def texts_of(path: Path) -> bytes:
    """All bytes of the file and its side files."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


def test_no_byte_of_the_file_tells_of_the_person(tmp_path: Path, open_crm, caplog) -> None:
    """U7: neither in its pages nor in its log, nor in what is logged; others stay whole."""
    path = tmp_path / "x.db"
    with open_crm(path) as crm:
        other = crm.create_contact({"firstName": "Hay", "emails": ["hay@example.com"]})
        ana = person(crm)
        before = crm.get_contact(other)
        assert b"eedle" in texts_of(path)
        with caplog.at_level("DEBUG"):
            receipt = crm.erase_contact(ana)
        assert receipt.file_is_clean
        assert b"eedle" not in texts_of(path)
        assert "eedle" not in crm.dump()
        assert "eedle" not in caplog.text
        assert "eedle" not in repr(receipt)
        assert crm.get_contact(other) == before
        assert crm.check().ok
    assert b"eedle" not in texts_of(path)
    integrity(path)


def test_the_receipt_counts_what_went(any_crm: CRM, clock) -> None:
    """U7: and names what it can't reach."""
    ana = person(any_crm)
    anna = any_crm.export_person(ana)["mergedIds"]
    receipt = any_crm.erase_contact(anna[0])
    assert (receipt.contact_id, receipt.merged_ids) == (ana, tuple(anna))
    assert (receipt.contacts, receipt.mails, receipt.erased_at) == (2, 3, clock.now)
    assert (receipt.changes, receipt.attempts) == (4, 2)
    assert (receipt.suppressions, receipt.hashes_kept) == (1, 2)
    assert receipt.not_reached[0] == "backups and other copies of the file"
    assert "mails that were handed to a sender already" in receipt.not_reached


def test_nothing_is_found_of_who_was_erased(any_crm: CRM) -> None:
    """U7: by no id, address or number; there is no way back."""
    ana = person(any_crm)
    ids = [ana, *any_crm.export_person(ana)["mergedIds"]]
    change = any_crm.history(ana)[-1].id
    any_crm.erase_contact(ana)
    for id in ids:
        for verb in (any_crm.get_contact, any_crm.restore_contact, any_crm.erase_contact):
            with pytest.raises(ContactNotFound, match="pass the id"):
                verb(id)
        assert any_crm.outbox.where(contact_id=id) == ()
    with pytest.raises(LookupError):
        any_crm.undo(change)
    assert any_crm.find_contact(email=ANA) is any_crm.find_contact(phone="6502530000") is None
    assert any_crm.outbox.where(to=ANA) == ()
    assert any_crm.count_contacts() == 0
    assert any_crm.suppressions.check(ANA).reason == "unsubscribed"


def test_mails_are_blanked_and_keep_their_places(any_crm: CRM) -> None:
    """U7: erased; no number comes twice, and nobody sends or retries them."""
    ana = person(any_crm)
    ids = [mail.id for mail in any_crm.outbox]
    any_crm.erase_contact(ana)
    assert [mail.id for mail in any_crm.outbox] == ids
    for mail in any_crm.outbox:
        assert (mail.status, mail.to, mail.subject, mail.text) == ("erased", "", "", "")
        assert (mail.contact_id, mail.html, mail.variables) == ("", None, {})
        assert {each.response for each in any_crm.outbox.attempts(mail.id)} <= {""}
        for decide in (any_crm.outbox.retry, any_crm.outbox.cancel):
            with pytest.raises(WrongMessageStatus):
                decide(mail.id)
    assert any_crm.outbox.stats().by_status == {"erased": 3}
    assert any_crm.deliver(MemorySender(), include_stale=True).sent == 0


def test_what_is_in_the_trash_is_erased_too(any_crm: CRM) -> None:
    """U7: deleting first is no way around it."""
    ana = person(any_crm)
    any_crm.delete_contact(ana)
    assert any_crm.erase_contact(ana).contacts == 2
    assert any_crm.list_trash() == ()
    assert "eedle" not in any_crm.dump()


def test_mails_of_purged_contacts_are_found_by_the_address(any_crm: CRM, clock) -> None:
    """U7: of another contact that had it, and is forgotten; not those of one that has it still."""
    furnish(any_crm)
    first = any_crm.create_contact({"emails": [ANA]})
    any_crm.send_email("hi", first)
    any_crm.delete_contact(first)
    clock.move(seconds=1)
    any_crm.purge_trash(0)
    shared = any_crm.create_contact({"emails": [ANNA]})
    any_crm.update_contact(shared, {"emails": [ANA]})
    any_crm.send_email("hi", shared)
    again = any_crm.create_contact({"phones": ["+1 650 253 0000"]})
    any_crm.update_contact(again, {"emails": [ANA]})
    assert any_crm.erase_contact(again).mails == 1
    assert [mail.status for mail in any_crm.outbox] == ["erased", "queued"]
    assert any_crm.get_contact(shared).emails == (ANA,)


def test_an_answer_that_comes_too_late_tells_nothing(any_crm: CRM) -> None:
    """U7: a mail that is on its way when its person is erased; the bounce is not kept."""
    ana = person(any_crm)
    any_crm.resubscribe(ana)
    mail = any_crm.send_email("hi", ana)

    def erasing(message: object) -> None:
        any_crm.erase_contact(ana)
        raise PermanentFailure(f"550 no {ANA}; give another", details={"suppress": True})

    any_crm.deliver(erasing, include_stale=True)
    assert any_crm.outbox.get(mail.id).status == "erased"
    assert "eedle" not in any_crm.dump()
    assert any_crm.suppressions.list() == ()


def test_who_wants_mail_leaves_no_hash(any_crm: CRM) -> None:
    """U7: of whoever had not opted out, nothing at all is kept."""
    id = any_crm.create_contact({"emails": [ANA]})
    receipt = any_crm.erase_contact(id)
    assert (receipt.hashes_kept, any_crm.suppressions.list()) == (0, ())


def test_inside_a_transaction_the_file_is_left_to_scrub_file(tmp_path: Path, open_crm) -> None:
    """A7, U7: the receipt says so; what fails erases nothing."""
    path = tmp_path / "x.db"
    with open_crm(path) as crm:
        ana = person(crm)

        def failing() -> None:
            with crm.transaction():
                assert not crm.erase_contact(ana).file_is_clean
                raise LookupError("of the caller")

        with pytest.raises(LookupError, match="of the caller"):
            failing()
        assert crm.get_contact(ana).first_name == "Needle"
        with crm.transaction():
            receipt = crm.erase_contact(ana)
            assert not crm.scrub_file()
        assert "scrub_file" in receipt.not_reached[0]
        assert crm.scrub_file()
        assert b"eedle" not in texts_of(path)


def test_a_reader_of_an_older_state_keeps_the_log(tmp_path: Path, open_crm) -> None:
    """U7: what others still read can't be taken from them; once they are done, it goes."""
    path = tmp_path / "x.db"
    with open_crm(path) as crm:
        ana = person(crm)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            seen = reader.execute("SELECT first_name FROM contacts").fetchall()
            receipt = crm.erase_contact(ana)
            assert not receipt.file_is_clean
            assert "until crm.scrub_file() gives True" in receipt.not_reached[0]
            assert reader.execute("SELECT first_name FROM contacts").fetchall() == seen
        assert crm.scrub_file()
        assert b"eedle" not in texts_of(path)


def test_pages_that_were_moved_about_are_clean_too(tmp_path: Path, open_crm) -> None:
    """U7: SQLite leaves copies of rows it moved, which secure_delete does not overwrite."""
    path, dice = tmp_path / "x.db", random.Random(5)
    with open_crm(path) as crm:
        with crm.transaction():
            ids = [
                crm.create_contact(
                    {
                        "firstName": f"Needle{number:04}" + "y" * dice.randint(0, 90),
                        "emails": [f"needle{number:04}.{each}@example.com" for each in range(3)],
                    }
                )
                for number in range(600)
            ]
        with crm.transaction():
            for number in dice.sample(range(600), 500):
                crm.update_contact(
                    ids[number], {"firstName": f"Needle{number:04}" + "z" * dice.randint(0, 190)}
                )
        gone = dice.sample(range(600), 300)
        with crm.transaction():
            for number in gone:
                crm.erase_contact(ids[number])
        assert crm.scrub_file()
        found = texts_of(path)
        assert [number for number in gone if b"eedle%04d" % number in found] == []
        assert crm.count_contacts() == 300
        assert crm.check().ok
    integrity(path)


def test_a_disk_without_room_for_another_file(tmp_path: Path) -> None:
    """U7, fault 48: the person is gone; the pages are cleaned once there is room, and nothing is
    lost."""
    if sys.platform == "win32":
        pytest.skip("needs limits of POSIX")
    said = run(
        """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
crm = CRM(path)
with crm.transaction():
    ids = [crm.create_contact({"firstName": "Needle", **info(f"n{n}")}) for n in range(600)]
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path + "-wal") + 60_000, hard))
tell(crm.erase_contact(ids[5]).file_is_clean)
tell(crm.count_contacts())
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
tell(crm.scrub_file())
tell(crm.check().ok and crm.get_contact(ids[6]).emails[0])
crm.close()
""",
        tmp_path / "x.db",
    )
    assert said == ["False", "599", "True", "n6@example.com"]
    assert b"n5@example" not in texts_of(tmp_path / "x.db")


def test_a_store_in_memory_has_no_file(crm: CRM) -> None:
    """U7: there is nothing to be written anew."""
    assert crm.scrub_file()
    assert crm.erase_contact(crm.create_contact({"emails": [ANA]})).file_is_clean


def test_nobody_is_not_erased(crm: CRM) -> None:
    """U7: ContactNotFound."""
    with pytest.raises(ContactNotFound):
        crm.erase_contact("nobody")
