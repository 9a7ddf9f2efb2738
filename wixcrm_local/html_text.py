"""Reads the html part of a mail: for its text part, and for what no value may change (T5). Pure."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_BLOCK = re.compile(
    "address|article|aside|blockquote|div|dl|dt|dd|figure|footer|form|h[1-6]|header|main|nav|ol|p|"
    "pre|section|table|tr|ul"
)
_UNSEEN = frozenset(["head", "script", "style", "template", "title"])
_SPACES = re.compile(r"[ \t\r\n\f]+")


def text_of(html: str) -> str:
    """What a reader without HTML sees: paragraphs, list marks, and links with their targets."""
    reader = _Reader()
    reader.read(html)
    lines = [line.strip() for line in "".join(reader.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def outline(html: str) -> list[tuple[str, ...]]:
    """The tags in their order, each with the names of its attributes."""
    reader = _Outliner()
    reader.read(html)
    return reader.tags


class Parser(HTMLParser):
    """Python's parser, made to take any text, in a time that grows with its length."""

    def read(self, html: str) -> None:
        """Reads a whole page. After the last `>` no tag ends, which `feed` would look for at
        each `<` anew."""
        end = html.rfind(">") + 1
        self.feed(html[:end])
        self.close()
        self.handle_data(unescape(html[end:]))

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """`<![if mso]>` and the like are comments; Python 3.11 raises for those it doesn't know."""
        return self.parse_bogus_comment(i)


class _Outliner(Parser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))


class _Reader(Parser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0
        self._link = ""
        self._link_starts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":  # it ends a head that was not closed
            self._unseen = 0
        elif tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag == "li":
            self._break_line("\n- ")
        elif tag == "hr":
            self._break_line("\n---\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        elif _BLOCK.fullmatch(tag):
            self._break_line("\n\n" if tag != "tr" else "\n")
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""
            self._link_starts = len(self.pieces)
        elif tag == "img":
            self.pieces.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif _BLOCK.fullmatch(tag):
            self._break_line("\n\n" if tag != "tr" else "\n")
        elif tag == "a" and self._link:
            shown = "".join(self.pieces[self._link_starts :]).strip()
            target = self._link.removeprefix("mailto:")
            if shown and shown != target and not target.startswith("#"):
                self.pieces.append(f" ({target})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        folded = _SPACES.sub(" ", data)
        at_line_start = not self.pieces or self.pieces[-1].endswith(("\n", " "))
        self.pieces.append(folded.lstrip(" ") if at_line_start else folded)

    def _break_line(self, mark: str) -> None:
        if self.pieces:
            self.pieces.append(mark)
        elif mark.strip():
            self.pieces.append(mark.lstrip("\n"))
