"""The command line of finding: search, list, duplicates, rekey and changes (issue 6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wixcrm_local import CRM, Policy
from wixcrm_local.cli import main

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three people, two of whom share a number."""
    path = tmp_path / "people.db"
    with CRM(path, default_region="GB", durability="normal") as crm:
        crm.labels.create("VIP")
        crm.custom_fields.create("Lead score", "number")
        for place, name in enumerate(["Zoë", "Anna", "Bea"]):
            crm.create_contact(
                {
                    "firstName": name,
                    "lastName": ["Łuk", "Díaz", "Luk"][place],
                    "emails": [f"{'zab'[place]}@demo.example"],
                    "phones": ["020 7946 0018"] if place != 1 else [],
                    "labels": ["VIP"] if place else [],
                    "customFields": {"Lead score": place * 10},
                },
                policy=Policy(match_on="none"),
            )
    return path


@pytest.fixture
def run(store: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command on the store of the test."""
    monkeypatch.setenv("WIXCRM_STORE", str(store))
    return lambda *arguments: CliRunner().invoke(main, arguments)


def names(result: Result) -> list[str]:
    """The first names of contacts that stand on lines of JSON."""
    assert result.exit_code == 0, result.stderr
    return [json.loads(line)["firstName"] for line in result.stdout.splitlines()]


def test_search_shows_the_best_first(run: Run) -> None:
    """Issue 6: a table for people, lines of JSON for programs, a note where nobody is found."""
    assert names(run("contact", "search", "luk", "--json")) == ["Zoë", "Bea"]
    assert names(run("contact", "search", "luk", "--limit", "1", "--json")) == ["Zoë"]
    shown = run("contact", "search", "zo luk")
    assert shown.stdout.splitlines()[0].split() == ["id", "name", "emails", "phones", "labels"]
    assert "Zoë Łuk" in shown.stdout
    nobody = run("contact", "search", '"')
    assert (nobody.exit_code, nobody.stdout) == (0, "")
    assert nobody.stderr == "note: nobody was found\n"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--name", "díaz"], ["Anna"]),
        (["--label", "vip"], ["Anna", "Bea"]),
        (["--label", "VIP", "--name", "luk"], ["Bea"]),
        (["--where", '{"Lead score": {"at_least": 10}}'], ["Anna", "Bea"]),
        (["--where", '{"Lead score": 10}', "--label", "VIP"], ["Anna"]),
        (["--sort", "first_name"], ["Anna", "Bea", "Zoë"]),
        (["--sort", "first_name", "--descending", "--limit", "0"], ["Zoë", "Bea", "Anna"]),
        (["--name", "nobody"], []),
    ],
)
def test_list_filters_and_sorts(run: Run, options: list[str], found: list[str]) -> None:
    """Issue 6: friendly options and a filter in JSON, all of which must hold."""
    assert names(run("contact", "list", *options, "--json")) == found


def test_a_list_goes_on_behind_its_cursor(run: Run) -> None:
    """Issue 6: the note of one page is the option of the next."""
    options = ["contact", "list", "--sort", "first_name", "--limit", "1", "--json"]
    first = run(*options)
    assert names(first) == ["Anna"]
    cursor = first.stderr.partition("--cursor ")[2].split()[0]
    second = run(*options, "--cursor", cursor)
    assert names(second) == ["Bea"]
    assert second.stderr.startswith("note: more follow; --cursor ")
    last = run(*options, "--cursor", second.stderr.partition("--cursor ")[2].split()[0])
    assert (names(last), last.stderr) == (["Zoë"], "")


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (["--where", "{"], 2, "is no JSON"),
        (["--where", '{"lastNme": "x"}'], 1, "did you mean 'lastName'"),
        (["--label", "VPI"], 1, "did you mean 'VIP'"),
        (["--cursor", "x"], 1, "cursor is none"),
        (["--sort", "name"], 2, "created_at"),
    ],
)
def test_a_mistake_is_one_sentence(run: Run, options: list[str], code: int, word: str) -> None:
    """Issue 6: what can't be asked is refused with the place and the nearest name."""
    result = run("contact", "list", *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert word in result.stderr


def test_duplicates_are_listed_with_what_they_share(run: Run) -> None:
    """Issue 6: by what, how many, and who."""
    shown = run("contact", "duplicates")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[1].split()[:3] == ["phone", "+442079460018", "2"]
    group = json.loads(run("contact", "duplicates", "--json").stdout)
    assert (group["kind"], group["count"], group["proposed"]) == ("phone", 2, True)
    assert len(group["contactIds"]) == 2


def test_nobody_twice_is_said(tmp_path: Path, run: Run) -> None:
    """Issue 6: an empty answer is said."""
    CRM(tmp_path / "empty.db").close()
    result = run("contact", "duplicates", "--store", str(tmp_path / "empty.db"))
    assert (result.stdout, result.stderr) == ("nobody seems to be there twice\n", "")


def test_rekey_reads_the_numbers_anew(run: Run, store: Path) -> None:
    """P5: tells what changed, and who shares a number."""
    refused = run("contact", "list", "--region", "FR")
    assert "rekey FR" in refused.stderr
    result = run("rekey", "FR")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("3 contacts, 2 numbers with another key\n")
    answer = run("rekey", "gb", "--json")
    assert answer.exit_code == 0, answer.output
    again = json.loads(answer.stdout)
    assert (again["rekeyed"], again["sharedCount"]) == (2, 1)
    assert again["shared"][0]["key"] == "+442079460018"
    with CRM(store) as crm:
        assert crm.default_region == "GB"
    assert run("rekey", "XX").exit_code == 1


def test_changes_go_on_behind_their_cursor(run: Run) -> None:
    """Issue 6: what happened, and the option that shows what comes after."""
    page = json.loads(run("changes", "--limit", "2", "--json").stdout)
    assert [event["kind"] for event in page["events"]] == ["created", "created"]
    rest = run("changes", "--since", page["nextCursor"])
    assert len(rest.stdout.splitlines()) == 2
    assert "create_contact" in rest.stdout
    cursor = rest.stderr.partition("--since ")[2].split()[0]
    nothing = run("changes", "--since", cursor)
    assert nothing.stdout == ""
    assert nothing.stderr.startswith("note: nothing happened since\nnote: --since ")
    assert run("changes", "--since", "now", "--json").exit_code == 0
    assert run("changes", "--since", "x").exit_code == 1
