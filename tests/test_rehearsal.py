"""The contract of `preview_delivery`: it says what `deliver` would do, and does nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import OpenCRM, StillClock
from delivery_fixtures import SHOP, Postman, prepare, statuses

from wixcrm_local import CRM, FromAddressMissing, InvalidArgument
from wixcrm_local.senders import MemorySender


def obstacles(crm: CRM, **terms: object) -> dict[str, str | None]:
    """What would become of each mail, by its recipient's first letter."""
    preview = crm.preview_delivery(Postman(), **terms)  # type: ignore[arg-type]
    return {mail.to[0]: mail.obstacle for mail in preview.mails}


def test_each_mail_is_told_with_what_keeps_it(crm: CRM, clock: StillClock) -> None:
    """email.md: due mails go, oldest first; the others say why not, and nothing changes."""
    contacts = prepare(crm, emails=8)
    crm.send_email("a", contacts[0])
    crm.send_email("a", contacts[1], send_at=clock() + timedelta(hours=1))
    crm.send_email("a", contacts[2], expires_in=60)
    crm.send_email("a", contacts[3])
    crm.send_email("a", contacts[4])
    uncertain = crm.send_email("a", contacts[5])
    crm.suppressions.add("3@example.com", "bounced")
    crm.unsubscribe(contacts[4])
    crm.deliver(Postman(*["unavailable"]))  # nobody was reached: all stay
    clock.move(minutes=2)
    before = list(crm.outbox), crm.outbox.stats()
    assert obstacles(crm) == {
        "0": None,
        "1": "not_due",
        "2": "expired",
        "3": "bounced",
        "4": "unsubscribed",
        "5": None,
    }
    assert (list(crm.outbox), crm.outbox.stats()) == before
    crm.deliver(Postman("sent", "uncertain"))
    assert obstacles(crm)["5"] == "not_due"
    clock.move(minutes=20)
    crm.deliver(Postman("uncertain"))
    assert obstacles(crm)["5"] == "undecided"
    assert crm.outbox.get(uncertain.id).due_at is None


def test_what_would_be_held_back_is_told_before_the_first_delivery(crm: CRM) -> None:
    """email.md, stale-backlog guard: the preview counts as no first delivery."""
    crm.triggered_emails.save("a", subject="Hi", text="Hi")
    for letter in "ab":
        crm.send_email("a", crm.create_contact({"emails": [f"{letter}@example.com"]}))
    assert obstacles(crm) == {"a": "stale", "b": "stale"}
    assert obstacles(crm, include_stale=True) == {"a": None, "b": None}
    assert [mail.due_at is None for mail in crm.outbox] == [False, False]
    assert crm.deliver(Postman()).stale == 2


def test_the_limit_counts_what_would_be_asked(crm: CRM) -> None:
    """email.md: as in `deliver`, what is suppressed on the way takes no place of the limit."""
    contacts = prepare(crm, emails=4)
    for contact in contacts:
        crm.send_email("a", contact)
    crm.suppressions.add("0@example.com")
    expected = {"0": "manual", "1": None, "2": None, "3": "beyond_limit"}
    assert obstacles(crm, limit=2) == expected
    postman = Postman()
    crm.deliver(postman, limit=2)
    assert [mail.to[0] for mail in postman.asked] == ["1", "2"]


def test_a_sender_that_is_left_alone_is_told(crm: CRM, clock: StillClock) -> None:
    """email.md, breaker: the preview says that nobody would be asked, and why."""
    [contact] = prepare(crm, emails=1)
    crm.send_email("a", contact)
    crm.deliver(Postman("unavailable"))
    preview = crm.preview_delivery(Postman())
    assert "nobody there" in (preview.unavailable or "")
    assert [mail.obstacle for mail in preview.mails] == ["unavailable"]
    clock.move(minutes=1)
    assert crm.preview_delivery(Postman()).unavailable is None


def test_mails_in_other_hands_are_left_to_them(any_crm: CRM) -> None:
    """email.md, leases: what another program has in hand would not be taken."""
    for contact in prepare(any_crm, emails=2):
        any_crm.send_email("a", contact)
    seen: list[dict[str, str | None]] = []
    any_crm.deliver(Postman(lambda: seen.append(obstacles(any_crm)) or "sent"))
    assert seen == [{"0": "in_other_hands", "1": "in_other_hands"}]
    assert statuses(any_crm) == ["sent", "sent"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda crm: crm.preview_delivery(limit=0), InvalidArgument),
        (lambda crm: crm.preview_delivery("smtps://host"), InvalidArgument),
        (lambda crm: crm.preview_delivery(MemorySender()), FromAddressMissing),
    ],
    ids=["limit", "sender", "from"],
)
def test_it_raises_as_deliver_would(
    crm: CRM, call: Callable[[CRM], object], expected: type[Exception]
) -> None:
    """A3: what a delivery refuses, its preview refuses; with no sender, no From is missed."""
    [contact] = prepare(crm, emails=1)
    crm.send_email("a", contact)
    with pytest.raises(expected):
        call(crm)
    assert [mail.obstacle for mail in crm.preview_delivery().mails] == [None]


def test_a_file_is_not_changed_by_a_byte(open_crm: OpenCRM, tmp_path: Path) -> None:
    """Issue 4: a preview is undone as a whole, settings and leases included."""
    path = tmp_path / "mail.db"
    with open_crm(path, from_address=SHOP) as crm:
        for contact in prepare(crm, emails=30):
            crm.send_email("a", contact)
    before = path.read_bytes()
    with open_crm(path) as crm:
        assert len(crm.preview_delivery(Postman()).mails) == 30
    assert path.read_bytes() == before
