"""Input that means harm, or was never meant for a contact list: refused or kept, by the rules.

The faults of input, security and time that no other file has by number.
"""

from __future__ import annotations

import collections
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_fixtures import rows, run

from wixcrm_local import CRM, email_match_key, errors, phone_match_key
from wixcrm_local.text import folded

ANA = "ana@example.com"


def everything(crm: CRM) -> tuple[object, ...]:
    """All that a store holds and callers can see."""
    return (
        list(crm.iter_contacts()),
        crm.labels.list(),
        crm.custom_fields.list(),
        crm.triggered_emails.list(),
        list(crm.outbox),
    )


def refused(crm: CRM, info: object, kind: type[Exception] = errors.InvalidContactInfo) -> str:
    """The message of a refusal, after which the store is as it was."""
    before = everything(crm)
    with pytest.raises(kind) as caught:
        crm.create_contact(info)  # type: ignore[arg-type]
    assert everything(crm) == before
    return str(caught.value)


# Who is meant.


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"firstName": "Ana", "lastName": "Diaz"},
        {"emails": [], "phones": []},
        {"loginEmail": ANA},
        {"phones": ["0000000000"]},
        {"emails": None, "phones": [None, ""], "labels": [], "customFields": {}},
    ],
)
def test_nobody_is_no_contact(crm: CRM, info: dict[str, Any]) -> None:
    """Fault 2, C1: without an address or number there is no identity, however often it is sent."""
    for _ in range(3):
        refused(crm, info, errors.InsufficientContactInfo)


BLANKS = ["", " ", "\t\n", "\u3000", "\xa0", "\ufeff", None]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_a_blank_is_never_an_identity(crm: CRM, blank: str | None) -> None:
    """Fault 3, C2: two people whose forms left the field empty do not meet."""
    if blank == "\ufeff":  # no white space to Python, and no address to anybody
        refused(crm, {"emails": [blank], "phones": ["650 253 0000"]})
        return
    one = crm.create_contact({"emails": [blank], "phones": ["650 253 0000"]})
    two = crm.create_contact({"emails": [blank], "phones": ["650 253 0001", blank]})
    assert one != two
    assert crm.get_contact(one).emails == crm.get_contact(two).emails == ()
    assert crm.find_contact(email=blank or "") is None
    refused(crm, {"emails": [blank], "phones": [blank]}, errors.InsufficientContactInfo)


SAME_MAILBOX = [
    (10, "josé@example.com", "jose\u0301@example.com"),
    (11, "foo@example.com", "FOO@Example.COM"),
    (12, "ana@example.com", "ana@ｅｘａｍｐｌｅ。com"),
    (14, "a@bücher.de", "A@XN--BCHER-KVA.DE"),
    (14, "a@bücher.de", "a@BÜCHER.de"),
    (16, "i\u0307@example.com", "\u0130@example.com"),
]


@pytest.mark.parametrize(("fault", "one", "other"), SAME_MAILBOX)
def test_spellings_of_one_mailbox(any_crm: CRM, fault: int, one: str, other: str) -> None:
    """Faults 10, 11, 12, 14 and 16, E2: one identity, in whichever spelling it comes first."""
    for first, second in ((one, other), (other, one)):
        id = any_crm.create_contact({"emails": [first]})
        assert any_crm.create_contact({"emails": [second]}) == id
        assert any_crm.find_contact(email=second) == any_crm.get_contact(id)
    assert any_crm.count_contacts() == 1


def test_what_was_typed_is_given_back(crm: CRM) -> None:
    """Faults 11 and 12, E2: the key is for comparing; case, scripts and widths stay as typed."""
    typed = {"emails": ["FOO@ｅｘａｍｐｌｅ.COM"], "phones": ["６５０-２５３-００００"]}
    assert crm.get_contact(crm.create_contact(typed)).to_wix() == typed
    assert crm.find_contact(email="foo@example.com", phone=None) is not None
    assert crm.find_contact(phone="650 253 0000") is not None


OTHER_MAILBOX = [
    (12, "ＡＮＡ@example.com", "ana@example.com"),
    (12, "ﬁ@example.com", "fi@example.com"),
    (13, "\u0430na@example.com", "ana@example.com"),
    (13, "a@\u0430pple.com", "a@apple.com"),
    (16, "weiß@example.com", "weiss@example.com"),
    (16, "a@straße.de", "a@strasse.de"),
    (16, "ı@example.com", "i@example.com"),
    (17, "ana+shop@example.com", "ana@example.com"),
    (17, "a.na@gmail.com", "ana@gmail.com"),
]


@pytest.mark.parametrize(("fault", "one", "other"), OTHER_MAILBOX)
def test_addresses_that_only_look_alike(any_crm: CRM, fault: int, one: str, other: str) -> None:
    """Faults 12, 13, 16 and 17, E2: merging strangers is worse than not merging one person."""
    assert any_crm.create_contact({"emails": [one]}) != any_crm.create_contact({"emails": [other]})
    assert any_crm.find_contact(email=one).emails == (one,)  # type: ignore[union-attr]


@given(st.text(max_size=40))
def test_names_fold_once_and_for_all(name: str) -> None:
    """Fault 16, G4: folding a folded name changes nothing, whatever script it is in."""
    assert folded(folded(name)) == folded(name)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20))
def test_keys_are_their_own_keys(local_part: str) -> None:
    """Fault 16, E2: lower-casing a key changes nothing, İ among them."""
    key = email_match_key(f"{local_part}@example.com")
    assert key is None or email_match_key(key) == key


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ('"ana lopez"@example.com', False),
        ("ana@[192.0.2.1]", False),
        ("ana@[IPv6:2001:db8::1]", False),
        ("ana@shop.test", True),
        ("ana@localhost", True),
        ("ana@printer.local", True),
        ("ana@intranet", False),
    ],
)
def test_unusual_addresses(crm: CRM, address: str, is_one: bool) -> None:
    """Fault 18, E1: names kept for tests are taken, quotes and numbers for domains are not."""
    if is_one:
        assert crm.get_contact(crm.create_contact({"emails": [address]})).emails == (address,)
    else:
        assert "emails[0]" in refused(crm, {"emails": [address]}, errors.InvalidEmail)


# Characters that do harm.


def test_nul_is_refused_wherever_a_text_is_kept(crm: CRM) -> None:
    """Fault 7, C3: SQL's text functions cut at NUL, so no text that is kept has one."""
    crm.custom_fields.create("Note")
    crm.triggered_emails.save("hi", subject="${x}", text="${x}", variables={"x": ""})
    ana = crm.create_contact({"emails": [ANA]})
    for info in (
        {"emails": ["a\0@example.com"]},
        {"phones": ["650 253\0 0000"]},
        {"firstName": "a\0b"},
        {"picture": "a\0b"},
        {"language": "a\0b"},
        {"loginEmail": "a\0@example.com"},
        {"labels": ["a\0b"]},
        {"customFields": {"Note": "a\0b"}},
        {"customFields": {"No\0te": "x"}},
        {"No\0te": "x"},
    ):
        assert "\0" not in refused(crm, {"phones": ["650 253 0000"], **info})
    before = everything(crm)
    for call in (
        lambda: crm.labels.create("a\0b"),
        lambda: crm.custom_fields.create("a\0b"),
        lambda: crm.triggered_emails.save("a\0b", subject="s", text="t"),
        lambda: crm.triggered_emails.save("a", subject="s\0", text="t"),
        lambda: crm.email_contact("hi", ana, {"variables": {"x": "a\0b"}}),
        lambda: crm.register_member(ana, "a\0@example.com"),
        lambda: crm.update_contact(ana, {"firstName": "a\0b"}),
        lambda: crm.update_contact(ana, {"No\0te": ""}),
        lambda: crm.merge_contacts(ana, "a\0b"),
        lambda: crm.get_contact("a\0b"),
        lambda: crm.delete_contact("\ud800"),
        lambda: crm.restore_contact("a\0b"),
        lambda: crm.erase_contact("a\0b"),
        lambda: crm.outbox.get("a\0b"),
    ):
        with pytest.raises(errors.WixCRMError):
            call()  # type: ignore[no-untyped-call]
    assert everything(crm) == before
    assert crm.find_contact(email="ana@example.com\0") is None


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200e", "\ufeff"], ids=ascii)
def test_marks_that_turn_text_around_leave_names(crm: CRM, mark: str) -> None:
    """Fault 15, C3: `Ana\\u202egpj.exe` is no name; an address that holds such a mark is none."""
    crm.labels.create(f"Cust{mark}omer")
    info = {"firstName": f"A{mark}na", "emails": [ANA], "labels": [f"{mark}Customer"]}
    contact = crm.get_contact(crm.create_contact(info))
    assert (contact.first_name, contact.labels) == ("Ana", ("Customer",))
    refused(crm, {"emails": [f"a{mark}na@example.com"]}, errors.InvalidEmail)
    refused(crm, {"emails": [f"{mark}ana@example.com"]}, errors.InvalidEmail)


@pytest.mark.parametrize("name", ["👩\u200d🚀", "می\u200cخواهم", "क्\u200dष"])
def test_joiners_stay_in_names(crm: CRM, name: str) -> None:
    """Fault 15, C3: emoji, Persian and Indic scripts are written with them."""
    id = crm.create_contact({"firstName": name, "emails": [ANA]})
    assert crm.get_contact(id).first_name == name


@pytest.mark.parametrize("joiner", ["\u200b", "\u200c", "\u200d", "\u2060"], ids=ascii)
def test_an_address_hides_no_joiner(crm: CRM, joiner: str) -> None:
    """Fault 15, E1: two addresses that look the same are never two mailboxes by a joiner alone."""
    refused(crm, {"emails": [f"ana{joiner}@example.com"]}, errors.InvalidEmail)


# Numbers and structures.


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, 10**400, -(10**400), 2**63, "1e999", "nan", True],
    ids=lambda value: str(value)[:9],
)
def test_numbers_that_cant_be_kept_are_refused(crm: CRM, value: object) -> None:
    """Fault 25, G6: SQLite makes NULL of NaN, and a float of a large integer."""
    crm.custom_fields.create("Score", "number")
    for info in ({"customFields": {"Score": value}}, {"Score": value}):
        message = refused(crm, {"emails": [ANA], **info}, errors.InvalidCustomFieldValue)
        assert len(message) < 300


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 5e-324, 1.7976931348623157e308, -0.0])
def test_numbers_at_the_edge_are_kept_exactly(any_crm: CRM, value: float) -> None:
    """Fault 25, G6: what can be kept is given back, type and sign included."""
    any_crm.custom_fields.create("Score", "number")
    id = any_crm.create_contact({"emails": [ANA], "Score": value})
    kept = any_crm.get_contact(id).custom_fields["Score"]
    assert (type(kept), str(kept)) == (type(value), str(value))


class Mapped(Mapping[str, Any]):
    """A mapping that is no dict."""

    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held

    def __getitem__(self, key: str) -> Any:
        return self.held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


class Raising(Mapped):
    def __getitem__(self, key: str) -> Any:
        raise ZeroDivisionError("its own")


class TellsOtherwise(dict[str, Any]):
    """A dict whose items are others than it holds."""

    def items(self) -> Any:
        return {"emails": ["told@example.com"]}.items()


@pytest.mark.parametrize(
    "make",
    [Mapped, collections.OrderedDict, collections.ChainMap, collections.UserDict],
)
def test_any_mapping_is_a_contact_info(crm: CRM, make: Callable[..., Mapping[str, Any]]) -> None:
    """Fault 1, A4: what it holds counts, not its class."""
    crm.custom_fields.create("Note")
    info = make({"emails": [ANA], "customFields": make({"Note": "x"})})
    contact = crm.get_contact(crm.create_contact(info))
    assert contact.to_wix() == {"emails": [ANA], "customFields": {"Note": "x"}}


def test_a_mapping_that_lies_is_read_once(crm: CRM) -> None:
    """Fault 24: what was checked is what is stored, so nothing slips in between two readings."""
    id = crm.create_contact(TellsOtherwise(emails=["held@example.com"]))
    assert crm.get_contact(id).emails == ("told@example.com",)
    assert crm.find_contact(email="held@example.com") is None


def test_what_a_mapping_itself_raises_comes_out(crm: CRM) -> None:
    """Promise 3: a caller's own object may fail; that is its error, and nothing is stored."""
    for info in (
        Raising({"emails": [ANA]}),
        {"emails": [ANA], "customFields": Raising({"Note": 1})},
    ):
        refused(crm, info, ZeroDivisionError)


@pytest.mark.parametrize("member", ["emails", "phones", "labels"])
@pytest.mark.parametrize("kind", [set, frozenset, iter, dict.fromkeys, collections.deque])
def test_only_lists_are_lists(crm: CRM, member: str, kind: Callable[[list[str]], object]) -> None:
    """Fault 1, C4: what has no order, or ends when it is read, is a wrong type."""
    assert member in refused(crm, {member: kind([ANA])}, errors.InvalidMemberType)


@pytest.mark.parametrize(
    ("member", "item"),
    [
        ("emails", lambda n: f"a{n}@example.com"),
        ("phones", lambda n: f"+1 650 {n:07}"),
        ("labels", lambda n: f"label {n}"),
        ("customFields", lambda n: f"field {n}"),
    ],
)
def test_twenty_thousand_items_are_too_many(
    crm: CRM, member: str, item: Callable[[int], str]
) -> None:
    """Fault 5, C6: a list has a limit, which the message names, and the answer is quick."""
    items = [item(number) for number in range(20_000)]
    given = dict.fromkeys(items, "x") if member == "customFields" else items
    begun = time.perf_counter()
    message = refused(crm, {"emails": [ANA], member: given})
    assert time.perf_counter() - begun < 2
    assert member in message
    assert "20,000" in message


def nested(make: Callable[[Any], Any], depth: int = 100_000) -> Any:
    value: Any = ANA
    for _ in range(depth):
        value = make(value)
    return value


@pytest.mark.parametrize("member", ["emails", "phones", "labels", "firstName", "customFields"])
@pytest.mark.parametrize(
    "make", [lambda it: [it], lambda it: {"emails": it}], ids=["lists", "mappings"]
)
def test_deep_structures_are_wrong_types(
    crm: CRM, member: str, make: Callable[[Any], object]
) -> None:
    """Fault 6: a hundred thousand levels are refused at the first that does not fit."""
    message = refused(crm, {"phones": ["650 253 0000"], member: nested(make)})
    assert len(message) < 1000


# Texts that other programs would follow.

WATCHED = """
opened = []
def watch(event, arguments):
    if event in ("open", "os.listdir", "os.remove", "socket.getaddrinfo", "socket.connect"):
        opened.append(str(arguments[0]))
sys.addaudithook(watch)
"""


def test_a_picture_is_a_text_that_nobody_opens(tmp_path: Path) -> None:
    """Fault 76: neither a path upwards, a device nor an address is followed; it is given back."""
    pictures = ["../../secret.txt", "/dev/zero", "file:///secret.txt", "C:\\\\secret.txt"]
    pictures += ["http://localhost:9/secret.txt", "wix:image://v1/../../secret.txt/x.png"]
    script = (
        WATCHED
        + f"""
pictures = {pictures!r}
with CRM(path) as crm:
    for number, picture in enumerate(pictures):
        id = crm.create_contact({{**info(number), "picture": picture}})
        tell(crm.get_contact(id).to_wix()["picture"] == picture)
    crm.backup(path + ".backup")
    crm.check()
tell([name for name in opened if "secret" in name or "zero" in name or "localhost" in name])
"""
    )
    (tmp_path / "secret.txt").write_text("secret")
    assert run(script, tmp_path / "x.db") == ["True"] * len(pictures) + ["[]"]


def test_ids_of_templates_name_no_files(crm: CRM, tmp_path: Path) -> None:
    """Fault 76: an id is a key of a table, whatever path it looks like."""
    before = sorted(os.listdir(tmp_path))
    for id in ("../../evil", "/etc/passwd", "a/b"):
        try:
            crm.triggered_emails.save(id, subject="s", text="t")
        except errors.InvalidTriggeredEmail:
            continue
        assert crm.triggered_emails.get(id).id == id
    assert sorted(os.listdir(tmp_path)) == before


def test_everything_works_without_a_network(tmp_path: Path) -> None:
    """Fault 67: where every socket is refused, the main job, backup and check are done."""
    script = """
def refuse(event, arguments):
    if event.startswith("socket."):
        os._exit(9)
sys.addaudithook(refuse)
with CRM(path, default_region="US") as crm:
    crm.triggered_emails.save("hi", subject="Hi", text="Hi ${n}", variables={"n": "x"})
    id = crm.create_contact({"emails": ["a@bücher.de", "a@gmail.com"], "phones": ["650 253 0000"]})
    crm.email_contact("hi", id)
    tell(crm.outbox[-1].status, )
    crm.backup(path + ".backup")
    tell(crm.check().ok)
"""
    assert run(script, tmp_path / "x.db") == ["queued", "True"]


@pytest.mark.skipif(os.name == "nt", reason="Windows takes no TZ of this form")
def test_stored_times_know_no_zone(tmp_path: Path) -> None:
    """Fault 68: programs with other zones and languages write and read one and the same time."""
    script = """
import locale, time
locale.setlocale(locale.LC_ALL, "")
with CRM(path) as crm:
    crm.create_contact(info(os.getpid()))
    os.environ["TZ"] = "UTC"
    time.tzset()
    for contact in crm.iter_contacts():
        tell(contact.created_at.isoformat())
"""
    said = []
    begun = datetime.now(UTC)
    for zone in ("XXX-14", "YYY+12", "ZZZ-5:45"):
        environment = {**os.environ, "TZ": zone, "LC_ALL": "C.UTF-8"}
        said = run(script, tmp_path / "x.db", env=environment)
    moments = [datetime.fromisoformat(text) for text in said]
    assert moments == sorted(moments)
    assert begun <= moments[0] <= moments[-1] <= begun + timedelta(minutes=10)
    assert all(text.endswith("+00:00") for text in said)
    stored = [stamp for (stamp,) in rows(tmp_path / "x.db", "SELECT created_at FROM contacts")]
    assert [len(stamp) for stamp in stored] == [27, 27, 27]


# Texts that take a validator long.

SLOW_EMAILS = [
    "a" * 320,
    "@" * 320,
    "a@" * 160,
    "a." * 150 + "@example.com",
    "." * 300 + "@example.com",
    "a@" + "a." * 150 + "com",
    "a@" + "-" * 300 + ".com",
    "a@" + "xn--" * 70 + ".com",
    "a@" + "é" * 300 + ".com",
    "a@" + "\u0378." * 150,
    "é" * 300 + "@example.com",
    "e" + "\u0301" * 300 + "@example.com",
    "<" * 300 + "a@example.com",
    "Ana <" + "a@example.com," * 20,
    '"' * 310 + "@x.com",
    " " * 300 + "a@x.com",
    "a@x.com" + " " * 5_000_000,
    "a" * 5_000_000 + "@x.com",
    "\u0344" * 5_000_000,
]
SLOW_PHONES = [
    "(" * 50,
    "+" * 50,
    "1-" * 25,
    "ext" * 16,
    "1x" * 25,
    "٣" * 50,
    "1;ext=" * 8,
    "1 " * 9_999,
]
SLOW_NAMES = [
    "e" + "\u0301" * 999,
    "\u202e" * 1000,
    "ﷺ" * 1000,
    "\U0001f468\u200d" * 500,
    "İ" * 1000,
]


def is_quick(work: Callable[[], object], limit: float) -> bool:
    """Whether it takes less than `limit` seconds, once in three: others use the machine, too."""
    for _ in range(3):
        begun = time.perf_counter()
        work()
        if time.perf_counter() - begun < limit:
            return True
    return False


def outcome(work: Callable[[], object]) -> Callable[[], object]:
    """The work, of which a documented error, briefly told, is an outcome like any other."""

    def tried() -> None:
        message = ""
        try:
            work()
        except errors.WixCRMError as error:
            message = str(error)
        assert len(message) < 3000

    return tried


@pytest.mark.parametrize("address", SLOW_EMAILS, ids=lambda text: f"{text[:8]!a} {len(text)}")
def test_no_address_takes_long(crm: CRM, address: str) -> None:
    """Fault 77, E1: the worst of 320 characters is decided in 50 ms, and so are five millions."""
    email_match_key("é@bücher.de")  # imports the library
    assert is_quick(lambda: email_match_key(address), 0.25)
    assert is_quick(outcome(lambda: crm.create_contact({"emails": [address]})), 0.5)


@pytest.mark.parametrize("number", SLOW_PHONES, ids=lambda text: f"{text[:8]!a} {len(text)}")
def test_no_number_takes_long(crm: CRM, number: str) -> None:
    """Fault 77, P2: the worst of 50 characters is decided in 50 ms."""
    phone_match_key("+1 650 253 0000")
    assert is_quick(lambda: phone_match_key(number, "US"), 0.25)
    assert is_quick(outcome(lambda: crm.create_contact({"phones": [number]})), 0.5)


@pytest.mark.parametrize("name", SLOW_NAMES, ids=lambda text: f"{text[:4]!a} {len(text)}")
def test_no_name_takes_long(crm: CRM, name: str) -> None:
    """Fault 77, C6: normalizing, folding and looking for the nearest take 50 ms."""
    for number in range(50):
        crm.labels.create(f"{name[:100]}{number}")
    info = {"firstName": name, "emails": [ANA], "labels": [name[:170]]}
    assert is_quick(outcome(lambda: crm.create_contact(info)), 1)
    assert is_quick(outcome(lambda: crm.labels.get(name[:170])), 1)


@pytest.mark.parametrize(
    "piece",
    ["$", "${", "${a", "${a}", "$${", "${${", "}", "<", "<b>", "&amp;", "&#"],
)
def test_no_template_takes_long(crm: CRM, piece: str) -> None:
    """Fault 77, T2: templates of 30,000 characters are read, and filled, in time that grows
    with their length and no faster."""
    text = piece * (30_000 // len(piece))

    def use() -> None:
        crm.triggered_emails.save("t", subject="s", html=text, variables={"a": "x"})
        crm.triggered_emails.preview("t")

    assert is_quick(outcome(use), 4)
