"""The page that a person gets of what is stored of them (U7)."""

from __future__ import annotations

from wixcrm_local import CRM, person_page

ANA = "ana@example.com"


def test_a_page_that_people_can_read(crm: CRM) -> None:
    """U7: titles, one thing a line, and what there is none of is said once."""
    id = crm.create_contact({"firstName": "Ana", "emails": [ANA, "a@example.net"]})
    crm.update_contact(id, {"lastName": "Diaz"})
    page = person_page(crm.export_person(id))
    assert page.startswith("Personal data, as of 2026-")
    assert "What is stored of you\n=====================\n" in page
    assert "firstName: Ana\nlastName: Diaz\n" in page
    assert "emails:\n  ana@example.com\n  a@example.net\n" in page
    assert "verb: update_contact\nafter:\n  lastName: Diaz\n" in page
    assert "Mails to you\n============\nNothing.\n" in page


def test_whatever_is_exported_stands_on_the_page(crm: CRM) -> None:
    """U7: mails, merged contacts, suppressions, and the trash."""
    crm.triggered_emails.save("hi", subject="Hi", text="One\nTwo ${x}", variables={"x": "3"})
    ana, anna = (crm.create_contact({"emails": [f"{name}@example.com"]}) for name in ("ana", "b"))
    crm.send_email("hi", anna)
    crm.merge_contacts(ana, anna)
    crm.unsubscribe("b@example.com")
    crm.delete_contact(ana)
    page = person_page(crm.export_person(ana))
    for part in ("to be deleted", f"Earlier ids: {anna}", "Two 3", "reason: unsubscribed", "x: 3"):
        assert part in page


def test_nothing_on_it_steers_a_terminal() -> None:
    """House: what comes from a store is made printable."""
    page = person_page({"exportedAt": "now", "contact": {"firstName": "\x1b[31mAna\u202e"}})
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "Ana" in page
