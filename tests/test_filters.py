"""The one module that composes SQL: what `where` may say, what is refused, what SQLite does with
it (issue 6)."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import CRM, errors, filter_reading, filters


@pytest.fixture(scope="module")
def furnished() -> Iterator[CRM]:
    with CRM(default_region="US") as crm:
        crm.labels.create("VIP")
        for name, kind in (("Note", "text"), ("Lead score", "number"), ("Birthday", "date")):
            crm.custom_fields.create(name, kind)
        crm.custom_fields.create("lastName", "number")
        yield crm


def compiled(crm: CRM, where: Any) -> filters.Condition:
    return crm._store.read(lambda connection: filter_reading.compiled(connection, where, "US"))


def plan(crm: CRM, where: Any, sort: str = "created_at") -> list[str]:
    def explain(connection: sqlite3.Connection) -> list[str]:
        condition = filter_reading.compiled(connection, where, "US")
        statement = filters.page(condition, sort, False, False)
        values = (*filters.parameters(condition), 5, 5, 10)
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]

    return crm._store.read(explain)


@pytest.mark.parametrize(
    ("where", "first"),
    [
        (None, "SEARCH contacts USING INTEGER PRIMARY KEY (rowid>?)"),
        ({"emails": "a@b.com"}, "SEARCH contacts USING INTEGER PRIMARY KEY (rowid=?)"),
        ({"phones": "2125552368"}, "SEARCH contacts USING INTEGER PRIMARY KEY (rowid=?)"),
        (
            {"labels": "VIP", "firstName": "Ana"},
            "SEARCH driver USING COVERING INDEX contact_labels_by_label "
            "(label_number=? AND contact_number>?)",
        ),
        (
            {"Lead score": {"at_least": 5}},
            "SEARCH driver USING COVERING INDEX contact_custom_fields_by_field "
            "(field_number=? AND contact_number>?)",
        ),
        ({"lastName": "Diaz"}, "SEARCH contacts USING INTEGER PRIMARY KEY (rowid>?)"),
    ],
)
def test_the_usual_queries_go_by_an_index(furnished, where, first) -> None:
    """Issue 6: a page begins where the one before ended, and nothing is sorted."""
    lines = plan(furnished, where)
    assert lines[0] == first
    assert not [line for line in lines if "SCAN" in line or "TEMP B-TREE" in line]


@pytest.mark.parametrize("sort", list(filters.SORTS))
def test_every_order_is_valid(furnished, sort) -> None:
    """Issue 6: the fixed list of orders."""
    assert plan(furnished, {"labels": "VIP"} if sort == "created_at" else None, sort)


@pytest.mark.parametrize(
    ("where", "path"),
    [
        (5, "where"),
        ([], "where"),
        ({5: "x"}, "where"),
        ({"lastNme": "x"}, "where.lastNme"),
        ({"all": {}}, "where.all"),
        ({"any": [5]}, "where.any[0]"),
        ({"not": [{}]}, "where.not"),
        ({"any": [{}, {"not": {"x": 1}}]}, "where.any[1].not.x"),
        ({"firstName": {}}, "where.firstName"),
        ({"firstName": {"equal": "x"}}, "where.firstName.equal"),
        ({"firstName": {"at_least": "x"}}, "where.firstName.at_least"),
        ({"firstName": 5}, "where.firstName.equals"),
        ({"firstName": {"in": "abc"}}, "where.firstName.in"),
        ({"firstName": {"in": ["a", 5]}}, "where.firstName.in[1]"),
        ({"firstName": {"is_blank": 1}}, "where.firstName.is_blank"),
        ({"Lead score": {"contains": 5}}, "where.'Lead score'.contains"),
        ({"Lead score": "5"}, "where.'Lead score'.equals"),
        ({"Birthday": "soon"}, "where.Birthday.equals"),
        ({"labels": "VPI"}, "where.labels.equals"),
        ({"customFields": {"Score": 5}}, "where.customFields.Score"),
        ({"customFields": 5}, "where.customFields"),
        ({"subscription": "never"}, "where.subscription.equals"),
        ({"isMember": None}, "where.isMember.is_blank"),
        ({"createdAt": "soon"}, "where.createdAt.equals"),
    ],
)
def test_a_mistake_is_named_with_its_place(furnished, where, path) -> None:
    """Issue 6: one sentence that begins with the path and ends with the remedy."""
    with pytest.raises(errors.InvalidArgument) as caught:
        compiled(furnished, where)
    assert caught.value.details["path"] == path
    assert str(caught.value).startswith(f"{path} ")
    assert "; " in str(caught.value) or "?" in str(caught.value)


@pytest.mark.parametrize(
    ("where", "near"),
    [
        ({"lastNme": 1}, "lastName"),
        ({"Lead scor": 1}, "Lead score"),
        ({"an": []}, "any"),
        ({"firstName": {"start_with": "x"}}, "starts_with"),
    ],
)
def test_the_nearest_name_is_told(furnished, where, near) -> None:
    """Issue 6: as for labels and fields (G3, G5)."""
    with pytest.raises(errors.InvalidArgument) as caught:
        compiled(furnished, where)
    assert caught.value.details["nearest"][0] == near
    assert repr(near) in str(caught.value)


def test_a_member_wins_over_a_field_of_its_name(furnished) -> None:
    """G5: such a field is found under customFields."""
    assert "last_name" in compiled(furnished, {"lastName": "Diaz"}).sql
    assert "field_number" in compiled(furnished, {"customFields": {"lastName": 5}}).sql


def test_what_is_endless_is_refused(furnished) -> None:
    """Fault 5 and 6: too deep, too wide and too long are one error each, at once."""
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"not": deep}
    endless: dict[str, Any] = {}
    endless["not"] = endless
    wide = {"any": [{"firstName": "x"}] * 201}
    long = {"firstName": {"in": ["x"] * 501}}
    for where in (deep, endless, wide, long):
        with pytest.raises(errors.InvalidArgument):
            compiled(furnished, where)


values = st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.dates())
names = st.sampled_from(
    ["firstName", "emails", "phones", "labels", "Lead score", "Birthday", "isMember", "id", "x'"]
)
wheres = st.recursive(
    st.dictionaries(
        names, values | st.dictionaries(st.sampled_from(filters.OPERATORS), values, max_size=2)
    ),
    lambda inner: (
        st.dictionaries(st.sampled_from(["all", "any"]), st.lists(inner, max_size=3))
        | st.dictionaries(st.just("not"), inner)
    ),
    max_leaves=6,
)


@given(wheres)
def test_nothing_a_caller_gave_is_part_of_the_sql(furnished, where) -> None:
    """Fault 71: values are parameters; of any data the answer is a page or the documented error."""
    try:
        condition = compiled(furnished, where)
    except errors.InvalidArgument:
        return
    assert condition.sql.count("?") == len(condition.values)
    assert "'" not in condition.sql.replace("? = ''", "")
    assert furnished.count_contacts(where) == 0 == len(list(furnished.iter_contacts(where)))


def test_fragments_are_constants() -> None:
    """House: what is composed stands in the module; a fragment takes nothing but a fragment."""
    source = Path(filters.__file__).read_text("utf-8")
    tree = ast.parse(source)
    joined = {
        ast.unparse(part.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.FormattedValue)
    }
    assert joined == {
        "f' {word} '.join((part.sql for part in parts))",
        "word",
        "part.sql",
        "self.expression",
        "expression",
        "fragment.format(expression)",
        "around.format(asked)",
    }


def test_dates_of_a_field_are_compared_as_moments(furnished) -> None:
    """G6: a date is its first moment, and a text of another form is compared rightly."""
    furnished.create_contact(
        {"emails": ["old@b.com"], "customFields": {"Birthday": "1990-05-01T12:00+02:00"}}
    )
    asked = {"Birthday": {"more_than": date(1990, 5, 1), "less_than": "1990-05-01T10:30Z"}}
    try:
        assert furnished.count_contacts(asked) == 1
    finally:
        furnished._store.write(lambda connection: connection.execute("DELETE FROM contacts"))
