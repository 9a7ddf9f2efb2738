"""match_contact answers what an upsert would do, and does nothing (A3)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wixcrm_local import CRM, LENIENT, LabelNotFound, MatchResult, MemberContact, Policy
from wixcrm_local import WixCRMError as AnyError

ANA, BO = "ana@example.com", "bo@example.com"
PHONE = "+1 650 253 0000"


def whole(crm: CRM) -> Any:
    """All that a call could change."""
    contacts = list(crm.iter_contacts())
    history = [crm.history(contact.id) for contact in contacts]
    return contacts, history, crm.labels.list(), crm.custom_fields.list(), len(crm.outbox)


def test_what_would_be_created(any_crm: CRM) -> None:
    """A3: no contact yet, so no id; the members that it would have."""
    assert any_crm.match_contact({"firstName": "Ana", "emails": [ANA]}) == MatchResult(
        contact_id=None,
        action="created",
        matched_by=None,
        also_matched=(),
        changed=("first_name", "emails"),
        replaced={},
        ignored=(),
    )
    assert any_crm.count_contacts() == 0


def test_what_would_be_updated(any_crm: CRM) -> None:
    """A3, M2: whom the call belongs to, by what, who else matches, and what would be replaced."""
    ana = any_crm.create_contact({"firstName": "Ana", "emails": [ANA]})
    bo = any_crm.create_contact({"emails": [BO], "phones": [PHONE]})
    before = whole(any_crm)
    found = any_crm.match_contact({"firstName": "Anna", "emails": [ANA], "phones": [PHONE]})
    assert (found.contact_id, found.action, found.matched_by) == (ana, "updated", "email")
    assert found.also_matched == (bo,)
    assert (found.changed, found.replaced) == (("first_name", "phones"), {"first_name": "Ana"})
    assert whole(any_crm) == before


def test_a_mistake_is_the_upsert_s(any_crm: CRM) -> None:
    """A3: what an upsert refuses, it refuses, with the same error."""
    any_crm.create_contact({"emails": [ANA], "loginEmail": ANA})
    with pytest.raises(LabelNotFound):
        any_crm.match_contact({"emails": [BO], "labels": ["VIP"]})
    with pytest.raises(MemberContact):
        any_crm.match_contact({"emails": [ANA], "firstName": "Ana"})
    kept = any_crm.match_contact({"emails": [ANA], "firstName": "Ana"}, policy=LENIENT)
    assert kept.action == "kept"


def test_inside_a_transaction_it_sees_what_was_done_there(any_crm: CRM) -> None:
    """A7: and leaves the transaction as it was."""
    with any_crm.transaction():
        id = any_crm.create_contact({"emails": [ANA]})
        assert any_crm.match_contact({"emails": [ANA]}).contact_id == id
        made = Policy(unknown_names="create")
        found = any_crm.match_contact({"emails": [ANA], "labels": ["New"]}, policy=made)
        assert (found.action, found.changed) == ("updated", ("labels",))
        assert any_crm.labels.list() == ()
    assert any_crm.count_contacts() == 1


def test_it_reads_beside_a_writer(open_crm: Any, tmp_path: Any) -> None:
    """Promise 6: it takes no lock, so another store's open transaction does not hold it up."""
    path = tmp_path / "x.db"
    with open_crm(path) as writing, open_crm(path, busy_timeout=0) as reading:
        with writing.transaction():
            writing.create_contact({"emails": [ANA]})
            assert reading.match_contact({"emails": [ANA]}).action == "created"
        assert reading.match_contact({"emails": [ANA]}).action == "unchanged"


_POLICIES = st.builds(
    Policy,
    arrays=st.sampled_from(["add", "replace"]),
    match_on=st.sampled_from(["email_or_phone", "email_then_phone", "email", "phone", "none"]),
    unknown_names=st.sampled_from(["error", "ignore", "create"]),
    members=st.sampled_from(["error", "keep"]),
    shapes=st.sampled_from(["documented", "any"]),
)
_CALLS = st.fixed_dictionaries(
    {},
    optional={
        "firstName": st.sampled_from(["", "Ana", "Bo"]),
        "emails": st.lists(st.sampled_from([ANA, "ANA@example.com", BO, "cy@example.com"])),
        "phones": st.lists(st.sampled_from([PHONE, "650 253 0000", "0000000000", "555 0100"])),
        "loginEmail": st.sampled_from([ANA, BO]),
        "labels": st.lists(st.sampled_from(["VIP", "vip", "New", "Newer"]), max_size=3),
        "customFields": st.fixed_dictionaries({}, optional={"Score": st.integers(0, 2)}),
        "Note": st.sampled_from(["x", "y"]),
        "email": st.sampled_from([ANA, BO]),
    },
)


@settings(max_examples=150)
@given(calls=st.lists(st.tuples(_CALLS, _POLICIES), min_size=1, max_size=6))
@pytest.mark.filterwarnings("ignore::wixcrm_local.WixCRMWarning")
def test_it_says_what_an_upsert_then_does(open_crm: Any, calls: Any) -> None:
    """A3: under every policy the answer, or the error, is the upsert's, and nothing has changed."""
    with open_crm() as crm:
        crm.labels.create("VIP")
        crm.custom_fields.create("Note")
        for info, policy in calls:
            before = whole(crm)
            expected = _outcome(lambda: crm.match_contact(info, policy=policy))  # noqa: B023
            assert whole(crm) == before
            done = _outcome(lambda: crm.upsert_contact(info, policy=policy))  # noqa: B023
            if isinstance(done, dict) and done["action"] == "created":
                done["contact_id"] = None
            assert expected == done


def _outcome(call: Any) -> Any:
    try:
        return attrs.asdict(call(), recurse=False)
    except AnyError as error:
        return type(error), error.details
