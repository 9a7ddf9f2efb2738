"""The contract of `deliver` on the command line: real processes, and real servers on loopback."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from conftest import StillClock
from delivery_fixtures import SHOP, Postman, prepare, statuses
from scripted_smtp import DROP, HANG, HOLD, ScriptedServer

from wixcrm_local import CRM

PROGRAM = [sys.executable, "-m", "wixcrm_local"]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals to a child")
# Makes the terminal behind stdin the one whose Ctrl-C reaches the program.
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
_PATIENCE = 60.0  # seconds
OURS = ("WIXCRM_SENDER", "WIXCRM_PASSWORD", "WIXCRM_STORE")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three mails that are due."""
    return filled(tmp_path / "mail.db", 3)


def filled(path: Path, mails: int) -> Path:
    with CRM(path, durability="normal") as crm:
        contacts = prepare(crm, mails)
        with crm.transaction():
            for number, contact in enumerate(contacts):
                crm.send_email("a", contact, {"variables": {"n": str(number)}})
    return path


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "PYTHONIOENCODING": "utf-8", **more}


def command(store: Path, *arguments: object) -> list[str]:
    return [*PROGRAM, "--store", str(store), "deliver", *map(str, arguments)]


def deliver(store: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """One whole run, with nobody to be asked."""
    return subprocess.run(
        command(store, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(**more),
    )


def by(server: ScriptedServer) -> tuple[str, ...]:
    return "--sender", f"smtp+plain://127.0.0.1:{server.port}", "--from", SHOP


def now(store: Path) -> list[str]:
    with CRM(store) as crm:
        return statuses(crm)


def undecided(path: Path) -> Path:
    """A store with one mail whose answer was lost twice, and one that is due."""
    clock = StillClock()
    clock.now = datetime.now(UTC) - timedelta(hours=2)
    with CRM(path, clock=clock) as crm:
        first, second = prepare(crm, 2)
        crm.send_email("a", first)
        for _ in range(2):
            crm.deliver(Postman("uncertain"))
            clock.move(minutes=20)
        crm.send_email("a", second)
    return path


def test_a_run_says_what_it_did(store: Path) -> None:
    """Issue 6: all that is due goes, the summary counts it, and the exit code is 0."""
    with ScriptedServer() as server:
        done = deliver(store, *by(server))
        assert (done.returncode, done.stdout, done.stderr) == (0, "sent 3 mails\n", "")
        assert len(server.mails) == 3
        assert deliver(store, *by(server)).stdout == "nothing is due\n"


@pytest.mark.parametrize(
    ("script", "code", "word", "said"),
    [
        ({"rcpt": [b"550 5.1.1 no such user"]}, 3, "MAILS_FAILED", "--status failed"),
        ({"greeting": b"421 4.3.2 closing"}, 4, "SENDER_UNAVAILABLE", "3 mails waiting"),
        (
            {"rcpt": [b"451 4.2.1 later", b"550 5.7.1 no"]},
            3,
            "MAILS_FAILED",
            "1 mail waiting, next",
        ),
        ({"rcpt": [b"451 4.7.1 greylisted"]}, 0, "", "1 mail not taken now"),
        ({"dot": [DROP]}, 0, "", "1 mail uncertain"),
    ],
    ids=["failed", "unavailable", "mixed", "greylisted", "uncertain"],
)
def test_each_trouble_has_its_exit_code(
    store: Path, script: dict[str, object], code: int, word: str, said: str
) -> None:
    """Issue 6: 3 some failed for good, 4 the sender is away; what is tried again is no error."""
    with ScriptedServer(script) as server:
        done = deliver(store, *by(server))
    assert done.returncode == code
    assert said in done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == bool(code)
    assert all(line.startswith(f"error [{word}]: ") for line in lines)


def test_what_waits_for_a_person_is_5_and_4_comes_before_it_and_3_behind(tmp_path: Path) -> None:
    """Issue 6: of several exit codes the most urgent one is given: 4, then 5, then 3."""
    store = undecided(tmp_path / "mail.db")
    with ScriptedServer({"greeting": b"554 5.3.2 no"}) as server:
        assert deliver(store, *by(server)).returncode == 4
    with ScriptedServer({"rcpt": b"550 5.7.1 no"}) as server:
        done = deliver(store, *by(server))
    assert done.returncode == 5
    assert "1 mail failed for good" in done.stdout
    assert "1 mail waiting for your decision" in done.stdout
    assert "outbox resolve ID sent, or resend" in done.stderr


def test_json_is_the_report_and_nothing_else(store: Path) -> None:
    """Issue 6: stdout has one JSON value, whatever prints mails or goes wrong beside it."""
    done = deliver(store, "--sender", "console:", "--from", SHOP, "--limit", "2", "--json")
    assert json.loads(done.stdout)["sent"] == 2
    assert "Subject: Hi 0" in done.stderr
    with ScriptedServer({"rcpt": b"550 5.1.1 who"}) as server:
        done = deliver(store, *by(server), "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["failed"], report["unavailable"]) == (3, 1, None)


def test_a_backlog_is_held_back_and_both_ways_out_are_told(tmp_path: Path) -> None:
    """email.md, stale-backlog guard: the count and the two commands, which do what they say."""
    store = tmp_path / "old.db"
    with CRM(store) as crm:
        crm.triggered_emails.save("a", subject="Hi", text="Hi")
        for name in ("ana", "bo"):
            crm.send_email("a", crm.create_contact({"emails": [f"{name}@example.com"]}))
    foretold = deliver(store, "--dry-run").stderr
    assert "a deliver without it holds it back, and then outbox cancel --stale" in foretold
    with ScriptedServer() as server:
        done = deliver(store, *by(server))
        assert (done.returncode, server.mails) == (0, [])
        assert "sends it, outbox cancel --stale" in deliver(store, "--dry-run").stderr
        assert "2 mails held back" in done.stdout
        assert f"--from {SHOP} --include-stale" in done.stdout
        assert "outbox cancel --stale" in done.stdout
        assert deliver(store, *by(server), "--include-stale", "--limit", "1").returncode == 0
        assert len(server.mails) == 1
    assert now(store) == ["sent", "queued"]


def test_a_dry_run_lists_all_and_does_nothing(store: Path) -> None:
    """Issue 6: who would get a mail and who not, and why; no server is asked, no byte changes."""
    with CRM(store) as crm:
        crm.suppressions.add("1@example.com", "bounced")
        contact = crm.find_contact(email="0@example.com")
        assert contact is not None
        crm.send_email("a", contact.id, send_at=datetime.now(UTC) + timedelta(days=1))
    before = store.read_bytes()
    with ScriptedServer() as server:
        done = deliver(store, *by(server), "--dry-run", "--limit", "1")
        assert server.conversations == []
    assert done.returncode == 0
    table = [line.split("  ") for line in done.stdout.splitlines()[1:-1]]
    goes = [[cell for cell in row if cell][1:3] for row in table]
    assert goes[0] == ["0@example.com", "yes"]
    assert ["2@example.com", "no: beyond --limit"] in goes
    assert goes[-1][1].startswith("no: not before ")
    data = json.loads(deliver(store, "--dry-run", "--json").stdout)
    assert [mail["obstacle"] for mail in data["mails"]] == [None, "bounced", None, "not_due"]
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--sender smtps://user@mail.example.com"),
        (("--sender", "smtps://u:geheim@mail.example"), "set WIXCRM_PASSWORD"),
        (("--sender", "smtps://u@mail.example"), "set WIXCRM_PASSWORD"),
        (("--sender", "memory:"), "takes no mail out"),
        (("--sender", "outbox:"), "takes no mail out"),
        (("--sender", "emil:mails"), "did you mean"),
        (("--sender", "eml:mails", "--limit", "0"), "--limit"),
        (("--sender", "eml:mails", "--watch", "--interval", "0"), "--interval"),
        (("--dry-run", "--watch"), "no next run"),
    ],
    ids=str,
)
def test_what_can_t_be_meant_is_a_usage_error(
    store: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Issue 6: exit code 2 with what to type, and never a password; nothing is sent."""
    done = deliver(store, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "geheim" not in done.stderr
    assert now(store) == ["queued"] * 3


def test_a_missing_from_is_said_in_options(store: Path) -> None:
    """email.md: no From is invented; the refusal names the option, and nothing is sent."""
    done = deliver(store, "--sender", "eml:mails", WIXCRM_PASSWORD="not asked for")
    assert done.returncode == 1
    assert done.stderr.startswith("error [FROM_ADDRESS_MISSING]: ")
    assert "--from ADDRESS" in done.stderr
    assert now(store) == ["queued"] * 3


def test_sender_and_password_come_from_the_environment(store: Path, tmp_path: Path) -> None:
    """Issue 6: the password reaches the server, and no word of ours repeats it."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    trusted = tmp_path / "trusted.pem"
    authority.cert_pem.write_to_path(trusted)
    with ScriptedServer(starttls=tls) as server:
        done = deliver(
            store,
            *("--from", SHOP),
            WIXCRM_SENDER=f"smtp://ana@localhost:{server.port}",
            WIXCRM_PASSWORD="geheim",
            SSL_CERT_FILE=str(trusted),
        )
        assert (done.returncode, done.stdout) == (0, "sent 3 mails\n"), done.stderr
        [conversation] = server.conversations
    login = base64.b64encode(b"\0ana\0geheim").decode()
    assert f"AUTH PLAIN {login}" in conversation
    assert b"geheim" not in store.read_bytes()


def ended_at_last(process: subprocess.Popen[Any]) -> None:
    """Ends a program that hangs, so that its test fails and does not hang with it."""
    timer = threading.Timer(_PATIENCE, process.kill)
    timer.daemon = True
    timer.start()


class Running:
    """A `deliver` that is under way, whose stderr is read line by line."""

    def __init__(self, store: Path, *arguments: object) -> None:
        self.process = subprocess.Popen(
            command(store, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment(),
        )
        ended_at_last(self.process)

    def wait_for(self, word: str) -> str:
        """The next line of stderr with this word."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if word in line:
                return line
        raise AssertionError(f"it ended without {word!r}")

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate()
        return self.process.returncode, out, err


@posix
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "INTERRUPTED"),
        (signal.SIGTERM, 143, "TERMINATED"),
        (getattr(signal, "SIGHUP", signal.SIGTERM), 143, "TERMINATED"),
    ],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_a_signal_lets_the_mail_in_hand_be_finished(
    store: Path, number: int, code: int, word: str
) -> None:
    """Issue 6: that mail is sent, the others are given back at once, and the exit code tells."""
    with ScriptedServer({"dot": HOLD}) as server:
        running = Running(store, *by(server))
        server.holding.wait()
        running.process.send_signal(number)
        running.wait_for("stopping")
        server.released.set()
        returned, out, err = running.end()
    assert (returned, out.splitlines()[0]) == (code, "sent 1 mail")
    assert err.startswith(f"error [{word}]: stopped by ")
    with CRM(store) as crm:
        assert statuses(crm) == ["sent", "queued", "queued"]
        assert crm.outbox.stats().due == 2


@posix
def test_a_second_ctrl_c_interrupts_at_once(store: Path) -> None:
    """Issue 6: a server that hangs holds nobody; the mail in hand is uncertain."""
    with ScriptedServer({"dot": HOLD}) as server:
        running = Running(store, *by(server))
        server.holding.wait()
        running.process.send_signal(signal.SIGTERM)
        running.wait_for("stopping")
        running.process.send_signal(signal.SIGINT)
        returned, out, err = running.end()
        server.released.set()
    assert (returned, out) == (130, "")
    assert err.startswith("error [INTERRUPTED]: interrupted at once; ")
    assert now(store) == ["uncertain", "queued", "queued"]


@posix
def test_a_watch_goes_on_until_it_is_ended(store: Path) -> None:
    """Issue 6: a line for each run that did something, what comes later too; exit code 0."""
    with ScriptedServer({"rcpt": [b"250 ok", b"451 4.7.1 greylisted"]}) as server:
        running = Running(store, *by(server), "--watch", "--interval", "0.05")
        assert running.process.stdout is not None
        first = running.process.stdout.readline()
        assert first.endswith("  2 sent, 1 deferred, 1 waiting\n")
        assert "1@example.com" in running.process.stdout.readline()
        with CRM(store) as crm:
            crm.send_email("a", crm.create_contact({"emails": ["later@example.com"]}))
        assert running.process.stdout.readline().endswith("  1 sent, 1 waiting\n")
        running.process.send_signal(signal.SIGTERM)
        returned, out, err = running.end()
    assert (returned, out) == (0, "")
    assert err.splitlines()[-1] == "stopped"


@posix
def test_a_watch_outlives_a_server_that_is_away(store: Path) -> None:
    """Issue 6: the trouble is told once, as one JSON object on its line, and the watch goes on."""
    with ScriptedServer({"greeting": b"421 4.3.2 closing"}) as server:
        running = Running(store, *by(server), "--watch", "--interval", "0.01", "--json")
        assert running.process.stdout is not None
        first = json.loads(running.process.stdout.readline())
        assert (first["waiting"], "421" in first["unavailable"]) == (3, True)
        for _ in range(20):  # it takes longer than the interval, so that there are runs meanwhile
            with CRM(store) as crm:
                assert len(crm.outbox) == 3
        with CRM(store) as crm, crm.transaction():
            for mail in crm.outbox[:]:
                crm.outbox.cancel(mail.id)
        again = json.loads(running.process.stdout.readline())
        assert (again["waiting"], again["unavailable"]) == (0, None)
        running.process.send_signal(signal.SIGINT)
        returned, out, _ = running.end()
    assert (returned, out) == (0, "")
    assert len(server.conversations) == 1  # it was left alone


class Terminal:
    """A `deliver` whose three streams are one pseudo-terminal."""

    def __init__(self, store: Path, *arguments: object) -> None:
        self.leader, follower = pytest.importorskip("pty").openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *command(store, *arguments)],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
            env=environment(TERM="xterm", NO_COLOR="1", COLUMNS="200"),
        )
        os.close(follower)
        ended_at_last(self.process)
        self.text = ""

    def type(self, keys: str) -> None:
        os.write(self.leader, keys.encode())

    def read(self) -> Iterator[str]:
        """All that was shown so far, each time there is more."""
        while True:
            try:
                more = os.read(self.leader, 65_536)
            except OSError:  # the other end is closed
                return
            if not more:
                return
            self.text += more.decode()
            yield self.text

    def wait_for(self, word: str) -> None:
        if word not in self.text:
            assert any(word in text for text in self.read()), self.text

    def end(self) -> int:
        for _ in self.read():
            pass
        os.close(self.leader)
        return self.process.wait()


@posix
def test_ctrl_c_in_a_terminal_in_the_middle_of_a_long_run(tmp_path: Path) -> None:
    """Issue 6: a bar while it runs, which is gone at the end; the key gives the rest back."""
    store = filled(tmp_path / "long.db", 60)
    with ScriptedServer({"dot": [b"250 ok"] * 30 + [HOLD]}) as server:
        terminal = Terminal(store, *by(server))
        server.holding.wait()
        terminal.wait_for("0 mails")
        terminal.type("\x03")
        terminal.wait_for("stopping: the mail in hand is finished first")
        server.released.set()
        assert terminal.end() == 130
    assert "\r[----" in terminal.text
    assert re.search(r"\r +\rsent 31 mails\r\n", terminal.text)
    assert now(store) == ["sent"] * 31 + ["queued"] * 29


@posix
def test_a_terminal_that_is_closed_leaves_no_mail_in_doubt(store: Path) -> None:
    """Issue 6: SIGHUP is a signal as the others, and a bar that can't be drawn is no failure."""
    with ScriptedServer({"dot": HOLD}) as server:
        terminal = Terminal(store, *by(server))
        server.holding.wait()
        os.close(terminal.leader)
        server.released.set()
        terminal.process.wait()
    assert now(store) == ["sent", "queued", "queued"]


@posix
@pytest.mark.parametrize(("keys", "code"), [("geheim\n", 4), ("\x04", 2), ("\x03", 130)])
def test_a_terminal_is_asked_for_the_password(store: Path, keys: str, code: int) -> None:
    """Issue 6: without echo; Ctrl-D and Ctrl-C leave, and nothing was sent."""
    with ScriptedServer({"greeting": HANG}) as server:
        port = server.port
    terminal = Terminal(store, "--sender", f"smtps://ana@127.0.0.1:{port}", "--from", SHOP)
    terminal.wait_for(f"Password for smtps://ana@127.0.0.1:{port}: ")
    terminal.type(keys)
    assert terminal.end() == code
    assert "geheim" not in terminal.text
    assert now(store) == ["queued"] * 3


def test_what_a_server_says_steers_no_terminal(store: Path) -> None:
    """Fault 9: neither a server's answer nor a mail's subject reaches the terminal as it is."""
    with ScriptedServer({"rcpt": b"550 5.7.1 \x1b[2Jgone\x9b\xe2\x80\xae"}) as server:
        done = deliver(store, *by(server))
    assert done.returncode == 3
    assert "gone" in done.stdout
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.stdout + done.stderr)


def test_of_many_failures_the_first_are_explained(tmp_path: Path) -> None:
    """Issue 6: five reasons and the number of the others; a thousand lines would hide them."""
    store = filled(tmp_path / "many.db", 8)
    with ScriptedServer({"rcpt": b"550 5.7.1 no"}) as server:
        lines = deliver(store, *by(server)).stdout.splitlines()
    assert [line.strip().split(":")[0] for line in lines if "RCPT" in line] == [
        f"{number}@example.com" for number in range(5)
    ]
    assert "  and 3 more" in lines


PLUGIN = """
import os
from wixcrm_local import InvalidArgument

def make(url, password=None):
    if password is None:
        raise InvalidArgument("password is missing", details={"argument": "password"})
    def send(message):
        if message.subject == "Hi 1" and url == "ours:breaking":
            os.remove(os.environ["TO_BE_REMOVED"])
        return f"{len(password)} letters"
    return send
"""


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    """The folder of a plug-in for `ours:`, which needs a password."""
    info = tmp_path / "plugins" / "ours-1.0.dist-info"
    info.mkdir(parents=True)
    (info.parent / "ours.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[wixcrm_local.senders]\nours = ours:make\n")
    return str(info.parent)


def test_a_plug_in_gets_the_password_that_it_asks_for(store: Path, plugin: str) -> None:
    """Issue 6: whatever its URL looks like; it is asked again with the option `password`."""
    refused = deliver(store, "--sender", "ours:", PYTHONPATH=plugin)
    assert (refused.returncode, "set WIXCRM_PASSWORD" in refused.stderr) == (2, True)
    done = deliver(store, "--sender", "ours:", PYTHONPATH=plugin, WIXCRM_PASSWORD="geheim")
    assert (done.returncode, done.stdout) == (0, "sent 3 mails\n")
    with CRM(store) as crm:
        assert crm.outbox.attempts(crm.outbox[0].id)[0].response == "6 letters"


@posix
def test_a_store_that_goes_away_is_told_with_what_was_done(store: Path, plugin: str) -> None:
    """Issue 6: in the one line of the refusal, as nothing else can be known."""
    more = {"PYTHONPATH": plugin, "WIXCRM_PASSWORD": "x", "TO_BE_REMOVED": str(store)}
    done = deliver(store, "--sender", "ours:breaking", **more)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("error [STORE_REPLACED]: ")
    assert "asked to take 2 before; " in line
