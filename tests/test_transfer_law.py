"""Issue 7: importing many rows at once is what `upsert_contact` does with them one by one."""

from __future__ import annotations

import contextlib
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transfer_fixtures import contents, in_chunks_of, table

from wixcrm_local import CRM, errors, rekeying
from wixcrm_local.formats.csv_cells import split_labels
from wixcrm_local.policy import CHOICES, IMPORT, STRICT, Policy
from wixcrm_local.transfer.report import RowOutcome

pytestmark = pytest.mark.filterwarnings("ignore::wixcrm_local.WixCRMWarning")

HEADERS = ("First Name", "Last Name", "Email", "Email 2", "Phone", "Phone 2", "Labels")
FIELDS = ("Size", "Color", "COLOR")  # of which a store may know the first ones
Row = tuple[str, ...]


def often(usual: list[str], *seldom: str) -> st.SearchStrategy[str]:
    """Mostly what is fine, so that rows meet; now and then what is refused, or makes a name."""
    return st.sampled_from([*usual * 3, *seldom])


first_names = st.sampled_from(["Ana", "", "ana", "Aná", "Ben"])
emails = often(
    ["", "", "ana@example.com", "ANA@Example.com", "ben@example.com", "cy@example.com"],
    *("dee@bücher.example", "dee@xn--bcher-kva.example", "no address"),
)
phones = often(
    ["", "", "(212) 555-2368", "+1 212 555 2368", "212.555.2368", "+44 20 7946 0018"],
    *("00442079460018", "212-555-2369", "555 0100", "0000000000", "none"),
)
# One label may hold what parts several, and be made in the row before.
labels = often(
    ["", "", "", "", "VIP", "vip"],
    *("New", "new;VIP", "custom.new", '"a;b"', "a;b", "A;B", "a;b;VIP", '"x, y"', "x, y"),
    *('say "hi"', '"say ""hi"""', '"""q"""', '"q"', "x" * 181),
)
values = often(["", "", ""], "42", "red", "4.5")
rows = st.tuples(
    *(first_names, st.sampled_from(["", "Lee"]), emails, emails, phones, phones, labels),
    *(values, values, values),
)
policies = st.builds(
    Policy,
    **{
        name: st.sampled_from(CHOICES[name])
        for name in ("arrays", "match_on", "unknown_names", "members", "shapes", "shared_phones")
    },
)


@attrs.frozen
class Before:
    """What a store holds before the import."""

    rows: list[Row]
    members: set[int] = attrs.field(factory=set)
    trashed: set[int] = attrs.field(factory=set)
    labels: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    region: str | None = "US"
    is_rekeying: bool = False


befores = st.builds(
    Before,
    rows=st.lists(rows, max_size=5),
    members=st.sets(st.integers(0, 4), max_size=2),
    trashed=st.sets(st.integers(0, 4), max_size=1),
    labels=st.sampled_from([(), ("VIP",), ("VIP", "a;b"), ("x, y", '"q"')]),
    fields=st.sampled_from([(), (("Size", "text"),), (("Size", "number"), ("Color", "text"))]),
    region=st.sampled_from(["US", "US", None]),
    is_rekeying=st.booleans(),
)


def info(crm: CRM, row: Row, with_fields: str) -> dict[str, Any]:
    """What a person would pass to `create_contact` who read the row."""
    first, last, *addresses, cell = row[: len(HEADERS)]
    given: dict[str, Any] = {"firstName": first, "lastName": last}
    for name, cells in (("emails", addresses[:2]), ("phones", addresses[2:])):
        given[name] = [cell for cell in cells if cell]
    given["labels"] = split_labels(cell)
    with contextlib.suppress(errors.WixCRMError):
        crm.labels.get(cell)
        given["labels"] = [cell.strip()]
    given["customFields"] = {
        name: value
        for name, value in zip(FIELDS, row[len(HEADERS) :], strict=True)
        if value and (with_fields == "fields" or is_field(crm, name))
    }
    return {name: value for name, value in given.items() if value}


def is_field(crm: CRM, name: str) -> bool:
    try:
        crm.custom_fields.get(name)
    except errors.CustomFieldNotFound:
        return False
    return True


def prepare(crm: CRM, before: Before, patch: pytest.MonkeyPatch) -> None:
    for name in before.labels:
        crm.labels.create(name)
    for name, kind in before.fields:
        crm.custom_fields.create(name, kind)
    ids: list[str] = []
    for row in before.rows:
        with contextlib.suppress(errors.WixCRMError):
            ids.append(crm.create_contact(info(crm, row, "leave_out"), policy=IMPORT))
    for place in before.members & set(range(len(ids))):
        with contextlib.suppress(errors.WixCRMError):
            crm.register_member(ids[place], f"login{place}@example.com")
    for place in before.trashed & set(range(len(ids))):
        with contextlib.suppress(errors.WixCRMError):
            crm.delete_contact(ids[place])
    if before.region is None and before.is_rekeying:
        patch.setattr(rekeying, "_BATCH", 1)
        with contextlib.suppress(ZeroDivisionError):
            crm.rekey("US", progress=lambda done, total: 1 / 0)


def one_by_one(
    crm: CRM, given_rows: list[Row], policy: Policy, with_fields: str
) -> list[RowOutcome]:
    outcomes = []
    for number, row in enumerate(given_rows, 2):
        if not any(row):
            continue
        try:
            found = crm.upsert_contact(info(crm, row, with_fields), policy=policy)
        except errors.WixCRMError as error:
            outcomes.append(
                RowOutcome(row=number, action="skipped", code=error.code, reason=error.message)
            )
            continue
        shared = found.also_matched if found.action == "created" else ()
        outcomes.append(
            RowOutcome(
                row=number,
                action=found.action,
                contact_id=found.contact_id,
                code="SHARED_PHONE" if shared else None,
                shared_with=shared,
            )
        )
    return outcomes


def without_sentence(outcome: RowOutcome) -> RowOutcome:
    return outcome if outcome.action == "skipped" else attrs.evolve(outcome, reason=None)


def compare(
    open_crm: Any, before: Before, given_rows: list[Row], policy: Policy, fields: str, size: int
) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        open_crm(default_region=before.region) as crm,
        open_crm(default_region=before.region) as other,
    ):
        for each in (crm, other):
            prepare(each, before, patch)
        other._context.new_id()  # as the receipt takes one
        expected = one_by_one(other, given_rows, policy, fields)
        in_chunks_of(patch, size)
        file = table(given_rows, HEADERS + FIELDS)
        report = crm.import_contacts(file, policy=policy, unknown_columns=fields)
        assert [without_sentence(each) for each in report.outcomes] == expected
        for each in (crm, other):
            if each._store.rekeying is not None:
                each.rekey("US")  # of which a refused row may have done a part
        assert contents(crm) == contents(other)
        assert crm.labels.list() == other.labels.list()
        assert list(crm.iter_contacts()) == list(other.iter_contacts())
        assert crm.check().ok


cases = {
    "before": befores,
    "given_rows": st.lists(rows, max_size=8),
    "policy": st.just(IMPORT) | st.just(STRICT) | policies,
    "fields": st.sampled_from(["leave_out", "fields"]),
    "size": st.sampled_from([1, 2, 3, 100]),
}


def row(first: str = "", email: str = "", phone: str = "", cell: str = "", size: str = "") -> Row:
    return (first, "", email, "", phone, "", cell, size, "", "")


ANA, PHONE, OTHER = "ana@example.com", "(212) 555-2368", "+1 212 555 2369"
REPLACING = attrs.evolve(IMPORT, arrays="replace", match_on="email_or_phone")
WHAT_COULD_GO_WRONG = {
    "a refused row has a new label": (
        *(Before([]), [row("Ana", cell="VIP"), row("Ben", "ben@example.com", cell="VIP")], IMPORT),
    ),
    "a label is made that looks like two": (
        *(Before([]), [row("A", ANA, cell=cell) for cell in ("x, y", '"x, y"', "x, y")], IMPORT),
    ),
    "a label is made that looks like another's cell": (
        Before([row("Z", "z@example.com", cell="q")]),
        [
            row("A", f"{n}@example.com", cell=cell)
            for n, cell in enumerate(['"q"', '"""q"""', '"q"'])
        ],
        IMPORT,
    ),
    "one who waits is met again": (
        *(Before([]), [row("Ana", ANA), row("Ben", "ben@example.com"), row("Ana", ANA, PHONE)]),
        IMPORT,
    ),
    "a telephone is taken from somebody": (
        Before([row("Ana", ANA, PHONE)]),
        [row("Ana", ANA, OTHER), row("Ben", phone=PHONE), row("Cy", phone=OTHER)],
        REPLACING,
    ),
    "some still have the keys of the region before": (
        Before(
            [row("Ana", phone=PHONE), row("Ben", phone="212 555 2369")],
            region=None,
            is_rekeying=True,
        ),
        [row("Ben", phone=OTHER), row("Ana", phone=PHONE)],
        IMPORT,
    ),
}


@pytest.mark.parametrize("name", WHAT_COULD_GO_WRONG)
@pytest.mark.parametrize("size", [1, 100])
def test_what_gathering_could_get_wrong(open_crm: Any, name: str, size: int) -> None:
    """Issue 7, A3: what is kept in memory within a chunk is what the tables would say."""
    before, given_rows, policy = WHAT_COULD_GO_WRONG[name]
    compare(open_crm, before, given_rows, policy, "leave_out", size)


@given(**cases)
def test_many_at_once_are_one_by_one(
    open_crm: Any, before: Before, given_rows: list[Row], policy: Policy, fields: str, size: int
) -> None:
    """Issue 7, A3: the same contacts, ids, history, names and refusals, whatever the chunks."""
    compare(open_crm, before, given_rows, policy, fields, size)


@pytest.mark.storm
@settings(max_examples=3000, suppress_health_check=[HealthCheck.too_slow])
@given(**cases)
def test_many_at_once_are_one_by_one_in_many_cases(
    open_crm: Any, before: Before, given_rows: list[Row], policy: Policy, fields: str, size: int
) -> None:
    """Issue 7, A3: the same, at length."""
    compare(open_crm, before, given_rows, policy, fields, size)
