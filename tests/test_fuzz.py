"""Bytes become any values, and the library answers all of them as documented (fault 77, section 9).

`python tests/fuzz.py --minutes 60` does the same for longer, guided by coverage where atheris is
installed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from fuzzing.runner import Findings, at_random
from fuzzing.source import HOSTILE, TRAPS, Source
from fuzzing.targets import TARGETS

from wixcrm_local import (
    CRM,
    LENIENT,
    ContactInfo,
    InvalidArgument,
    InvalidContactInfo,
    phone_match_key,
)

pytestmark = pytest.mark.filterwarnings("ignore::wixcrm_local.WixCRMWarning")

_SECONDS = 4.0  # for each target


@pytest.mark.storm
@pytest.mark.parametrize("name", TARGETS)
def test_random_bytes_find_nothing(name: str) -> None:
    """Faults 1 to 25, 71, 74 and 77: only documented errors, in time, and every rule holds."""
    findings = at_random(TARGETS[name], _SECONDS)
    assert not findings, "\n".join(finding.story for finding in findings.values())
    assert findings.inputs > 100


@pytest.mark.storm
def test_the_command_runs_a_target_in_a_process_of_its_own() -> None:
    """Fault 77: `tests/fuzz.py` says how many inputs there were, and ends well without findings."""
    program = Path(__file__).with_name("fuzz.py")
    command = [sys.executable, str(program), "--minutes", "0.05", "--target", "email"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "inputs" in run.stdout
    assert ", 0 findings" in run.stdout


def _array() -> object:
    return next(value for make in HOSTILE if type(value := make()).__name__ == "_Array")


@pytest.mark.parametrize("member", ["customFields", "phones", "emails", "Score"])
def test_a_value_that_compares_like_an_array_is_a_wrong_type(member: str) -> None:
    """Fault 1, found by fuzzing: numpy's arrays have no truth value, and are refused by name."""
    with pytest.raises(InvalidContactInfo) as caught:
        ContactInfo.from_wix({"emails": ["ana@example.com"], member: _array()})
    assert "_Array" in caught.value.message


@pytest.mark.parametrize("make", HOSTILE, ids=map(str, range(len(HOSTILE))))
def test_any_value_as_a_region_is_an_invalid_argument(make) -> None:
    """P1, found by fuzzing: what can't be shown, as a list inside itself, is still refused."""
    value = make()
    if value is not None:
        with pytest.raises(InvalidArgument):
            phone_match_key("650 253 0000", value)


@pytest.mark.parametrize("key", [10**5_000, (), None, 1.5], ids=["huge", "tuple", "none", "float"])
def test_a_key_that_is_no_text_is_refused_under_lenient_too(key: object) -> None:
    """Fault 1, found by fuzzing: a number of 5,000 digits can't even be shown."""
    with pytest.raises(InvalidContactInfo):
        ContactInfo.from_wix({"emails": ["ana@example.com"], key: [1]}, policy=LENIENT)


@pytest.mark.parametrize(
    "html", ["<![CDA[ x", "<![if mso]>x<![endif]>", "<![", "<!x[", "<![x[y]]>"]
)
def test_a_marked_section_of_any_name_can_be_saved(crm: CRM, html: str) -> None:
    """T1, found by fuzzing: Python's parser raises AssertionError for those it does not know."""
    crm.triggered_emails.save("x", subject="x", html=html)
    assert crm.triggered_emails.preview("x").html == html


@pytest.mark.parametrize("piece", ["<a/", '<a "', "<a b='", "<a b=c"])
def test_tags_that_never_end_are_read_in_one_go(crm: CRM, piece: str) -> None:
    """Fault 77, found by fuzzing: a page of them took Python's parser minutes."""
    html = piece * 7_000
    start = time.thread_time()
    crm.triggered_emails.save("x", subject="x", html=html)
    assert time.thread_time() - start < 1


@pytest.mark.parametrize("text", ["000000040123", "+0000040123", "+000040123567", "000040123567"])
def test_an_international_prefix_said_often_is_one(text: str) -> None:
    """P2, found by fuzzing: a key is its own key, however many zeros were typed."""
    key = phone_match_key(text, "SB")
    assert key is not None
    assert phone_match_key(key.removeprefix("typed:"), "SB") == key


def _breaks_at_seven(source: Source) -> None:
    numbers = source.number(256), source.number(256), source.number(256)
    assert 7 not in numbers, "a seven"
    if numbers[0] == 9:
        raise KeyError(numbers[0])


def test_each_kind_of_finding_is_reported_once_and_made_short() -> None:
    """A finding does not end the run, is told once by where it came from, with the fewest bytes."""
    findings = Findings(_breaks_at_seven)
    for data in (b"\x01\x02\x07rest", b"\x07", b"abc", b"\x09\x02\x03more", b"\x09"):
        findings.test(data)
    findings.shorten()
    assert findings.inputs == 5
    assert sorted(finding.data for finding in findings.values()) == [b"\x07", b"\x09"]
    assert any("KeyError" in place for place in findings)


def test_at_random_finds_what_is_there() -> None:
    """The short run is no decoration: a rule broken for one input in a hundred is found."""
    assert any("a seven" in place for place in at_random(_breaks_at_seven, 0.5))


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 500, bytes(range(256)) * 2])
def test_the_same_bytes_make_the_same_value(data: bytes) -> None:
    """Findings can be replayed: bytes decide everything, and none are refused."""
    for words in (TRAPS, ("a",)):
        assert Source(data).text(words) == Source(data).text(words)
    assert type(Source(data).anything()) is type(Source(data).anything())
