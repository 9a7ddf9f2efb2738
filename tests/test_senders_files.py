"""FolderSender and MaildirSender: mails as files, whole or not there, private, never twice."""

from __future__ import annotations

import email
import email.policy
import errno
import mailbox
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from fault_injection import needs_strace

from wixcrm_local import (
    InvalidArgument,
    PermanentFailure,
    SenderUnavailable,
    UncertainDelivery,
)
from wixcrm_local.senders import FolderSender, MaildirSender
from wixcrm_local.senders.contract import sample_message

MOMENT = datetime(2026, 1, 31, 12, 0, 0, 1500, tzinfo=UTC)
ID = "0199c0de-0000-7000-8000-000000000001"
KINDS = pytest.mark.parametrize("kind", [FolderSender, MaildirSender])
posix_only = pytest.mark.skipif(os.name != "posix", reason="modes and limits of POSIX")


def mail(**changes: Any) -> Any:
    return sample_message(**{"id": ID, "created_at": MOMENT, **changes})


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_file_holds_the_bytes_that_go_over_the_wire(tmp_path: Path) -> None:
    """email.md: one .eml for each mail, named so that names sort by time."""
    sender, message = FolderSender(tmp_path / "mails"), mail()
    receipt = sender.send(message)
    (file,) = files_in(tmp_path)
    assert file.name == receipt.response == f"20260131T120000.001500Z-{ID}.eml"
    assert file.read_bytes() == message.as_bytes()
    sender.send(mail(id="a", created_at=MOMENT.replace(microsecond=999)))
    assert [it.name[-6:] for it in files_in(tmp_path)] == [" a.eml".replace(" ", "-"), "01.eml"]


def test_a_maildir_can_be_read_by_others(tmp_path: Path) -> None:
    """The standard library's Maildir finds the mail in `new`, whichever mark it uses."""
    sender, message = MaildirSender(tmp_path / "Mail"), mail(subject="Grüße", text="Ürün\n")
    receipt = sender.send(message)
    assert receipt.response == f"1769860800.M001500_{ID}.wixcrm-local"
    for mark in (":", "!"):
        box = mailbox.Maildir(tmp_path / "Mail", create=False)
        box.colon = mark
        assert box.keys() == [receipt.response]
        assert box[receipt.response].get_subdir() == "new"
        read = email.message_from_bytes(
            box.get_bytes(receipt.response), policy=email.policy.default
        )
        assert read["Subject"] == "Grüße"
        assert read["Message-ID"] == message.message_id
        part: Any = read.get_body(("plain",))
        assert part.get_content().split() == ["Ürün"]
    assert sorted(it.name for it in (tmp_path / "Mail").iterdir()) == ["cur", "new", "tmp"]
    assert b"\r" not in files_in(tmp_path)[0].read_bytes() or os.linesep == "\r\n"


@KINDS
def test_a_retry_is_the_same_file(kind: Any, tmp_path: Path) -> None:
    """Fault 46: after a crash between writing and marking, a retry changes nothing."""
    sender = kind(tmp_path / "mails")
    first = sender.send(mail())
    (file,) = files_in(tmp_path)
    before = (file.read_bytes(), file.stat().st_ino, file.stat().st_mtime_ns)
    again = kind(tmp_path / "mails").send(mail())
    assert files_in(tmp_path) == [file]
    assert (file.read_bytes(), file.stat().st_ino, file.stat().st_mtime_ns) == before
    assert again.response == f"{first.response} was there already"


@KINDS
def test_another_file_of_the_name_stays(kind: Any, tmp_path: Path) -> None:
    """What was written is never written over, not even by a mail that took its id."""
    sender = kind(tmp_path / "mails")
    sender.send(mail())
    (file,) = files_in(tmp_path)
    before = file.read_bytes()
    with pytest.raises(PermanentFailure, match="move that file away") as caught:
        sender.send(mail(subject="Other"))
    assert caught.value.details["reason"] == "exists"
    assert files_in(tmp_path) == [file]
    assert file.read_bytes() == before


@KINDS
@pytest.mark.parametrize("id", ["../../evil", "a/b", "C:\\x", "a*?|", '"%', "...", "~x.", "é" * 9])
def test_any_id_is_spelled_on_any_system(kind: Any, id: str, tmp_path: Path) -> None:
    """Fault 76: an id never leaves the folder, and names are such as Windows takes."""
    sender = kind(tmp_path / "mails")
    name = sender.send(mail(id=id)).response
    (file,) = files_in(tmp_path)
    assert file.name == name
    assert file.parent in (tmp_path / "mails", tmp_path / "mails" / "new")
    assert PureWindowsPath(name).name == name
    assert not set(name) & set('<>:"/\\|?*!,')
    assert name.isascii()
    assert name[0].isdigit()
    assert name[-1] not in ". "


def test_no_two_ids_share_a_name(tmp_path: Path) -> None:
    """The sign that spells the others is spelled itself."""
    sender = FolderSender(tmp_path)
    ids = ["a/b", "a%2fb", "a%2Fb", "a-b", "a_b", "a.b"]
    assert len({sender.send(mail(id=id)).response for id in ids}) == len(ids)
    longest = "/" * 64  # the longest id there is
    assert len(sender.send(mail(id=longest)).response) < 250
    assert len(MaildirSender(tmp_path / "m").send(mail(id=longest)).response) < 255 - 28


@posix_only
@KINDS
def test_files_and_folders_are_private(kind: Any, tmp_path: Path) -> None:
    """Fault 58: 0600, and 0700 for folders, whatever the umask allows."""
    before = os.umask(0)
    try:
        kind(tmp_path / "mails").send(mail())
    finally:
        os.umask(before)
    for path in (tmp_path / "mails").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert stat.S_IMODE((tmp_path / "mails").stat().st_mode) == 0o700


@KINDS
def test_a_folder_that_can_t_be_had_says_nothing_about_the_mail(kind: Any, tmp_path: Path) -> None:
    """No attempt is spent where the parent is missing, or a file stands in the folder's place."""
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "no" / "mails", tmp_path / "file", tmp_path / "file" / "mails"):
        with pytest.raises(SenderUnavailable, match="see that its folder's parent") as caught:
            kind(folder).send(mail())
        assert caught.value.details["errno"] in (errno.ENOENT, errno.ENOTDIR, errno.EEXIST)
        assert "ana@" not in caught.value.message
    assert (tmp_path / "file").read_text() == "mine"
    assert files_in(tmp_path) == [tmp_path / "file"]


@pytest.mark.parametrize("folder", ["", "a\0b", None, 5, b"mails", []])
@KINDS
def test_a_folder_is_a_path(kind: Any, folder: Any) -> None:
    """Errors name the argument and the remedy."""
    with pytest.raises(InvalidArgument, match=r"^folder .*pass ") as caught:
        kind(folder)
    assert caught.value.details == {"argument": "folder"}


@KINDS
def test_a_folder_stays_where_it_was(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that changes its folder doesn't scatter the mails."""
    monkeypatch.chdir(tmp_path)
    sender = kind("mails")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    sender.send(mail())
    assert (tmp_path / "mails").is_dir()
    assert sender.name.endswith(str(tmp_path / "mails"))


@posix_only
@KINDS
def test_an_odd_path_is_taken_literally_and_named_on_one_line(kind: Any, tmp_path: Path) -> None:
    """Fault 59: %, #, blanks and line breaks; bytes that are no text can still be recorded."""
    odd = os.fsencode(tmp_path) + "/a %20#?é\n".encode() + (b"\xff" if os.sep == "/" else b"")
    if sys.platform == "darwin":  # whose file systems hold nothing but Unicode
        odd = odd[:-1]
    sender = kind(os.fsdecode(odd))
    sender.send(mail())
    assert os.path.isdir(odd)
    assert sender.name.isprintable()
    assert sender.name.encode()
    assert "a %20#?é\\x0a" in sender.name


# What the programs below begin with: importing pytest would take longer than all the rest.
_BEGIN = f"""
import sys
from datetime import datetime
from wixcrm_local import senders
from wixcrm_local.senders.contract import sample_message
sender = getattr(senders, sys.argv[1])(sys.argv[2])
def mail(**changes):
    moment = datetime.fromisoformat({MOMENT.isoformat()!r})
    return sample_message(**{{"id": {ID!r}, "created_at": moment, **changes}})
def answer(message):
    try:
        sender.send(message)
    except Exception as error:
        return f"{{type(error).__name__}} {{error.details['errno']}}"
    return "taken"
"""


def program(kind: Any, folder: Path, code: str) -> list[str]:
    """The command of a process that runs `code` with a sender on `folder`."""
    return [sys.executable, "-c", _BEGIN + code, kind.__name__, str(folder)]


@KINDS
@pytest.mark.storm
def test_processes_that_hand_over_one_mail_leave_one_file(kind: Any, tmp_path: Path) -> None:
    """Fault 38: whoever is first, the mail stands there once and whole."""
    code = """
print("ready", flush=True)
sys.stdin.readline()
for at in range(50):
    print(answer(mail(id=f"id-{at}", text="x" * 50_000)))
"""
    workers = [
        subprocess.Popen(
            program(kind, tmp_path / "mails", code),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = [worker.communicate(timeout=120)[0] for worker in workers]
    assert answers == ["taken\n" * 50] * 3
    wanted = {mail(id=f"id-{at}", text="x" * 50_000).as_bytes() for at in range(50)}
    found = {it.read_bytes().replace(b"\r", b"") for it in files_in(tmp_path)}
    assert found == {it.replace(b"\r", b"") for it in wanted}
    assert len(files_in(tmp_path)) == 50


@posix_only
@KINDS
def test_a_mail_larger_than_a_file_may_be_is_not_half_written(kind: Any, tmp_path: Path) -> None:
    """Fault 48: nothing is left of it, and smaller mails go on."""
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
print(answer(mail(id="long", text="x" * 50_000)))
print(answer(mail(id="short")))
"""
    run = subprocess.run(
        program(kind, tmp_path / "mails", code), stdout=subprocess.PIPE, text=True, timeout=60
    )
    assert run.stdout.split("\n") == [f"TemporaryFailure {errno.EFBIG}", "taken", ""]
    assert ["short" in path.name for path in files_in(tmp_path)] == [True]


def traced(kind: Any, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """One process that sends one mail, under strace."""
    watched = ["strace", "-f", "-o", str(folder.parent / "trace"), *options]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # no writes but the mail's
    return subprocess.run(
        [*watched, *program(kind, folder, "print(answer(mail()))")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        timeout=120,
    )


def mails_in(folder: Path) -> list[Path]:
    """The files of the mail itself, finished ones only."""
    return [it for it in files_in(folder) if ID in it.name and "unfinished" not in it.name]


@needs_strace
@pytest.mark.storm
@KINDS
def test_a_mail_is_synced_before_it_has_its_name(kind: Any, tmp_path: Path) -> None:
    """Fault 43: a receipt outlasts a power cut: first the file is synced, then named, then the
    folder synced."""
    assert traced(kind, tmp_path / "mails", "-e", "trace=fsync,?rename").stdout == "taken\n"
    lines = (tmp_path / "trace").read_text("utf-8").splitlines()
    calls = [line.split()[1].partition("(")[0] for line in lines]
    made = [call for call in calls if call in ("fsync", "rename")]
    assert made[-3:] == ["fsync", "rename", "fsync"]


@needs_strace
@pytest.mark.storm
@KINDS
@pytest.mark.parametrize(("call", "times"), [("fsync", 2), ("rename", 1), ("write", 1)])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_disk_that_fails_leaves_no_half_mail(
    kind: Any, call: str, times: int, error: str, tmp_path: Path
) -> None:
    """Fault 44: whichever call fails, the mail stays in the outbox, and a retry is harmless."""
    kind(tmp_path / "mails").send(mail(id="before"))  # so that the folders are there
    whole = mail().as_bytes().count(b"\n")
    for number in range(1, times + 1):
        run = traced(kind, tmp_path / "mails", "-e", f"inject={call}:error={error}:when={number}")
        assert run.stdout == f"SenderUnavailable {getattr(errno, error)}\n"
        assert len(files_in(tmp_path)) == 2 + len(mails_in(tmp_path))  # nothing unfinished
        kind(tmp_path / "mails").send(mail())
        (file,) = mails_in(tmp_path)
        assert file.read_bytes().count(b"\n") == whole
        os.remove(file)


@needs_strace
@pytest.mark.storm
@KINDS
@pytest.mark.parametrize(("call", "times"), [("write", 1), ("fsync", 2), ("rename", 1)])
def test_a_process_that_is_killed_leaves_no_half_mail(
    kind: Any, call: str, times: int, tmp_path: Path
) -> None:
    """Fault 40: under its name a mail is whole or not there, and a retry brings it."""
    kind(tmp_path / "mails").send(mail(id="before"))
    whole = mail().as_bytes().count(b"\n")
    for number in range(1, times + 1):
        run = traced(kind, tmp_path / "mails", "-e", f"inject={call}:signal=SIGKILL:when={number}")
        assert run.stdout == ""
        assert [it.read_bytes().count(b"\n") for it in mails_in(tmp_path)] in ([], [whole])
        kind(tmp_path / "mails").send(mail())
        (file,) = mails_in(tmp_path)
        assert file.read_bytes().count(b"\n") == whole
        os.remove(file)


def test_files_never_leave_a_delivery_uncertain() -> None:
    """Files: a retry is recognised, so that nothing needs a person's decision."""
    import inspect

    from wixcrm_local.senders import files

    assert UncertainDelivery.__name__ not in inspect.getsource(files)
