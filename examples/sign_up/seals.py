"""What links of mails carry: anybody can read it, nobody can change it, and some of it ends.

No table of tokens is needed: a seal proves by itself that this service wrote it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta


class BrokenSeal(ValueError):
    """The link was not made here, was changed, or is too old."""


class Seals:
    """Seals words with a secret, each for one purpose: a link that confirms can't unsubscribe."""

    def __init__(self, secret: bytes, now: Callable[[], datetime]) -> None:
        self._secret = secret
        self._now = now

    def seal(self, purpose: str, words: dict[str, str], days: int | None = None) -> str:
        """A token that gives the words back, for so many days; None: for good."""
        end = None if days is None else (self._now() + timedelta(days=days)).timestamp()
        content = json.dumps([words, end], ensure_ascii=False).encode()
        return f"{_text(content)}.{_text(self._signature(purpose, content))}"

    def open(self, purpose: str, token: str) -> dict[str, str]:
        """The words of a token. Raises `BrokenSeal`."""
        first, _, second = token.partition(".")
        try:
            content, signature = _octets(first), _octets(second)
        except ValueError:
            content = signature = b""
        # Compared in the same time wherever they differ, so that nobody can find one by trying.
        if not hmac.compare_digest(signature, self._signature(purpose, content)):
            raise BrokenSeal("This link is not complete; copy all of it from the mail.")
        words: dict[str, str]
        words, end = json.loads(content)
        if end is not None and end < self._now().timestamp():
            raise BrokenSeal("This link is too old; sign up again, and a new one is sent.")
        return words

    def _signature(self, purpose: str, content: bytes) -> bytes:
        return hmac.digest(self._secret, purpose.encode() + b"\0" + content, hashlib.sha256)


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _octets(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
