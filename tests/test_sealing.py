"""Cursors: opaque, and checked before they are believed (issue 6)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local import sealing

values = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.integers())


@given(values)
def test_what_was_sealed_is_opened(value) -> None:
    """Issue 6: any cursor of ours comes back as it was, and fits into an address."""
    text = sealing.sealed(value)
    assert sealing.opened(text) == value
    assert text.replace("-", "").replace("_", "").isalnum()


@given(values, st.data())
def test_what_was_changed_is_refused(value, data) -> None:
    """Issue 6: cut, joined or typed."""
    text = sealing.sealed(value)
    place = data.draw(st.integers(0, len(text) - 3))
    for changed in (text[:place], text[:place] + "A" + text[place:], text + text):
        with suppress(ValueError):
            assert sealing.opened(changed) == value  # base64 has bits that say nothing


@pytest.mark.parametrize("given_value", [None, 5, "", "é", "x", "AAAA", "!!!!"])
def test_what_is_no_cursor_is_refused(given_value) -> None:
    """Issue 6: one kind of error for all of them."""
    with pytest.raises(ValueError):  # noqa: PT011 - of whichever step
        sealing.opened(given_value)
