"""export_person: all that a store knows of one person (U7)."""

from __future__ import annotations

import json
from datetime import date

import pytest

from wixcrm_local import CRM, ContactNotFound, PermanentFailure

ANA, ANNA = "ana@example.com", "anna@example.net"


@pytest.fixture
def ana(any_crm: CRM) -> str:
    """A person with something of everything, merged from two contacts; another one stands by."""
    any_crm.labels.create("VIP")
    any_crm.custom_fields.create("Birthday", "date")
    any_crm.triggered_emails.save(
        "hi", subject="Hi ${name}", text="Hi", variables={"name": ""}, from_address="s@example.com"
    )
    other = any_crm.create_contact({"firstName": "Other", "emails": ["other@example.com"]})
    any_crm.send_email("hi", other)
    ana = any_crm.create_contact(
        {"firstName": "Ana", "emails": [ANA], "labels": ["VIP"], "Birthday": "1990-05-17"}
    )
    anna = any_crm.create_contact({"firstName": "Anna", "emails": [ANNA]})
    any_crm.update_contact(anna, {"lastName": "Diaz"})
    any_crm.send_email("hi", anna, {"variables": {"name": "Anna"}})

    def refuse(message: object) -> None:
        raise PermanentFailure(f"550 no {ANNA}; give another", details={"suppress": True})

    any_crm.deliver(refuse, include_stale=True)
    any_crm.merge_contacts(ana, anna)
    any_crm.unsubscribe(ANA)
    return ana


def test_everything_of_a_person_is_exported(any_crm: CRM, ana: str) -> None:
    """U7: and nothing of anybody else; it is ready for JSON."""
    anna = any_crm.history(ana)[-1].after["merged_contacts"][0]
    data = any_crm.export_person(ana)
    assert json.loads(json.dumps(data)) == data
    assert "other@" not in json.dumps(data)
    assert data["contact"]["emails"] == [ANA, ANNA]
    assert data["contact"]["customFields"] == {"Birthday": "1990-05-17"}
    assert data["contact"]["createdAt"] == any_crm.get_contact(ana).created_at.isoformat()
    assert (data["mergedIds"], data["inTrash"]) == ([anna], False)
    assert [change["verb"] for change in data["history"]] == ["create_contact", "merge_contacts"]
    assert data["history"][1]["after"]["mergedContacts"] == [anna]
    (merged,) = data["merged"]
    assert merged["contact"]["firstName"] == "Anna"
    assert merged["history"][-1]["after"] == {"lastName": "Diaz"}
    (mail,) = data["mails"]
    assert (mail["to"], mail["contactId"], mail["status"]) == (ANNA, anna, "failed")
    assert "550 no" in mail["senderAnswers"][0]["response"]
    assert [(each["address"], each["reason"]) for each in data["suppressions"]] == [
        (ANA, "unsubscribed"),
        (ANNA, "bounced"),
    ]


def test_an_old_id_and_the_trash_are_no_obstacle(any_crm: CRM, ana: str) -> None:
    """U7, M5: what erase_contact finds, export_person finds."""
    anna = any_crm.history(ana)[-1].after["merged_contacts"][0]
    whole = any_crm.export_person(ana)
    assert any_crm.export_person(anna) == whole
    any_crm.delete_contact(ana)
    data = any_crm.export_person(anna)
    assert data["inTrash"]
    assert data["contact"] | {"revision": 2} == whole["contact"]
    assert data["history"][:-1] == whole["history"]
    assert data["history"][-1]["after"] == {"inTrash": True}


def test_nobody_is_not_exported(crm: CRM) -> None:
    """U7: ContactNotFound."""
    with pytest.raises(ContactNotFound):
        crm.export_person("nobody")


def test_values_stand_as_json_can_say_them(crm: CRM) -> None:
    """U7, G6: numbers as numbers, dates as ISO texts."""
    for name, kind in (("Score", "number"), ("Day", "date")):
        crm.custom_fields.create(name, kind)
    id = crm.create_contact({"emails": [ANA], "Score": 5, "Day": date(2026, 1, 31)})
    assert crm.export_person(id)["contact"]["customFields"] == {"Score": 5, "Day": "2026-01-31"}
