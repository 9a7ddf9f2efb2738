"""docs/reliability.md is true: each fault it names has the tests it names, and none is missing."""

from __future__ import annotations

import ast
import pathlib
import re
from functools import cache

ROOT = pathlib.Path(__file__).resolve().parent.parent
_CITED = re.compile(r"[Ff]aults? (\d+(?:(?:,? and |, | to )\d+)*)")
_ROW = re.compile(r"^\| (\d+) \|[^|]*\|[^|]*\|(.*)\|$", re.MULTILINE)


def _numbers(cited: str) -> set[int]:
    """The numbers of `4, 8 and 71` and of `51 to 53`."""
    found: set[int] = set()
    for part in re.split(r",? and |, ", cited):
        first, _, last = part.partition(" to ")
        found.update(range(int(first), int(last or first) + 1))
    return found


@cache
def _tests() -> dict[str, set[int]]:
    """Every test of the suite with the faults its docstring cites."""
    found = {}
    for path in (ROOT / "tests").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                cited = _CITED.findall(ast.get_docstring(node) or "")
                found[node.name] = set().union(*map(_numbers, cited))
    return found


def _page() -> dict[int, list[str]]:
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    return {int(number): re.findall(r"`(test_\w+)`", cell) for number, cell in _ROW.findall(text)}


def test_every_fault_stands_on_the_page() -> None:
    """Faults: the whole catalogue of 78."""
    assert _page().keys() == set(range(1, 79))


def test_every_fault_has_the_tests_that_the_page_names() -> None:
    """Faults: each named test exists, and cites the number."""
    wrong = {
        (number, name)
        for number, names in _page().items()
        for name in names or ["no test"]
        if number not in _tests().get(name, set())
    }
    assert wrong == set()
