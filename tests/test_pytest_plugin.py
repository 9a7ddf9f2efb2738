"""pytest's fixtures of the kit (issue 5, 1 and 5), used by suites as users write them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
CONFTEST = 'pytest_plugins = ["wixcrm_local.pytest_plugin"]\n'
QUIET = ("-q", "-p", "no:cacheprovider")
_FILE = re.compile(r"^```py\n# (\S+\.(?:py|ini))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAID = re.compile(
    r"^```text\n((?:AssertionError|wixcrm_local\.errors\.\w+): .*?)^```$", re.MULTILINE | re.DOTALL
)


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project whose conftest.py asks for the fixtures; its warnings are errors."""
    pytester.makeconftest(CONFTEST)
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    )
    return pytester


SUITE = """
import pytest
from wixcrm_local.testing import CRMForTests

ANA = {"firstName": "Ana", "emails": ["ana@example.com"]}

@pytest.mark.parametrize("time", range(3))
def test_a_store_of_its_own(crm, outbox, crm_clock, time):
    assert isinstance(crm, CRMForTests)
    assert crm.count_contacts() == 0
    crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    id = crm.createContact(ANA)
    assert id == "00000000-0000-7000-8000-000000000001"
    crm_clock.move(hours=1)
    crm.emailContact("hi", id)
    message = outbox.only(to=id)
    assert message.created_at == crm_clock.now == crm.clock.now
    assert outbox is crm.outbox

@pytest.mark.parametrize("time", range(3))
def test_on_a_file(crm_file, tmp_path, crm_clock, time):
    assert crm_file.path == str((tmp_path / "contacts.db").resolve())
    assert crm_file.count_contacts() == 0
    crm_file.createContact(ANA)
    assert crm_file.clock is crm_clock

def test_both(crm, crm_file):
    crm.createContact(ANA)
    assert crm_file.count_contacts() == 0

def test_nothing_leaves(captured_emails):
    from wixcrm_local import CRM
    from wixcrm_local.senders import SMTPSender
    sender = SMTPSender.from_url("smtps://mail.invalid", from_address="a@example.com")
    with CRM(sender=sender) as crm:
        crm.triggered_emails.save("hi", subject="Hi", text="Hi")
        crm.emailContact("hi", crm.createContact(ANA))
    captured_emails.only(to="ana@example.com")
"""
REVERSED = """
def pytest_collection_modifyitems(items):
    items.reverse()
"""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        pytest.param(("-n", "2"), marks=pytest.mark.storm),
        pytest.param(("-p", "no:xdist"), marks=pytest.mark.storm),
    ],
)
def test_each_test_has_a_store_of_its_own(suite: pytest.Pytester, arguments: tuple) -> None:
    """Issue 5, 1: no leak from one test to the next, and safe on many workers."""
    suite.makepyfile(SUITE)
    suite.runpytest_subprocess(*QUIET, *arguments).assert_outcomes(passed=8)


def test_the_order_means_nothing(suite: pytest.Pytester) -> None:
    """Issue 5, 1: the last test first."""
    suite.makeconftest(CONFTEST + REVERSED)
    suite.makepyfile(SUITE)
    suite.runpytest_subprocess(*QUIET).assert_outcomes(passed=8)


def test_the_fixtures_come_to_those_who_ask(pytester: pytest.Pytester) -> None:
    """house.md: no entry point brings them into suites that never heard of us."""
    pytester.makepyfile("def test_one(crm): pass")
    result = pytester.runpytest_subprocess(*QUIET)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'crm' not found*"])
    # Nor do those who ask for one import it where it is not used.
    pytester.makepyfile("import sys\ndef test_one(): assert 'wixcrm_local' not in sys.modules")
    pytester.runpytest_subprocess(*QUIET).assert_outcomes(passed=1)


def test_options_are_overridden_by_a_fixture(suite: pytest.Pytester) -> None:
    """Issue 5, 1: region, policy and sender for all stores of a suite, or of one module."""
    suite.makepyfile(
        """
        import pytest
        from wixcrm_local import LENIENT
        from wixcrm_local.senders import MemorySender

        @pytest.fixture
        def crm_options():
            return {"default_region": "GB", "policy": LENIENT, "from_address": "a@example.com",
                    "sender": MemorySender()}

        def test_one(crm, crm_file, outbox):
            assert crm.default_region == crm_file.default_region == "GB"
            crm.triggered_emails.save("hi", subject="Hi", text="Hi")
            crm.emailContact("hi", crm.createContact({"email": "ana@example.com"}))
            assert outbox.only().status == "sent"
        """
    )
    suite.runpytest_subprocess(*QUIET).assert_outcomes(passed=1)


def test_a_failure_shows_the_test_s_own_line_and_a_diff(suite: pytest.Pytester) -> None:
    """Issue 5, 1: no frame of the kit; what was expected, what came nearest, what is there."""
    suite.makepyfile(
        """
        def test_one(crm, outbox):
            crm.triggered_emails.save("hi", subject="Hi ${n}", text="-", variables={"n": "-"})
            id = crm.createContact({"emails": ["ana@example.com"]})
            crm.emailContact("hi", id, {"variables": {"n": "Anna"}})
            outbox.assert_sent(to="ana@example.com", subject="Hi Ana")
        """
    )
    result = suite.runpytest_subprocess(*QUIET, "--tb=short")
    result.assert_outcomes(failed=1)
    said = [line[4:] for line in result.outlines if line.startswith("E ")]
    assert said == [
        "AssertionError: no mail was sent with to='ana@example.com', subject='Hi Ana'",
        "",
        "The nearest is mail 1:",
        "    to       'ana@example.com'",
        "  - subject  'Hi Ana'   wanted",
        "  +          'Hi Anna'  found",
        "                   ^",
        "",
        "The only mail:",
        "  1  queued  hi  ana@example.com  'Hi Anna'",
    ]
    assert "wixcrm_local" not in "\n".join(result.outlines)


AWAITED = """
async def {name}(async_crm, outbox, crm):
    await async_crm.triggered_emails.save("hi", subject="Hi", text="Hi")
    id = await async_crm.createContact({{"emails": ["ana@example.com"]}})
    async with async_crm.transaction():
        await async_crm.emailContact("hi", id)
    outbox.assert_sent(to=id)
    assert crm.count_contacts() == await async_crm.count_contacts() == 1
"""
THREADS = """
import threading

def test_zzz_no_thread_is_left():
    left = [it.name for it in threading.enumerate() if it.name.startswith("wixcrm_local")]
    assert left == []
"""


@pytest.mark.parametrize(
    ("head", "arguments"),
    [
        ("import pytest\npytestmark = pytest.mark.asyncio\n", ("-p", "no:anyio")),
        ("", ("-p", "no:anyio", "-o", "asyncio_mode=auto")),
        ("import pytest\npytestmark = pytest.mark.anyio\n", ("-p", "no:asyncio")),
        ("import pytest\npytestmark = pytest.mark.anyio\n", ("-o", "asyncio_mode=strict")),
    ],
    ids=["pytest-asyncio", "its auto mode", "anyio", "anyio beside pytest-asyncio"],
)
def test_awaited_tests(suite: pytest.Pytester, head: str, arguments: tuple[str, ...]) -> None:
    """Issue 5, 5: one fixture serves pytest-asyncio and anyio, and leaves no thread."""
    backend = "\nimport pytest\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    suite.makeini("[pytest]\nfilterwarnings = error\n    ignore::pytest.PytestUnknownMarkWarning\n")
    suite.makeconftest(CONFTEST + backend)
    tests = "".join(AWAITED.format(name=f"test_{number}") for number in range(3))
    suite.makepyfile(test_awaited=head + tests, test_zzz=THREADS)
    loop = ("-o", "asyncio_default_fixture_loop_scope=function")
    more = () if "no:asyncio" in arguments else loop
    suite.runpytest_subprocess(*QUIET, *arguments, *more).assert_outcomes(passed=4)


def test_django_s_test_cases_take_the_mixin(suite: pytest.Pytester) -> None:
    """Issue 5, 5: the recipe of docs/test-kit.md, with a view, run by Django's own runner."""
    page = (ROOT / "docs" / "test-kit.md").read_text("utf-8")
    names = [name for name, _ in _FILE.findall(page)]
    assert {"shop/views.py", "shop/tests.py"} <= set(names)
    for name, text in _FILE.findall(page):
        if name.startswith("shop/"):
            path = suite.path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    (suite.path / "shop" / "__init__.py").touch()
    (suite.path / "settings.py").write_text(
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['shop']\nROOT_URLCONF = 'shop.views'\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n",
        "utf-8",
    )
    result = suite.run(
        sys.executable, "-m", "django", "test", "--settings=settings", f"--pythonpath={suite.path}"
    )
    assert result.ret == 0
    result.stderr.fnmatch_lines(["Ran 2 tests in *", "OK"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_suites_of_the_docs_pass(suite: pytest.Pytester, page: Path) -> None:
    """Issue 5, 6: the files of a page, taken together, are a suite that passes; what a page shows
    as a failure is what such a test says."""
    text = page.read_text("utf-8")
    files = [(name, code) for name, code in _FILE.findall(text) if "/" not in name]
    if not files:
        return
    for name, code in files:
        (suite.path / name).write_text(code, "utf-8")
    result = suite.runpytest_subprocess(*QUIET, "--tb=short")
    outcomes = result.parseoutcomes()
    shown = _SAID.findall(text)
    assert outcomes.pop("passed") >= 1
    assert outcomes.pop("failed", 0) == len(shown)
    assert outcomes == {}
    said = "\n".join(line[4:] for line in result.outlines if line.startswith("E "))
    assert said == "\n".join(block.rstrip("\n") for block in shown)


def test_a_failed_test_leaves_its_page(suite: pytest.Pytester) -> None:
    """Issue 9: the recipe of docs/how-to-look-inside.md keeps a page of each failed test, alone."""
    page = (ROOT / "docs" / "how-to-look-inside.md").read_text("utf-8")
    (recipe,) = re.findall(r"^```py\n# tests/conftest.py\n(.*?)^```$", page, re.M | re.S)
    suite.makeconftest(recipe)
    suite.makepyfile(
        """
        def test_good(crm):
            crm.create_contact({"emails": ["ana@example.com"]})

        def test_bad(crm):
            crm.create_contact({"emails": ["bo@example.com"]})
            assert crm.count_contacts() == 2
        """
    )
    suite.runpytest_subprocess(*QUIET).assert_outcomes(passed=1, failed=1)
    (kept,) = (suite.path / "pages").iterdir()
    assert kept.name == "test_bad.html"
    assert "bo@example.com" in kept.read_text("utf-8")
