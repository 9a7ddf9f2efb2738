"""Draws a run as SVG: python benchmarks/chart.py run.json docs/performance.svg

To repeat it: pip install -e . -r benchmarks/requirements.txt, then
python benchmarks/run.py --json run.json, then the line above. A bar is the rate of one contender
on a linear scale that starts at nothing; each table of the run has a panel and a scale of its own.
"""

from __future__ import annotations

import json
import sys
from html import escape
from typing import Any

_WIDTH = 760
_NAMES = 220  # where the bars begin
_BARS = 430  # how long the longest is
_ROW = 26
_HEAD = 62

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 }
.quiet { fill: #59636e; font-size: 12px }
.name { text-anchor: end }
.ours { font-weight: 600 }
rect { fill: #8c959f }
rect.ours { fill: #0969da }
line { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .quiet { fill: #9198a1 }
  rect { fill: #656c76 } rect.ours { fill: #4493f8 } line { stroke: #3d444d }
}"""


def chart(run: dict[str, Any]) -> str:
    """The SVG of what `run.py --json` wrote."""
    pieces, top = (
        [_text(0, 22, "create_contact: calls a second", "title")],
        _HEAD,
    )
    pieces.append(_text(0, 42, "longer is better; the same people, in turns", "quiet"))
    for table in run["create_contact"]:
        drawn, top = _panel(table, top)
        pieces += drawn
    for line in _origin(run):
        top += 16
        pieces.append(_text(0, top, line, "quiet"))
    height = top + 14
    body = "\n".join(pieces)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -4 {_WIDTH} {height}" role="img" '
        f'aria-label="Calls of create_contact a second, by contender">\n'
        f"<style>{_STYLE}\n</style>\n{body}\n</svg>\n"
    )


def _panel(table: dict[str, Any], top: int) -> tuple[list[str], int]:
    """One table's bars, and where the next thing begins."""
    on = f"on {table['preloaded']:,} contacts" if table["preloaded"] else "from an empty file"
    title = f'durability="{table["durability"]}" of ours, {on}'
    pieces = [_text(0, top + 16, title, "ours")]
    fastest = max(row["rate"] for row in table["rows"])
    first = top + 26
    for place, row in enumerate(table["rows"]):
        pieces += _bar(row, first + place * _ROW, fastest, table["calls"], is_ours=place == 0)
    bottom = first + len(table["rows"]) * _ROW
    pieces.append(f'<line x1="{_NAMES}" y1="{first}" x2="{_NAMES}" y2="{bottom}"/>')
    return pieces, bottom + 20


def _bar(row: dict[str, Any], y: int, fastest: float, calls: int, is_ours: bool) -> list[str]:
    kind = "ours" if is_ours else ""
    length = max(row["rate"] / fastest * _BARS, 1)
    few = f", first {row['calls']:,} calls only" if row["calls"] < calls else ""
    return [
        _text(_NAMES - 8, y + 17, row["name"], f"name {kind}".strip()),
        f'<rect class="{kind}" x="{_NAMES}" y="{y + 4}" width="{length:.1f}" height="18" rx="2"/>',
        _text(_NAMES + length + 7, y + 17, f"{row['rate']:,.0f}{few}", kind),
    ]


def _origin(run: dict[str, Any]) -> list[str]:
    packages = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return [
        "Hand-written code gets its keys normalized beforehand; the others work at their defaults,",
        "whatever our durability is. TinyDB syncs nothing.",
        f"{run['date']}, Python {run['python']}, SQLite {run['sqlite']};",
        packages,
    ]


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(words)}</text>'


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python benchmarks/chart.py run.json docs/performance.svg")
    with open(sys.argv[1], encoding="utf-8") as file:
        run = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8", newline="\n") as file:
        file.write(chart(run))


if __name__ == "__main__":
    main()
