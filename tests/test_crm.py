"""The synchronous door: what it takes, what it answers, its clock, its ids and its transactions.

A1 to A7; what the verbs decide is tested in the file of each module.
"""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from wixcrm_local import (
    CRM,
    STRICT,
    ContactInfo,
    ContactNotFound,
    InvalidArgument,
    InvalidEmail,
    OutboxMessage,
    Policy,
    StoreClosed,
    UpsertResult,
)
from wixcrm_local.context import time_ordered_ids

ANA = "ana@example.com"


def test_the_documented_names_are_the_same_functions() -> None:
    """A1: the camelCase names are the same functions."""
    assert CRM.createContact is CRM.create_contact
    assert CRM.emailContact is CRM.email_contact


def test_the_mirrored_verbs_return_exactly_what_wix_returns(any_crm: CRM) -> None:
    """A1: a plain str id, and None."""
    id = any_crm.createContact({"emails": [ANA]})
    assert type(id) is str
    any_crm.triggered_emails.save("welcome", subject="Hi", text="Hi")
    assert any_crm.emailContact("welcome", id) is None
    assert len(any_crm.outbox) == 1


def test_the_telling_verbs_tell_everything(any_crm: CRM) -> None:
    """A3: upsert_contact and send_email do the same, and say what they did."""
    result = any_crm.upsert_contact(ContactInfo(first_name="Ana", emails=[ANA]))
    assert result == UpsertResult(
        contact_id=result.contact_id, action="created", changed=("first_name", "emails")
    )
    any_crm.triggered_emails.save("welcome", subject="Hi", text="Hi")
    mail = any_crm.send_email("welcome", result.contact_id)
    assert isinstance(mail, OutboxMessage)
    assert any_crm.outbox[-1] == mail


def test_a_crm_is_a_context_and_closes_twice(open_crm) -> None:
    """A2: a context manager that can be closed twice; then it says so."""
    with open_crm() as crm:
        crm.create_contact({"emails": [ANA]})
    crm.close()
    with pytest.raises(StoreClosed):
        crm.create_contact({"emails": [ANA]})


def test_what_was_stored_is_there_at_the_next_opening(open_crm, tmp_path) -> None:
    """A2: the file is the contact list."""
    path = tmp_path / "contacts.db"
    with open_crm(path) as crm:
        id = crm.create_contact({"firstName": "Ana", "emails": [ANA]})
    with open_crm(path, default_region=None) as crm:
        assert crm.get_contact(id).first_name == "Ana"
        assert crm.create_contact({"emails": [ANA]}) == id


def test_its_repr_tells_the_path_and_no_contact(open_crm, tmp_path) -> None:
    """Privacy: what is logged of a CRM holds nobody's data."""
    with open_crm(tmp_path / "contacts.db") as crm:
        assert repr(crm) == f"<CRM on {tmp_path / 'contacts.db'}, open>"
    assert repr(crm).endswith("closed>")
    assert repr(open_crm()) == "<CRM on :memory:, open>"


@pytest.mark.parametrize(
    "options",
    [
        {"policy": "strict"},
        {"policy": None},
        {"sender": "smtp.example.com"},
        {"clock": datetime(2026, 1, 1, tzinfo=UTC)},
        {"new_id": "1"},
        {"durability": "none"},
        {"busy_timeout": -1},
        {"busy_timeout": True},
        {"busy_timeout": "30"},
        {"from_address": "no address"},
        {"from_address": 5},
        {"default_region": "USA"},
        {"default_region": 1},
    ],
    ids=str,
)
def test_a_bad_argument_is_refused(options: dict) -> None:
    """Section 9: an argument without meaning is InvalidArgument, which names it."""
    with pytest.raises(InvalidArgument) as caught:
        CRM(**options)
    assert caught.value.message


# Ids and times.


def test_ids_are_lower_case_guids_that_sort_by_creation() -> None:
    """A6: UUIDv7, lower-case, in the order of creation."""
    with CRM(default_region="US") as crm:
        ids = [crm.create_contact({"emails": [f"{n}@example.com"]}) for n in range(200)]
    assert ids == sorted(set(ids))
    for id in ids:
        assert str(uuid.UUID(id)) == id
        assert uuid.UUID(id).version == 7
        assert uuid.UUID(id).variant == uuid.RFC_4122


def test_ids_sort_even_where_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A6, fault 66: the computer's clock may jump; ids go on."""
    times = iter([2_000_000_000, 1_000_000_000, 1_000_000_000, 3_000_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    new_id = time_ordered_ids()
    ids = [new_id() for _ in range(4)]
    assert ids == sorted(set(ids))


def test_clock_and_ids_can_be_given(any_crm: CRM, clock) -> None:
    """A6: with both given, a run is the same each time."""
    id = any_crm.create_contact({"emails": [ANA]})
    assert id == "00000000-0000-7000-8000-000000000001"
    contact = any_crm.get_contact(id)
    assert contact.created_at == contact.updated_at == clock.now
    assert contact.created_at.tzinfo is UTC


def test_times_are_utc_wherever_the_clock_stands(open_crm) -> None:
    """Fault 68: an aware clock of another zone shows the same moment."""
    moment = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    with open_crm(clock=lambda: moment) as crm:
        contact = crm.get_contact(crm.create_contact({"emails": [ANA]}))
    assert contact.created_at == moment
    assert contact.created_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("year", [1969, 2038, 2100, 9999])
def test_any_year_will_do(open_crm, year: int) -> None:
    """Fault 66: 2038 and beyond are years like others."""
    moment = datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    with open_crm(clock=lambda: moment) as crm:
        contact = crm.get_contact(crm.create_contact({"emails": [ANA]}))
    assert contact.created_at == moment


def test_a_clock_that_goes_back_makes_nothing_younger(crm: CRM, clock) -> None:
    """Fault 66: updated_at never falls behind, and the order of creation is that of the rows."""
    id = crm.create_contact({"emails": [ANA]})
    clock.move(days=-3)
    crm.create_contact({"emails": ["bob@example.com"]})
    crm.create_contact({"firstName": "Ana", "emails": [ANA]})
    contact = crm.get_contact(id)
    assert contact.updated_at == contact.created_at
    assert [change.at for change in crm.history(id)] == [contact.created_at] * 2
    assert [each.emails[0] for each in crm.iter_contacts()] == [ANA, "bob@example.com"]


@pytest.mark.parametrize("made", [datetime(2026, 1, 1), "2026-01-01", None, 0])
def test_a_naive_clock_is_refused(open_crm, made: object) -> None:
    """A6: the clock must return an aware datetime; nothing is stored."""
    with open_crm(clock=lambda: made) as crm:
        with pytest.raises(InvalidArgument, match="aware datetime"):
            crm.create_contact({"emails": [ANA]})
        assert crm.count_contacts() == 0


@pytest.mark.parametrize("made", ["", None, 5, "a b", "a@b", "é", "x" * 65, "a\n", "<a>"])
def test_an_id_that_could_not_be_one_is_refused(open_crm, made: object) -> None:
    """A6: an id is a short visible ASCII text that is no address; nothing is stored."""
    with open_crm(new_id=lambda: made) as crm:
        with pytest.raises(InvalidArgument, match="new_id"):
            crm.create_contact({"emails": [ANA]})
        assert crm.count_contacts() == 0


def test_an_id_in_use_is_refused(open_crm) -> None:
    """A6: two contacts, or two mails, never share an id."""
    with open_crm(new_id=lambda: "same") as crm:
        crm.create_contact({"emails": [ANA]})
        with pytest.raises(InvalidArgument, match="in use"):
            crm.create_contact({"emails": ["bob@example.com"]})
        assert crm.count_contacts() == 1


def test_an_id_is_found_in_upper_case_too(crm: CRM) -> None:
    """A6: other programs write GUIDs in capitals, or with blanks around."""
    with CRM(default_region="US") as crm:
        id = crm.create_contact({"emails": [ANA]})
        assert crm.get_contact(f" {id.upper()} ").id == id


@pytest.mark.parametrize(
    "id",
    [
        "",
        "nobody",
        ANA,
        "\ud800",
        "\0",
        pytest.param("x" * 1_000_000, id="huge text"),
        "' OR 1=1 --",
    ],
)
def test_an_unknown_id_is_contact_not_found(crm: CRM, id: str) -> None:
    """T7, faults 4, 8 and 71: whatever text it is, nobody has that id."""
    crm.create_contact({"emails": [ANA]})
    with pytest.raises(ContactNotFound) as caught:
        crm.get_contact(id)
    assert len(caught.value.message) < 250
    assert caught.value.message.isprintable()


def test_what_is_no_id_is_told_what_to_pass(crm: CRM) -> None:
    """Section 9: each mistake has its own remedy."""
    contact = crm.get_contact(crm.create_contact({"emails": [ANA]}))
    with pytest.raises(InvalidArgument, match="did a look-up find nobody"):
        crm.get_contact(None)
    with pytest.raises(InvalidArgument, match=re.escape("pass its id: contact.id")):
        crm.get_contact(contact)
    with pytest.raises(InvalidArgument, match="not int"):
        crm.get_contact(5)


# Transactions of one thread.


def test_a_transaction_stores_all_or_nothing(any_crm: CRM) -> None:
    """A7: leaving by an exception leaves nothing of what was done inside."""
    with pytest.raises(RuntimeError), any_crm.transaction():  # noqa: PT012
        any_crm.create_contact({"emails": [ANA]})
        any_crm.labels.create("VIP")
        raise RuntimeError
    assert any_crm.count_contacts() == 0
    assert any_crm.labels.list() == ()
    with any_crm.transaction():
        any_crm.create_contact({"emails": [ANA]})
        assert any_crm.find_contact(email=ANA)
    assert any_crm.count_contacts() == 1


def test_a_refused_call_leaves_the_transaction_usable(any_crm: CRM) -> None:
    """A7: what came before and after it is stored."""
    with any_crm.transaction():
        any_crm.create_contact({"emails": [ANA]})
        with pytest.raises(InvalidEmail):
            any_crm.create_contact({"emails": ["none"]})
        any_crm.create_contact({"emails": ["bob@example.com"]})
    assert any_crm.count_contacts() == 2


def test_a_nested_transaction_is_a_savepoint(any_crm: CRM) -> None:
    """A7: it can fail alone."""
    with any_crm.transaction():
        any_crm.create_contact({"emails": [ANA]})
        with pytest.raises(RuntimeError), any_crm.transaction():  # noqa: PT012
            any_crm.create_contact({"emails": ["bob@example.com"]})
            raise RuntimeError
    assert [contact.emails for contact in any_crm.iter_contacts()] == [(ANA,)]


def test_policy_of_one_call_goes_before_that_of_the_store(open_crm) -> None:
    """Section 8: given to CRM, or to one call."""
    keep = Policy(members="keep")
    with open_crm(policy=keep) as crm:
        crm.create_contact({"emails": [ANA], "loginEmail": ANA})
        assert crm.upsert_contact({"emails": [ANA], "firstName": "X"}).action == "kept"
        with pytest.raises(Exception, match="site member"):
            crm.create_contact({"emails": [ANA], "firstName": "X"}, policy=STRICT)
