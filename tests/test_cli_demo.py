"""The contract of `demo`: short, true, repeatable, and harmless to what is in the store."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from wixcrm_local import CRM
from wixcrm_local.cli import main


def demo(store: Path) -> str:
    """What the demo tells on this store."""
    result = CliRunner().invoke(main, ["--store", str(store), "demo"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_demo_is_short_and_shows_calls_with_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fits one and a half screens, no line is too wide, and it tells the main job."""
    monkeypatch.chdir(tmp_path)
    text = demo(Path("new.db"))
    assert len(text.splitlines()) <= 52
    assert max(map(len, text.replace(str(tmp_path), "").splitlines())) <= 80
    for part in (
        "crm.create_contact({",
        "again == ana  -> True",
        "LabelNotFound: ",
        "'customFields': {'Demo score': 85}",
        "'Dear Ana, your code is HELLO5.'",
        "'queued'",
    ):
        assert part in text


def test_what_the_demo_tells_is_in_the_store(tmp_path: Path) -> None:
    """The id, the person and the mail that were printed are those of the file that is kept."""
    store = tmp_path / "new.db"
    text = demo(store)
    assert str(store) in text
    with CRM(store) as crm:
        [ana] = crm.iter_contacts()
        assert set(re.findall(r"-> '([0-9a-f-]{36})'", text)) == {ana.id}
        assert ana.to_wix() == {
            "firstName": "Ana",
            "lastName": "López",
            "emails": ["Ana.Lopez@demo.example"],
            "phones": ["+44 20 7946 0417"],
            "labels": ["Demo customer"],
            "customFields": {"Demo score": 85},
        }
        assert [message.to for message in crm.outbox] == ["Ana.Lopez@demo.example"]


def test_a_second_run_says_so_and_only_the_outbox_grows(tmp_path: Path) -> None:
    """The same file answers with the same id, and nothing of the contact changes."""
    store = tmp_path / "new.db"
    first, second, third = demo(store), demo(store), demo(store)
    assert "earlier run" not in first
    assert "earlier run" in second
    assert "'updated'" in first
    assert "'unchanged'" in second
    assert second.replace("2 mails", "3 mails") == third
    with CRM(store) as crm:
        [ana] = crm.iter_contacts()
        assert (ana.revision, len(crm.outbox)) == (3, 3)


def test_the_demo_leaves_other_contacts_alone(tmp_path: Path) -> None:
    """On a store in use it touches its own contact only, and counts truthfully."""
    store = tmp_path / "used.db"
    with CRM(store, default_region="ES") as crm:
        crm.triggered_emails.save("welcome", subject="Mine", text="Mine")
        before = crm.get_contact(crm.create_contact({"emails": ["ana.lopez@shop.example"]}))
    assert "2 contacts and 1 mail" in " ".join(demo(store).split())
    with CRM(store) as crm:
        assert crm.get_contact(before.id) == before
        assert crm.triggered_emails.get("welcome").subject == "Mine"


@pytest.mark.parametrize("line", ["contact show ana.lopez@demo.example --history", "outbox show"])
def test_the_commands_it_recommends_work(tmp_path: Path, line: str) -> None:
    """What the demo says to look at can be looked at, with the store it names."""
    store = tmp_path / "new.db"
    text = demo(store)
    assert f"wixcrm-local --store {store} {line}" in text
    result = CliRunner().invoke(main, ["--store", str(store), *line.split()])
    assert result.exit_code == 0
    assert "Ana López" in result.stdout
