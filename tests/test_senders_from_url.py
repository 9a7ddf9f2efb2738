"""`sender_from_url`: a sender from one line of text, built in or by a plug-in."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from wixcrm_local import InvalidArgument
from wixcrm_local.senders import (
    ConsoleSender,
    FolderSender,
    MaildirSender,
    MemorySender,
    OutboxSender,
    SMTPSender,
    sender_from_url,
)
from wixcrm_local.senders.contract import check_sender, sample_message

EXAMPLE = Path(__file__).with_name("example_sender_plugin")


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example plug-in, installed as pip would."""
    monkeypatch.syspath_prepend(str(EXAMPLE))


def install(room: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str, entry: str) -> None:
    """A plug-in of one module, found on the path like an installed one."""
    room.mkdir(exist_ok=True)
    (room / f"{name}.py").write_text(code)
    info = room / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[wixcrm_local.senders]\n{entry}\n")
    monkeypatch.syspath_prepend(str(room))


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("console:", ConsoleSender),
        ("Console://", ConsoleSender),
        ("memory:", MemorySender),
        ("outbox:", OutboxSender),
        ("eml:mails", FolderSender),
        ("EML:mails", FolderSender),
        ("maildir:mails", MaildirSender),
        ("smtps://user@mail.example.com", SMTPSender),
        ("smtp://user@mail.example.com:587", SMTPSender),
    ],
)
def test_each_scheme_makes_its_sender(url: str, kind: type) -> None:
    """email.md: the family by URL; letters of a scheme may be large."""
    options = {"password": "s3cret"} if "smtp" in url else {}
    sender = sender_from_url(url, **options)
    assert isinstance(sender, kind)
    assert "s3cret" not in repr(sender) + sender.name


def test_a_test_server_without_tls_has_a_scheme_of_its_own() -> None:
    """email.md: no TLS only where the URL says so."""
    assert isinstance(sender_from_url("smtp+plain://127.0.0.1:2525"), SMTPSender)


def test_options_reach_the_sender_and_none_counts_as_not_given() -> None:
    """A command line may pass all it has; what it has not been given is None."""
    sender: Any = sender_from_url("memory:", from_address="shop@example.com", password=None)
    assert sender.from_address == "shop@example.com"
    with pytest.raises(InvalidArgument, match="'password'") as caught:
        sender_from_url("eml:mails", password="s3cret")
    assert "s3cret" not in str(caught.value) + str(caught.value.details)


@pytest.mark.parametrize("scheme", ["eml", "maildir"])
@pytest.mark.parametrize(
    "path", ["mails", "a b", "100%20", "a#b?c", "ü 你", "./x/../mails", "a:b", "-x", "~"]
)
@pytest.mark.skipif(os.name != "posix", reason="names that Windows can't spell")
def test_a_path_is_taken_as_it_is(
    scheme: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 59: what follows the scheme is the path itself; nothing is decoded or expanded."""
    monkeypatch.chdir(tmp_path)
    relative: Any = sender_from_url(f"{scheme}:{path}")
    absolute: Any = sender_from_url(f"{scheme}:{tmp_path}/{path}")
    triple: Any = sender_from_url(f"{scheme}://{tmp_path}/{path}")
    wanted = os.path.abspath(tmp_path / path)
    assert [it.folder for it in (relative, absolute, triple)] == [wanted] * 3


@pytest.mark.skipif(os.name != "nt", reason="paths of Windows")
@pytest.mark.parametrize("url", ["eml:C:\\my mails", "eml:C:/my mails", "eml:///C:/my mails"])
def test_a_path_of_windows_is_taken_as_it_is(url: str) -> None:
    """A drive is no scheme, and backslashes are no escapes."""
    sender: Any = sender_from_url(url)
    assert sender.folder == "C:\\my mails"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (None, ["must be a text", "pass one such as"]),
        (Path("mails"), ["must be a text"]),
        ("", ["no scheme", "eml:"]),
        ("mails", ["no scheme", "eml:"]),
        ("C:\\mails", ["no scheme", "eml:"]),
        (":mails", ["no scheme"]),
        ("e l:x", ["no scheme"]),
        ("eml:", ["names no folder", "eml:mails"]),
        ("eml://", ["names no folder"]),
        ("eml://host/mails", ["names no folder", "eml:/var/mails"]),
        ("maildir:", ["names no folder", "maildir:mails"]),
        ("console:stderr", ["more than its scheme", "console: alone"]),
        ("memory:x", ["more than its scheme"]),
        ("smpt://host", ["unknown scheme smpt", "'smtp'", "choose one of"]),
        ("http://user:s3cret@host", ["unknown scheme http", "install its plug-in"]),
        ("user:s3cret@host", ["unknown scheme user"]),
    ],
)
def test_a_wrong_url_is_answered_with_the_remedy(url: Any, parts: list[str]) -> None:
    """Errors name the argument and the remedy, and show no more of a URL than its scheme."""
    with pytest.raises(InvalidArgument) as caught:
        sender_from_url(url)
    assert all(part in caught.value.message for part in parts), caught.value.message
    assert caught.value.details["argument"] == "url"
    assert "s3cret" not in caught.value.message + str(caught.value.details)


# Plug-ins.


@pytest.mark.usefixtures("plugin")
def test_a_plug_in_is_found_by_its_scheme(tmp_path: Path) -> None:
    """email.md: the entry-point group `wixcrm_local.senders`, by URL scheme."""
    url = f"jsonl:{tmp_path / 'mails.jsonl'}"
    sender = sender_from_url(url, from_address="shop@example.com", password=None)
    assert type(sender).__name__ == "JSONLinesSender"
    assert sender_from_url(f"JSONL:{tmp_path / 'mails.jsonl'}").name == sender.name
    with pytest.raises(InvalidArgument, match="'password'"):
        sender_from_url(url, password="s3cret")
    with pytest.raises(InvalidArgument, match=r"^jsonl: names no file"):
        sender_from_url("jsonl:")
    with pytest.raises(InvalidArgument, match="did you mean 'jsonl'"):
        sender_from_url("jsonk:x")


@pytest.mark.usefixtures("plugin")
def test_a_plug_in_s_sender_keeps_the_contract(tmp_path: Path) -> None:
    """email.md: authors of senders import the contract."""
    import base64
    import json

    path = tmp_path / "mails.jsonl"

    def arrived() -> list[bytes]:
        lines = path.read_text("ascii").splitlines()
        return [base64.b64decode(json.loads(line)["mail"]) for line in lines]

    check_sender(
        lambda: sender_from_url(f"jsonl:{path}"),
        arrived=arrived,
        unreachable=lambda: sender_from_url(f"jsonl:{tmp_path / 'no' / 'mails.jsonl'}"),
    )


def test_plug_ins_are_looked_for_at_need_only() -> None:
    """Speed: a scheme of ours reads no other package's metadata."""
    code = (
        "import sys; from wixcrm_local.senders import sender_from_url as make;"
        "make('memory:'); make('eml:x'); print('importlib.metadata' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


@pytest.mark.parametrize(
    ("code", "entry", "words"),
    [
        ("import no_such_module", "bad1 = broken1:make", "can't be loaded (ModuleNotFoundError)"),
        ("1 / 0", "bad2 = broken2:make", "can't be loaded (ZeroDivisionError)"),
        ("", "bad3 = broken3:make", "can't be loaded (AttributeError)"),
        ("make = 5", "bad4 = broken4:make", "is no function of a URL"),
        ("def make(url): return 5", "bad5 = broken5:make", "made something else"),
        ("def make(url): raise KeyError(url)", "bad6 = broken6:make", "failed with KeyError"),
    ],
)
def test_a_broken_plug_in_is_named(
    code: str, entry: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 78: the error names plug-in and package, and no traceback shows the URL."""
    name = entry.partition("= ")[2].partition(":")[0]
    install(tmp_path / "plug-in", monkeypatch, name, code, entry)
    with pytest.raises(InvalidArgument) as caught:
        sender_from_url(f"{entry.partition(' ')[0]}://user:s3cret@host")
    message = caught.value.message
    assert f"{name}:make of {name}" in message
    assert words in message
    assert message.endswith("mend or uninstall that plug-in")
    shown = [line for line in traceback.format_exception(caught.value) if "s3cret@" in line]
    assert all("sender_from_url(f" in line for line in shown)


def test_two_plug_ins_of_one_scheme_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where mail goes must not depend on the order of the path; one package found twice is one."""
    code = "from wixcrm_local.senders import MemorySender\ndef make(url): return MemorySender()"
    install(tmp_path / "a", monkeypatch, "twice_a", code, "twice = twice_a:make")
    install(tmp_path / "b", monkeypatch, "twice_a", code, "twice = twice_a:make")
    assert sender_from_url("twice:").send(sample_message())
    install(tmp_path / "c", monkeypatch, "twice_c", code, "twice = twice_c:make")
    with pytest.raises(InvalidArgument, match="twice_a:make, twice_c:make"):
        sender_from_url("twice:")


def test_a_plug_in_can_t_take_a_scheme_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `eml:` is does not depend on what else is installed."""
    install(tmp_path, monkeypatch, "taking", "make = print", "eml = taking:make")
    assert isinstance(sender_from_url("eml:mails"), FolderSender)
