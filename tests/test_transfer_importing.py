"""Issue 7: what import_contacts takes from a file, what it leaves alone, and what it refuses."""

from __future__ import annotations

import io
from typing import Any

import attrs
import pytest
from store_fixtures import info
from transfer_fixtures import in_chunks_of, people, table

from wixcrm_local import CRM, IMPORT, errors, rekeying

ANA = "ana@example.com"
STATES = ("Subscribed", "Unsubscribed", "Pending", "Not set", "Opted out", "")
WITH_STATUS = ("Email", "Email subscriber status")


def state_of(crm: CRM, email: str = ANA) -> str:
    found = crm.find_contact(email=email)
    assert found is not None
    return found.subscription


@pytest.mark.parametrize("cell", STATES)
@pytest.mark.parametrize("before", ["subscribed", "unsubscribed", "not_set"])
def test_a_subscription_never_gets_looser(any_crm: CRM, before: str, cell: str) -> None:
    """Issue 7: of somebody who is there, only a no is taken from the file; it is in the history."""
    id = any_crm.create_contact(info("ana"))
    if before == "subscribed":
        any_crm.import_contacts(table([("new@example.com", "Subscribed")], WITH_STATUS))
        id = any_crm.find_contact(email="new@example.com").id
    elif before == "unsubscribed":
        any_crm.unsubscribe(id)
    email = any_crm.get_contact(id).emails[0]
    assert state_of(any_crm, email) == before
    report = any_crm.import_contacts(table([(email, cell)], WITH_STATUS))
    is_no = cell in ("Unsubscribed", "Opted out")
    assert state_of(any_crm, email) == ("unsubscribed" if is_no else before)
    changed = is_no and before != "unsubscribed"
    assert (report.updated, report.unchanged) == (changed, not changed)
    if changed:
        assert any_crm.history(id)[-1].verb == "import_contacts"
        assert any_crm.history(id)[-1].after == {"subscription": "unsubscribed"}


@pytest.mark.parametrize("cell", STATES)
def test_somebody_new_gets_the_subscription_of_the_file(any_crm: CRM, cell: str) -> None:
    """Issue 7: what the file says of a person nobody knew."""
    word = {"Opted out": "unsubscribed", "": "not_set"}.get(cell, cell.lower().replace(" ", "_"))
    any_crm.import_contacts(table([(ANA, cell), ("b@example.com", "")], WITH_STATUS))
    assert state_of(any_crm) == word
    assert state_of(any_crm, "b@example.com") == "not_set"
    assert any_crm.check().ok


def test_a_no_counts_though_a_yes_stands_before_it(crm: CRM) -> None:
    """Issue 7: the same person twice in a file, of which one row says no."""
    rows = [(ANA, "Subscribed"), (ANA, "Unsubscribed"), (ANA, "Subscribed")]
    report = crm.import_contacts(table(rows, WITH_STATUS))
    assert [each.action for each in report.outcomes] == ["created", "updated", "unchanged"]
    assert state_of(crm) == "unsubscribed"


def test_the_no_of_a_member_counts(crm: CRM) -> None:
    """Issue 7, G1: a member is kept as it was, but for its no to mail."""
    id = crm.create_contact(info("ana"))
    crm.register_member(id, ANA)
    headers = ("First Name", *WITH_STATUS)
    assert crm.import_contacts(table([("Ana", ANA, "Subscribed")], headers)).kept == 1
    assert crm.import_contacts(table([("Ana", ANA, "Unsubscribed")], headers)).updated == 1
    member = crm.get_contact(id)
    assert (member.subscription, member.first_name) == ("unsubscribed", None)


@pytest.mark.filterwarnings("ignore::wixcrm_local.WixCRMWarning")
def test_in_the_middle_of_a_rekey(open_crm: Any, monkeypatch: Any) -> None:
    """P5, Issue 7: somebody new gets the subscription of the file there, too."""
    monkeypatch.setattr(rekeying, "_BATCH", 1)
    with open_crm(default_region=None) as crm:
        for number in ("212 555 2368", "212 555 2369"):
            crm.create_contact({"phones": [number]})
        with pytest.raises(ZeroDivisionError):
            crm.rekey("US", progress=lambda done, total: 1 / 0)
        rows = [(ANA, "Subscribed", ""), ("", "Unsubscribed", "+1 212 555 2369")]
        report = crm.import_contacts(table(rows, (*WITH_STATUS, "Phone")))
        assert (report.created, report.updated) == (1, 1)
        assert [contact.subscription for contact in crm.iter_contacts()] == [
            "not_set", "unsubscribed", "subscribed"
        ]  # fmt: skip


def test_blanks_erase_nothing(any_crm: CRM) -> None:
    """C2: a blank cell is none, and a row without anything is no row."""
    whole = {"firstName": "Ana", "lastName": "Lee", **info("ana"), "phones": ["+1 212 555 2368"]}
    any_crm.labels.create("VIP")
    id = any_crm.create_contact({**whole, "labels": ["VIP"]})
    before = any_crm.get_contact(id)
    report = any_crm.import_contacts(
        table([("", " ", ANA, "", ""), ("", "", "", "", ""), (" ", "\t", ANA, "", " ")])
    )
    assert [each.action for each in report.outcomes] == ["unchanged", "unchanged"]
    assert [each.row for each in report.outcomes] == [2, 4]
    assert any_crm.get_contact(id) == before


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("VIP; New", ("VIP", "New")),
        ("VIP, New", ("VIP", "New")),
        ("Sales; North", ("Sales; North",)),
        ("sales; north", ("Sales; North",)),
        ("Sales; North, VIP", ("Sales", "North", "VIP")),
        ('"Sales; North", VIP', ("Sales; North", "VIP")),
        ("custom.sales-north", ("Sales; North",)),
    ],
)
def test_labels_in_one_cell(any_crm: CRM, cell: str, names: tuple[str, ...]) -> None:
    """Issue 7: parted at ; and , unless the whole cell is a label; new ones are made."""
    any_crm.labels.create("Sales; North")
    report = any_crm.import_contacts(table([("Ana", "", ANA, "", cell)]))
    assert any_crm.find_contact(email=ANA).labels == names
    assert report.new_labels == tuple(name for name in names if name != "Sales; North")


def test_unknown_columns_are_told(any_crm: CRM) -> None:
    """Issue 7: what a contact has no place for is left out by name; a known field is taken."""
    any_crm.custom_fields.create("Size", "number")
    headers = ("Email", "size", "Color", "Contact ID")
    report = any_crm.import_contacts(table([(ANA, "42", "red", "7")], headers))
    assert report.left_out == ("Color", "Contact ID")
    assert any_crm.find_contact(email=ANA).custom_fields == {"Size": 42}
    assert dict(report.columns) == {
        "Email": "emails", "size": "other", "Color": "other", "Contact ID": ""
    }  # fmt: skip
    assert report.new_fields == ()


def test_unknown_columns_become_fields(any_crm: CRM) -> None:
    """Issue 7: with unknown_columns="fields", each that has a value; those are texts."""
    headers = ("Email", "Color", "Blank")
    report = any_crm.import_contacts(
        table([(ANA, "red", ""), ("b@example.com", "", "")], headers), unknown_columns="fields"
    )
    assert (report.new_fields, report.left_out) == (("Color",), ())
    assert [(field.name, field.type) for field in any_crm.custom_fields.list()] == [
        ("Color", "text")
    ]
    assert any_crm.find_contact(email=ANA).custom_fields == {"Color": "red"}


def test_a_mapping_sends_columns_elsewhere(any_crm: CRM) -> None:
    """Issue 7: to members, to fields of another name, and to nowhere."""
    headers = ("who", "where", "Phone", "colour")
    mapping = {"who": "name", "where": "emails", "Phone": None, "colour": "other:Color"}
    report = any_crm.import_contacts(
        table([("Ana Lee", ANA, "212 555 2368", "red")], headers),
        mapping=mapping,
        unknown_columns="fields",
    )
    ana = any_crm.find_contact(email=ANA)
    assert (ana.first_name, ana.last_name, ana.phones) == ("Ana", "Lee", ())
    assert ana.custom_fields == {"Color": "red"}
    assert report.columns["Phone"] == ""


def test_what_nobody_wants_is_not_told(crm: CRM) -> None:
    """Issue 7: a column that the caller sends nowhere is no surprise."""
    headers = ("Email", "Color", "Size")
    report = crm.import_contacts(table([(ANA, "red", "7")], headers), mapping={"color": None})
    assert (report.left_out, report.columns["Color"]) == (("Size",), "")


def test_what_of_vcards_has_no_place_is_told(any_crm: CRM) -> None:
    """Issue 7: by the names that its custom fields would have; what is known is taken."""
    any_crm.custom_fields.create("Birthday", "text")
    cards = b"".join(
        b"BEGIN:VCARD\nVERSION:3.0\nFN:P\nEMAIL:p%d@example.com\nORG:Acme\nBDAY:1990-02-28\n"
        b"NOTE:x\nEND:VCARD\n" % number
        for number in range(3)
    )
    report = any_crm.import_contacts(io.BytesIO(cards))
    assert (report.created, report.left_out) == (3, ("Company", "Notes"))
    assert any_crm.find_contact(email="p0@example.com").custom_fields == {"Birthday": "1990-02-28"}
    again = any_crm.import_contacts(io.BytesIO(cards), unknown_columns="fields")
    assert (again.left_out, again.new_fields) == ((), ("Company", "Notes"))


def test_a_name_that_is_ignored_is_told_once(any_crm: CRM) -> None:
    """G3: a million rows may have it; another name is told, too."""
    rows = [("", "", f"p{n}@example.com", "", label) for n, label in enumerate(["A", "A", "A;B"])]
    with pytest.warns(errors.WixCRMWarning) as told:
        any_crm.import_contacts(table(rows), policy=attrs.evolve(IMPORT, unknown_names="ignore"))
    assert [str(each.message).rpartition(": ")[2] for each in told] == ["A", "B"]


BAD = {
    "format": ["xlsx", 5, "CSV", ["csv"]],
    "mapping": [5, "name", ["name"], {5: "name"}, {"Email": 5}, {"Email": "nose"}, {"No": "name"}],
    "policy": ["strict", {}, 5],
    "on_error": ["ignore", None, [], True],
    "unknown_columns": ["keep", None, []],
    "progress": [5, "print"],
}


@pytest.mark.parametrize(("name", "value"), [(name, it) for name in BAD for it in BAD[name]])
def test_bad_arguments_are_refused(crm: CRM, name: str, value: Any) -> None:
    """Issue 7: InvalidArgument with the remedy, before anything is begun."""
    with pytest.raises(errors.InvalidArgument, match=";"):
        crm.import_contacts(io.BytesIO(people(1)), **{name: value})
    assert crm.imports() == ()


def test_a_mapping_is_not_for_vcards(crm: CRM) -> None:
    """Issue 7: vCards have no columns."""
    card = io.BytesIO(b"BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nEMAIL:ana@example.com\nEND:VCARD\n")
    with pytest.raises(errors.InvalidArgument, match="vCards"):
        crm.import_contacts(card, mapping={"Email": "emails"})
    card.seek(0)
    report = crm.import_contacts(card)
    assert (report.format, report.created, report.outcomes[0].row) == ("vcard", 1, 1)


def test_refused_rows_are_passed_over(any_crm: CRM) -> None:
    """Issue 7: each refused row says why, and the others are there."""
    rows = [("Ana", "", "no address", "", ""), ("Ben", "", "", "", ""), ("Cy", "", ANA, "", "")]
    report = any_crm.import_contacts(table(rows))
    assert [each.code for each in report.outcomes] == [
        "INVALID_EMAIL", "INSUFFICIENT_CONTACT_DATA", None
    ]  # fmt: skip
    assert (report.rows, report.skipped, report.created) == (3, 2, 1)
    assert all(each.reason and ";" in each.reason for each in report.outcomes[:2])


def test_an_import_can_stop_at_the_first_error(any_crm: CRM, monkeypatch: Any) -> None:
    """Issue 7: on_error="stop" raises the row's own error; what stood before it is stored, and
    the mended file, which is another one, goes over it unharmed."""
    in_chunks_of(monkeypatch, 2)
    rows = [(f"N{n}", "", f"n{n}@example.com", "", "") for n in range(5)]
    rows[3] = ("N3", "", "no address", "", "VIP")
    with pytest.raises(errors.InvalidEmail, match=r"^row 5: .*undo_import") as caught:
        any_crm.import_contacts(table(rows), on_error="stop")
    details = caught.value.details
    (unfinished,) = any_crm.imports()
    assert (details["row"], details["rows"], details["receipt"]) == (5, 3, unfinished.receipt)
    assert (unfinished.finished_at, unfinished.rows, unfinished.created) == (None, 3, 3)
    assert any_crm.count_contacts() == 3
    assert any_crm.labels.list() == ()
    going_on = any_crm.import_contacts(table(rows))
    assert (going_on.receipt, going_on.resumed_rows) == (unfinished.receipt, 3)
    assert [each.action for each in going_on.outcomes] == ["created"] * 3 + ["skipped", "created"]
