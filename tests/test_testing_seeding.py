"""Made-up people (issue 5, 2): realistic, of many countries and scripts, the same for a seed."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wixcrm_local import AsyncCRM, InvalidArgument
from wixcrm_local.testing import AsyncCRMForTests, CRMForTests, Seeded, seed

SCRIPT = """
import hashlib
from wixcrm_local.testing import CRMForTests, seed
with CRMForTests() as crm:
    seed(crm, 60, seed=5)
    people = crm.dump().partition("\\n")[2]  # the first line is the schema's number
    print(hashlib.sha256(people.encode()).hexdigest())
"""
# Of the dump of 60 people of seed 5. It is the same on every system and Python; when the people
# are changed, it changes, and with it whatever golden files users have of them: say so in
# CHANGELOG.md.
OF_SEED_5 = "8cd08cb594a97a4b234b61ca0e7ce4171e4e9a37b0fd266e6b588d8b93b8ad1e"
RESERVED = re.compile(r"@(example\.(com|org|net)|[^@.]+\.example)$", re.IGNORECASE)


@pytest.fixture(scope="module")
def crm() -> CRMForTests:
    return CRMForTests()


@pytest.fixture(scope="module")
def seeded(crm: CRMForTests) -> Seeded:
    return seed(crm, 400)


def test_a_seed_is_a_promise() -> None:
    """Issue 5, 2: same seed, same dump, on every platform and every Python, whatever its hashes."""
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    with CRMForTests() as crm:
        seed(crm, 60, seed=5)
        people = crm.dump().partition("\n")[2]
        found.add(hashlib.sha256(people.encode()).hexdigest())
    assert found == {OF_SEED_5}


def test_another_seed_is_other_people() -> None:
    """Issue 5, 2: and fewer people of one seed are the first of more."""
    names = []
    for people, number in ((20, 1), (20, 2), (10, 1)):
        with CRMForTests() as crm:
            ids = seed(crm, people, seed=number).ids
            names.append([crm.get_contact(id).first_name for id in ids])
    assert names[0] != names[1]
    assert names[0][:10] == names[2]


@settings(max_examples=25)
@example(7, 1912)  # a Greek name whose last letter has no large form of its own
@given(st.integers(0, 80), st.integers())
def test_as_many_people_as_were_asked_for(people: int, number: int) -> None:
    """Issue 5, 2: who came again, families and conflicts make no person more or fewer."""
    with CRMForTests() as crm:
        seeded = seed(crm, people, number)
        assert crm.count_contacts() == people == len(set(seeded.ids))
        assert [contact.id for contact in crm.iter_contacts()] == list(seeded.ids)


def test_people_are_of_many_scripts(crm: CRMForTests, seeded: Seeded) -> None:
    """Issue 5, 2: among them right-to-left ones, and Latin with its marks."""
    letters = "".join(f"{it.first_name}{it.last_name}" for it in crm.iter_contacts())
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
    assert scripts >= {
        *("LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "KATAKANA"),
        *("HANGUL", "DEVANAGARI", "THAI", "ETHIOPIC"),
    }
    assert {unicodedata.bidirectional(letter) for letter in letters} >= {"L", "R", "AL"}
    assert set("łßöçşđñþÅ") & set(letters)
    assert len({it.language for it in crm.iter_contacts()}) > 20


def test_addresses_and_numbers_belong_to_nobody(crm: CRMForTests, seeded: Seeded) -> None:
    """Issue 5, 2: domains reserved for examples, and numbers of reserved or example ranges."""
    numbers = []
    for contact in crm.iter_contacts():
        assert contact.emails or contact.phones
        assert all(RESERVED.search(address) for address in contact.emails)
        numbers += [phonenumbers.parse(number) for number in contact.phones]
    assert all(phonenumbers.is_valid_number(number) for number in numbers)
    for number in numbers:
        national = str(number.national_number)
        if number.country_code == 1:
            assert national[3:8] == "55501"
        elif number.country_code == 44:
            assert re.match("2079460|1614960|1314960", national)
        else:
            region = phonenumbers.region_code_for_country_code(number.country_code)
            kind = phonenumbers.PhoneNumberType.MOBILE
            example = phonenumbers.example_number_for_type(region, kind)
            assert national[:-3] == str(example.national_number)[:-3]


def test_who_comes_again_and_who_shares_is_told(crm: CRMForTests, seeded: Seeded) -> None:
    """Issue 5, 2: families share a telephone, and a conflict joins one's address to another's."""
    assert 10 < len(seeded.came_again) < 50
    assert 5 < len(seeded.families) < 40
    for one, other in seeded.families:
        first, second = crm.get_contact(one), crm.get_contact(other)
        assert first.phones[0] == second.phones[0]
        assert first.emails != second.emails
    assert len(seeded.conflicts) == 16
    for one, other in seeded.conflicts:
        gained, owner = crm.get_contact(one), crm.get_contact(other)
        assert owner.phones[0] in gained.phones
        match = crm.match_contact({"emails": gained.emails[:1], "phones": owner.phones[:1]})
        assert match.contact_id == one
        assert other in match.also_matched


def test_labels_and_fields_are_there_and_used(crm: CRMForTests, seeded: Seeded) -> None:
    """Issue 5, 2: made as needed, of each type, and given to some."""
    assert tuple(label.name for label in crm.labels.list()) == seeded.labels
    assert tuple(field.name for field in crm.custom_fields.list()) == seeded.custom_fields
    assert {field.type for field in crm.custom_fields.list()} == {"date", "number", "text", "url"}
    used = Counter(name for it in crm.iter_contacts() for name in (*it.labels, *it.custom_fields))
    assert set(used) == {*seeded.labels, *seeded.custom_fields}
    assert crm.check().ok


@pytest.mark.parametrize(
    ("people", "number", "argument"),
    [
        (-1, 0, "people"),
        (True, 0, "people"),
        ("9", 0, "people"),
        (9, "a", "seed"),
        (9, 1.0, "seed"),
    ],
)
def test_what_is_no_number_is_refused(people: object, number: object, argument: str) -> None:
    """Issue 5, 2: with the remedy, and before anything is stored."""
    with CRMForTests() as crm, pytest.raises(InvalidArgument, match=argument):
        seed(crm, people, number)  # type: ignore[arg-type]


def test_the_awaitable_door_is_seeded_too() -> None:
    """Issue 5, 2: without awaiting; a plain AsyncCRM has no store to reach so."""
    awaited = AsyncCRMForTests()
    assert len(seed(awaited, 5).ids) == awaited.crm.count_contacts() == 5
    with pytest.raises(InvalidArgument, match="crm must be a CRM"):
        seed(AsyncCRM(), 5)  # type: ignore[arg-type]


def test_more_people_than_there_are_numbers(crm: CRMForTests) -> None:
    """Issue 5, 2: when the numbers that belong to nobody are all given, people come without."""
    with CRMForTests() as crowded:
        ids = seed(crowded, 3_000).ids
        assert crowded.count_contacts() == len(ids) == 3_000
