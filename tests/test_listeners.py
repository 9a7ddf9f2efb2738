"""Who is called after each commit (issue 6)."""

from __future__ import annotations

from wixcrm_local.listeners import Listeners


def test_listeners_are_called_where_something_changed() -> None:
    """Issue 6: each once for a commit, and none where no row was changed."""
    listeners, heard = Listeners(), []
    one, two = (lambda: heard.append(1)), (lambda: heard.append(2))
    listeners.add(one)
    listeners.add(two)
    listeners.tell(5)
    listeners.tell(5)
    listeners.remove(one)
    listeners.remove(one)
    listeners.tell(6)
    assert heard == [1, 2, 2]
