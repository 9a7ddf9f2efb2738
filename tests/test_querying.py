"""Queries: who fits, pages in a stable order, counts and streams (issue 6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_fixtures import info

from wixcrm_local import CRM, errors
from wixcrm_local.search_terms import fold

EVERYBODY = ["Ana", "bea", "Çelik", "Dan", "Eva"]


@pytest.fixture
def peopled(any_crm: CRM, clock) -> CRM:
    """Five people, an hour apart, with a bit of everything."""
    any_crm.labels.create("VIP")
    any_crm.labels.create("Customer")
    any_crm.custom_fields.create("Lead score", "number")
    any_crm.custom_fields.create("Site", "url")
    for place, name in enumerate(EVERYBODY):
        any_crm.create_contact(
            {
                "firstName": name,
                "lastName": "Díaz" if place % 2 else None,
                "emails": [f"{fold(name)}@acme.com", *(["z@b.com"] if place == 4 else [])],
                "phones": [f"(212) 555-236{place}"] if place < 3 else [],
                "labels": [["VIP"], ["Customer", "VIP"], [], [], []][place],
                "language": "de" if place == 3 else None,
                "customFields": {"Lead score": place * 10 + 0.5} if place else {},
            }
        )
        clock.move(hours=1)
    any_crm.register_member(any_crm.find_contact(email="dan@acme.com").id, "Login@b.com")
    any_crm.unsubscribe(any_crm.find_contact(email="eva@acme.com"))
    return any_crm


def names(crm: CRM, where: Any, **how: Any) -> list[str | None]:
    return [contact.first_name for contact in crm.query_contacts(where, **how).contacts]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, "Ana bea Çelik Dan Eva"),
        ({"firstName": "BEA"}, "bea"),
        ({"first_name": {"starts_with": "ce"}}, "Çelik"),
        ({"firstName": {"ends_with": "A"}}, "Ana bea Eva"),
        ({"firstName": {"contains": "%"}}, ""),
        ({"firstName": {"in": ["ana", "Dan"]}}, "Ana Dan"),
        ({"firstName": {"in": []}}, ""),
        ({"firstName": {"not_in": []}}, "Ana bea Çelik Dan Eva"),
        ({"lastName": "diaz"}, "bea Dan"),
        ({"lastName": {"not_equals": "diaz"}}, "Ana Çelik Eva"),
        ({"lastName": None}, "Ana Çelik Eva"),
        ({"lastName": {"is_blank": False}}, "bea Dan"),
        ({"language": "DE"}, "Dan"),
        ({"emails": " Ana@ACME.com"}, "Ana"),
        ({"emails": {"ends_with": "@b.com"}}, "Eva"),
        ({"emails": {"not_equals": "z@b.com"}}, "Ana bea Çelik Dan"),
        ({"phones": "+1 212 555 2361"}, "bea"),
        ({"phones": {"contains": "55 5-2"}}, "Ana bea Çelik"),
        ({"phones": None}, "Dan Eva"),
        ({"labels": "vip"}, "Ana bea"),
        ({"labels": {"contains": "custom.vip", "not_equals": "Customer"}}, "Ana"),
        ({"labels": {"in": ["VIP", "Customer"]}}, "Ana bea"),
        ({"labels": {"is_blank": True}}, "Çelik Dan Eva"),
        ({"Lead score": {"at_least": 20.5}}, "Çelik Dan Eva"),
        ({"lead score": {"more_than": 10, "at_most": 20.5}}, "bea Çelik"),
        ({"custom.lead-score": 30.5}, "Dan"),
        ({"customFields": {"Lead score": {"less_than": 20}}}, "bea"),
        ({"Lead score": {"not_equals": 10.5}}, "Ana Çelik Dan Eva"),
        ({"Lead score": None}, "Ana"),
        ({"Site": {"is_blank": False}}, ""),
        ({"isMember": True}, "Dan"),
        ({"loginEmail": "LOGIN@b.com"}, "Dan"),
        ({"subscription": "unsubscribed"}, "Eva"),
        ({"subscription": {"not_in": ["unsubscribed"]}}, "Ana bea Çelik Dan"),
        ({"createdAt": {"less_than": "2026-01-31T14:00Z"}}, "Ana bea"),
        ({"updatedAt": {"at_least": "2026-01-31T17:00Z"}}, "Dan Eva"),
        ({"revision": {"more_than": 1}}, "Dan Eva"),
        ({"any": [{"firstName": "ana"}, {"lastName": "diaz"}]}, "Ana bea Dan"),
        ({"any": []}, ""),
        ({"all": []}, "Ana bea Çelik Dan Eva"),
        ({"all": [{"labels": "VIP"}, {"lastName": "diaz"}]}, "bea"),
        ({"not": {"labels": "VIP"}}, "Çelik Dan Eva"),
        ({"not": {"any": [{"labels": "VIP"}, {"isMember": True}]}}, "Çelik Eva"),
        ({"not": {}}, ""),
    ],
)
def test_who_fits(peopled, where, found) -> None:
    """Issue 6: each operator, on a file and in memory; the count and the stream agree."""
    assert names(peopled, where) == found.split()
    assert peopled.count_contacts(where) == len(found.split())
    assert [contact.first_name for contact in peopled.iter_contacts(where)] == found.split()


def test_an_id_finds_its_contact(peopled) -> None:
    """Issue 6: ids are compared as they are."""
    (ana,) = peopled.query_contacts({"firstName": "Ana"}).contacts
    assert peopled.query_contacts({"id": ana.id}).contacts == (ana,)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("created_at", "Ana bea Çelik Dan Eva"),
        ("first_name", "Ana bea Çelik Dan Eva"),
        ("last_name", "Ana Çelik Eva bea Dan"),
        ("updated_at", "Ana bea Çelik Dan Eva"),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 50])
def test_pages_have_one_order_whatever_their_size(peopled, sort, order, limit) -> None:
    """Issue 6: pages put together are the whole, forwards and backwards; None is the end."""
    for descending in (False, True):
        found: list[str | None] = []
        cursor = None
        while True:
            page = peopled.query_contacts(
                sort=sort, descending=descending, limit=limit, cursor=cursor
            )
            assert 0 < len(page.contacts) <= limit
            found += [contact.first_name for contact in page.contacts]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == (order.split()[::-1] if descending else order.split())


def test_nothing_repeats_or_hides_when_others_come_and_change(peopled, clock) -> None:
    """Issue 6: a cursor stands for a place, not for a count."""
    page = peopled.query_contacts(sort="first_name", limit=2)
    peopled.create_contact({"firstName": "Aaron", "emails": ["aaron@b.com"]})
    peopled.create_contact({"firstName": "Zoe", "emails": ["zoe@b.com"]})
    rest = names(peopled, None, sort="first_name", cursor=page.next_cursor)
    assert rest == ["Çelik", "Dan", "Eva", "Zoe"]


@pytest.mark.parametrize("cursor", ["", "x", "abc", 5, b"x", "é", "AAAA" * 100])
def test_a_cursor_that_no_page_gave_is_refused(peopled, cursor) -> None:
    """Issue 6: it is checked before it is used."""
    with pytest.raises(errors.InvalidArgument, match="cursor"):
        peopled.query_contacts(cursor=cursor)


def test_a_cursor_serves_its_own_query_only(peopled) -> None:
    """Issue 6: with another where or order it would skip whom it should show."""
    cursor = peopled.query_contacts({"isMember": False}, limit=1).next_cursor
    assert names(peopled, {"isMember": False}, cursor=cursor) == ["bea", "Çelik", "Eva"]
    for where, how in [
        (None, {}),
        ({"isMember": False}, {"sort": "last_name"}),
        ({"isMember": False}, {"descending": True}),
    ]:
        with pytest.raises(errors.InvalidArgument, match="another query"):
            peopled.query_contacts(where, cursor=cursor, **how)
    with pytest.raises(errors.InvalidArgument, match="none that a page gave"):
        peopled.query_contacts({"isMember": False}, cursor=cursor[:-3] + "AAA")


@pytest.mark.parametrize(
    "how",
    [
        *({"sort": "name"}, {"sort": None}, {"descending": "no"}),
        *({"limit": 0}, {"limit": 1001}, {"limit": True}),
    ],
)
def test_what_is_no_page_is_refused(crm, how) -> None:
    """Issue 6: a documented error that says what to give."""
    with pytest.raises(errors.InvalidArgument):
        crm.query_contacts(**how)


def test_a_stream_holds_nothing_open(open_crm, tmp_path) -> None:
    """Issue 6: others write, and close, between two contacts of a stream."""
    with open_crm(tmp_path / "x.db") as crm, CRM(tmp_path / "x.db", busy_timeout=0) as other:
        for number in range(3):
            crm.create_contact(info(number))
        found = crm.iter_contacts({"firstName": None})
        next(found)
        other.create_contact(info("while"))
        assert not crm._store._readers.in_use
        assert len(list(found)) == 2


def test_a_stream_of_many_is_whole(open_crm) -> None:
    """Issue 6: pages put together, each contact once."""
    with open_crm() as crm:
        with crm.transaction():
            for number in range(1201):
                crm.create_contact(info(number))
        assert len({contact.id for contact in crm.iter_contacts({"firstName": None})}) == 1201
        with pytest.raises(errors.InvalidArgument):
            crm.iter_contacts({"nobody": 1})


def test_a_query_sees_its_own_transaction(any_crm) -> None:
    """A7: inside a transaction, what it wrote."""
    with any_crm.transaction():
        any_crm.create_contact(info("ana"))
        assert any_crm.count_contacts({"emails": "ana@example.com"}) == 1


letters = st.text(st.sampled_from("aAäbß "), max_size=3)
scores = st.integers(-2, 2)


@given(
    st.lists(st.tuples(letters, st.none() | scores), max_size=6),
    letters,
    scores,
    st.sampled_from(["equals", "starts_with", "ends_with", "contains"]),
    st.sampled_from(["equals", "less_than", "at_most", "more_than", "at_least"]),
)
def test_the_answer_is_that_of_a_plain_scan(open_crm, people, text, score, of_text, of_number):
    """Issue 6: the law behind the operators, and behind all, any and not."""
    with open_crm() as crm:
        crm.custom_fields.create("Score", "number")
        for place, (name, value) in enumerate(people):
            fields = {} if value is None else {"Score": value}
            crm.create_contact({"firstName": name, "customFields": fields, **info(place)})
        asked = fold(text)
        wanted_name = {
            "equals": lambda name: name == asked,
            "starts_with": lambda name: name.startswith(asked),
            "ends_with": lambda name: name.endswith(asked),
            "contains": lambda name: asked in name,
        }[of_text]
        wanted_score = {
            "equals": lambda value: value == score,
            "less_than": lambda value: value < score,
            "at_most": lambda value: value <= score,
            "more_than": lambda value: value > score,
            "at_least": lambda value: value >= score,
        }[of_number]
        kept = list(crm.iter_contacts())
        one = {c.id for c in kept if c.first_name and wanted_name(fold(c.first_name))}
        two = {c.id for c in kept if c.custom_fields and wanted_score(c.custom_fields["Score"])}
        parts = [{"firstName": {of_text: text}}, {"Score": {of_number: score}}]

        def ids(where: Any) -> set[str]:
            return {contact.id for contact in crm.query_contacts(where).contacts}

        everybody = {contact.id for contact in kept}
        assert ids({"all": parts}) == one & two
        assert ids({"any": parts}) == one | two
        assert ids({"not": {"any": parts}}) == everybody - (one | two)


def test_pages_move_with_the_clock_of_the_rows(crm, clock) -> None:
    """A6: created_at is the order of the rows, whatever the clock did."""
    for name in ("Ana", "Bea"):
        crm.create_contact({"firstName": name, **info(name)})
        clock.move(days=-1)
    assert names(crm, None) == ["Ana", "Bea"]
