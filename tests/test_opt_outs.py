"""What is kept of erased people who wanted no mail: a hash that tells nobody who (U7)."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from store_fixtures import rows

from wixcrm_local import CRM
from wixcrm_local.senders import MemorySender

ANA = "Ana@Example.com"


def erased(crm: CRM, reason: str = "unsubscribed") -> None:
    """Erases somebody whose address was on the list."""
    id = crm.create_contact({"emails": [ANA]})
    crm.suppressions.add(ANA, reason, note=f"said by {ANA}")
    crm.erase_contact(id)


@pytest.mark.parametrize("reason", ["unsubscribed", "complained", "manual"])
def test_an_opt_out_outlives_its_person(any_crm: CRM, reason: str, clock) -> None:
    """U7, T8: with its reason and time; a new contact with the address gets no mail."""
    since = clock.now
    erased(any_crm, reason)
    (entry,) = any_crm.suppressions.list()
    assert (entry.address, entry.reason, entry.note, entry.created_at) == (None, reason, "", since)
    assert any_crm.suppressions.check(" ana@example.com") == entry
    assert any_crm.suppressions.add("ana@example.com", "bounced") == entry
    assert len(any_crm.suppressions.list()) == 1
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi", from_address="s@example.com")
    again = any_crm.create_contact({"emails": ["ana@example.com"]})
    mail = any_crm.send_email("hi", again)
    assert (mail.status, mail.reason) == ("suppressed", reason)


def test_a_mail_that_waits_is_looked_up_again(any_crm: CRM) -> None:
    """T8: whoever has the address, in the moment of sending."""
    any_crm.triggered_emails.save("hi", subject="Hi", text="Hi", from_address="s@example.com")
    other = any_crm.create_contact({"emails": ["other@example.com"]})
    any_crm.update_contact(other, {"emails": [ANA]})
    any_crm.send_email("hi", other)
    person = any_crm.create_contact({"emails": ["p@example.com"]})
    any_crm.update_contact(person, {"emails": [ANA]})
    any_crm.unsubscribe(ANA)
    any_crm.erase_contact(person)
    assert any_crm.deliver(MemorySender(), include_stale=True).suppressed == 1
    assert any_crm.outbox[0].reason == "unsubscribed"


def test_a_dead_address_is_no_opt_out(any_crm: CRM) -> None:
    """U7: a bounce is nobody's wish; nothing is kept of it."""
    erased(any_crm, "bounced")
    assert any_crm.suppressions.list() == ()
    assert any_crm.suppressions.check(ANA) is None


def test_the_person_may_change_their_mind(any_crm: CRM) -> None:
    """U7, T8: taken off in either form."""
    erased(any_crm)
    any_crm.resubscribe(ANA)
    assert any_crm.suppressions.check(ANA) is None
    erased(any_crm)
    assert any_crm.suppressions.remove(ANA)
    assert not any_crm.suppressions.remove(ANA)
    assert any_crm.suppressions.list() == ()


def test_an_address_and_its_hash_are_one_entry(any_crm: CRM) -> None:
    """U7: a person who comes back and is erased again is kept once."""
    erased(any_crm)
    erased(any_crm)
    assert len(any_crm.suppressions.list()) == 1


def test_the_key_is_a_secret_of_the_file(tmp_path: Path, open_crm) -> None:
    """U7: HMAC-SHA-256 under 32 random bytes, which no dump shows; two files differ."""
    kept = []
    for name in ("one.db", "two.db"):
        with open_crm(tmp_path / name) as crm:
            assert rows(tmp_path / name, "SELECT * FROM settings WHERE name = 'erasure_key'") == []
            erased(crm)
            dump = crm.dump()
        query = "SELECT value FROM settings WHERE name = 'erasure_key'"
        ((key,),) = rows(tmp_path / name, query)
        ((match_key, address),) = rows(
            tmp_path / name, "SELECT match_key, address FROM suppressions"
        )
        assert len(bytes.fromhex(key)) == 32
        digest = hmac.new(bytes.fromhex(key), b"ana@example.com", hashlib.sha256).hexdigest()
        assert (match_key, address) == (f"hmac-sha256:{digest}", None)
        assert key not in dump
        assert digest not in dump
        assert "an erased person: unsubscribed" in dump
        kept.append((key, dump))
    assert kept[0][0] != kept[1][0]
    assert kept[0][1] == kept[1][1]
