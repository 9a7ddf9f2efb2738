"""Seconds between two looks: a number of them, or an error that names the argument."""

from __future__ import annotations

import pytest

from wixcrm_local import CRM, errors
from wixcrm_local.interval import checked_interval


@pytest.mark.parametrize("interval", [1, 0.5, 86_400])
def test_a_number_of_seconds_is_taken(interval) -> None:
    """Section 9: whole or not, up to a day."""
    assert checked_interval(interval, 1) == interval


@pytest.mark.parametrize("interval", [0, -1, 86_401, float("nan"), True, "1", None])
def test_any_other_is_refused_with_the_remedy(interval) -> None:
    """Section 9: the error names the argument, and what to pass."""
    with pytest.raises(errors.InvalidArgument, match=r"interval .* pass 30") as caught:
        checked_interval(interval, 30)
    assert caught.value.details == {"argument": "interval"}


def test_a_page_is_not_watched_without_a_number(crm: CRM, tmp_path) -> None:
    """Section 9: and nothing is written before that is known."""
    with pytest.raises(errors.InvalidArgument):
        crm.watch_page(tmp_path / "page.html", interval="x")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
