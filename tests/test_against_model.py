"""Random lives of a store beside a second opinion: `model`, the semantics in plain dicts."""

from __future__ import annotations

import pickle
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import model_world as world
import pytest
from conftest import StillClock
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from model import Model
from model_comparison import differences, erased, outcome, plain, report, whole
from scripted_sender import AddressedSender, ScriptedSender
from view_laws import assert_views_agree

from wixcrm_local import CRM, EmailNotSent, Policy, WixCRMWarning

HOURS = world.one([0, 1, 1, 30, -1, -2_000])
CALLS = st.lists(st.tuples(world.GOOD, world.POLICIES, HOURS), min_size=2, max_size=5)
MINUTES = world.MINUTES
PLACES = st.integers(-2, 9)
ROUNDS = st.tuples(
    st.lists(st.integers(0, 3), max_size=3), world.ANSWERS, world.LIMITS, st.booleans(), MINUTES
)
REGISTERS = world.one(["labels", "custom_fields"])
KNOWN_NAMES = world.one(["VIP", "lead", "custom.vip", "Note", "Birthday", "custom.score", "Nope"])
FIELD_NAMES = world.one([*world.FIELDS, "note", "Day", "custom.note", " ", "\0", "x" * 151, 5])
SPELLINGS = world.one([str, str, str.upper, " {} ".format])


SENDERS: list[Callable[[], ScriptedSender]] = [
    ScriptedSender,
    lambda: AddressedSender("own@example.com"),
    lambda: AddressedSender(None),
]


def numbered_id(number: int) -> str:
    return f"c0ffee00-0000-7000-8000-{number:012}"


class StoreAndModel(RuleBasedStateMachine):
    """One store and the model: each rule asks both the same, and the answers must be equal."""

    steps = 0  # of all runs

    @initialize(
        region=world.one(["US", "US", "GB", None]),
        policy=world.STORE_POLICIES,
        from_address=world.one([None, "shop@example.com"]),
        in_file=world.one([False, False, True]),
        is_furnished=world.one([True, True, True, False]),
        sender=world.one(SENDERS),
        has_sender=st.booleans(),
    )
    def begin(
        self,
        region: str | None,
        policy: Policy,
        from_address: str | None,
        in_file: bool,
        is_furnished: bool,
        sender: Callable[[], ScriptedSender],
        has_sender: bool,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp()) if in_file else None
        self.clock = StillClock()
        self.drawn = 0
        self.region_warnings = 0
        self.open_transactions: list[tuple[AbstractContextManager[None], Any]] = []
        self.agrees = True
        self.senders = {"store": sender(), "model": sender()}
        self.has_sender = has_sender
        own = self.senders["model"] if has_sender else None
        self.model = Model(region, policy, from_address, own)
        self.crm = self.opened()
        if is_furnished:
            self.furnish()

    def furnish(self) -> None:
        """What most stores have: names, a template, a few people and mails to them."""
        for name in ("VIP", "Lead", "Größe"):
            self.both(lambda it: it.labels.create(name))  # noqa: B023
        for name, type in world.FIELDS.items():
            self.both(lambda it: it.custom_fields.create(name, type))  # noqa: B023
        self.both(lambda it: it.triggered_emails.save("welcome", **world.WELCOME))
        for info in world.PEOPLE:
            self.both(lambda it: it.create_contact(info))  # noqa: B023
        for place, options in enumerate(world.FIRST_MAILS):
            self.both(lambda it: it.email_contact("welcome", self.id_of(place), options))  # noqa: B023

    def opened(self) -> CRM:
        self.region_warnings = 0
        return CRM(
            self.folder / "store.db" if self.folder else ":memory:",
            default_region=self.model.region,
            policy=self.model.policy,
            from_address=self.model.from_address,
            sender=self.senders["store"] if self.has_sender else None,
            clock=self.clock,
            new_id=self.new_id,
            durability="normal",
        )

    def new_id(self) -> str:
        self.drawn += 1
        return numbered_id(self.drawn)

    def both(self, call: Callable[[Any], Any]) -> None:
        """Asks both the same. A refused call has changed nothing."""
        StoreAndModel.steps += 1
        self.model.moment = self.clock()
        self.model.next_id = numbered_id(self.drawn + 1)
        self.model.reports_ignored = self.model.reports_region = False
        before = pickle.dumps(self.model.state)
        expected = outcome(lambda: call(self.model))
        is_refused = isinstance(expected, tuple) or expected is IndexError
        if isinstance(expected, tuple) and expected[0] is EmailNotSent:
            is_refused = False  # the mail was recorded
        if is_refused:
            self.model.state = pickle.loads(before)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", WixCRMWarning)
            found = outcome(lambda: call(self.crm))
        self.agree(expected, found)
        self.hear([str(each.message) for each in caught], is_refused)

    def mailing(self, answers: Sequence[str], call: Callable[[Any], Any]) -> None:
        """The same of what may ask senders: they are asked for the same mails, in order."""
        for sender in self.senders.values():
            sender.expect(answers)
        self.both(call)
        self.agree(self.senders["model"].asked, self.senders["store"].asked)

    def agree(self, expected: Any, found: Any) -> None:
        self.agrees = False
        assert found == expected, "\n".join(differences(found, expected))
        self.agrees = True

    def hear(self, sentences: list[str], is_refused: bool) -> None:
        """P1: of numbers that need a region is warned once; G3, T4: always of what is ignored."""
        of_region = [each for each in sentences if "country code" in each]
        self.region_warnings += len(of_region)
        self.agree(True, self.region_warnings <= (self.model.region is None))
        if not is_refused:
            self.agree(True, self.region_warnings >= self.model.reports_region)
            self.agree(self.model.reports_ignored, len(sentences) > len(of_region))

    def id_of(self, place: int, spelling: Callable[[str], str] = str) -> Any:
        """The id of one of the contacts, or what is none."""
        ids = [contact["id"] for contact in self.model.state["contacts"]]
        if place < 0 or not ids:
            return ("nobody", "ana@example.com", 5, None)[place % 4]
        return spelling(ids[place % len(ids)])

    @rule(info=world.INFOS, policy=world.POLICIES)
    def upsert_contact(self, info: Any, policy: Policy | None) -> None:
        self.both(lambda it: it.match_contact(info, policy=policy))
        self.both(lambda it: it.upsert_contact(info, policy=policy))

    @rule(calls=CALLS)
    def upsert_contacts(self, calls: list[Any]) -> None:
        """As calls come in life: good ones, one after the other, about the same few people."""
        for info, policy, hours in calls:
            self.clock.move(hours=hours)
            self.both(lambda it: it.match_contact(info, policy=policy))  # noqa: B023
            self.both(lambda it: it.upsert_contact(info, policy=policy))  # noqa: B023

    @rule(infos=st.lists(world.GOOD, min_size=3, max_size=6), policy=world.POLICIES)
    def create_contacts(self, infos: list[Any], policy: Policy | None) -> None:
        for info in infos:
            self.both(lambda it: it.create_contact(info, policy=policy))  # noqa: B023

    @rule(outer=CALLS, inner=CALLS, fails=st.tuples(st.booleans(), st.booleans()))
    def upsert_together(self, outer: list[Any], inner: list[Any], fails: tuple[bool, bool]) -> None:
        """A7: a transaction with another one inside, each of which may fail."""
        if len(self.open_transactions) > 1:
            return
        self.begin_transaction()
        self.upsert_contacts(outer)
        self.begin_transaction()
        self.upsert_contacts(inner)
        for has_failed in fails:
            if has_failed:
                self.fail_inside()
            else:
                self.commit()
            self.contacts_are_equal()

    @rule(spelling=SPELLINGS)
    def get_contacts(self, spelling: Callable[[str], str]) -> None:
        for place in range(-2, len(self.model.state["contacts"])):
            self.both(lambda it: it.get_contact(self.id_of(place, spelling)))  # noqa: B023
            self.both(lambda it: it.history(self.id_of(place, spelling)))  # noqa: B023

    @rule()
    def find_contacts(self) -> None:
        for email in (*world.ALL_EMAILS, "nobody", "", 5):
            self.both(lambda it: it.find_contact(email=email))  # noqa: B023
        for phone in (*world.ALL_PHONES, "call me", "", True):
            self.both(lambda it: it.find_contact(phone=phone))  # noqa: B023
        self.both(lambda it: it.find_contact(email=world.ANA, phone="123"))
        self.both(lambda it: it.find_contact())

    @rule(
        words=st.lists(st.sampled_from(world.SEARCHED), max_size=2),
        limit=st.sampled_from([1, 2, 20]),
        is_prepared=st.booleans(),
    )
    def search_contacts(self, words: list[str], limit: int, is_prepared: bool) -> None:
        """The index, however far it has come, answers as a scan does."""
        if is_prepared:
            self.crm.prepare_search()
        text = " ".join(words)
        found = [contact.id for contact in self.crm.search_contacts(text, limit)]
        assert found == self.model.search_contacts(text, limit), text

    @rule(pair=st.sampled_from(world.QUERIES), combined=st.sampled_from(world.QUERIES))
    def query_contacts(self, pair: Any, combined: Any) -> None:
        """A query answers as a scan does, alone, negated, and with another."""
        (where, fits), (other, fits_too) = pair, combined
        for asked, plainly in (
            (where, fits),
            ({"not": where}, lambda one: not fits(one)),
            ({"any": [where, other]}, lambda one: fits(one) or fits_too(one)),
            ({"all": [where, {"not": other}]}, lambda one: fits(one) and not fits_too(one)),
        ):
            found = [contact.id for contact in self.crm.query_contacts(asked).contacts]
            assert found == self.model.query_contacts(plainly), asked
            assert self.crm.count_contacts(asked) == len(found)

    @rule()
    def find_duplicates(self) -> None:
        """Who shares a key is told, and nobody else."""
        groups = [
            (group.kind, frozenset(group.contact_ids))
            for group in self.crm.find_duplicates()
            if group.kind != "name"
        ]
        assert sorted(groups, key=repr) == sorted(self.model.find_duplicates(), key=repr)

    @rule(members=st.lists(st.tuples(PLACES, world.EMAILS), min_size=1, max_size=3))
    def register_members(self, members: list[Any]) -> None:
        for place, email in (*members, (0, "nobody"), (0, 5)):
            self.both(lambda it: it.register_member(self.id_of(place), email))  # noqa: B023

    @rule(
        edits=st.lists(
            st.tuples(PLACES, world.EDITS, world.POLICIES, world.REVISIONS), min_size=1, max_size=4
        )
    )
    def update_contacts(self, edits: list[Any]) -> None:
        """U6: `revision` is how far the caller's is from the stored one."""
        for place, changes, policy, revision in edits:
            id = self.id_of(place)
            if type(revision) is int and self.has_contacts() and place >= 0:
                revision += self.model.contact(id)["revision"]
            terms = {"expected_revision": revision, "policy": policy}
            self.both(lambda it: it.update_contact(id, changes, **terms))  # noqa: B023

    @rule(place=PLACES, info=world.INFOS, policy=world.POLICIES)
    def update_with_anything(self, place: int, info: Any, policy: Policy | None) -> None:
        """U6: whatever createContact may be given, its mistakes too."""
        self.both(lambda it: it.update_contact(self.id_of(place), info, policy=policy))

    @rule(places=st.lists(st.integers(-3, 12), min_size=1, max_size=4))
    def undo(self, places: list[int]) -> None:
        """U5: changes of whomever, the newest first."""
        for place in places:
            ids = sorted(entry["id"] for each in self.everybody() for entry in each["history"])
            wrong = (None, "1", 10**30)[place % 3]
            id = wrong if place < 0 or not ids else ids[-1 - place % len(ids)]
            self.both(lambda it: it.undo(id))  # noqa: B023

    def everybody(self) -> list[Any]:
        return [*self.model.state["contacts"], *self.model.state["removed"]]

    @rule(
        moves=st.lists(st.tuples(PLACES, world.one(["out", "out", "in", "in", "same"]), HOURS),
                       min_size=1, max_size=6),
    )  # fmt: skip
    def use_trash(self, moves: list[Any]) -> None:
        """U7: into the trash, out of it, and mails, finding and lists meanwhile."""
        for place, way, hours in moves:
            removed = [each["id"] for each in self.model.state["removed"]]
            id = removed[place % len(removed)] if removed and way != "out" else self.id_of(place)
            if way == "out":
                terms = {"delete_members": place % 2 == 0}
                self.both(lambda it: it.delete_contact(id, **terms))  # noqa: B023
            elif way == "same":
                self.both(lambda it: it.delete_contact(id))  # noqa: B023
            else:
                self.both(lambda it: it.restore_contact(id))  # noqa: B023
            for verb in ("get_contact", "history"):
                self.both(lambda it: getattr(it, verb)(id))  # noqa: B023
            self.both(lambda it: it.send_email("welcome", id))  # noqa: B023
            self.both(lambda it: it.find_contact(email=world.ANA))
            self.clock.move(hours=hours)
        self.both(lambda it: it.list_trash())

    @rule(
        merges=st.lists(
            st.tuples(PLACES, st.lists(PLACES, max_size=3), st.booleans(), SPELLINGS),
            min_size=1,
            max_size=3,
        )
    )
    def merge_contacts(self, merges: list[Any]) -> None:
        """U8, M5: and what the old ids find then."""
        for place, others, of_all, spelling in merges:
            if of_all:
                everybody = [each["id"] for each in self.everybody()] or ["nobody"]
                ids = [everybody[each % len(everybody)] for each in (place, *others)]
            else:
                ids = [self.id_of(each, spelling) for each in (place, *others)]
            self.both(lambda it: it.preview_merge(*ids))  # noqa: B023
            self.both(lambda it: it.merge_contacts(*ids))  # noqa: B023
            for id in ids:
                for verb in ("get_contact", "history", "unsubscribe", "resubscribe")[
                    : 2 + place % 3
                ]:
                    self.both(lambda it: getattr(it, verb)(id))  # noqa: B023
                self.both(lambda it: it.send_email("welcome", id))  # noqa: B023

    @rule(places=st.lists(st.integers(-1, 9), min_size=1, max_size=2), knows=st.booleans())
    def erase(self, places: list[int], knows: bool) -> None:
        """U7: whoever is in the list, in the trash or merged."""
        for place in places:
            everybody = [each["id"] for each in self.everybody()]
            id = everybody[place % len(everybody)] if everybody and knows else self.id_of(place)
            self.both(lambda it: erased(it, id))  # noqa: B023
        self.both(lambda it: it.suppressions.list())

    @rule(days=world.DAYS)
    def purge_trash(self, days: Any) -> None:
        self.both(lambda it: it.purge_trash(days))

    @rule(hours=st.lists(HOURS | st.integers(0, 60), min_size=1, max_size=3))
    def look_back(self, hours: list[int]) -> None:
        """U5: each contact at moments before now."""
        moments = [self.clock() - timedelta(hours=back) for back in hours]
        for when in [*moments, "now", datetime(2026, 1, 31)]:
            for place in range(-1, len(self.model.state["contacts"])):
                self.both(lambda it: it.contact_at(self.id_of(place), when))  # noqa: B023

    @rule(days=world.DAYS)
    def prune_history(self, days: Any) -> None:
        self.both(lambda it: it.prune_history(days))

    @rule(name=world.NEW_LABELS, exist_ok=st.booleans())
    def create_label(self, name: Any, exist_ok: bool) -> None:
        self.both(lambda it: it.labels.create(name, exist_ok=exist_ok))

    @rule(name=FIELD_NAMES, type=world.TYPES | st.just("texts"), exist_ok=st.booleans())
    def create_custom_field(self, name: Any, type: str, exist_ok: bool) -> None:
        self.both(lambda it: it.custom_fields.create(name, type, exist_ok=exist_ok))

    @rule(
        register=REGISTERS, name=KNOWN_NAMES | world.LABELS, new_name=FIELD_NAMES | world.NEW_LABELS
    )
    def rename(self, register: str, name: Any, new_name: Any) -> None:
        self.both(lambda it: getattr(it, register).get(name))
        self.both(lambda it: getattr(it, register).rename(name, new_name))

    @rule(register=REGISTERS, name=KNOWN_NAMES)
    def delete_name(self, register: str, name: Any) -> None:
        self.both(lambda it: getattr(it, register).delete(name))

    @rule(label=KNOWN_NAMES, type=world.TYPES)
    def make_again(self, label: Any, type: str) -> None:
        """U5: history outlives labels and fields, also where others of their names follow."""
        self.both(lambda it: it.labels.delete(label))
        self.both(lambda it: it.labels.create(label))
        for field in ("Note", "Birthday"):
            self.both(lambda it: it.custom_fields.delete(field))  # noqa: B023
            self.both(lambda it: it.custom_fields.create(field, type))  # noqa: B023

    @rule(id=world.EMAIL_IDS, template=world.TEMPLATES)
    def save_triggered_email(self, id: Any, template: dict[str, Any]) -> None:
        self.both(lambda it: it.triggered_emails.save(id, **template))

    @rule(id=world.EMAIL_IDS, variables=world.VARIABLES)
    def preview(self, id: Any, variables: Any) -> None:
        self.both(lambda it: it.triggered_emails.get(id))
        self.both(lambda it: it.triggered_emails.preview(id, variables))

    @rule(id=world.EMAIL_IDS)
    def delete_triggered_email(self, id: Any) -> None:
        self.both(lambda it: it.triggered_emails.delete(id))

    @rule(id=world.EMAIL_IDS, place=PLACES, options=world.OPTIONS, policy=world.POLICIES)
    def send_email(self, id: Any, place: int, options: Any, policy: Policy | None) -> None:
        self.both(lambda it: it.send_email(id, self.id_of(place), options, policy=policy))

    @rule(
        mails=st.lists(st.tuples(PLACES, world.GOOD_OPTIONS, world.ANSWERS), min_size=3, max_size=5)
    )
    def email_contacts(self, mails: list[Any]) -> None:
        for place, options, answers in mails:
            self.mailing(
                answers,
                lambda it: it.email_contact("welcome", self.id_of(place), options),  # noqa: B023
            )
        self.both(lambda it: it.email_contact("welcome", {"variables": {}}))

    @rule(
        mails=st.lists(
            st.tuples(
                PLACES, world.OPTIONS | world.GOOD_OPTIONS, world.POLICIES, world.TERMS, MINUTES
            ),
            min_size=1,
            max_size=4,
        ),
        answers=world.ANSWERS,
    )
    def send_on_terms(self, mails: list[Any], answers: list[str]) -> None:
        for place, options, policy, terms, minutes in mails:
            given = ("welcome", self.id_of(place), options)
            self.mailing(answers, lambda it: it.send_email(*given, policy=policy, **terms))  # noqa: B023
            self.clock.move(minutes=minutes)

    @rule(rounds=st.lists(ROUNDS, min_size=2, max_size=6))
    def deliver(self, rounds: list[Any]) -> None:
        """As mail goes in life: some is recorded, some is delivered, and time passes."""
        for mails, answers, limit, include_stale, minutes in rounds:
            for place in mails:
                given = ("welcome", self.id_of(place))
                self.mailing(answers, lambda it: it.send_email(*given))  # noqa: B023
            self.mailing(answers[::-1], self.delivery(limit=limit, include_stale=include_stale))
            self.clock.move(minutes=minutes)

    def delivery(self, **terms: Any) -> Callable[[Any], Any]:
        """A delivery by the store's own sender, else by one that is handed over."""

        def call(it: Any) -> Any:
            sender = self.senders["model" if it is self.model else "store"]
            return report(it, *([] if self.has_sender else [sender]), **terms)

        return call

    @rule(
        decisions=st.lists(
            st.tuples(st.sampled_from(["cancel", "retry", "sent", "resend", "angry"]), PLACES),
            min_size=1,
            max_size=4,
        )
    )
    def decide(self, decisions: list[Any]) -> None:
        for decision, place in decisions:
            id = self.mail_id(place)
            if decision in ("cancel", "retry"):
                self.both(lambda it: getattr(it.outbox, decision)(id))  # noqa: B023
            else:
                self.both(lambda it: it.outbox.resolve(id, decision))  # noqa: B023
            self.both(lambda it: it.outbox.attempts(id))  # noqa: B023
        self.both(lambda it: it.outbox.stats())

    @rule()
    def cancel_stale(self) -> None:
        self.both(lambda it: it.outbox.cancel_stale())

    @rule(
        place=PLACES,
        address=world.ADDRESSES,
        reason=world.REASONS,
        note=world.one(["", " n\t\r", 5, "\0", "\ud800"]),
    )
    def suppress(self, place: int, address: Any, reason: Any, note: Any) -> None:
        self.both(lambda it: it.suppressions.add(address, reason, note=note))
        self.both(lambda it: it.suppressions.check(address))
        self.both(lambda it: it.suppressions.list())

    @rule(address=world.ADDRESSES)
    def lift(self, address: Any) -> None:
        self.both(lambda it: it.suppressions.remove(address))
        self.both(lambda it: it.resubscribe(address))
        self.both(lambda it: it.suppressions.check(address))

    @rule(place=PLACES, address=world.ADDRESSES, leaves=st.booleans(), as_value=st.booleans())
    def subscribe(self, place: int, address: Any, leaves: bool, as_value: bool) -> None:
        verb = "unsubscribe" if leaves else "resubscribe"
        id = self.id_of(place)
        who = self.crm.get_contact(id) if as_value and place >= 0 and self.has_contacts() else id
        self.both(lambda it: getattr(it, verb)(address if place == 3 else who))

    def has_contacts(self) -> bool:
        return bool(self.model.state["contacts"])

    def mail_id(self, place: int) -> Any:
        """The id of one of the mails, the newest first, or what is none."""
        ids = [mail["id"] for mail in self.model.outbox]
        return ("nobody", 5)[place % 2] if place < 0 or not ids else ids[-1 - place % len(ids)]

    @rule()
    def read_outbox(self) -> None:
        for place in (-9, -3, -2, -1, 0, 1, 2, 9):
            self.both(lambda it: it.outbox[place])  # noqa: B023
        for ends in ((None,) * 3, (None, None, -1), (1, -1), (-2, None), (5, 0, -2), (None, 3, 2)):
            self.both(lambda it: it.outbox[slice(*ends)])  # noqa: B023
        self.both(lambda it: it.outbox.last())
        for id in [*(mail["id"] for mail in self.model.outbox), "nobody", 5]:
            self.both(lambda it: it.outbox.get(id))  # noqa: B023

    @rule(place=PLACES, to=world.EMAILS)
    def search_outbox(self, place: int, to: str) -> None:
        wanted = {"contact_id": self.id_of(place), "to": to, "email_id": "welcome"}
        for status in ("queued", "sent", "gone"):
            self.both(lambda it: it.outbox.where(**wanted, status=status))  # noqa: B023
        for name, value in wanted.items():
            self.both(lambda it: it.outbox.where(**{name: value}))  # noqa: B023

    @rule(hours=HOURS, minutes=MINUTES)
    def move_clock(self, hours: int, minutes: int) -> None:
        self.clock.move(hours=hours, minutes=minutes)

    @precondition(lambda self: len(self.open_transactions) < 3)
    @rule()
    def begin_transaction(self) -> None:
        transaction = self.crm.transaction()
        transaction.__enter__()
        self.open_transactions.append((transaction, pickle.dumps(self.model.state)))
        self.model.depth += 1

    @precondition(lambda self: self.open_transactions)
    @rule(answers=world.ANSWERS)
    def commit(self, answers: Sequence[str] = ()) -> None:
        transaction, _ = self.open_transactions.pop()
        self.model.depth -= 1

        def leave(it: Any) -> None:
            if it is self.crm:
                transaction.__exit__(None, None, None)
            elif not self.open_transactions:
                it.hand_over_recorded()

        self.mailing(answers, leave)

    @precondition(lambda self: self.open_transactions)
    @rule()
    def fail_inside(self) -> None:
        transaction, before = self.open_transactions.pop()
        error = LookupError("of the caller")
        assert not transaction.__exit__(LookupError, error, None)
        self.model.state = pickle.loads(before)
        self.model.depth -= 1

    @precondition(lambda self: self.folder and not self.open_transactions)
    @rule()
    def reopen(self) -> None:
        self.crm.close()
        self.crm = self.opened()
        self.everything_is_equal()

    @invariant()
    def contacts_are_equal(self) -> None:
        if hasattr(self, "crm"):
            self.agree(plain(self.model.iter_contacts()), plain(list(self.crm.iter_contacts())))
            self.agree(len(self.model.outbox), len(self.crm.outbox))

    def everything_is_equal(self) -> None:
        self.model.moment = self.clock()
        self.agree(whole(self.model), whole(self.crm))
        assert_views_agree(self.crm)

    def teardown(self) -> None:
        """At the end everything is equal, and equal again when the file was closed and reopened."""
        if not hasattr(self, "crm"):
            return
        try:
            while self.open_transactions:
                self.commit()
            if self.agrees:
                self.everything_is_equal()
            if self.agrees and self.folder:
                self.reopen()
        finally:
            self.crm.close()
            if self.folder:
                shutil.rmtree(self.folder)


LIVES = settings(deadline=None, suppress_health_check=list(HealthCheck))


def test_short_lives() -> None:
    """A1 to T10: the store and the model agree on every answer, error and state, reopened too."""
    run_state_machine_as_test(
        StoreAndModel, settings=settings(LIVES, max_examples=100, stateful_step_count=15)
    )


@pytest.mark.storm
def test_long_lives() -> None:
    """A1 to T10: the same, for some minutes."""
    run_state_machine_as_test(
        StoreAndModel, settings=settings(LIVES, max_examples=600, stateful_step_count=50)
    )
