"""The one logger: silent unless asked, and told of ids alone."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from wixcrm_local import log


def test_the_logger_has_a_null_handler() -> None:
    """House: one logger, wixcrm_local, with a NullHandler from its first record on."""
    log.info("a sentence about %s", "an id")
    handlers = logging.getLogger("wixcrm_local").handlers
    assert [type(handler) for handler in handlers].count(logging.NullHandler) == 1


def test_a_record_reaches_who_listens(caplog: pytest.LogCaptureFixture) -> None:
    """House: a program that sets logging up at INFO gets the sentence with its values."""
    with caplog.at_level(logging.INFO, "wixcrm_local"):
        log.info("mail %s recorded", "17")
    assert caplog.record_tuples == [("wixcrm_local", logging.INFO, "mail 17 recorded")]


def test_a_program_without_logging_does_not_load_it() -> None:
    """Speed: where nobody has imported logging nobody listens, and it is left alone."""
    code = (
        "import sys; from wixcrm_local import log; log.info('x'); print('logging' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
