"""Makes the one file of a page: its parts are put together, and what it may do is written into it.

Law: data stands in a block that no browser runs, escaped so that it can't end it; the only script
that may run is ours, known by its hash (Content Security Policy, level 3).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from typing import Any

from wixcrm_local.queries import read_package_text

GENERATOR = '<meta name="generator" content="wixcrm-local">'  # by which an older page is known
_SCRIPTS = (
    *("search", "elements", "preview", "people", "mails", "registers"),
    *("list", "keys", "reloading", "page"),
)
_PLACE = re.compile(r"\{\{(\w+)\}\}")
# What would end the block, begin a comment, or a line where JSON is read as a script.
_ESCAPED = "<>&\u2028\u2029"
# Style may stand in attributes, as it does in all mails: it can fetch nothing.
_POLICY = (
    "default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types mail-preview"
)


def compose(data: dict[str, Any], reload_every: float | None) -> str:
    """The page that shows the data; with `reload_every` it loads itself anew, in seconds."""
    script = _script()
    places = {
        "policy": _POLICY.format(digest=digest(script)),
        "generator": GENERATOR,
        "style": _part("page.css"),
        "data": as_block({**data, "reloadEvery": reload_every}),
        "script": script,
    }
    return _PLACE.sub(lambda found: places[found[1]], _part("page.html"))


def digest(script: str) -> str:
    """A script's hash, as a policy names it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def as_block(data: object) -> str:
    """JSON that can stand inside a script element, whatever its texts hold."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter in _ESCAPED:  # str.translate takes twenty times as long
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


@cache
def _script() -> str:
    """All scripts in one, so that one hash names them; their names are nobody else's."""
    parts = "".join(_part(f"{name}.js") for name in _SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


@cache
def _part(name: str) -> str:
    return read_package_text(f"page/{name}").replace("\r\n", "\n")
