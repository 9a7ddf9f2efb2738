"""Promise 7: files that are damaged, cut short, foreign or mixed up are told of and kept."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from store_fixtures import info, integrity, program, snapshot

from wixcrm_local import CRM, errors
from wixcrm_local import connection as connections

PAGE = 4096
PEOPLE = 60


def number_of(person: int) -> str:
    return f"+1 650 253 {person:04}"


def fill(path: Path) -> str:
    """A store with rows in every table; the id of one of its contacts."""
    with CRM(path, durability="normal", default_region="US") as crm, crm.transaction():
        crm.labels.create("VIP")
        crm.custom_fields.create("Note", "text")
        crm.triggered_emails.save("hi", subject="Hi", text="Hi ${name}", variables={"name": "x"})
        for person in range(PEOPLE):
            details = {"labels": ["VIP"], "customFields": {"Note": "x" * 50}}
            given = info(person) | details | {"phones": [number_of(person)]}
            id = crm.create_contact(given)
            crm.create_contact(info(person) | {"lastName": "Given Later"})
        crm.email_contact("hi", id)
        crm.register_member(id, "member@example.com")
    return id


Verb = Callable[[CRM, str], Any]

READING: dict[str, Verb] = {
    "count_contacts": lambda crm, ana: crm.count_contacts(),
    "iter_contacts": lambda crm, ana: list(crm.iter_contacts()),
    "get_contact": lambda crm, ana: crm.get_contact(ana),
    "find by email": lambda crm, ana: crm.find_contact(email="7@example.com"),
    "find by login": lambda crm, ana: crm.find_contact(email="member@example.com"),
    "find by phone": lambda crm, ana: crm.find_contact(phone=number_of(7)),
    "history": lambda crm, ana: crm.history(ana),
    "labels": lambda crm, ana: crm.labels.list(),
    "custom_fields": lambda crm, ana: crm.custom_fields.list(),
    "triggered_emails": lambda crm, ana: crm.triggered_emails.list(),
    "outbox": lambda crm, ana: list(crm.outbox),
}
WRITING: dict[str, Verb] = {
    "create": lambda crm, ana: crm.create_contact(info("new")),
    "update": lambda crm, ana: crm.create_contact(info(7) | {"firstName": "Newer"}),
    "email": lambda crm, ana: crm.email_contact("hi", ana),
    "label": lambda crm, ana: crm.labels.create("New"),
    "field": lambda crm, ana: crm.custom_fields.create("New", "date"),
}


class Healthy(NamedTuple):
    """A store before it is damaged, and what it answers."""

    held: bytes
    id: str
    answers: dict[str, Any]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory) -> Healthy:
    path = tmp_path_factory.mktemp("healthy") / "x.db"
    id = fill(path)
    with CRM(path) as crm:
        answers = {name: verb(crm, id) for name, verb in READING.items()}
    assert len(answers["iter_contacts"]) == PEOPLE
    return Healthy(path.read_bytes(), id, answers)


def answers_rightly_or_tells(room: Path, healthy: Healthy, damaged: bytes) -> list[str]:
    """Asks all that a damaged file can be asked; gives the kinds of the errors met.

    Fails at a wrong answer, at an undocumented error, and where reading changed the file.
    """
    path, met = room / "x.db", []
    path.write_bytes(damaged)

    def tell(verb: Verb) -> Any:
        try:
            return verb(crm, healthy.id)
        except errors.StoreError as error:
            met.append(type(error).__name__)
            return error

    try:
        with CRM(path, busy_timeout=0.2) as crm:
            for name, verb in READING.items():
                answer = tell(verb)
                assert isinstance(answer, errors.StoreError) or answer == healthy.answers[name]
    except errors.StoreError as error:
        met.append(type(error).__name__)
        assert snapshot(room) == {"x.db": damaged}
        return met
    assert snapshot(room) == {"x.db": damaged}
    with CRM(path, busy_timeout=0.2) as crm:
        for verb in WRITING.values():
            tell(verb)
    return met


def damaged_pages(healthy: bytes) -> Iterable[bytes]:
    rng = random.Random(56)
    for start in range(0, len(healthy), PAGE):
        for junk in (b"\xff" * PAGE, bytes(PAGE), rng.randbytes(PAGE)):
            yield healthy[:start] + junk + healthy[start + PAGE :]


def test_a_damaged_page_wherever_it_is(tmp_path, healthy):
    """Fault 56: each page in turn is overwritten by ones, by zeros and at random: every verb
    answers as before or raises a documented error, and reading leaves the file as it is."""
    damages = 0
    for number, damaged in enumerate(damaged_pages(healthy.held)):
        room = tmp_path / str(number)
        room.mkdir()
        met = answers_rightly_or_tells(room, healthy, damaged)
        assert set(met) <= {"StoreDamaged", "NotAStore"}
        damages += bool(met)
    assert damages > number / 2


def test_a_file_that_was_cut_short(tmp_path, healthy):
    """Fault 56: a file that ends too early is told of and left as it is, at whatever length."""
    lengths = [*range(1, PAGE + 1, 300), *range(PAGE, len(healthy.held), 1700)]
    lengths += range(PAGE, len(healthy.held), 8 * PAGE)
    for length in lengths:
        room = tmp_path / str(length)
        room.mkdir(exist_ok=True)
        met = answers_rightly_or_tells(room, healthy, healthy.held[:length])
        assert set(met) <= {"StoreDamaged", "NotAStore"}
        assert met or length > len(healthy.held) - PAGE  # its last page may hold nothing


def test_garbage_in_the_header(tmp_path, healthy):
    """Faults 56, 57, 62: each byte of the file's header in turn; what opens is what it was."""
    refusals = set()
    for at in range(100):
        if at in (18, 19):
            continue  # the journal's mode: what is left is a sound store, which opens
        for value in (0, 255):
            room = tmp_path / f"{at}-{value}"
            room.mkdir()
            damaged = healthy.held[:at] + bytes([value]) + healthy.held[at + 1 :]
            refusals.update(answers_rightly_or_tells(room, healthy, damaged))
    assert refusals <= {"StoreDamaged", "NotAStore", "StoreTooNew", "StoreFailed"}
    assert {"StoreDamaged", "NotAStore", "StoreTooNew"} <= refusals


def test_single_bits(tmp_path, healthy):
    """Fault 56: SQLite can't notice each bit, but whatever it says of one is documented."""
    rng = random.Random(56)
    for _ in range(80):
        damaged = bytearray(healthy.held)
        for _ in range(rng.choice([1, 5, 40])):
            damaged[rng.randrange(100, len(damaged))] ^= 1 << rng.randrange(8)
        (tmp_path / "x.db").write_bytes(damaged)
        try:
            with CRM(tmp_path / "x.db", busy_timeout=0.2) as crm:
                for verb in (READING | WRITING).values():
                    with suppress(errors.WixCRMError):
                        verb(crm, healthy.id)
        except errors.StoreError:
            pass
        for side in tmp_path.iterdir():
            side.unlink()


def test_text_that_is_no_utf_8(tmp_path, healthy):
    """Fault 56: bytes that are no text, in a value and in the schema, are damage too."""
    path = tmp_path / "x.db"
    for text in (b"7@example.com", b"CREATE TABLE contacts"):
        path.write_bytes(healthy.held.replace(text, b"\xff" * len(text)))
        with pytest.raises(errors.StoreDamaged), CRM(path) as crm:
            list(crm.iter_contacts())


def test_a_sound_part_stays_readable(tmp_path, healthy):
    """Fault 56: what the damage does not touch is still answered, and the store stays open."""
    path = tmp_path / "x.db"
    path.write_bytes(healthy.held)
    pages = _root_pages(path)
    start = (pages["outbox"] - 1) * PAGE
    held = bytearray(healthy.held)
    held[start : start + PAGE] = b"\xff" * PAGE
    path.write_bytes(held)
    with CRM(path) as crm:
        for _ in range(2):
            with pytest.raises(errors.StoreDamaged, match="backup"):
                list(crm.outbox)
            with pytest.raises(errors.StoreDamaged):
                crm.email_contact("hi", healthy.id)
            assert len(list(crm.iter_contacts())) == PEOPLE
        crm.create_contact(info("goes-on"))
        assert crm.count_contacts() == PEOPLE + 1


def _root_pages(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    try:
        return dict(connection.execute("SELECT name, rootpage FROM sqlite_schema"))
    finally:
        connection.close()


# Files that do not belong together.


def leave_open(path: Path, names: Iterable[str]) -> None:
    """Ends a process that did not close its store: its last rows are only in the log."""
    script = (
        "crm = CRM(path)\nfor name in sys.argv[2:]: crm.create_contact(info(name))\nos._exit(0)"
    )
    with program(script, path, *names) as other:
        assert other.end() == 0
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


def test_a_copy_without_its_log(tmp_path):
    """Fault 53: a store that was copied alone while it was open has what its last checkpoint
    had: here nothing yet. It opens, and is sound."""
    leave_open(tmp_path / "x.db", ["ana", "ben"])
    shutil.copy(tmp_path / "x.db", tmp_path / "copy.db")
    with CRM(tmp_path / "copy.db") as crm:
        assert crm.count_contacts() == 0
        crm.create_contact(info("cem"))
    integrity(tmp_path / "copy.db")
    with CRM(tmp_path / "x.db") as crm:
        assert crm.count_contacts() == 2


def test_a_copy_with_its_log(tmp_path):
    """Fault 53: file and log copied together, when nothing writes, are the whole store."""
    leave_open(tmp_path / "x.db", ["ana", "ben"])
    for side in ("", "-wal"):
        shutil.copy(tmp_path / f"x.db{side}", tmp_path / f"copy.db{side}")
    with CRM(tmp_path / "copy.db") as crm:
        assert crm.count_contacts() == 2
    integrity(tmp_path / "copy.db")


@pytest.mark.parametrize("side", ["-wal", "-shm", "-journal"])
def test_side_files_that_belong_to_nobody(tmp_path, healthy, side):
    """Fault 54: garbage where a log or its kin is looked for changes no answer."""
    rng = random.Random(54)
    for number, junk in enumerate((b"", b"junk", rng.randbytes(20_000), bytes(20_000))):
        path = tmp_path / f"{number}.db"
        path.write_bytes(healthy.held)
        path.with_name(f"{path.name}{side}").write_bytes(junk)
        with CRM(path, busy_timeout=0.5) as crm:
            for name, verb in READING.items():
                assert verb(crm, healthy.id) == healthy.answers[name]
        integrity(path)
        assert not path.with_name(f"{path.name}-wal").exists()


@pytest.mark.parametrize("others", [["ana"], [f"n{number}" for number in range(200)]])
def test_the_log_of_another_store(tmp_path, healthy, others):
    """Fault 54: SQLite takes another store's log for its own: the file may be damaged by that,
    which nobody can prevent, but each verb answers or raises a documented error."""
    path = tmp_path / "x.db"
    path.write_bytes(healthy.held)
    leave_open(tmp_path / "other.db", others)
    shutil.copy(tmp_path / "other.db-wal", tmp_path / "x.db-wal")
    try:
        with CRM(path, busy_timeout=0.5) as crm:
            for verb in (READING | WRITING).values():
                with suppress(errors.StoreError, LookupError):
                    verb(crm, healthy.id)
    except errors.StoreError:
        pass
    with CRM(tmp_path / "other.db") as crm:
        assert crm.count_contacts() == len(others)


def test_a_log_that_was_cut_short_or_torn(tmp_path):
    """Faults 43, 54: of a torn log the sound beginning counts, and no contact is there in part."""
    leave_open(tmp_path / "x.db", [f"n{number}" for number in range(12)])
    held, log = (tmp_path / "x.db").read_bytes(), (tmp_path / "x.db-wal").read_bytes()
    counts = []
    for length in [*range(0, len(log), 5000), len(log)]:
        path = tmp_path / f"{length}.db"
        path.write_bytes(held)
        path.with_name(f"{path.name}-wal").write_bytes(log[:length])
        with CRM(path) as crm:
            counts.append(crm.count_contacts())
            assert [contact.emails for contact in crm.iter_contacts()] == [
                (f"n{number}@example.com",) for number in range(counts[-1])
            ]
        integrity(path)
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 12)


# What stands where a store should.


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_no_store(tmp_path):
    """Fault 57: NotAStore, and nobody waits for who would write into it."""
    os.mkfifo(tmp_path / "x.db")
    with pytest.raises(errors.NotAStore):
        CRM(tmp_path / "x.db")
    assert stat.S_ISFIFO((tmp_path / "x.db").stat().st_mode)
    assert os.listdir(tmp_path) == ["x.db"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs devices of Linux")
@pytest.mark.parametrize("device", ["/dev/null", "/dev/full", "/dev/zero"])
def test_a_device_is_no_store(device):
    """Fault 57: NotAStore."""
    with pytest.raises(errors.NotAStore):
        CRM(device)


@pytest.mark.parametrize("side", ["-wal", "-shm", "-journal"])
def test_a_folder_where_a_side_file_belongs(tmp_path, side):
    """Fault 57: a documented error or none, and the store is as it was."""
    path = tmp_path / "x.db"
    with CRM(path) as crm:
        crm.create_contact(info("ana"))
    before = path.read_bytes()
    (tmp_path / f"x.db{side}").mkdir()
    with suppress(errors.StoreError):
        CRM(path, busy_timeout=0.2).close()
    assert path.read_bytes() == before
    (tmp_path / f"x.db{side}").rmdir()
    with CRM(path) as crm:
        assert crm.count_contacts() == 1


def test_a_link_that_points_nowhere(tmp_path):
    """Fault 55: the store is made where the link points, and the link stays a link."""
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    with CRM(tmp_path / "link.db") as crm:
        crm.create_contact(info("ana"))
    assert (tmp_path / "link.db").is_symlink()
    with CRM(tmp_path / "real.db") as crm:
        assert crm.count_contacts() == 1


def test_links_in_a_circle(tmp_path):
    """Fault 55: a documented error."""
    (tmp_path / "a.db").symlink_to(tmp_path / "b.db")
    (tmp_path / "b.db").symlink_to(tmp_path / "a.db")
    with pytest.raises(errors.StoreError):
        CRM(tmp_path / "a.db")
    assert sorted(os.listdir(tmp_path)) == ["a.db", "b.db"]


def test_a_hard_link_made_while_a_store_is_open(tmp_path):
    """Fault 55: the second name is refused, the open store goes on."""
    with CRM(tmp_path / "x.db") as crm:
        os.link(tmp_path / "x.db", tmp_path / "second.db")
        crm.create_contact(info("ana"))
        with pytest.raises(errors.NotAStore, match="hard links"):
            CRM(tmp_path / "second.db")
        assert crm.count_contacts() == 1
    assert sorted(os.listdir(tmp_path)) == ["second.db", "x.db"]


def test_a_look_at_a_file_that_is_gone_makes_none(tmp_path):
    """Fault 51: SQLite never makes a file by itself, not even if it vanished just now."""
    with pytest.raises(sqlite3.OperationalError):
        connections._peek(str(tmp_path / "x.db"))
    assert os.listdir(tmp_path) == []


def test_a_path_that_is_too_long(tmp_path):
    """Fault 59: a documented error, for the name and for the whole path."""
    for path in (tmp_path / ("x" * 300), tmp_path.joinpath(*["folder"] * 900, "x.db")):
        with pytest.raises(errors.StoreError):
            CRM(path)
    deep = tmp_path.joinpath(*["y" * 60] * 8)  # longer than SQLite's own limit of 512
    deep.mkdir(parents=True)
    with suppress(errors.StoreError), CRM(deep / "x.db") as crm:
        crm.create_contact(info("ana"))
