"""Promises 3, 4 and 8: disks that fail, fill up or can't be written, met in one open store."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fault_injection import (
    PERSON,
    calls_of,
    needs_strace,
    run_with_fault,
    stands_by_its_word,
    told_where,
)
from store_fixtures import info, program, run, snapshot

from wixcrm_local import CRM

# Each step is taken again after a documented error. A write whose outcome was unknown must go
# on with another connection: an error of a sync is reported only once.
EACH_STEP_AGAIN = """
def scenario(path, tell):
    def again(work):
        try:
            return work()
        except StoreError as error:
            tell("refused", type(error).__name__)
            return work()
    def write(work):
        writer = crm._store._writer.connection
        refused = []
        def noted():
            try:
                return work()
            except StoreFailed as error:
                refused.append(error)
                raise
        done = again(noted)
        assert not refused or crm._store._writer.connection is not writer
        return done
    def both():
        with crm.transaction():
            return [crm.create_contact(person(name)) for name in "vw"]
    crm = again(lambda: CRM(path, busy_timeout=0.5))
    for name in "xy":
        id = write(lambda: crm.create_contact(person(name)))
        tell("contact", id)
    assert again(crm.count_contacts) == 2
    write(lambda: crm.triggered_emails.save("welcome", subject="Hi", text="Hi x"))
    tell("mail", write(lambda: crm.send_email("welcome", id)).id)
    tell("pair", *write(both))
    crm._store._empty_log()
    tell("contact", write(lambda: crm.create_contact(person("z"))))
    assert again(crm.count_contacts) == 5
    crm.close()
"""

# Calls, their error, what may come of it, and of how many calls each one is tried: pages are
# written by many calls that are alike.
FAULTS = {
    "sync": (("fsync", "fdatasync"), "EIO", {"StoreFailed"}, 1),
    "write": (("pwrite64",), "EIO", {"StoreFailed", "StoreFull"}, 3),
    "full": (("pwrite64",), "ENOSPC", {"StoreFull"}, 2),
    "quota": (("pwrite64",), "EDQUOT", {"StoreFull", "StoreFailed"}, 10),
    "read-only": (("pwrite64",), "EROFS", {"StoreFailed", "StoreFull"}, 10),
    "truncate": (("ftruncate",), "EIO", {"StoreFailed"}, 1),
    "remove": (("unlink", "unlinkat"), "EIO", {"StoreFailed"}, 1),
    "read": (("pread64",), "EIO", {"StoreFailed", "StoreDamaged"}, 2),
    "map": (("mmap",), "ENOMEM", {"StoreFailed"}, 1),
    "open": (("openat",), "EMFILE", {"StoreNotFound", "StoreReadOnly"}, 1),
    "look": (
        ("newfstatat", "fstat"),
        "EIO",
        {"StoreFailed", "StoreNotFound", "StoreReplaced", "StoreFull"},
        7,
    ),
}


def fail_each_call(fault: str, room: Path, *, new: bool, every: int) -> set[str]:
    """The errors that were met; each failing call is a run of its own."""
    calls, errno, allowed, _ = FAULTS[fault]
    base = room / "base"
    base.mkdir()
    if not new:
        CRM(base / "x.db").close()
    counted = calls_of(EACH_STEP_AGAIN, base, room, calls)
    met: set[str] = set()
    for case in run_with_fault(EACH_STEP_AGAIN, base, room, f"error={errno}", counted, every=every):
        refusals = [words[0] for kind, *words in case.told if kind == "refused"]
        with told_where(case):
            assert case.end == 0
            assert len(refusals) <= 1
            assert set(refusals) <= allowed
            stands_by_its_word(case.path, case.told)
        met.update(refusals)
    return met


@needs_strace
@pytest.mark.storm
@pytest.mark.parametrize("new", [True, False], ids=["new", "old"])
@pytest.mark.parametrize("fault", FAULTS)
def test_any_call_may_fail_once(tmp_path, fault, new):
    """Faults 44, 45, 47, 48, 50, 61: whichever system call fails, the error is a documented one,
    the same open store goes on, and repeating what was refused makes it whole."""
    met = fail_each_call(fault, tmp_path, new=new, every=FAULTS[fault][3])
    assert met or (fault, new) == ("remove", False)


@needs_strace
@pytest.mark.parametrize(("fault", "every"), [("sync", 2), ("full", 15)])
def test_some_calls_fail_once(tmp_path, fault, every):
    """Faults 44, 45, 47: the same for a few calls."""
    assert fail_each_call(fault, tmp_path, new=True, every=every) == FAULTS[fault][2]


# Small disks of their own.


@cache
def _mounting() -> tuple[str, ...] | None:
    """What makes a command one that may mount, if anything does."""
    if sys.platform != "linux":
        return None
    for before in (("unshare", "-m"), ("unshare", "-rm")):
        mount = [*before, "mount", "-t", "tmpfs", "-o", "size=1m", "none", tempfile.gettempdir()]
        try:
            if subprocess.run(mount, capture_output=True).returncode == 0:
                return before
        except OSError:
            break
    return None


needs_mount = pytest.mark.skipif(_mounting() is None, reason="needs Linux and the right to mount")

SMALL_DISK = """
import subprocess
folder = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=True)
path = folder + "/x.db"
def fill():
    with open(folder + "/filler", "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
def free():
    os.remove(folder + "/filler")
def refused(work):
    try:
        work()
    except StoreError as error:
        return type(error).__name__
    return "done"
"""


def on_a_small_disk(script: str, folder: Path) -> list[str]:
    before = _mounting()
    assert before is not None
    return run(SMALL_DISK + script, folder, before=before)


@needs_mount
@pytest.mark.parametrize("left", ["closed", "killed"])
def test_opening_on_a_full_disk(tmp_path, left):
    """Fault 49, promise 8: where not even 32 KiB for shared memory are left, a store opens and
    reads, refuses to write, lets others read too, and goes on once there is room."""
    script = """

if os.fork() == 0:
    crm = CRM(path, default_region="US")
    ana = crm.create_contact(info("ana"))
    if "LEFT" == "closed":
        crm.close()
    os._exit(0)
os.wait()
if os.path.exists(path + "-shm"):
    os.remove(path + "-shm")  # as a restart of the machine does not keep its contents
fill()
with CRM(path) as crm, CRM(path, busy_timeout=0.2) as other:
    ana = crm.find_contact(email="ana@example.com")
    assert ana == other.get_contact(ana.id)
    assert (crm.count_contacts(), crm.default_region) == (1, "US")
    tell(refused(lambda: crm.create_contact(info("ben"))))
    tell(refused(crm.transaction().__enter__))
    tell(refused(lambda: other.labels.create("VIP")))
    crm._store.roll_back(KeyError())
    assert list(crm.iter_contacts()) == [ana]
    free()
    crm.create_contact(info("ben"))
    other.create_contact(info("cem"))
    assert not crm._store._writer.alone and not other._store._writer.alone
    tell(crm.count_contacts())
tell(os.listdir(folder))
""".replace("LEFT", left)
    said = on_a_small_disk(script, tmp_path)
    assert said == ["StoreFull", "done", "StoreFull", "3", "['x.db']"]


@needs_mount
def test_creating_on_a_full_disk(tmp_path):
    """Faults 41, 47: StoreFull, and the file that was begun is finished once there is room."""
    said = on_a_small_disk(
        """
fill()
tell(refused(lambda: CRM(path)))
free()
with CRM(path) as crm:
    crm.create_contact(info("ana"))
    tell(crm.count_contacts())
""",
        tmp_path,
    )
    assert said == ["StoreFull", "1"]


@needs_mount
def test_a_disk_that_fills_up_under_every_verb(tmp_path):
    """Fault 47, promise 8: "full" durability, transactions and mails; what was told is readable
    while the disk is full, nothing else is there, and the same open store goes on."""
    said = on_a_small_disk(
        PERSON
        + """
crm = CRM(path, default_region="US")
crm.triggered_emails.save("welcome", subject="Hi", text="x" * 3000)
ana = crm.create_contact(info("ana"))
fill()
contacts, mails, errors = {ana}, 0, set()
for number in range(3000):
    if len(errors) == 3:
        break
    try:
        if number % 3 == 0:
            contacts.add(crm.create_contact({**info(number), "picture": "x" * 1500}))
        elif number % 3 == 1:
            mails += bool(crm.send_email("welcome", ana))
        else:
            with crm.transaction():
                pair = {crm.create_contact(info(f"{number}-{half}")) for half in "ab"}
            contacts |= pair
    except StoreFull:
        errors.add(number % 3)
    if number == 2900: raise AssertionError("never full")
def look():
    assert {contact.id for contact in crm.iter_contacts()} == contacts
    assert len(crm.outbox) == mails
look()
free()
contacts.add(crm.create_contact(info("afterwards")))
look()
crm.close()
crm = CRM(path)
look()
tell("recovered")
""",
        tmp_path,
    )
    assert said == ["recovered"]


# Files and folders that this user may not write: root may write everything, so it becomes another.

UNPRIVILEGED = """
import stat
folder = sys.argv[1]
path = folder + "/x.db"
with CRM() as warm:
    warm.create_contact({**info("warm"), "phones": ["+1 650 253 0000"]})
def become_another():
    if os.geteuid() == 0:
        for name in [folder, *(folder + "/" + name for name in os.listdir(folder))]:
            os.chown(name, 65534, 65534)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
def refused(work):
    try:
        work()
    except StoreError as error:
        assert path in error.message or folder in error.message
        return type(error).__name__
    return "done"
"""


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that another user may reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


posix_only = pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")

FORBIDDEN = {
    "a file to read only": ("os.chmod(path, 0o400)", "StoreReadOnly"),
    "a file of no rights": ("os.chmod(path, 0)", "StoreReadOnly"),
    "a folder to read only": ("os.chmod(folder, 0o500)", "StoreReadOnly"),
    "a folder of no rights": ("os.chmod(folder, 0)", "StoreReadOnly"),
}


@posix_only
@pytest.mark.parametrize(("forbid", "error"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_may_not_be_written_is_refused(shared_folder, forbid, error):
    """Fault 50: StoreReadOnly when it is opened, and nothing is changed or left beside it."""
    with CRM(shared_folder / "x.db") as crm:
        crm.create_contact(info("ana"))
    before = snapshot(shared_folder)
    script = f"become_another()\n{forbid}\ntell(refused(lambda: CRM(path)))"
    assert run(UNPRIVILEGED + script, shared_folder) == [error]
    os.chmod(shared_folder, 0o755)
    os.chmod(shared_folder / "x.db", 0o600)
    assert snapshot(shared_folder) == before


@posix_only
def test_a_new_store_in_a_forbidden_folder(shared_folder):
    """Fault 50: StoreReadOnly, and no file is begun."""
    script = "become_another()\nos.chmod(folder, 0o500)\ntell(refused(lambda: CRM(path)))"
    assert run(UNPRIVILEGED + script, shared_folder) == ["StoreReadOnly"]
    os.chmod(shared_folder, 0o755)
    assert snapshot(shared_folder) == {}


@posix_only
def test_rights_that_are_lost_while_a_store_is_open(shared_folder):
    """Fault 50: what is open goes on, and what has to be opened is a documented error."""
    script = """
become_another()
crm = CRM(path)
crm.create_contact(info("ana"))
os.chmod(folder, 0)
tell(refused(lambda: crm.create_contact(info("ben"))))
tell(refused(crm.count_contacts))
os.chmod(folder, 0o700)
crm.create_contact(info("ben"))
tell(crm.count_contacts())
crm.close()
tell(os.listdir(folder))
"""
    said = run(UNPRIVILEGED + script, shared_folder)
    assert set(said[:2]) <= {"StoreReplaced", "StoreNotFound", "StoreReadOnly"}
    assert said[2:] == ["2", "['x.db']"]


@posix_only
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("side", ["-wal", "-shm"])
def test_side_files_that_another_user_left(shared_folder, side):
    """Fault 50: after a run as root, whose log this user may not open, it is a clear refusal
    that says so; nothing is changed, and the owner can go on."""
    path = shared_folder / "x.db"
    with program("crm = CRM(path)\ncrm.create_contact(info('ana'))\nos._exit(0)", path) as other:
        assert other.end() == 0
    before = snapshot(shared_folder)
    script = f"""
os.chmod(path + "{side}", 0o600)
become_another_but = path + "{side}"
for name in (folder, path, path + "-wal", path + "-shm"):
    if name != become_another_but:
        os.chown(name, 65534, 65534)
os.setgid(65534)
os.setuid(65534)
tell(refused(lambda: CRM(path)))
"""
    (said,) = run(UNPRIVILEGED + script, shared_folder)
    assert said in ("StoreReadOnly", "StoreNotFound")
    assert snapshot(shared_folder) == before
    with CRM(path) as crm:
        assert crm.count_contacts() == 1


def test_a_limit_on_the_size_of_files(tmp_path):
    """Fault 48: each verb is refused with a documented error, and goes on once it may."""
    if sys.platform == "win32":
        pytest.skip("needs limits of POSIX")
    said = run(
        """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
crm = CRM(path)
crm.triggered_emails.save("welcome", subject="Hi", text="Hi")
ana = crm.create_contact(info("ana"))
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path + "-wal"), hard))
verbs = (
    lambda: crm.create_contact(info("ben")),
    lambda: crm.create_contact({**info("ana"), "firstName": "Ana"}),
    lambda: crm.email_contact("welcome", ana),
    lambda: crm.labels.create("VIP"),
    lambda: crm.register_member(ana, "ana@example.com"),
)
for verb in verbs:
    try:
        verb()
    except (StoreFull, StoreFailed) as error:
        tell(type(error).__name__)
    assert (crm.count_contacts(), len(crm.outbox), crm.labels.list()) == (1, 0, ())
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
for verb in verbs[:-1]:
    verb()
assert verbs[-1]().is_member
assert (crm.count_contacts(), len(crm.outbox), len(crm.labels.list())) == (2, 1, 1)
crm.close()
""",
        tmp_path / "x.db",
    )
    assert len(said) == 5
    with CRM(tmp_path / "x.db") as crm:
        assert (crm.count_contacts(), len(crm.outbox)) == (2, 1)
