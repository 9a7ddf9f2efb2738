"""Cursors: some JSON as an opaque text that is checked before it is believed. Pure.

Law: what was cut, joined or typed is refused. It is no secret, and no signature.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

_SEAL = 8  # characters


def sealed(value: Any) -> str:
    """The value as a text for addresses and command lines."""
    text = json.dumps(value, ensure_ascii=False)
    return base64.urlsafe_b64encode(f"{_seal(text)}{text}".encode()).decode().rstrip("=")


def opened(given: object) -> Any:
    """The value of such a text. Raises `ValueError`."""
    if not isinstance(given, str):
        raise ValueError("is no text")
    padded = given.encode("ascii") + b"=" * (-len(given) % 4)
    text = base64.b64decode(padded, b"-_", validate=True).decode()
    seal, text = text[:_SEAL], text[_SEAL:]
    if seal != _seal(text):
        raise ValueError("was changed")
    return json.loads(text)


def _seal(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_SEAL]
