"""The reading connections of a file: lent to one thread at a time, and kept only when sound."""

from __future__ import annotations

import sqlite3

import pytest
from store_fixtures import info

from wixcrm_local import CRM, errors
from wixcrm_local.readers import Readers


@pytest.fixture
def readers(tmp_path):
    CRM(tmp_path / "x.db").close()
    made = Readers(str(tmp_path / "x.db"), "full", 1.0)
    yield made
    made.close()


def is_open(connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


def test_a_connection_is_used_again(readers):
    """One thread that reads often needs one connection."""
    assert readers.read(id) == readers.read(id)


def test_two_at_once_are_two(readers):
    """A connection serves one read at a time."""
    with readers.lent() as one, readers.lent() as two:
        assert one is not two


def test_a_refused_read_costs_no_connection(readers):
    """An error of the caller's says nothing about the connection."""
    first = readers.read(id)

    def refuse(connection):
        raise LookupError

    with pytest.raises(LookupError):
        readers.read(refuse)
    assert readers.read(id) == first
    assert not readers.idle[0].in_transaction


def test_a_connection_that_failed_is_closed(readers):
    """Fault 45: what SQLite complained about is not used again."""
    lent = []

    def fail(connection):
        lent.append(connection)
        connection.execute("SELECT nonsense")

    with pytest.raises(sqlite3.Error):
        readers.read(fail)
    assert readers.idle == []
    assert not is_open(lent[0])


def test_a_connection_that_comes_back_late_is_closed(readers):
    """Closing waits for no reader, and leaves none open."""
    with readers.lent() as reader:
        readers.close()
        assert is_open(reader)
    assert not is_open(reader)


def test_readers_can_not_write(readers):
    """Law of the house: every write is a transaction of the writer."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        readers.read(lambda it: it.execute("DELETE FROM contacts"))


def test_a_read_is_of_one_state(tmp_path):
    """Two queries of one read agree, whatever is written between them."""
    with CRM(tmp_path / "x.db") as crm, CRM(tmp_path / "x.db") as other:

        def count_twice(connection):
            query = "SELECT count(*) FROM contacts"
            first = connection.execute(query).fetchone()
            other.create_contact(info("ana"))
            return [first, connection.execute(query).fetchone()]

        assert crm._store.read(count_twice) == [(0,), (0,)]
        assert crm.count_contacts() == 1


def test_a_file_that_vanished_is_not_made_anew(readers, tmp_path):
    """Fault 51: SQLite itself never creates a file for us."""
    (tmp_path / "x.db").unlink()
    with pytest.raises(sqlite3.OperationalError):
        readers.read(id)
    assert list(tmp_path.iterdir()) == []


def test_no_driver_error_leaves_a_read(tmp_path):
    """Promise 4: whatever SQLite says becomes a documented error."""
    with CRM(tmp_path / "x.db") as crm, CRM() as memory:
        for store in (crm._store, memory._store):
            with pytest.raises(errors.StoreFailed):
                store.read(lambda it: it.execute("SELECT nonsense"))
            with store.transaction(), pytest.raises(errors.StoreFailed):
                store.read(lambda it: it.execute("SELECT nonsense"))
