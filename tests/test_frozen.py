"""Unusual homes: frozen, zipped, without a home folder, and under odd and long paths."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipapp
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(__file__).with_name("frozen_program.py")
OLD = Path(__file__).with_name("fixtures") / "schema_1.sql"
EXPECTED = {
    "same": 6,
    "search": ["Zoë"],
    "sent": 1,
    "text": "Hi Zoë",
    "page": True,
    "created": 3,
    "written": [10] * 5,
    "shown": 10,
    "sound": True,
    "awaited": 10,
}
_FILES = (
    "contacts.db copy.db in.csv in.vcf mails out.csv out.google out.outlook out.vcard page.html"
)
BESIDE = sorted([*_FILES.split(), "out.vcard4"])
PATIENCE = 300

pytestmark = pytest.mark.storm
posix_only = pytest.mark.skipif(os.name != "posix", reason="of POSIX")

needs_objdump = pytest.mark.skipif(
    sys.platform == "linux" and shutil.which("objdump") is None,
    reason="PyInstaller needs objdump (binutils)",
)


def run(command: list[str], folder: Path, *more: object, **environment: str) -> dict[str, Any]:
    """What the program found, which is what it finds everywhere; where it found the package.

    It is given nothing of this environment but what a system needs to start it.
    """
    kept = {
        name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMPDIR") if name in os.environ
    }
    done = subprocess.run(
        [*command, str(folder), *map(str, more)],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert found["beside"] == BESIDE
    return found


def old_store(path: Path) -> Path:
    """A file of the first schema."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    return path


@pytest.fixture(scope="module")
def vendored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, as pip puts it there, and all that it depends on.

    The dependencies are those of this environment, file by file as pip has recorded them, so
    that it takes no network.
    """
    room = tmp_path_factory.mktemp("vendored")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(room / "wheel")]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = (room / "wheel").iterdir()
    target = room / "packages"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True)
    (own,) = metadata.distributions(path=[str(target)])
    for name in dependencies(own):
        copy_distribution(metadata.distribution(name), target)
    return target


def dependencies(own: metadata.Distribution) -> set[str]:
    """The names of all that has to be there, too."""
    found: set[str] = set()
    open_ones = [own]
    while open_ones:
        for text in open_ones.pop().requires or ():
            wanted = Requirement(text)
            is_wanted = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            if is_wanted and wanted.name not in found:
                found.add(wanted.name)
                open_ones.append(metadata.distribution(wanted.name))
    return found


def copy_distribution(distribution: metadata.Distribution, target: Path) -> None:
    for file in distribution.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            place = target / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), place)


@needs_objdump
def test_a_folder_built_by_pyinstaller_does_the_whole_job(vendored: Path, tmp_path: Path) -> None:
    """Issue 8, 5: with the hook that the wheel brings, a frozen program has all it needs: the
    SQL, each region's numbers, and what is loaded by name; but no command line and no test kit."""
    build = [sys.executable, "-m", "PyInstaller", "--onedir", "--noconfirm", "--name", "job"]
    build += ["--distpath", str(tmp_path / "dist"), "--workpath", str(tmp_path / "work")]
    build += ["--specpath", str(tmp_path), "--log-level", "WARN", str(PROGRAM)]
    own = {"PYTHONPATH": str(vendored), "PYINSTALLER_CONFIG_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        build, env={**os.environ, **own}, capture_output=True, text=True, timeout=2 * PATIENCE
    )
    assert done.returncode == 0, done.stderr
    shutil.move(tmp_path / "dist" / "job", tmp_path / "moved")
    room = tmp_path / "room"
    room.mkdir()
    program = tmp_path / "moved" / ("job.exe" if os.name == "nt" else "job")
    found = run([str(program)], room, old_store(tmp_path / "old.db"))
    assert found["migrated"] == 3
    assert found["from"].startswith(str(tmp_path / "moved"))
    packed = (tmp_path / "work" / "job" / "PYZ-00.toc").read_text("utf-8")
    assert "'wixcrm_local.senders.folder'" in packed
    assert "'wixcrm_local.cli" not in packed
    assert "'wixcrm_local.testing" not in packed


def test_a_zipapp_with_its_dependencies_does_the_whole_job(vendored: Path, tmp_path: Path) -> None:
    """Issue 8, 5: one file with all that the wheel depends on runs where nothing is installed."""
    source = tmp_path / "source"
    shutil.copytree(vendored, source)
    shutil.copyfile(PROGRAM, source / "job.py")
    zipapp.create_archive(source, tmp_path / "job.pyz", main="job:main")
    room = tmp_path / "room"
    room.mkdir()
    command = [sys.executable, "-I", "-S", str(tmp_path / "job.pyz")]
    found = run(command, room, old_store(tmp_path / "old.db"))
    assert found["migrated"] == 3
    assert found["from"].startswith(str(tmp_path / "job.pyz"))


def from_packages(vendored: Path) -> list[str]:
    """Runs the program with these packages, and no others."""
    start = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    start += "runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    return [sys.executable, "-I", "-S", "-B", "-c", start, str(vendored), str(PROGRAM)]


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@posix_only
@pytest.mark.parametrize("home", ["/dev/null/home", "", None])
def test_without_a_home_that_can_be_written(
    vendored: Path, tmp_path: Path, home: str | None
) -> None:
    """Issue 8, 5: nothing is looked for in a home folder and nothing cached anywhere, whether it
    can't be written (by nobody, root included), is blank or is not named."""
    before = names_in(vendored)
    run(from_packages(vendored), tmp_path, **({} if home is None else {"HOME": home}))
    assert names_in(vendored) == before


@posix_only
def test_a_home_of_somebody_else(vendored: Path, tmp_path: Path) -> None:
    """Issue 8, 5: a home folder that may only be read is left as it is."""
    home, room = tmp_path / "home", tmp_path / "room"
    for folder in (home, room):
        folder.mkdir()
    home.chmod(0o500)
    run(from_packages(vendored), room, HOME=str(home))
    assert names_in(home) == set()


def odd_names() -> list[str]:
    """Every character that names may have here, in names that leave room for side files."""
    if os.name == "nt":
        odd = {chr(code) for code in range(32, 0x250)} - set('<>:"/\\|?*')
        text = "".join(sorted(odd)) + "☃漢😀"
        return [f"a{text[at : at + 80]}z" for at in range(0, len(text), 80)]
    if sys.platform == "darwin":  # names are UTF-8 there
        text = "".join(map(chr, {*range(1, 0x250)} - {ord("/")})) + "☃漢😀"
        return [text[at : at + 60] for at in range(0, len(text), 60)]
    octets = bytes({*range(1, 256)} - {ord("/")})
    return [os.fsdecode(octets[at : at + 128]) for at in (0, 128)]


@pytest.mark.parametrize("name", odd_names(), ids=ascii)
def test_under_every_character(vendored: Path, tmp_path: Path, name: str) -> None:
    """Fault 59; issue 8, 5: a folder whose name has every character that the system allows."""
    room = tmp_path / name
    room.mkdir()
    run(from_packages(vendored), room, HOME=str(room))


@posix_only
def test_under_a_path_longer_than_260_characters(vendored: Path, tmp_path: Path) -> None:
    """Fault 59; issue 8, 5: what is too long for old interfaces of Windows is nothing special."""
    room = tmp_path
    while len(str(room)) < 300:
        room /= "a folder with quite a long name"
    room.mkdir(parents=True)
    assert len(str(room / "contacts.db")) > 310
    run(from_packages(vendored), room)
