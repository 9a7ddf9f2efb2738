"""The examples do what they say, run as their pages tell."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from wixcrm_local import CRM, ContactNotFound, NotAStore

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PATIENCE = 60
NEWSLETTER = """\
5 people, labels News and Customer
queued      ana@example.com  Dear Ana,
queued      bo@example.com   Dear reader,  fell back: name
suppressed  dee@example.com  Dear Dee,     bounced
"""


def run(*arguments: object) -> str:
    """What Python prints, which ends well and complains of nothing."""
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def test_the_newsletter_prints_what_became_of_each_mail() -> None:
    """Who wants it has a mail in the outbox, with what fell back, or why there is none."""
    assert run("examples/newsletter.py") == NEWSLETTER


def test_the_newsletter_has_thirty_lines() -> None:
    """At most, without its docstring and blank lines."""
    text = (EXAMPLES / "newsletter.py").read_text("utf-8")
    docstring = ast.parse(text).body[0]
    lines = text.splitlines()[docstring.end_lineno :]
    assert 10 < sum(1 for line in lines if line.strip()) <= 30


def test_the_sign_up_service_passes_its_own_tests() -> None:
    """By the command that the table of examples names."""
    said = run("-m", "pytest", "-p", "no:cacheprovider", "examples/sign_up")
    assert re.search(r"\b1[0-9] passed", said)


def form(**fields: str) -> bytes:
    return urllib.parse.urlencode(fields).encode()


def ask(url: str, data: bytes | None = None) -> str:
    """The page at an address."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


@contextmanager
def serving(store: Path) -> Iterator[str]:
    """The address of the running service, which ends by Ctrl-C where there is one."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / "sign_up"), "--store", str(store)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found, process.communicate()
            yield found[0]
            if os.name == "posix":
                process.send_signal(signal.SIGINT)
                _, said = process.communicate()
                assert (process.returncode, said) == (0, "")
        finally:
            timer.cancel()
            process.kill()


def test_the_sign_up_service_serves(tmp_path: Path) -> None:
    """Over loopback: the form, the link of the mail, the button behind it, and the way out."""
    store = tmp_path / "people.db"
    with serving(store) as address, CRM(store) as crm:
        assert 'action="/sign-up"' in ask(address + "/")
        assert "Look into your mail" in ask(
            address + "/sign-up", form(name="Zoë", email="zoe@example.com")
        )
        (link,) = crm.outbox[-1].links()
        assert link.startswith(address)
        button = re.search('action="(.*?)"', ask(link))
        assert button is not None
        assert "Welcome, Zoë" in ask(address + unescape(button[1]), b"")
        zoe = crm.find_contact(email="zoe@example.com")
        assert zoe is not None
        assert (zoe.first_name, zoe.labels, zoe.subscription) == (
            "Zoë",
            ("Newsletter",),
            "subscribed",
        )
        ask(crm.outbox[-1].links()[0], b"")
        assert crm.get_contact(zoe.id).subscription == "unsubscribed"
        assert {mail.status for mail in crm.outbox} == {"sent"}


def test_the_sign_up_service_explains_wrong_input(tmp_path: Path) -> None:
    """A page says what is wrong, and no traceback reaches visitors or owners."""
    with serving(tmp_path / "people.db") as address:
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(address + "/sign-up", form(name="Ana", email="ana"))
        with closing(refused.value) as answer:
            assert answer.code == 400
            assert "is no email address" in answer.read().decode()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The address book's desk around a store in memory; its failures are kept."""
    monkeypatch.syspath_prepend(EXAMPLES / "address_book")
    sys.modules.pop("desk", None)
    import desk as module

    failures: list[Exception] = []
    desk = module.Desk(CRM, failures.append)
    desk.failures = failures
    yield desk
    desk.close()


def handed_over(desk: Any) -> None:
    """Waits for all that was asked until now, and gives the answers out."""
    done = threading.Event()
    desk.ask(lambda crm: done.set(), lambda _: None)
    assert done.wait(PATIENCE)
    desk.hand_over()


def test_a_desk_drops_what_is_overtaken(desk: Any) -> None:
    """Of three questions while somebody types, the newest is answered; the second is not even
    begun, and the answer of the first is dropped."""
    begun, go, answers, done = threading.Event(), threading.Event(), [], []

    def slow(crm: CRM) -> str:
        begun.set()
        assert go.wait(PATIENCE)
        return "a"

    desk.ask(slow, answers.append, topic="search")
    assert begun.wait(PATIENCE)
    desk.ask(lambda crm: done.append("an"), answers.append, topic="search")
    desk.ask(lambda crm: "ana", answers.append, topic="search")
    desk.ask(lambda crm: "a card", answers.append, topic="card")
    go.set()
    handed_over(desk)
    assert (answers, done) == (["ana", "a card"], [])


def test_a_desk_answers_on_the_thread_that_looks(desk: Any) -> None:
    """Jobs run on a thread of the desk, and answers and failures on the window's."""
    threads: list[threading.Thread] = []
    desk.ask(
        lambda crm: threads.append(threading.current_thread()),
        lambda _: threads.append(threading.current_thread()),
    )
    desk.ask(lambda crm: crm.get_contact("nobody"), print)
    handed_over(desk)
    assert threads[0] is not threads[1] is threading.current_thread()
    assert [type(error) for error in desk.failures] == [ContactNotFound]


def test_a_desk_works_on_while_a_long_job_runs(desk: Any) -> None:
    """An import holds up no search."""
    go, answers = threading.Event(), []
    desk.ask(lambda crm: go.wait(PATIENCE), lambda _: answers.append("long"), long=True)
    desk.ask(lambda crm: crm.count_contacts(), answers.append)
    handed_over(desk)
    assert answers == [0]
    go.set()


def test_a_desk_tells_of_a_store_that_does_not_open(desk: Any, tmp_path: Path) -> None:
    """Each question is answered with the library's sentence, and closing is fine."""
    strange = tmp_path / "strange.db"
    strange.write_text("no store at all")
    failures: list[Exception] = []
    other = type(desk)(lambda: CRM(strange), failures.append)
    other.ask(lambda crm: crm.count_contacts(), print)
    other.ask(lambda crm: crm.count_contacts(), print, long=True)
    other.close()  # which waits for what was asked
    other.hand_over()
    assert [type(error) for error in failures] == [NotAStore, NotAStore]


def test_every_example_is_in_the_table() -> None:
    """examples/README.md and the docstrings name each example's one command."""
    table = (EXAMPLES / "README.md").read_text("utf-8")
    for name, file in (
        ("address_book", "address_book/__main__.py"),
        ("sign_up", "sign_up/__main__.py"),
        ("newsletter.py", "newsletter.py"),
    ):
        docstring = ast.get_docstring(ast.parse((EXAMPLES / file).read_text("utf-8"))) or ""
        assert f"    python examples/{name}\n" in docstring
        assert f"`python examples/{name}`" in table
    names = {path.name for path in EXAMPLES.iterdir() if path.name[0] not in "._"}
    assert names == {"README.md", "ruff.toml", "address_book", "sign_up", "newsletter.py"}
