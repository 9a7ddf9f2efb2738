"""The model's search, queries and duplicates: plain scans of all contacts (issue 6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from model_reading import email_key, phone_key

from wixcrm_local import InvalidArgument

Stored = dict[str, Any]
_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "’": "'"}


def plain_letters(text: str) -> str:
    """Without case, accents and widths."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = [_LETTERS.get(one, one) for one in apart if not unicodedata.combining(one)]
    digits = [str(unicodedata.decimal(one, one)) for one in "".join(kept)]
    return unicodedata.normalize("NFC", "".join(digits))


def digits_in(text: str) -> str:
    return re.sub("[^0-9]", "", plain_letters(text))


class Finding:
    """The verbs that find; `Contacts` shows contacts."""

    region: str | None
    state: dict[str, Any]

    if TYPE_CHECKING:

        def iter_contacts(self) -> list[Stored]: ...

    def search_contacts(self, text: Any, limit: int = 20) -> list[str]:
        """The ids of who has every word, as it is before at a beginning before inside."""
        if not isinstance(text, str):
            raise InvalidArgument("")
        words = list(_words(plain_letters(text)))
        ranked = []
        for place, contact in enumerate(self.iter_contacts()):
            ranks = [self._rank(word, contact) for word in words]
            if ranks and None not in ranks:
                ranked.append((max(rank for rank in ranks if rank is not None), place, contact))
        return [contact["id"] for _, _, contact in sorted(ranked, key=lambda it: it[:2])][:limit]

    def _rank(self, word: str, contact: Stored) -> int | None:
        names = [contact["first_name"] or "", contact["last_name"] or ""]
        texts = [piece for name in names for piece in plain_letters(name).split()]
        addresses = [
            *contact["emails"],
            *([contact["login_email"]] if contact["login_email"] else []),
        ]
        texts += map(plain_letters, addresses)
        numbers = []
        for number in contact["phones"]:
            key = phone_key(number, self.region) or ""
            numbers += [digits_in(number)] + (
                [digits_in(key.split(";")[0])] if key[:1] == "+" else []
            )
        ranks = [_rank_in_text(word, text) for text in texts]
        if word.isdigit():
            ranks += [_rank_in_number(word, number) for number in numbers]
        return min((rank for rank in ranks if rank is not None), default=None)

    def query_contacts(self, fits: Callable[[Stored], bool]) -> list[str]:
        """The ids of who fits, oldest first."""
        return [contact["id"] for contact in self.iter_contacts() if fits(contact)]

    def find_duplicates(self) -> list[tuple[str, frozenset[str]]]:
        """Who shares an address or a number: the kind and the ids."""
        found = []
        contacts = self.iter_contacts()
        for kind in ("email", "phone"):
            keys = {key for contact in contacts for key in self._keys(contact, kind)}
            for key in sorted(keys):
                ids = [one["id"] for one in contacts if key in self._keys(one, kind)]
                if len(ids) > 1:
                    found.append((kind, frozenset(ids)))
        return found

    def _keys(self, contact: Stored, kind: str) -> set[str]:
        if kind == "phone":
            keys = {phone_key(number, self.region) for number in contact["phones"]}
        else:
            login = [contact["login_email"]] if contact["login_email"] else []
            keys = {email_key(address) for address in (*contact["emails"], *login)}
        return {key for key in keys if key}


def _words(text: str) -> Iterator[str]:
    """Runs of pieces of a number are one word, as long as that can be one number."""
    run: list[str] = []
    for piece in [*text.split(), "\0"]:
        bare = re.sub(r"[-.()+/]", "", piece)
        if re.fullmatch("[0-9]+", bare):
            run.append(bare)
            continue
        if run and not bare:
            continue
        if run:
            yield from ["".join(run)] if len("".join(run)) <= 15 else run
            run = []
        if piece != "\0":
            yield piece


def _rank_in_text(word: str, text: str) -> int | None:
    if word == text:
        return 0
    for found in re.finditer(f"(?={re.escape(word)})", text):
        before, first = text[: found.start()][-1:], word[:1]
        begins = first.isalnum() and not before.isalnum()
        if not before or first == "@" or begins:
            return 1
    return 2 if len(word) > 2 and word in text else None


def _rank_in_number(word: str, number: str) -> int | None:
    if word == number:
        return 0
    if number.startswith(word) or (len(word) > 1 and number.endswith(word)):
        return 1
    return 2 if len(word) > 2 and word in number else None


def pairs(groups: Any) -> set[frozenset[str]]:
    """Who is in one group with whom."""
    return {frozenset(pair) for _, ids in groups for pair in combinations(ids, 2)}
