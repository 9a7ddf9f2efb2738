"""Issue 7: what may be given as source and target, and what stays open, whole and private."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from store_fixtures import descriptors, info, snapshot
from transfer_fixtures import octets, people

from wixcrm_local import CRM, errors

TWO = people(2)


@pytest.fixture
def on_file(open_crm: Any, tmp_path: Path) -> Any:
    with open_crm(tmp_path / "x.db") as crm:
        yield crm


def test_a_path_is_read(any_crm: CRM, tmp_path: Path) -> None:
    """Issue 7: as a text, and as a Path; the file is left as it was, and closed."""
    path = tmp_path / "people.csv"
    path.write_bytes(TWO)
    before = descriptors() if sys.platform == "linux" else []
    assert any_crm.import_contacts(path).created == 2
    assert any_crm.import_contacts(str(path)).unchanged == 2
    assert path.read_bytes() == TWO
    assert str(path) not in set(descriptors() if sys.platform == "linux" else []) - set(before)


def test_open_files_are_read_and_stay_open(crm: CRM, tmp_path: Path) -> None:
    """Issue 7: of bytes and of text, from where they stand on."""
    path = tmp_path / "people.csv"
    path.write_bytes(b"ignore this line\r\n" + TWO)
    with open(path, "rb") as binary, open(path, encoding="utf-8", newline="") as text:
        binary.readline()
        text.readline()
        assert crm.import_contacts(binary).created == 2
        assert crm.import_contacts(text).unchanged == 2
        assert not binary.closed
        assert not text.closed
    assert crm.import_contacts(io.BytesIO(TWO)).unchanged == 2
    assert crm.import_contacts(io.StringIO(TWO.decode())).unchanged == 2


def test_text_that_a_wrapper_reads_is_read(crm: CRM) -> None:
    """Issue 7: what tempfile gives is no TextIOBase, and is a file of text."""
    with tempfile.NamedTemporaryFile("w+", newline="", encoding="utf-8") as file:
        file.write(octets([("Zoë", "", "zoe@example.com", "", "")]).decode())
        file.seek(0)
        assert crm.import_contacts(file).created == 1
    assert crm.find_contact(email="zoe@example.com").first_name == "Zoë"


def test_a_pipe_is_read(any_crm: CRM) -> None:
    """Issue 7: what can't be read twice is read once; how much of it is left nobody knows."""
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdin is not None
        other.stdin.write(TWO)
        other.stdin.close()
        told: list[Any] = []
        report = any_crm.import_contacts(other.stdout, progress=lambda *args: told.append(args))
    assert report.created == 2
    assert told == [(2, None)]


@pytest.mark.parametrize("source", [None, 5, [], b"people.csv", "", "a\0b", TWO, object()])
def test_what_is_no_source_is_refused(crm: CRM, source: object) -> None:
    """Issue 7: InvalidArgument names the argument, and nothing is begun."""
    with pytest.raises(errors.InvalidArgument) as caught:
        crm.import_contacts(source)
    assert caught.value.details["argument"] == "source"
    assert crm.imports() == ()


@pytest.mark.parametrize("target", [None, 5, [], b"people.csv", "", "a\0b", object()])
def test_what_is_no_target_is_refused(crm: CRM, target: object) -> None:
    """Issue 7: InvalidArgument names the argument."""
    with pytest.raises(errors.InvalidArgument) as caught:
        crm.export_contacts(target)
    assert caught.value.details["argument"] == "target"


def test_what_can_not_be_read_is_told(crm: CRM, tmp_path: Path) -> None:
    """Issue 7: a file that is not there, a folder, what is no table: UnreadableFile, with why."""
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "empty").write_bytes(b"")
    for name in ("nowhere.csv", "", "binary", "empty"):
        with pytest.raises(errors.UnreadableFile):
            crm.import_contacts(tmp_path / name)
    assert crm.imports() == ()
    assert crm.count_contacts() == 0


def test_open_files_that_can_not_be_read_are_told(crm: CRM, tmp_path: Path) -> None:
    """Issue 7: closed, only for writing, in another encoding: a documented error."""
    path = tmp_path / "people.csv"
    path.write_bytes(octets([("Zoë", "", "zoe@example.com", "", "")]))
    with open(path, "rb") as closed:
        pass
    with pytest.raises(errors.InvalidArgument, match="closed file"):
        crm.import_contacts(closed)
    with open(path, "ab") as writing, pytest.raises(errors.UnreadableFile):
        crm.import_contacts(writing)
    with open(path, encoding="ascii") as text, pytest.raises(errors.UnreadableFile, match="ascii"):
        crm.import_contacts(text)


class Failing(io.BytesIO):
    """A file on a disk that fails behind its first octets."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(20)


def test_a_disk_that_fails_is_told(crm: CRM) -> None:
    """Fault 45: UnreadableFile, whether the file is hashed or read."""
    with pytest.raises(errors.UnreadableFile, match="Input/output error"):
        crm.import_contacts(Failing(TWO))


@pytest.mark.parametrize("side", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("way", ["path", "symlink", "hard link"])
def test_the_store_is_no_file_of_another_program(
    on_file: CRM, tmp_path: Path, side: str, way: str
) -> None:
    """Issue 7: under whatever name it is neither opened nor overwritten, as source or target."""
    on_file.create_contact(info("ana"))
    path = own = f"{tmp_path / 'x.db'}{side}"
    if way != "path":
        path = f"{tmp_path / 'other'}"
        if way == "hard link" and not os.path.exists(own):
            return
        (os.symlink if way == "symlink" else os.link)(own, path)
    with pytest.raises(errors.InvalidArgument, match="is the store itself"):
        on_file.import_contacts(path)
    with pytest.raises(errors.InvalidArgument, match="is the store itself"):
        on_file.export_contacts(path, overwrite=True)
    assert os.path.exists(own) == (side != "-journal")
    assert on_file.check().ok


def test_a_target_is_private_and_whole(on_file: CRM, tmp_path: Path) -> None:
    """Issue 7: 0600, nothing beside it, and overwritten only if asked."""
    on_file.create_contact(info("ana"))
    path = tmp_path / "people.csv"
    report = on_file.export_contacts(path)
    assert (report.path, report.contacts, report.format) == (str(path), 1, "csv")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = snapshot(tmp_path)
    with pytest.raises(errors.InvalidArgument, match="overwrite=True") as caught:
        on_file.export_contacts(path)
    assert caught.value.details["reason"] == "exists"
    assert snapshot(tmp_path) == before
    on_file.create_contact(info("ben"))
    assert on_file.export_contacts(path, overwrite=True).contacts == 2
    assert path.read_bytes().count(b"@example.com") == 2
    assert {name for name in os.listdir(tmp_path) if not name.startswith("x.db")} == {"people.csv"}


def test_a_target_is_untouched_by_a_failure(on_file: CRM, tmp_path: Path) -> None:
    """Issue 7: what stood there stands there, and no half of a file beside it."""
    path = tmp_path / "people.csv"
    path.write_text("what was there")
    with pytest.raises(errors.InvalidArgument, match="nonsense"):
        on_file.export_contacts(path, where={"nonsense": 1}, overwrite=True)
    assert path.read_text() == "what was there"
    with pytest.raises(errors.InvalidArgument, match="is a folder"):
        on_file.export_contacts(tmp_path, overwrite=True)
    with pytest.raises(errors.StoreError):
        on_file.export_contacts(tmp_path / "nowhere" / "people.csv")
    names = {name for name in os.listdir(tmp_path) if not name.startswith("x.db")}
    assert names == {"people.csv"}


def test_open_targets_are_written_and_stay_open(crm: CRM, tmp_path: Path) -> None:
    """Issue 7: bytes and text alike; behind what is there already."""
    crm.create_contact({"firstName": "Zoë", "emails": ["zoe@example.com"]})
    whole = tmp_path / "whole.csv"
    crm.export_contacts(whole)
    expected = whole.read_text("utf-8-sig")
    binary, text = io.BytesIO(b"ahead\r\n"), io.StringIO()
    binary.seek(0, os.SEEK_END)
    assert crm.export_contacts(binary).path is None
    crm.export_contacts(text)
    with tempfile.NamedTemporaryFile("w+", newline="", encoding="utf-8") as file:
        crm.export_contacts(file)
        file.seek(0)
        assert file.read().splitlines() == expected.splitlines()
    pieces: list[bytes] = []
    crm.export_contacts(SimpleNamespace(write=pieces.append))
    assert b"".join(pieces) == whole.read_bytes()
    assert binary.getvalue() == b"ahead\r\n" + whole.read_bytes()
    assert text.getvalue().splitlines() == expected.splitlines()
