"""Prints what was measured, as tables for a terminal."""

from __future__ import annotations

from typing import Any

# Of the rate of hand-written code at each durability, and of the others' at their defaults.
TARGETS = {
    ("hand-written sqlite3", "full"): 0.8,
    ("hand-written sqlite3", "normal"): 0.6,
    ("sqlite-utils alone", "full"): 2.5,
    ("sqlite-utils alone", "normal"): 2.5,
    ("Django ORM", "full"): 3.0,
    ("Django ORM", "normal"): 3.0,
}

# Of the rates of others at the same piece of work on mail.
MAIL_TARGETS = {
    ("recording a mail", "django-mailer"): 5.0,
    ("recording a mail", "django-post-office"): 5.0,
    ("over a kept connection", "smtplib, ready bytes"): 0.5,
}


def print_creating(table: dict[str, Any]) -> None:
    before = f" on {table['preloaded']:,} contacts" if table["preloaded"] else ""
    print(f"\ncreate_contact, durability {table['durability']}, {table['calls']:,} calls{before}")
    targets = {name: target for (name, at), target in TARGETS.items() if at == table["durability"]}
    _print_calls(table["rows"], targets)
    for row in table["rows"]:
        if row["calls"] < table["calls"]:
            print(f"{row['name']} was measured on its first {row['calls']:,} calls: it is too slow")
    _print_agreement(table)


def print_changing(table: dict[str, Any]) -> None:
    for found in table["verbs"]:
        print(
            f"\n{found['verb']}, durability {table['durability']}, {found['calls']:,} calls", end=""
        )
        print(f" on {table['preloaded']:,} contacts")
        _print_calls(found["rows"], {})
    _print_agreement(table)


def _print_calls(rows: list[dict[str, Any]], targets: dict[str, float]) -> None:
    print(
        f"{'':26}{'calls/s':>9}{'ours/its':>10}{'(median)':>10}{'target':>8}"
        f"{'p50 µs':>9}{'p99 µs':>10}{'worst µs':>11}"
    )
    for row in rows:
        print(
            f"{row['name']:26}{row['rate']:9,.0f}{row['ours_to_it']:10.2f}"
            f"{row['ours_to_it_median']:10.2f}{targets.get(row['name'], ''):>8}"
            f"{row['p50']:9,.0f}{row['p99']:10,.0f}{row['worst']:11,.0f}"
        )


def _print_agreement(table: dict[str, Any]) -> None:
    for sentence in table["missing"]:
        print(sentence)
    if table["same_contents"]:
        print(f"all of them hold the same {table['contacts']:,} contacts, after as many calls")
    else:
        print(f"they hold DIFFERENT contacts (count, sum over keys): {table['contents']}")


def print_import(found: dict[str, Any]) -> None:
    print(f"\na table of {found['rows']:,} rows, {found['octets'] / 2**20:.0f} MiB")
    ours = next(iter(found["programs"].values()))["seconds"]
    print(f"{'':34}{'seconds':>9}{'ours/its':>10}{'MiB':>7}{'contacts':>11}")
    for name, each in found["programs"].items():
        print(
            f"{name:34}{each['seconds']:9.1f}{ours / each['seconds']:10.2f}"
            f"{each['mebibytes']:7.0f}{each['contacts']:11,}"
        )
    readers = found["readers"]
    print(
        f"readers meanwhile: {readers['reads']:,} reads, p99 {readers['p99']:.1f} ms, "
        f"longest {readers['worst']:.1f} ms (target 50)"
    )
    for format, each in found["exports"].items():
        print(f"export of {each['contacts']:,} contacts as {format}: {each['seconds']:.1f} s")


def print_search(found: dict[str, Any]) -> None:
    print(f"\non {found['contacts']:,} contacts")
    grown = (found["bytes_after"] - found["bytes_before"]) / 2**20
    print(f"the index: built in {found['build_seconds']:.1f} s, {grown:.1f} MiB")
    for row in found["create"]:
        target = {"full": 0.75, "normal": 0.5}[row["durability"]]
        print(
            f"create_contact with search current, {row['durability']}: {row['ours']:,.0f}/s, "
            f"by hand {row['by_hand']:,.0f}/s, {row['without_catching_up']:.2f} (target {target}); "
            f"{row['ours_to_it']:.2f} with what the index costs the searches"
        )
    for title in ("search", "query"):
        names = [name for name in found[title][0] if name != "kind"]
        print(f"\n{title + ', p50 / p99 ms':26}" + "".join(f"{name:>24}" for name in names))
        for row in found[title]:
            cells = [row[name] for name in names]
            shown = [f"{cell['p50']:.2f} / {cell['p99']:.2f}" if cell else "-" for cell in cells]
            print(f"{row['kind']:26}" + "".join(f"{text:>24}" for text in shown))


def print_processes(found: dict[str, Any]) -> None:
    seconds, durability = found["seconds"], found["durability"]
    print(f"\nfour processes write on one file for {seconds:g} s, durability {durability}")
    print(
        f"{'':46}{'calls/s':>9}{'share of each, %':>20}{'p99 ms':>9}{'longest ms':>12}{'locked':>9}"
    )
    for row in found["writers"]:
        shares = " ".join(f"{share * 100:.1f}" for share in row["shares"])
        print(
            f"{row['name']:46}{row['rate']:9,.0f}{shares:>20}{row['p99']:9,.0f}"
            f"{row['longest']:12,.0f}{row['locked']:9,}"
        )
        if row["lost"]:
            print(f"{row['lost']:,} of its contacts are NOT in the file")
    print(f"\ntwo processes read beside one that writes, {seconds:g} s, durability {durability}")
    print(f"{'':46}{'writes/s':>9}{'(alone)':>9}{'longest ms':>12}{'reads/s':>9}{'longest ms':>12}")
    for row in found["readers"]:
        print(
            f"{row['name']:46}{row['writes']:9,.0f}{row['writes alone']:9,.0f}"
            f"{row['longest write']:12,.0f}{row['reads']:9,.0f}{row['longest read']:12,.0f}"
        )


def print_startup(found: dict[str, Any]) -> None:
    print("\nstart-up, milliseconds (median)")
    for name, value in found.items():
        if name != "loaded too early":
            print(f"{value:9.2f}  {name}")
    print(f"           loaded too early: {', '.join(found['loaded too early']) or 'nothing'}")


def print_beside(found: dict[str, Any]) -> None:
    print(f"\nwithout a target, durability {found['durability']}")
    for name, value in found.items():
        if name != "durability":
            print(f"{value:9,.2f}  {name}" if value < 10 else f"{value:9,.0f}  {name}")


def print_mail(found: dict[str, Any]) -> None:
    for queue in found["queues"]:
        for table in queue["tables"]:
            _print_rates(
                f"{table['title']}, durability {queue['durability']}", queue["calls"], table
            )
        for sentence in queue["missing"]:
            print(sentence)
        if queue["same_contents"]:
            print("all of them recorded the same mails")
        else:
            print(f"they recorded DIFFERENT mails (count, sum): {queue['contents']}")
    for table in found["smtp"]:
        _print_rates(f"SMTP on loopback, {table['title']}", table["calls"], table)
    claiming = found["claiming"]
    print(f"\nclaiming one of {claiming['ready']:,} ready mails, µs (median; target 1,000)")
    for name in ("until the sender is asked", "in all"):
        print(f"{claiming[name]:9,.0f}  {name}")


def _print_rates(title: str, calls: int, table: dict[str, Any]) -> None:
    print(f"\n{title}, {calls:,} mails")
    print(f"{'':40}{'mails/s':>9}{'ours/its':>10}{'(median)':>10}{'target':>8}")
    for row in table["rows"]:
        target = MAIL_TARGETS.get((table["title"], row["name"]), "")
        print(
            f"{row['name']:40}{row['rate']:9,.0f}{row['first_to_it']:10.2f}"
            f"{row['first_to_it_median']:10.2f}{target:>8}"
        )
