"""P5: a file's numbers read in another region, while others use it."""

from __future__ import annotations

import pytest
from store_fixtures import info, integrity, program, rows

from wixcrm_local import CRM, errors, rekeying
from wixcrm_local.testing import CRMForTests

pytestmark = pytest.mark.filterwarnings("ignore:a phone number without its country code")
LONDON = "020 7946 0018"
ABROAD = "+44 20 7946 0018"


def keys(crm: CRM) -> list[object]:
    def read(connection):
        return [row[0] for row in connection.execute("SELECT match_key FROM contact_phones")]

    return crm._store.read(read)


@pytest.fixture(params=["memory", "file"])
def no_region(request, open_crm, tmp_path):
    """A store without a region: every spelling is a number of its own."""
    path = ":memory:" if request.param == "memory" else tmp_path / "x.db"
    with open_crm(path, default_region=None) as crm:
        yield crm


def fill(crm: CRM) -> list[str]:
    return [
        crm.create_contact({"firstName": "Ana", "phones": [LONDON]}),
        crm.create_contact({"firstName": "Bea", "phones": [ABROAD, "0000000000"]}),
        crm.create_contact(info("cy")),
    ]


@pytest.fixture
def in_the_middle(no_region, monkeypatch):
    """A rekey that died after its first contact."""
    ids = fill(no_region)
    monkeypatch.setattr(rekeying, "_BATCH", 1)

    def die(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        no_region.rekey("GB", progress=die)
    return no_region, ids


def test_all_numbers_are_read_anew(no_region) -> None:
    """P5: the region changes, each key is that of the number in it, and who shares one is told."""
    ana, bea, _ = fill(no_region)
    told: list[tuple[int, int]] = []
    report = no_region.rekey("gb", progress=lambda done, total: told.append((done, total)))
    assert no_region.default_region == "GB"
    assert keys(no_region) == ["+442079460018", "+442079460018", None]
    assert (report.contacts, report.rekeyed, report.unreadable) == (3, 1, 0)
    assert (report.shared_count, report.shared[0].contact_ids) == (1, (ana, bea))
    assert told == []
    assert no_region.check().ok
    assert no_region.get_contact(ana).revision == 1
    assert len(no_region.history(ana)) == 1


def test_the_file_keeps_its_region(no_region, tmp_path) -> None:
    """P1: who opens it with the new one is welcome, with the old one not."""
    fill(no_region)
    no_region.rekey("GB")
    if no_region.path is not None:
        no_region.close()
        CRM(tmp_path / "x.db", default_region="GB").close()
        with pytest.raises(errors.RegionMismatch, match=r"rekey\('FR'\)"):
            CRM(tmp_path / "x.db", default_region="FR")
        assert rows(tmp_path / "x.db", "SELECT name FROM settings") == [("default_region",)]
        integrity(tmp_path / "x.db")


def test_misfit_keys_are_mended(crm) -> None:
    """PHONE_KEY_MISFIT: rekey with the file's own region writes the keys anew."""
    crm.create_contact({"phones": ["(212) 555-2368"]})
    crm._store.write(lambda it: it.execute("UPDATE contact_phones SET match_key = 'x'"))
    assert not crm.check().ok
    assert crm.rekey("US").rekeyed == 1
    assert crm.check().ok


def test_two_spellings_of_one_contact_become_one(open_crm) -> None:
    """C3: what only now is known to be the same number stands once, in the first spelling."""
    with open_crm(default_region=None) as crm:
        id = crm.create_contact({"phones": [LONDON, ABROAD, "020 7946 0999"]})
        crm.rekey("GB")
        assert crm.get_contact(id).phones == (LONDON, "020 7946 0999")
        assert crm.check().ok


def test_what_is_no_number_there_keeps_its_key(crm) -> None:
    """P5: a vanity number of the region before is told, and still found from abroad."""
    crm.create_contact({"phones": ["1-800-FLOWERS"]})
    (key,) = keys(crm)
    assert crm.rekey("GB").unreadable == 1
    assert keys(crm) == [key]


def test_a_search_finds_by_the_new_keys(no_region) -> None:
    """Issue 6: the index learns of keys that no change tells of."""
    fill(no_region)
    no_region.prepare_search()
    assert [contact.first_name for contact in no_region.search_contacts(ABROAD)] == ["Bea"]
    no_region.rekey("GB")
    assert [contact.first_name for contact in no_region.search_contacts(ABROAD)] == ["Ana", "Bea"]


def test_after_a_crash_the_same_call_goes_on(in_the_middle) -> None:
    """P5: what was done is kept; another region has to wait."""
    crm, _ = in_the_middle
    with pytest.raises(errors.InvalidArgument, match=r"rekey\('GB'\)"):
        crm.rekey("FR")
    report = crm.rekey("GB")
    assert (report.contacts, report.shared_count) == (2, 1)
    assert keys(crm) == ["+442079460018", "+442079460018", None]


@pytest.mark.parametrize("spelling", [LONDON, ABROAD, "2079460999", "(020) 79460999"])
def test_in_the_middle_nobody_is_missed(open_crm, monkeypatch, spelling) -> None:
    """P5: who still has an old key is found, matched and updated under the new one."""
    monkeypatch.setattr(rekeying, "_BATCH", 1)
    with open_crm(default_region=None) as crm:
        first = crm.create_contact({"phones": ["020 7946 0001"]})
        number = LONDON if spelling in (LONDON, ABROAD) else "020 7946 0999"
        waiting = crm.create_contact({"phones": [number]})
        with pytest.raises(ZeroDivisionError):
            crm.rekey("GB", progress=lambda done, total: 1 / 0)
        assert crm.find_contact(phone=spelling).id == waiting
        assert crm.find_contact(phone="+442079460001").id == first
        assert crm.match_contact({"phones": [spelling]}).contact_id == waiting
        assert keys(crm)[1] != "+44" + number[1:].replace(" ", "")
        assert crm.create_contact({"phones": [spelling], "firstName": "Ana"}) == waiting
        assert crm.get_contact(waiting).phones == (number,)
        assert keys(crm)[1] == "+44" + number[1:].replace(" ", "")
        crm.rekey("GB")
        assert crm.check().ok


def test_in_the_middle_an_address_leads_to_the_new_key(open_crm, monkeypatch) -> None:
    """U2: who is found by an address gets no number twice."""
    monkeypatch.setattr(rekeying, "_BATCH", 1)
    with open_crm(default_region=None) as crm:
        crm.create_contact(info("first"))
        id = crm.create_contact({**info("ana"), "phones": [LONDON]})
        with pytest.raises(ZeroDivisionError):
            crm.rekey("GB", progress=lambda done, total: 1 / 0)
        crm.create_contact({**info("ana"), "phones": [ABROAD]})
        assert crm.get_contact(id).phones == (LONDON,)


def test_others_write_meanwhile(open_crm, tmp_path, monkeypatch) -> None:
    """P5: another open store reads numbers in the new region from the first batch on."""
    monkeypatch.setattr(rekeying, "_BATCH", 1)
    path = tmp_path / "x.db"
    with open_crm(path, default_region=None) as crm, CRM(path, busy_timeout=0) as other:
        fill(crm)
        made: list[str] = []

        def write(done: int, total: int) -> None:
            made.append(other.create_contact({"phones": ["020 7946 0555"]}))
            assert other.create_contact({"phones": ["+442079460555"]}) == made[0]

        crm.rekey("GB", progress=write)
        assert len(set(made)) == 1
        assert other.default_region == "GB"
        assert crm.check().ok


def test_a_killed_rekey_goes_on(tmp_path) -> None:
    """P5, fault 36: progress is kept with each batch; who opens the file meanwhile can work."""
    path = tmp_path / "x.db"
    with CRM(path) as crm:
        fill(crm)
    script = """
from wixcrm_local import rekeying
rekeying._BATCH = 1
with CRM(path) as crm:
    crm.rekey("GB", progress=lambda done, total: os._exit(7))
"""
    with program(script, path) as other:
        assert other.end() == 7
    with CRM(path, default_region="GB") as crm:
        assert crm.find_contact(phone=ABROAD).first_name in ("Ana", "Bea")
        assert crm.rekey("GB").contacts == 2
        assert crm.check().ok
    integrity(path)


@pytest.mark.parametrize("region", [None, "", "XX", 5])
def test_rekey_takes_a_region_only(crm, region) -> None:
    """P1: and nothing is changed."""
    with pytest.raises(errors.InvalidArgument):
        crm.rekey(region)
    with pytest.raises(errors.InvalidArgument), crm.transaction():
        crm.rekey("GB")
    with pytest.raises(errors.InvalidArgument):
        crm.rekey("GB", progress=5)
    assert crm.default_region == "US"


def test_a_region_that_was_not_stored_is_not_read_in() -> None:
    """Fault 37: where the first step fails, numbers are read in the region that the file has."""
    with CRMForTests(default_region="US") as crm:
        crm.create_contact(info("ana"))
        crm.fail_next("rekey", "full")
        with pytest.raises(errors.StoreFull):
            crm.rekey("GB")
        crm.create_contact(info("bea"))
        assert (crm.default_region, crm._store.rekeying) == ("US", None)
