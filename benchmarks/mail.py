"""Recording mails and handing them over, beside the two mail queues for Django and plain code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from time import perf_counter_ns
from typing import Any

import mail_smtp
import smtp_server
import turns
from mail_contenders import CONTENDERS, Contender, Mail, load, mails
from mail_contenders.ours import Ours

_BLOCK = 100
_CONTACTS = 1_000
_CLAIMS = 200
_WARM_UP = 10
_RECORDING = "recording a mail"
_MARKING = "delivering it to a sender that does nothing"
_SENDING = "delivering it to SMTP on loopback"


def measure(folder: str, durabilities: Sequence[str], calls: int, ready: int) -> dict[str, Any]:
    """Of each durability a table for each piece of work; and the figures that are ours alone.

    `calls` mails are recorded by each, and `ready` of them wait for one to be claimed.
    """
    # Django can be configured only once in a process, and is that for contacts in ours.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        queues = [pool.submit(_queues, folder, it, calls).result() for it in durabilities]
    ours = Ours()
    waiting = mails(ready, _CONTACTS)
    ours.open(_made(folder, "mail-waiting"), "normal", waiting)
    with ours.crm.transaction():
        for mail in waiting:
            ours.record(mail)
    with smtp_server.running() as ports:
        smtp = mail_smtp.measure(ports, ours.crm.outbox[:calls])
    claiming = _claiming(ours, ready)
    ours.close()
    return {"queues": queues, "smtp": smtp, "claiming": claiming}


def _queues(folder: str, durability: str, calls: int) -> dict[str, Any]:
    """Every contender records a block and delivers it, twice a turn: to nobody, and to SMTP."""
    wanted = mails(calls, _CONTACTS)
    running, missing = _opened(_made(folder, f"mail-{durability}"), durability, wanted)
    with smtp_server.running() as ports:
        port = ports[True]
        for contender in running:
            _record(contender, wanted[:_WARM_UP])
            contender.deliver()
            _record(contender, wanted[:_WARM_UP])
            contender.deliver(port)
        times = _in_turns(running, wanted, port)
    contents = {contender.name: contender.contents() for contender in running}
    for contender in running:
        contender.close()
    return {
        "durability": durability,
        "calls": calls,
        "missing": missing,
        "same_contents": len(set(contents.values())) == 1,
        "contents": contents,
        "tables": [
            {"title": title, "rows": turns.rows(found, _BLOCK)} for title, found in times.items()
        ],
    }


def _in_turns(
    running: Sequence[Contender], wanted: Sequence[Mail], port: int
) -> dict[str, turns.Times]:
    times: dict[str, turns.Times] = {
        title: {contender.name: [] for contender in running}
        for title in (_RECORDING, _MARKING, _SENDING)
    }
    for turn, at in enumerate(range(0, len(wanted), 2 * _BLOCK)):
        first, second = wanted[at : at + _BLOCK], wanted[at + _BLOCK : at + 2 * _BLOCK]
        for contender in turns.rotated(running, turn):
            recording, marking, sending = (found[contender.name] for found in times.values())
            recording.append(turns.timed(_record, contender, first))
            marking.append(turns.timed(contender.deliver))
            recording.append(turns.timed(_record, contender, second))
            sending.append(turns.timed(contender.deliver, port))
    return times


def _record(contender: Contender, wanted: Sequence[Mail]) -> None:
    for mail in wanted:
        contender.record(mail)


def _claiming(ours: Ours, ready: int) -> dict[str, Any]:
    """Microseconds of `deliver(limit=1)`: until its sender is asked, and in all."""
    asked, done = [], []
    for _ in range(_CLAIMS):
        moments = [perf_counter_ns()]
        ours.crm.deliver(lambda _, moments=moments: moments.append(perf_counter_ns()), limit=1)
        moments.append(perf_counter_ns())
        begin, sender, end = moments
        asked.append((sender - begin) / 1000)
        done.append((end - begin) / 1000)
    return {"ready": ready, "until the sender is asked": median(asked), "in all": median(done)}


def _opened(
    folder: str, durability: str, wanted: Sequence[Mail]
) -> tuple[list[Contender], list[str]]:
    """Those that can run, each with its file, and a sentence on each that can't."""
    running: list[Contender] = []
    missing: list[str] = []
    for module, name in CONTENDERS:
        try:
            contender = load(module, name)
        except ImportError as error:
            missing.append(f"{name} was not measured: {error}")
        else:
            contender.open(folder, durability, wanted)
            running.append(contender)
    return running, missing


def _made(*path: str) -> str:
    folder = os.path.join(*path)
    os.mkdir(folder)
    return folder
