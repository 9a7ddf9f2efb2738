"""Where a mail's reader can unsubscribe, for its List-Unsubscribe header (RFC 2369, 8058). Pure.

Law: a variable's value stands in it percent-encoded, and behind the host: it leads nowhere else.
"""

from __future__ import annotations

import re

from wixcrm_local.rendering import LONGEST_URL, parse

# The characters of RFC 3986, those of a placeholder among them.
_URL = re.compile(
    r"(?:https:|mailto:)(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2}|[{}])+", re.I
)
_FIXED = re.compile(r"https://[^/?#\s]+[/?#]|mailto:[^?\s]+\?", re.I)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


def explain(url: object) -> str | None:
    """What is wrong with a template's URL, half a sentence; None where it can be used."""
    if not isinstance(url, str):
        return f"must be a text, not {type(url).__name__}; give a str"
    if len(url) > LONGEST_URL:
        return f"has {len(url):,} characters; shorten it to {LONGEST_URL}"
    if not _URL.fullmatch(url) or re.search("[{}]", _PLACEHOLDER.sub("", url)):
        return (
            "is no https: or mailto: URL; give one such as "
            "https://example.com/unsubscribe?who=${token}"
        )
    try:
        parsed = parse(url)
    except ValueError as error:
        return str(error)
    if parsed.names and not _FIXED.match(parsed.texts[0]):
        return "has a placeholder in its host or address; let it stand behind them"
    return None
