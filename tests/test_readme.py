"""README and docs are under test: their programs run, and print what they say."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest

from wixcrm_local import CRM, LENIENT, STRICT, policy

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs(page: pathlib.Path) -> list[tuple[str, str | None]]:
    """A page's Python programs, each with the output that the page shows right behind it."""
    blocks = FENCE.findall(page.read_text("utf-8"))
    return [
        (code, blocks[place][1] if place < len(blocks) and blocks[place][0] == "text" else None)
        for place, (language, code) in enumerate(blocks, 1)
        if language == "python"
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_programs_print_what_the_page_shows(
    page: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every Python block of a page runs, in order, and prints the text block behind it."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for code, shown in programs(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, page.name, "exec"), names)
        if shown is not None:
            assert printed.getvalue() == shown
    for value in names.values():
        if isinstance(value, CRM):
            value.close()


def test_readme_holds_two_commands_on_its_first_screen() -> None:
    """README's first screen holds exactly the two lines, one to run and one to test."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    places = [at for at, line in enumerate(lines) if line.startswith("python3 -m venv .venv && ")]
    assert len(places) == 2
    assert max(places) < 45
    assert lines[places[0]].endswith("wixcrm-local demo")
    assert "pytest" in lines[places[1]]


def test_readme_s_table_of_policies_is_true() -> None:
    """Section 8: each switch with what STRICT and LENIENT say, and what else it can be."""
    text = (ROOT / "README.md").read_text("utf-8")
    table = text[text.index("| switch | `STRICT` | `LENIENT` |") :].split("\n\n")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    shown = {row[0].strip(): [re.findall(r"`(\w+)`", cell) for cell in row[1:4]] for row in rows}
    assert shown == {
        f"`{name}`": [
            [getattr(STRICT, name)],
            [getattr(LENIENT, name)],
            [it for it in choices if it not in (getattr(STRICT, name), getattr(LENIENT, name))],
        ]
        for name, choices in policy.CHOICES.items()
    }


def test_readme_shows_what_the_demo_prints(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 9, 6: the recording is what the demo prints today, but for the id and the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WIXCRM_STORE", raising=False)
    text = (ROOT / "README.md").read_text("utf-8")
    (shown,) = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    program = "import sys; from wixcrm_local.cli import main; main(prog_name='wixcrm-local')"
    run = subprocess.run(
        [sys.executable, "-c", program, "demo"], capture_output=True, encoding="utf-8", check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert _plain(run.stdout) == _plain(shown)


def _plain(told: str) -> str:
    """Without what is another on each machine and day."""
    told = re.sub("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", told)
    told = re.sub(r"^   \S+contacts\.db$", "   PATH", told, flags=re.MULTILINE)
    return re.sub(r"^   \S*wixcrm-local(\.exe)? ", "   wixcrm-local ", told, flags=re.MULTILINE)


def test_what_the_pages_link_to_exists() -> None:
    """README and docs: no link of theirs leads nowhere, and the picture is there."""
    for page in [*PAGES, *(ROOT / "examples").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
            if not re.match(r"[a-z]+:", target):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_readme_says_whose_it_is_not() -> None:
    """README says: not affiliated with Wix."""
    assert "Not affiliated with Wix" in (ROOT / "README.md").read_text("utf-8")


def test_ci_runs_readmes_own_test_command() -> None:
    """.ci/run takes the test command from README, by the script beside it."""
    assert "readme_commands.py test" in (ROOT / ".ci" / "run").read_text("utf-8")
