"""The page in a real Chromium (issue 9, 2 and 3): found, read, by keys alone, and harmless."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from browser import Browser, Listener, browser, needs_browser
from conftest import OpenCRM
from test_page import furnish

from wixcrm_local import CRM, Policy
from wixcrm_local.page import composing

pytestmark = [pytest.mark.storm, needs_browser]

ENTER, ESCAPE, TAB, DOWN, UP = "\ue007", "\ue00c", "\ue004", "\ue015", "\ue013"
FIXTURES = Path(__file__).parent / "fixtures"
CONTRASTS = (FIXTURES / "contrasts.js").read_text("utf-8")
HOSTILE_MAIL = (FIXTURES / "hostile_mail.html").read_text("utf-8")
PLACES = "return [...document.querySelectorAll('#rows a')].map((a) => a.hash)"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as window:
        yield window


@pytest.fixture(autouse=True)
def _by_day(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins with a usual window, and ends without a complaint of the browser."""
    window: Browser = request.getfixturevalue("window")
    window.look()
    window.complaints()
    yield
    assert window.complaints() == []


@pytest.fixture
def page(crm: CRM, tmp_path: Path) -> Path:
    furnish(crm)
    crm.create_contact({"firstName": "דנה", "lastName": "Weiß", "emails": ["dana@acme.example"]})
    crm.create_contact({"firstName": "Łukasz", "phones": ["+44 20 7946 0958"]})
    member = {"firstName": "Zoë", "emails": ["zoe@example.com"], "loginEmail": "zoe@example.com"}
    crm.create_contact(member)
    crm.write_page(tmp_path / "page.html")
    return tmp_path / "page.html"


NAMES = [
    "Zoë Łuczak", "STRASSE Weiß", "Ωmega Σίσυφος", "İpek Yıldız", "ガン プラ", "कि़ताब",
    "O’Neil-Smith", "ǅuro Ðorđe", "١٢٣ رقم", "ﬁne ①", "Ñandú", "Ёлка Йод", "a_b c@d",
]  # fmt: skip
PARTS = {name[at : at + size] for name in NAMES for at in range(len(name)) for size in (1, 2, 3, 9)}


def type_text(window: Browser, text: str) -> None:
    """Types into the search, over what stands there."""
    field = window.driver.find_element("id", "search")
    field.clear()
    field.send_keys(text)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ana di", ["Ana Diaz"]),
        ("zoe", ["Zoë"]),
        ("luk", ["Łukasz"]),
        ("weiss", ["דנה Weiß"]),
        ("דנ", ["דנה Weiß"]),
        ("@acme", ["דנה Weiß"]),
        ("0958", ["Łukasz"]),
        ("(650) 253 0000", ["Ana Diaz", "bo@example.com"]),
        ("<b>", []),
        ("", ["Zoë", "Łukasz", "דנה Weiß", "bo@example.com", "Ana Diaz"]),
    ],
)
def test_search_as_you_type(window: Browser, page: Path, typed: str, found: list[str]) -> None:
    """Issue 9, 1: names, parts of addresses, last digits, in any script, as crm.search_contacts."""
    window.open(page)
    type_text(window, typed)
    assert window.rows() == found
    assert window.text("#count") == ("5 people" if not typed else f"{len(found)} of 5 people")


def test_the_browser_finds_whom_the_library_finds(
    window: Browser, open_crm: OpenCRM, tmp_path: Path
) -> None:
    """One search in both: of names in many scripts, every beginning, middle and end of them."""
    with open_crm() as crm:
        for number, name in enumerate(NAMES):
            first, _, last = name.partition(" ")
            info = {"firstName": first, "lastName": last}
            crm.create_contact({**info, "emails": [f"p{number}.x@host{number}.example"]})
        crm.create_contact({"phones": ["(650) 253-0000", "+44 20 7946 0958"]})
        crm.write_page(tmp_path / "page.html")
        extra = {"p1", "x@h", "host", "@", "0958", "53", "650 2"}
        asked = sorted(text for text in PARTS | extra if text.strip())
        expected = {text: {one.id for one in crm.search_contacts(text, 50)} for text in asked}
    window.open(tmp_path / "page.html")
    script = """
const ids = () => [...document.querySelectorAll('#rows a')].map((a) => a.hash.split('/')[1]);
const search = document.getElementById('search');
return Object.fromEntries(arguments[0].map((text) => {
  search.value = text;
  search.dispatchEvent(new Event('input'));
  return [text, ids()];
}));
"""
    found = {text: set(ids) for text, ids in window.run(script, asked).items()}
    assert found == expected


def test_filters_narrow_the_list(window: Browser, page: Path) -> None:
    """Issue 9, 1: by label, member and subscription; the label's own page leads there, too."""
    window.open(page)

    def choose(name: str, value: str) -> list[str]:
        script = """
const select = document.querySelector(`select[name=${arguments[0]}]`);
select.value = arguments[1];
select.dispatchEvent(new Event('change'));
"""
        window.run(script, name, value)
        return window.rows()

    assert choose("label", "Customer") == ["Ana Diaz"]
    assert choose("member", "yes") == []
    assert choose("label", "") == ["Zoë"]
    assert choose("member", "no") == ["Łukasz", "דנה Weiß", "bo@example.com", "Ana Diaz"]
    assert choose("subscription", "unsubscribed") == []
    assert choose("subscription", "not_set") == ["Łukasz", "דנה Weiß", "bo@example.com", "Ana Diaz"]
    assert choose("sort", "name")[0] == "Ana Diaz"
    window.run("location.hash = '#names'")
    window.run("document.querySelector('#list button').click()")
    assert window.rows() == ["Ana Diaz"]


def test_a_person_opens_with_all_of_it(window: Browser, page: Path) -> None:
    """Issue 9, 1: match keys, labels, fields, history and mails stand on the card."""
    window.open(page)
    type_text(window, "ana")
    window.run("document.querySelector('#rows a').click()")
    card = window.text("#detail")
    expected = ("ana@example.com", "+16502530000", "a placeholder finds nobody", "Customer")
    expected += ("Score", str(2**62), "update_contact", "last name", "Hi Ana (650) 253-0000")
    assert [told for told in expected if told not in card] == []
    window.run("document.querySelector('#detail .plain a').click()")
    assert window.text("#detail h2") == "Hi Ana (650) 253-0000"
    window.driver.back()
    assert window.text("#detail h2") == "Ana Diaz"


def test_a_mail_opens_with_its_preview(window: Browser, page: Path) -> None:
    """Issue 9, 1: state and reason in words, preview, headers, variables, answers."""
    window.open(page, "#mails")
    assert window.rows() == ["Hi friend", "Hi Ana (650) 253-0000"]
    window.run("document.querySelectorAll('#rows a')[0].click()")
    letter = window.text("#detail")
    for told in ("queued", "deferred", "it is tried again", "Message-ID", "FELL BACK", "451 later"):
        assert told.lower() in letter.lower(), told
    frame = window.driver.find_element("css selector", "iframe.preview")
    assert frame.get_attribute("sandbox") == ""
    window.driver.switch_to.frame(frame)
    try:
        assert window.driver.find_element("tag name", "body").text == "Dear friend, look"
        assert window.run("return document.querySelector('a').getAttribute('href')") is None
        assert window.run("return document.querySelector('a').title") == "https://example.com"
    finally:
        window.driver.switch_to.default_content()


@pytest.mark.parametrize("place", ["#templates/welcome", "#names", "#duplicates", "#store"])
def test_every_part_opens(window: Browser, page: Path, place: str) -> None:
    """Issue 9, 1: templates with their variables, labels and fields, duplicates, the store."""
    window.open(page, place)
    shown = window.text("main")
    expected = {
        "#templates/welcome": ("Hi ${name}", "friend", "2 mails"),
        "#names": ("Customer", "custom.score", "number"),
        "#duplicates": ("2 contacts with the number", "+16502530000"),
        "#store": ("bo@example.com", "unsubscribed", "eve@example.com", "2 queued"),
    }[place]
    for told in expected:
        assert told in shown, told


@pytest.mark.parametrize(
    "place", ["#people/nobody", "#people/%", "#nothing", "#mails/", "#__proto__"]
)
def test_an_address_that_leads_nowhere_says_so(window: Browser, page: Path, place: str) -> None:
    """A page of another day may name who is gone: that is told, and breaks nothing."""
    window.open(page, place)
    assert window.rows()


def test_the_keyboard_alone_is_enough(window: Browser, page: Path) -> None:
    """Issue 9, 2: from the search into the list, into a card and back to where one was."""
    window.open(page)
    window.press(TAB)
    assert window.focused() == "Skip to the list"
    window.press(ENTER)
    assert window.focused() == "search"
    window.press("e", "x", "a")
    assert window.rows() == ["Zoë", "דנה Weiß", "bo@example.com", "Ana Diaz"]
    window.press(DOWN, DOWN, DOWN, DOWN, UP)
    assert window.focused().startswith("bo@example.com")
    window.press(ENTER)
    assert window.text("#detail h2") == "bo@example.com"
    assert window.focused() == "detail"
    window.press(ESCAPE)
    assert window.focused().startswith("bo@example.com")
    window.press(UP, UP, UP)
    assert window.focused() == "search"
    window.press(ESCAPE)
    window.run("document.activeElement.blur()")
    window.press("/")
    assert window.focused() == "search"
    seen = []
    for _ in range(30):  # nothing that can be clicked is out of reach of the Tab key
        window.press(TAB)
        seen.append(window.run("return document.activeElement.outerHTML"))
    clickable = """
return [...document.querySelectorAll('a, button, select, input')]
  .filter((each) => each.checkVisibility()).map((each) => each.outerHTML);
"""
    assert set(window.run(clickable)) <= set(seen)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_readable(
    window: Browser, page: Path, dark: bool, width: int, tmp_path: Path
) -> None:
    """Issue 9, 2: WCAG AA contrast by day and by night; nothing is wider than a telephone."""
    window.look(width=width, dark=dark)
    window.open(page)
    links = window.run(PLACES)
    window.open(page, "#mails")
    links += window.run(PLACES)
    for place in ("", *links, "#templates/welcome", "#names", "#duplicates", "#store"):
        window.open(page, place)
        assert window.run(CONTRASTS) == [], place
        assert window.run("return document.documentElement.scrollWidth") <= width, place


def test_on_a_telephone_one_thing_is_shown_at_a_time(window: Browser, page: Path) -> None:
    """Issue 9, 2: the list, or who was chosen, and a way back."""
    window.look(width=360)
    window.open(page)
    is_shown = "return document.querySelector(arguments[0]).checkVisibility()"
    assert window.run(is_shown, "#list")
    assert not window.run(is_shown, "#detail")
    window.run("document.querySelector('#rows a').click()")
    assert not window.run(is_shown, "#list")
    assert window.run(is_shown, "#detail")
    window.run("document.querySelector('.back').click()")
    assert window.run(is_shown, "#list")


def test_each_name_keeps_its_direction(window: Browser, open_crm: OpenCRM, tmp_path: Path) -> None:
    """Issue 9, 2: right-to-left names are right, and turn nothing around them."""
    with open_crm() as crm:
        crm.create_contact(
            {"firstName": "דנה", "lastName": "\u202eevil", "emails": ["d@example.com"]}
        )
        crm.write_page(tmp_path / "page.html")
    window.open(tmp_path / "page.html")
    script = """
const name = document.querySelector('#rows .title bdi');
return [getComputedStyle(name).direction, getComputedStyle(name).unicodeBidi,
        getComputedStyle(document.getElementById('count')).direction];
"""
    assert window.run(script) == ["rtl", "isolate", "ltr"]
    assert window.run("return document.documentElement.dir") == ""


def test_it_has_what_a_screen_reader_needs(window: Browser, page: Path) -> None:
    """Issue 9, 2: one first heading, named parts and fields, a count that is told as it changes."""
    window.open(page, window_hash(window, page))
    found = window.run("""
const name = (e) => e.ariaLabel || e.labels?.[0]?.innerText || e.innerText || e.title;
return {
  lang: document.documentElement.lang, title: document.title,
  first: document.querySelectorAll('h1').length,
  current: document.querySelectorAll('nav [aria-current]').length,
  status: document.querySelector('#count').getAttribute('role'),
  nameless: [...document.querySelectorAll('a, button, select, input, iframe, nav, [role=region]')]
    .filter((e) => !name(e)?.trim()).map((e) => e.outerHTML),
};
""")
    assert found == {
        "lang": "en",
        "title": "Outbox – a store in memory",
        "first": 1,
        "current": 1,
        "status": "status",
        "nameless": [],
    }


def window_hash(window: Browser, page: Path) -> str:
    """Where the newest mail of a page is."""
    window.open(page, "#mails")
    place: str = window.run("return document.querySelector('#rows a').hash")
    return place


def hostile_store(crm: CRM, url: str) -> None:
    """Whatever somebody could write into a form, and into a mail, to get out of it."""
    script = "window.top.document.title = 'taken'; window.taken = true"
    texts = [
        f"<script>{script}</script>",
        f'</script><img src="{url}/name" onerror="{script}">',
        f"\" onmouseover=\"{script}\" x='",
        f"javascript:{script}",
        "<!--<script>", "${constructor.constructor('window.taken = true')()}", "__proto__",
        "\u202e\u2066</bdi></a></li></ul><h1>taken</h1>",
    ]  # fmt: skip
    for number, text in enumerate(texts):
        crm.labels.create(text)
        crm.custom_fields.create(f"{text} field")
        crm.create_contact(
            {
                "firstName": text,
                "lastName": text,
                "picture": f"javascript:{script}",
                "emails": [f"p{number}@example.com"],
                "labels": [text],
                "customFields": {f"{text} field": text},
            }
        )
    html = HOSTILE_MAIL.replace("URL", url).replace("SCRIPT", script)
    crm.triggered_emails.save(
        "</script><b>", subject="<b>${name}</b>", html=html, variables={"name": texts[0]}
    )
    for contact in crm.query_contacts().contacts:
        crm.email_contact("</script><b>", contact.id, {"variables": {"name": texts[1]}})


def visit_everything(window: Browser, page: Path) -> None:
    """Opens each person, mail and part, and clicks what a mail offers."""
    from selenium.common.exceptions import WebDriverException

    for part in ("#people", "#mails", "#templates"):
        window.open(page, part)
        for place in window.run(
            "return [...document.querySelectorAll('#rows a')].map((a) => a.hash)"
        ):
            window.run("location.hash = arguments[0]", place)
            window.run("document.querySelectorAll('details').forEach((e) => { e.open = true })")
            for frame in window.driver.find_elements("css selector", "iframe.preview"):
                window.driver.switch_to.frame(frame)
                for each in window.driver.find_elements("css selector", "a, input, summary"):
                    with suppress(WebDriverException):  # of what can't be seen
                        each.click()
                window.driver.switch_to.default_content()
    for part in ("#names", "#duplicates", "#store"):
        window.open(page, part)


def test_a_hostile_store_can_do_nothing(window: Browser, open_crm: OpenCRM, tmp_path: Path) -> None:
    """Issue 9, 2: nothing in it runs, fetches, leads away, or becomes a part of the page."""
    listener = Listener()
    try:
        with open_crm(policy=Policy(shapes="documented")) as crm:
            hostile_store(crm, listener.url)
            crm.write_page(tmp_path / "page.html")
        visit_everything(window, tmp_path / "page.html")
        assert window.run("return [window.taken, document.querySelectorAll('h1').length]") == [
            None,
            1,
        ]
        assert "taken" not in window.driver.title
        assert window.driver.current_url.startswith("file:")
        assert len(window.driver.window_handles) == 1
        window.complaints()  # of handlers that its policy kept from running
    finally:
        listener.close()
    assert listener.asked == []


@pytest.mark.parametrize("lock", ["policy", "reading"])
def test_either_lock_alone_holds(
    window: Browser, open_crm: OpenCRM, tmp_path: Path, lock: str
) -> None:
    """Without the page's policy a mail fetches nothing since it was taken apart first; without
    that, the policy of the page and its sandbox keep scripts and fetches away."""
    listener = Listener()
    try:
        with open_crm() as crm:
            hostile_store(crm, listener.url)
            crm.write_page(tmp_path / "page.html")
        page = (tmp_path / "page.html").read_text("utf-8")
        script = page.rpartition("<script>")[2].rpartition("</script>")[0]
        if lock == "policy":  # taken out: what a browser does that knows no policies
            broken = page.replace('http-equiv="Content-Security-Policy"', 'name="none"', 1)
        else:
            weak = script.replace("each.remove();", "{ }").replace(
                "each.removeAttribute(", "void ("
            )
            assert weak != script
            broken = page.replace(script, weak).replace(
                composing.digest(script), composing.digest(weak)
            )
        (tmp_path / "broken.html").write_text(broken, "utf-8")
        visit_everything(window, tmp_path / "broken.html")
        assert window.run("return window.taken") is None
        window.complaints()
    finally:
        listener.close()
    # Policies don't hold back a preconnect, which tells that somebody looks: hence the other lock.
    assert [each for each in listener.asked if each != b"connected"] == []
    assert lock == "reading" or listener.asked == []


def test_many_people_are_shown_a_hundred_at_a_time(
    window: Browser, open_crm: OpenCRM, tmp_path: Path
) -> None:
    """Issue 9, 2: a long list stays quick; the rest comes when it is asked for, all is searched."""
    with open_crm() as crm:
        for number in range(350):
            name = {"firstName": f"Person {number}"}
            crm.create_contact({**name, "emails": [f"p{number}@example.com"]})
        crm.write_page(tmp_path / "page.html", limit=340)
    window.open(tmp_path / "page.html")
    assert "10 older people left out" in window.text("#notice")
    assert window.text("#count") == "340 of 350 people"
    assert len(window.rows()) == 100
    window.run("document.querySelector('#more button').click()")
    assert len(window.rows()) == 300
    assert window.focused().startswith("Person 249")
    type_text(window, "p11@")
    assert window.rows() == ["Person 11"]


def test_a_watched_page_loads_itself_anew_and_stays_where_it_was(
    window: Browser, crm: CRM, page: Path
) -> None:
    """Issue 9, 1: what was typed, chosen and opened is so afterwards; the last one is still."""
    crm.write_page(page, reload_every=0.5)
    window.open(page)
    type_text(window, "exa")
    window.run("document.querySelectorAll('#rows a')[1].click()")
    before = window.text("#detail h2")
    crm.create_contact({"firstName": "Newest", "emails": ["new@example.com"]})
    crm.write_page(page)
    wait_until(window, "document.querySelector('#rows .title').textContent === 'Newest'")
    assert window.text("#detail h2") == before
    assert window.run("return document.getElementById('search').value") == "exa"
    script = "return JSON.parse(document.getElementById('data').textContent).reloadEvery"
    assert window.run(script) is None


def wait_until(window: Browser, condition: str) -> None:
    """Waits for the page, which may load itself meanwhile."""
    from selenium.common.exceptions import JavascriptException
    from selenium.webdriver.support.ui import WebDriverWait

    waiting = WebDriverWait(window.driver, 20, ignored_exceptions=[JavascriptException])
    waiting.until(lambda driver: driver.execute_script(f"return {condition}"))


def screenshots(window: Browser, page: Path, folder: Path) -> None:
    """Pictures for whoever works on the page: set WIXCRM_SCREENSHOTS to a folder."""
    for width in (1280, 390):
        for dark in (False, True):
            window.look(width=width, dark=dark)
            window.open(page, window_hash(window, page))
            window.driver.save_screenshot(
                str(folder / f"mail-{width}-{'dark' if dark else 'light'}.png")
            )


def test_pictures_can_be_taken(window: Browser, page: Path, tmp_path: Path) -> None:
    """Issue 9, 3: whoever works on the page looks at it; here they are kept."""
    folder = Path(os.environ.get("WIXCRM_SCREENSHOTS") or tmp_path)
    screenshots(window, page, folder)
    assert len({each.read_bytes() for each in folder.glob("mail-*.png")}) == 4
