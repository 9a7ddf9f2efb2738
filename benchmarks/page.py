"""The page of a store in Chromium: how long it takes to write, to open, and to answer a key.

python benchmarks/page.py [--people 5000]

Needs the package, selenium, Chromium and ChromeDriver. Beside it stands the page one would write
by hand: a table of all people, whose rows a search hides by `includes`.
"""

from __future__ import annotations

import argparse
import html
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import people
from selenium import webdriver

from wixcrm_local import CRM

_QUERIES = ("a", "an", "ana", "ana d", "@ex", "example", "4", "46", "461", "zzz", "mü", "o")
_ROUNDS = 5
# From the key's event to the next frame's beginning: script, style and layout are done by then.
_TYPE = """
const [text, done] = arguments;
const search = document.getElementById('search');
const began = performance.now();
search.value = text;
search.dispatchEvent(new Event('input', { bubbles: true }));
document.body.offsetHeight;  // forces style and layout
requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
"""
_BY_HAND = """<!doctype html><meta charset="utf-8"><input id="search"><table>{rows}</table>
<script>
const rows = [...document.querySelectorAll('tr')];
const texts = rows.map((row) => row.textContent.toLowerCase());
document.getElementById('search').addEventListener('input', (event) => {{
  const wanted = event.target.value.toLowerCase();
  rows.forEach((row, at) => {{ row.hidden = !texts[at].includes(wanted); }});
}});
</script>"""


def furnish(crm: CRM, count: int) -> None:
    """People of many countries, a mail to each, and a change of every third."""
    crm.triggered_emails.save(
        "hi", subject="Hi ${name}", html="<p>Hi ${name}</p>" * 20, variables={"name": "you"}
    )
    crm.labels.create("Customer")
    with crm.transaction():
        for number in range(count):
            info = people.newcomer(number).info
            id = crm.create_contact({**info, "labels": ["Customer"] if number % 4 == 0 else []})
            if number % 3 == 0:
                crm.update_contact(id, {"language": "en"})
            if info.get("emails"):
                crm.email_contact("hi", id)


def by_hand(crm: CRM, path: Path) -> None:
    """The page without us."""
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(text)}</td>"
            for text in (
                f"{one.first_name or ''} {one.last_name or ''}",
                ", ".join(one.emails),
                ", ".join(one.phones),
            )
        )
        for one in crm.iter_contacts()
    )
    path.write_text(_BY_HAND.format(rows=rows), "utf-8")


def browser() -> Any:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,860"):
        options.add_argument(argument)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)


def measured(driver: Any, path: Path) -> tuple[float, list[float]]:
    """Milliseconds until the page has loaded, and of each key."""
    driver.get(path.as_uri())
    opened = driver.execute_script(
        "const [entry] = performance.getEntriesByType('navigation');"
        "return entry.loadEventEnd - entry.startTime;"
    )
    keys = [driver.execute_async_script(_TYPE, text) for _ in range(_ROUNDS) for text in _QUERIES]
    return opened, keys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=5_000)
    count = parser.parse_args().people
    folder = Path(tempfile.mkdtemp())
    with CRM(folder / "page.db", default_region="US", durability="normal") as crm:
        furnish(crm, count)
        began = time.perf_counter()
        crm.write_page(folder / "page.html", limit=None)
        wrote = time.perf_counter() - began
        by_hand(crm, folder / "by_hand.html")
    size = os.path.getsize(folder / "page.html") / 2**20
    print(f"{count:,} people, as many mails: written in {wrote:.2f} s, {size:.1f} MiB")
    driver = browser()
    try:
        for name in ("page.html", "by_hand.html"):
            opened, keys = measured(driver, folder / name)
            keys.sort()
            print(
                f"{name}: opened in {opened:.0f} ms; a key {statistics.median(keys):.1f} ms, "
                f"of {len(keys)} the slowest {keys[-1]:.1f}"
            )
    finally:
        driver.quit()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
