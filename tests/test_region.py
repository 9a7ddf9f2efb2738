"""P1: the region in which national numbers are read is a property of the file."""

from __future__ import annotations

import pytest
from store_fixtures import info, rows, run

from wixcrm_local import CRM, errors

NATIONAL = {"phones": ["(650) 555-1234"]}
INTERNATIONAL = {"phones": ["+1 650 555 1234"]}


def test_the_region_stays_with_the_file(tmp_path):
    """P1: opening with None takes the file's region."""
    CRM(tmp_path / "x.db", default_region="us").close()
    with CRM(tmp_path / "x.db") as crm:
        assert crm.default_region == "US"
        assert crm.create_contact(NATIONAL) == crm.create_contact(INTERNATIONAL)
    CRM(tmp_path / "x.db", default_region="US").close()


def test_another_region_is_refused(tmp_path):
    """P1: RegionMismatch names rekey, and the file can be opened at once by others."""
    CRM(tmp_path / "x.db", default_region="US").close()
    with pytest.raises(errors.RegionMismatch, match="rekey") as caught:
        CRM(tmp_path / "x.db", default_region="IT")
    assert caught.value.details == {"region": "US", "asked": "IT"}
    assert [file.name for file in tmp_path.iterdir()] == ["x.db"]
    with CRM(tmp_path / "x.db", busy_timeout=0) as crm:
        crm.create_contact(NATIONAL)


def test_a_file_without_phones_adopts_a_region(tmp_path):
    """P1: nothing was read in another region yet, so nothing is mixed."""
    with CRM(tmp_path / "x.db") as crm:
        assert crm.default_region is None
        crm.create_contact(info("ana"))
    with CRM(tmp_path / "x.db", default_region="US") as crm:
        assert crm.default_region == "US"


def test_a_file_with_phones_keeps_having_none(tmp_path):
    """P1: match keys made without a region can't be mixed with others."""
    with CRM(tmp_path / "x.db") as crm:
        crm.create_contact(INTERNATIONAL)
    with pytest.raises(errors.RegionMismatch):
        CRM(tmp_path / "x.db", default_region="US")
    assert rows(tmp_path / "x.db", "SELECT * FROM settings") == []


@pytest.mark.parametrize("region", ["", "USA", "XX", "1", 1, b"US", True])
def test_what_is_no_region_is_refused(tmp_path, region):
    """Fault 20: InvalidArgument, and the file holds no region."""
    with pytest.raises(errors.InvalidArgument):
        CRM(tmp_path / "x.db", default_region=region)
    with CRM(tmp_path / "x.db") as crm:
        assert crm.default_region is None


def test_a_region_adopted_by_another_process_is_noticed(tmp_path):
    """P1: before its next write, a store reads numbers as the file says by then."""
    path = tmp_path / "x.db"
    with CRM(path) as crm:
        crm.create_contact(info("ana"))
        said = run(
            """
with CRM(path, default_region="US") as crm:
    tell(crm.create_contact({"phones": ["(650) 555-1234"]}))
""",
            path,
        )
        assert [crm.create_contact({"phones": ["650 555 1234"]})] == said
        assert crm.default_region == "US"


def test_a_region_adopted_beside_a_store_is_refused_to_a_late_one(tmp_path):
    """P1: who opened first and asks later meets the region of the file, not of its memory."""
    with CRM(tmp_path / "x.db") as first:
        CRM(tmp_path / "x.db", default_region="US").close()
        from wixcrm_local import region

        with pytest.raises(errors.RegionMismatch):
            region.settle(first._store, "IT")
        region.settle(first._store, "US")
        assert first.default_region == "US"
