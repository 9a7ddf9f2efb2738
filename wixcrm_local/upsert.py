"""createContact: reads what is given, finds whom it belongs to, and creates or updates (A3).

Law: match and write are one transaction that takes the write lock first (M4).
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any, NamedTuple

import attrs

from wixcrm_local import changes, errors, matching, members, rows, updating, wire
from wixcrm_local.cleaning import Cleaning, refuse_overfull
from wixcrm_local.context import Context
from wixcrm_local.custom_fields import CustomFields
from wixcrm_local.labels import Labels
from wixcrm_local.model import MatchResult, Profile, ReadOnlyDict, UpsertResult
from wixcrm_local.phone_number import key_of_phone, needs_region
from wixcrm_local.policy import Policy
from wixcrm_local.problems import Problems
from wixcrm_local.rows import StoredContact


class Created(NamedTuple):
    """A new contact; the whole answer is made of it only where somebody wants more than the id."""

    contact_id: str
    given: Profile
    ignored: tuple[str, ...]
    also_matched: tuple[str, ...] = ()  # who has the same phone, and another first name
    action: str = "created"

    def result(self) -> UpsertResult:
        return UpsertResult(
            contact_id=self.contact_id,
            action=self.action,
            also_matched=self.also_matched,
            changed=updating.given_members(self.given),
            ignored=self.ignored,
        )


class Upsert:
    """createContact under one policy, between reading its argument and answering."""

    __slots__ = ("context", "fields", "labels", "policy")

    def __init__(
        self, context: Context, labels: Labels, fields: CustomFields, policy: Policy
    ) -> None:
        self.context = context
        self.labels = labels
        self.fields = fields
        self.policy = policy

    def run(self, given: object) -> UpsertResult:
        """As `stored`, and tells everything it did (A3)."""
        found = self.stored(given)
        return found.result() if isinstance(found, Created) else found

    def stored(self, given: object) -> UpsertResult | Created:
        """Creates or updates the contact that `given` belongs to (A1).

        Raises `InvalidContactInfo` or the one of its kinds that fits, `MemberContact` and
        `LoginEmailTaken`.
        """
        store = self.context.store
        region = store.default_region
        draft = self._read(given, region)

        def work(connection: sqlite3.Connection) -> UpsertResult | Created:
            now_in = store.default_region
            if now_in == region:
                return self._upsert(connection, draft, region)
            # Another program has just changed it.
            return self._upsert(connection, self._read(given, now_in), now_in)

        return store.write(work)

    def _insert(self, connection: sqlite3.Connection, given: Profile) -> str:
        id = self.context.new_id()
        rows.insert_contact(connection, id, given, self.context.now())
        return id

    def _change(self, connection: sqlite3.Connection, kept: StoredContact, after: Profile) -> None:
        changes.apply(connection, kept, after, "create_contact", self.context.now())

    def _cleaning(self, region: str | None, problems: Problems) -> Cleaning:
        return Cleaning(partial(key_of_phone, region=region), problems)

    def _read(self, given: object, region: str | None) -> wire.Draft:
        problems = Problems()
        draft = wire.read(given, self._cleaning(region, problems), self.policy)
        if problems:
            # Nothing will be written, but unknown names belong into the same answer.
            store = self.context.store
            look = store.rehearse if self.policy.unknown_names == "create" else store.read
            look(lambda it: self._resolve(it, draft, problems, []))
            problems.raise_if_any()
        return draft

    def _warn(self, given: Profile, ignored: tuple[str, ...], is_stored: bool) -> None:
        warn_of_call(self.context, given, ignored, is_stored)

    def _upsert(
        self, connection: sqlite3.Connection, draft: wire.Draft, region: str | None
    ) -> UpsertResult | Created:
        given = draft.profile
        ignored: list[str] = []
        if draft.labels or draft.custom_fields or draft.other_members:
            problems = Problems()
            problems.where = draft.where
            given = self._resolve(connection, draft, problems, ignored)
            problems.raise_if_any()
        if self.context.store.rekeying is not None:
            from wixcrm_local import rekeying

            rekeying.meet_profile(connection, self.context.store, given)
        found = self._candidates(connection, given)
        result: UpsertResult | Created
        if found and (matches := self._told_apart(connection, matching.ranked(found), given)):
            result = self._update(connection, matches, given, tuple(ignored))
        else:
            result = self._create(connection, given, tuple(ignored))
            if found:
                result = result._replace(also_matched=_ids(connection, matching.ranked(found)))
        if ignored or region is None:
            self._warn(given, result.ignored, result.action in ("created", "updated"))
        return result

    def _candidates(self, connection: sqlite3.Connection, given: Profile) -> list[tuple[int, str]]:
        return rows.candidates(connection, matching.lookups(given, self.policy.match_on))

    def _told_apart(
        self, connection: sqlite3.Connection, matches: list[matching.Match], given: Profile
    ) -> list[matching.Match]:
        """Without those who only share a telephone, where the policy says so (M3)."""
        first_name = given.first_name
        if self.policy.shared_phones == "match" or first_name is None or matches[0].by_email:
            return matches
        names = {it.number: rows.first_name_of(connection, it.number) for it in matches}
        kept = matching.not_shared(matches, names, first_name)
        return kept and kept + [match for match in matches if match not in kept]

    def _resolve(
        self,
        connection: sqlite3.Connection,
        draft: wire.Draft,
        problems: Problems,
        ignored: list[str],
    ) -> Profile:
        """The draft with its labels and custom fields found in their registers (G3, G5)."""
        return draft.profile._replace(
            labels=self.labels.resolve(connection, draft.labels, self.policy, problems, ignored),
            custom_fields=self.fields.resolve(connection, draft, self.policy, problems, ignored),
        )

    def _create(
        self, connection: sqlite3.Connection, given: Profile, ignored: tuple[str, ...]
    ) -> Created:
        if given.login_email is not None:
            members.refuse_taken_login(connection, given.login_email, None)
        return Created(self._insert(connection, given), given, ignored)

    def _update(
        self,
        connection: sqlite3.Connection,
        matches: list[matching.Match],
        given: Profile,
        ignored: tuple[str, ...],
    ) -> UpsertResult:
        chosen, *others = matches
        kept = rows.contact_by_number(connection, chosen.number)
        after = updating.merged(kept.profile, given, self.policy.arrays)
        changed = updating.changed_members(kept.profile, after)
        action = "unchanged"
        if changed and kept.is_member:
            changed, action = (), self._keep_member(kept)
        elif changed:
            action = "updated"
            refuse_overfull(after)
            if "login_email" in changed:
                members.refuse_taken_login(connection, after.login_email, kept.number)
            self._change(connection, kept, after)
        return UpsertResult(
            contact_id=kept.id,
            action=action,
            matched_by=chosen.matched_by,
            also_matched=_ids(connection, others),
            changed=changed,
            replaced=_replaced(kept, after, changed),
            ignored=ignored,
        )

    def _keep_member(self, kept: StoredContact) -> str:
        if self.policy.members == "keep":
            return "kept"
        raise errors.MemberContact(
            f"contact {kept.id} is a site member, whom createContact can't update; "
            "leave members out, or pass policy with members='keep' to keep them unchanged",
            details={"contact_id": kept.id},
        )


class Rehearsal(Upsert):
    """The same call without its effects: it decides all, and stores, makes and warns nothing."""

    __slots__ = ()

    def match(self, given: object) -> MatchResult:
        """What an upsert would do (A3). Raises as it would."""
        store = self.context.store

        def work(connection: sqlite3.Connection) -> UpsertResult:
            region = store.default_region
            found = self._upsert(connection, self._read(given, region), region)
            return found.result() if isinstance(found, Created) else found

        writes = self.policy.unknown_names == "create" or store.rekeying is not None
        found = store.rehearse(work) if writes else store.read(work)
        answer = attrs.asdict(found, recurse=False)
        return MatchResult(**{**answer, "contact_id": found.contact_id or None})

    def _insert(self, connection: sqlite3.Connection, given: Profile) -> str:
        return ""

    def _change(self, connection: sqlite3.Connection, kept: StoredContact, after: Profile) -> None:
        return

    def _warn(self, given: Profile, ignored: tuple[str, ...], is_stored: bool) -> None:
        return


def _ids(connection: sqlite3.Connection, matches: list[matching.Match]) -> tuple[str, ...]:
    return tuple([rows.contact_id_of(connection, match.number) for match in matches])


def _replaced(kept: StoredContact, after: Profile, changed: tuple[str, ...]) -> ReadOnlyDict:
    """The values that were overridden: what only was added to stands in no list (U1)."""
    replaced: dict[str, Any] = {}
    for name in changed:
        was, now = getattr(kept.profile, name), getattr(after, name)
        if name in ("emails", "phones", "labels") and now[: len(was)] != was:
            replaced[name] = getattr(kept.contact(), name)
        elif name == "custom_fields":
            overridden = [number for number, stored in was.items() if now.get(number) != stored]
            names = [kept.fields[number][0] for number in overridden]
            values = kept.contact().custom_fields
            replaced[name] = ReadOnlyDict({field: values[field] for field in names})
        elif not isinstance(was, tuple):
            replaced[name] = was
    return ReadOnlyDict({name: value for name, value in replaced.items() if value})


def warn_of_call(
    context: Context, given: Profile, ignored: tuple[str, ...], is_stored: bool
) -> None:
    """What deserves a look in what was given (P1, G3).

    Said inside the transaction: where warnings are errors, nothing is stored.
    """
    keys = [phone.match_key for phone in given.phones]
    if is_stored and any(needs_region(key) for key in keys if key is not None):
        context.warn_once(
            "a phone number without its country code was stored, and this store has no "
            "region: its other spellings will not be known as the same number; "
            "say once which country they are of, with crm.rekey('US'), or your own country's code",
            "REGION_MISSING",
        )
    if ignored:
        shown = "; ".join(ignored)
        context.warn(f"not stored, since it is unknown: {shown}", "NAMES_IGNORED")
