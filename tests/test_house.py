"""The house holds to its plan: layers, sizes, openings, and one test file for each module."""

from __future__ import annotations

import ast
import pathlib
import re
import subprocess
import sys

import pytest

import wixcrm_local
from wixcrm_local import errors

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wixcrm_local"
FILES = sorted(PACKAGE.rglob("*.py"))
# A list, each entry of which is short.
LISTS = {"errors.py"}


def street() -> list[str]:
    """The modules of ARCHITECTURE.md's layer block, from top to bottom."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    block = re.search(r"^```layers\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [name for line in block[1].splitlines() for name in line.split()[1:]]


def module_of(path: pathlib.Path) -> str:
    """The name by which a file of the package stands in the block: a folder is one name."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(path: pathlib.Path) -> set[str]:
    """The modules of the package that a file imports, at whatever place."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module == "wixcrm_local":
                found.update(alias.name for alias in node.names)
            elif node.module.startswith("wixcrm_local."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found.update(
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("wixcrm_local.")
            )
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"relative import in {path}"
    return found & {module_of(file) for file in FILES}


def test_every_module_stands_on_the_street() -> None:
    """ARCHITECTURE.md: the block names every module of the package, each once."""
    names = street()
    assert len(names) == len(set(names))
    assert set(names) == {module_of(file) for file in FILES} - {"__init__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_go_down(path: pathlib.Path) -> None:
    """ARCHITECTURE.md: a module imports only what stands below it, or to its right."""
    here = module_of(path)
    if here == "__init__":
        return
    names = street()
    upward = {name for name in imports_of(path) - {here} if names.index(name) < names.index(here)}
    assert not upward


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_short_and_say_what_they_are_for(path: pathlib.Path) -> None:
    """Files stay under about 300 lines and open with what they are for."""
    text = path.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring
    assert path.name in LISTS or len(text.splitlines()) <= 330


def test_no_module_is_a_drawer() -> None:
    """Names say what is inside: no utils, helpers or managers."""
    assert not [path for path in FILES if re.search("util|helper|manager", path.stem)]


def test_every_module_has_its_test_file() -> None:
    """A newcomer finds the tests of a module under its name."""
    stems = {path.stem for path in (ROOT / "tests").glob("test_*.py")}
    served_elsewhere = {
        "__init__": "test_house",
        "__main__": "test_cli",
        "__pyinstaller": "test_frozen",
        "cleaning": "test_wire",
        "problems": "test_wire",
        "context": "test_crm",
        "field_values": "test_custom_fields",
        "register": "test_labels",
        "naming": "test_labels",
        "soundness": "test_checking",
        "rows": "test_contacts",
        "upsert": "test_contacts",
        "answers": "test_feed",
        "filter_reading": "test_filters",
        "changes": "test_history",
        "removals": "test_trash",
        "recalling": "test_undoing",
        "mail_rows": "test_outbox",
        "delivery_rows": "test_delivery",
        "message": "test_outbox",
        "dump_lines": "test_dumping",
        "printable": "test_senders_console",
        "syncing": "test_senders_files",
        "watching": "test_testing_capturing",
        "forking": "test_pressure",
        "formats": "test_formats_csv_reading",
        "html_text": "test_rendering",
        "migrations": "test_schema",
        "phone_fast_path": "test_phone_number",
        "phone_reading": "test_phone_number",
    }
    for name in {module_of(path) for path in FILES}:
        assert served_elsewhere.get(name, f"test_{name}") in stems, name


def test_everything_public_is_exported() -> None:
    """Every error class, and every name of __all__, can be imported from the package."""
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception | UserWarning)
    }
    assert classes <= set(wixcrm_local.__all__)
    assert all(hasattr(wixcrm_local, name) for name in wixcrm_local.__all__)


def test_every_error_is_documented() -> None:
    """Errors: docs/errors.md has each class with its code and its first sentence."""
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.WixCRMError):
            assert f"| `{name}` | `{value.default_code}` |" in page
            assert " ".join((value.__doc__ or "").split("\n\n")[0].split()) in page


def test_start_up_loads_no_more_than_it_needs() -> None:
    """Speed: a bare import brings no address library, sqlite-utils, click, asyncio or logging."""
    heavy = ["email_validator", "phonenumbers", "sqlite_utils", "asyncio", "click"]
    heavy += ["logging", "html.parser"]
    code = f"import sys, wixcrm_local; print([n for n in {heavy} if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
