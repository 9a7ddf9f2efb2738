"""The one logger, `wixcrm_local`: ids, and never an address or a name.

Law: nothing is printed unless the program sets logging up, and a program that has not imported
logging, which takes 4 ms, does not pay for it: nobody could hear.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging


def info(sentence: str, *values: object) -> None:
    """Records a sentence, with its values in the places of `%s`, at the level INFO."""
    if "logging" in sys.modules:
        _logger().info(sentence, *values)


def warning(sentence: str, *values: object) -> None:
    """The same at the level WARNING: somebody should look."""
    if "logging" in sys.modules:
        _logger().warning(sentence, *values)


@cache
def _logger() -> logging.Logger:
    import logging

    logger = logging.getLogger("wixcrm_local")
    logger.addHandler(logging.NullHandler())
    return logger
