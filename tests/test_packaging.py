"""The package in every form in which people get it: wheel, sdist, zip, target folder, checkout."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAIN_JOB = """
import wixcrm_local
crm = wixcrm_local.CRM()
one = crm.createContact({"emails": ["ana@example.com"], "phones": ["+1 650 253 0000"]})
two = crm.createContact({"phones": ["001 650 2530000"]})
print(wixcrm_local.__file__)
print(one == two, crm.count_contacts())
"""

pytestmark = pytest.mark.storm


def build(form: str, source: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Builds a wheel or an sdist with the tools that are installed, so without a network."""
    command = [sys.executable, "-m", "build", f"--{form}", "--no-isolation", "-o", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def run_main_job(found_at: pathlib.Path, elsewhere: pathlib.Path) -> str:
    """The main job's output, with the package taken from one place and no other."""
    environment = {**os.environ, "PYTHONPATH": str(found_at)}
    run = subprocess.run(
        [sys.executable, "-c", MAIN_JOB],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(found_at) in run.stdout
    return run.stdout


def test_wheel_holds_the_schema_and_runs_zipped(
    wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """The wheel carries schema.sql unchanged, and does the main job without being unpacked."""
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read("wixcrm_local/schema.sql")
        names = archive.namelist()
    assert packed == (ROOT / "schema.sql").read_bytes()
    assert "wixcrm_local/py.typed" in names
    assert "wixcrm_local/queries.sql" in names
    others = ("tests", "benchmarks", "examples", ".ci")
    assert not [name for name in names if name.startswith(others)]
    assert "True 1" in run_main_job(wheel, tmp_path)


def test_installed_wheel_does_the_main_job(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """The wheel installed by pip into a folder does the main job from another one."""
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "-q"]
    subprocess.run([*command, "--target", str(target), str(wheel)], check=True)
    assert "True 1" in run_main_job(target, tmp_path)


def test_sdist_builds_the_same_wheel(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """The sdist holds the examples, and all a wheel is built from: both wheels are the same."""
    sdist = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    assert (source / "examples" / "newsletter.py").exists()
    rebuilt = build("wheel", source, tmp_path / "rebuilt")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(rebuilt) as other:
        assert {name: one.read(name) for name in one.namelist() if "dist-info" not in name} == {
            name: other.read(name) for name in other.namelist() if "dist-info" not in name
        }


def test_bare_checkout_does_the_main_job(tmp_path: pathlib.Path) -> None:
    """A checkout that nobody installed finds schema.sql at its top."""
    assert not (ROOT / "wixcrm_local" / "schema.sql").exists()
    assert "True 1" in run_main_job(ROOT, tmp_path)
