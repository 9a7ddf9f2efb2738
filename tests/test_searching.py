"""Search as you type: whom it finds, in which order, and that it is never behind (issue 6)."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_fixtures import info, integrity, rows

from wixcrm_local import CRM, errors, search_index, searching
from wixcrm_local.search_terms import NOT_AT_ALL, rank, texts_of, words_of


def names(crm: CRM, text: str, limit: int = 20) -> list[str | None]:
    return [contact.first_name for contact in crm.search_contacts(text, limit)]


def people(crm: CRM, *first_names: str) -> list[str]:
    return [
        crm.create_contact({"firstName": name, "emails": [f"x{place}@example.com"]})
        for place, name in enumerate(first_names)
    ]


@pytest.fixture(params=["not indexed", "indexed", "indexed, rank by rank", "without FTS5"])
def peopled(request: pytest.FixtureRequest, any_crm: CRM, monkeypatch) -> CRM:
    """A store with five people: read one by one, by the index in a look or a look for each rank,
    and by an SQLite without an index."""
    if "rank" in request.param:
        monkeypatch.setattr(searching, "_FEW", 0)
    if request.param == "without FTS5":
        monkeypatch.setattr(search_index, "is_possible", lambda: False)
    any_crm.create_contact({"firstName": "Anabel", "emails": ["bel@acme.com"]})
    any_crm.create_contact({"firstName": "Ana", "lastName": "Diaz", "emails": ["a@b.com"]})
    any_crm.create_contact({"firstName": "Mariana", "phones": ["(212) 555-2368"]})
    any_crm.create_contact({"firstName": "Søren", "lastName": "Łuk", "emails": ["s@b.com"]})
    any_crm.create_contact({"firstName": "Ana", "lastName": "Weiß", "phones": ["+44 20 7946 0018"]})
    if request.param.startswith("indexed"):
        any_crm.prepare_search()
    return any_crm


@pytest.mark.parametrize("is_indexed", [False, True])
def test_members_are_found_by_the_address_they_log_in_with(any_crm: CRM, is_indexed) -> None:
    """Issue 6, G1: it is an address of theirs as any other."""
    people(any_crm, "Ana", "Bea")
    any_crm.register_member(any_crm.find_contact(email="x1@example.com").id, "bea@login.example")
    if is_indexed:
        any_crm.prepare_search()
    assert names(any_crm, "bea@login") == names(any_crm, "@login.example") == ["Bea"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ana", ["Ana", "Ana", "Anabel", "Mariana"]),
        ("an", ["Anabel", "Ana", "Ana"]),
        ("a", ["Anabel", "Ana", "Ana"]),
        ("ana d", ["Ana"]),
        ("weiss ana", ["Ana"]),
        ("SOREN luk", ["Søren"]),
        ("@acme", ["Anabel"]),
        ("2368", ["Mariana"]),
        ("555 23", ["Mariana"]),
        ("+44 20 7946", ["Ana"]),
        ("zoe", []),
        ("", []),
    ],
)
def test_who_is_found_and_in_which_order(peopled, text, found) -> None:
    """Issue 6: exact, beginning, inside, each oldest first; all words; with an index or without."""
    assert names(peopled, text) == found


def test_the_limit_keeps_the_best(peopled) -> None:
    """Issue 6: what is left out is what is ranked lowest."""
    assert names(peopled, "ana", 3) == ["Ana", "Ana", "Anabel"]


@pytest.mark.parametrize(
    "text",
    [
        *[
            '"',
            "'",
            '""',
            'a" OR "b',
            "NEAR(",
            "NEAR(a b)",
            "grams:ana",
            "-ana",
            "ana*",
            "^ana",
            "(",
        ],
        *["*", "AND", "NOT ana", "a\x00b", "\x00", "\ud800", "%", "_", "\\", "🚀"],
        *["a" * 10_000, " . " * 500],
    ],
)
def test_any_text_is_a_query(peopled, text) -> None:
    """Fault 72: what is a query's syntax elsewhere is only text here, and never an error."""
    peopled.create_contact({"firstName": "Near(", "emails": ["near@b.com"]})
    peopled.prepare_search()
    assert names(peopled, text) in ([], ["Near("], ["Ana", "Ana", "Anabel"])


@given(
    st.lists(st.text(st.sampled_from("abé1 "), max_size=6), min_size=1, max_size=8),
    st.text(st.sampled_from("abé1 @x"), max_size=5) | st.sampled_from(["exam", "xam a", "abab"]),
    st.integers(1, 4),
    st.sampled_from([0, 1, 100]),
)
def test_one_look_and_a_look_for_each_rank_find_the_same(first_names, text, limit, few) -> None:
    """Issue 6: whom `rank` puts first, of equals the oldest, however many are expected."""
    with pytest.MonkeyPatch.context() as patch, CRM() as crm:
        patch.setattr(searching, "_FEW", few)
        people(crm, *first_names)
        crm.prepare_search()
        words = words_of(text)
        ranked = []
        for contact in crm.iter_contacts() if words else ():
            found = rank(words, texts_of([contact.first_name], contact.emails, []))
            ranked += [(found, contact)] if found < NOT_AT_ALL else []
        ranked.sort(key=itemgetter(0))
        assert crm.search_contacts(text, limit) == tuple(it for _, it in ranked[:limit])


@given(st.text(max_size=12))
def test_no_text_is_refused(text) -> None:
    """Fault 72: the law behind the examples."""
    assert isinstance(_SHARED.search_contacts(text), tuple)


_SHARED = CRM()
_SHARED.create_contact({"firstName": "Ana", "emails": ["ana@example.com"]})
_SHARED.prepare_search()


@pytest.mark.parametrize(
    ("text", "limit"), [(None, 20), (b"a", 20), (5, 20), ("a", 0), ("a", 1001)]
)
def test_what_is_no_query_is_refused(crm, text, limit) -> None:
    """Issue 6: a documented error that says what to give."""
    with pytest.raises(errors.InvalidArgument):
        crm.search_contacts(text, limit)
    with pytest.raises(errors.InvalidArgument):
        crm.search_contacts("a", True)


# Never behind.


def test_a_change_is_found_at_once(any_crm) -> None:
    """Issue 6: the new name finds, the old one no more, whether the index has seen it or not."""
    (id,) = people(any_crm, "Ana")
    any_crm.prepare_search()
    any_crm.create_contact({"firstName": "Bea", "emails": ["x0@example.com"]})
    assert (names(any_crm, "bea"), names(any_crm, "ana")) == (["Bea"], [])
    any_crm.prepare_search()
    assert (names(any_crm, "bea"), names(any_crm, "ana")) == (["Bea"], [])
    any_crm.create_contact({"firstName": "Ana", "emails": ["x0@example.com"]})
    any_crm.prepare_search()
    assert [contact.id for contact in any_crm.search_contacts("ana")] == [id]
    assert names(any_crm, "x0") == ["Ana"]


def test_a_change_that_keeps_the_answer_gives_it_once(any_crm) -> None:
    """Issue 6: who stands in the index and changed since is one contact."""
    people(any_crm, "Ana")
    any_crm.prepare_search()
    any_crm.create_contact({"lastName": "Diaz", "emails": ["x0@example.com"]})
    assert names(any_crm, "ana") == ["Ana"]


def test_what_is_undone_is_not_found(any_crm) -> None:
    """Issue 6, A7: the index of a transaction goes with it."""
    people(any_crm, "Ana")
    with suppress(ZeroDivisionError), any_crm.transaction():
        any_crm.create_contact({"firstName": "Bea", "emails": ["bea@example.com"]})
        any_crm.prepare_search()
        assert names(any_crm, "bea") == ["Bea"]
        raise ZeroDivisionError
    assert names(any_crm, "bea") == []
    any_crm.create_contact({"firstName": "Cy", "emails": ["cy@example.com"]})
    assert names(any_crm, "cy") == ["Cy"]
    any_crm.prepare_search()
    assert names(any_crm, "cy") == ["Cy"]


def test_many_that_are_new_are_indexed_by_the_search(any_crm, monkeypatch) -> None:
    """Issue 6: a search that would have to read too many indexes them first, in pieces."""
    monkeypatch.setattr(searching, "_READ_AT_MOST", 3)
    monkeypatch.setattr(searching, "_BATCH", 2)
    people(any_crm, *["Ana"] * 9)
    assert len(names(any_crm, "ana")) == 9
    seen = any_crm._store.read(search_index.progress)
    assert seen.contact_number >= 6


def test_another_program_is_found_at_once(open_crm, tmp_path) -> None:
    """Issue 6: what another open store wrote or indexed is no different."""
    with open_crm(tmp_path / "x.db") as one, CRM(tmp_path / "x.db") as two:
        one.create_contact({"firstName": "Ana", "emails": ["a@example.com"]})
        assert names(two, "ana") == ["Ana"]
        two.prepare_search()
        one.create_contact({"firstName": "Anabel", "emails": ["b@example.com"]})
        assert names(two, "ana") == names(one, "ana") == ["Ana", "Anabel"]
    integrity(tmp_path / "x.db")


def test_a_writer_keeps_no_search_waiting(open_crm, tmp_path, monkeypatch) -> None:
    """Issue 6: where the index can't be written just now, the search reads instead."""
    monkeypatch.setattr(searching, "_READ_AT_MOST", 1)
    with open_crm(tmp_path / "x.db") as crm, CRM(tmp_path / "x.db") as other:
        people(crm, "Ana", "Anabel", "Bob")
        held, release = threading.Event(), threading.Event()

        def hold() -> None:
            with other.transaction():
                other.create_contact(info("held"))
                held.set()
                release.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            assert held.wait(20)
            assert names(crm, "ana") == ["Ana", "Anabel"]
            assert crm._store.read(search_index.progress).contact_number == 0
        finally:
            release.set()
            thread.join()


def test_preparing_tells_its_progress(crm) -> None:
    """Issue 6: an application can show how far it is."""
    people(crm, *"abcde")
    told: list[tuple[int, int]] = []
    crm.prepare_search(progress=lambda done, total: told.append((done, total)))
    assert told == [(5, 5)]
    with pytest.raises(errors.InvalidArgument):
        crm.prepare_search(progress=5)  # type: ignore[arg-type]


def test_creating_a_contact_writes_nothing_for_the_search(open_crm, tmp_path) -> None:
    """Issue 6: the way of create_contact is the same with an index and without."""
    with open_crm(tmp_path / "x.db") as crm:
        people(crm, "Ana")
        crm.prepare_search()
        before = rows(tmp_path / "x.db", "SELECT * FROM search_progress")
        crm.create_contact(info("new"))
        assert rows(tmp_path / "x.db", "SELECT * FROM search_progress") == before


def test_a_search_answers_in_json(crm) -> None:
    """A5: what is found is a contact like any other."""
    people(crm, "Ana")
    assert json.dumps([contact.to_wix() for contact in crm.search_contacts("ana")])
