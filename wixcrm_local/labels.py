"""The register of labels: a contact may carry only labels that stand here (G3, G4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from wixcrm_local import cleaning, errors, rows
from wixcrm_local.model import Label, Profile
from wixcrm_local.policy import Policy
from wixcrm_local.problems import Problems
from wixcrm_local.register import Register
from wixcrm_local.rows import Row


class Labels(Register[Label]):
    """`crm.labels`: create, get, list, count_contacts, rename, delete.

    Every verb raises `InvalidArgument` for a name that can't be one.
    """

    noun = "label"
    title = "label"
    longest = cleaning.LONGEST_LABEL
    not_found = errors.LabelNotFound
    exists = errors.LabelExists

    def create(self, name: str, *, exist_ok: bool = False) -> Label:
        """Makes a label; its key is made from this first name and stays (G4).

        Raises `LabelExists` if one of this name exists, in any case of letters; with `exist_ok`
        that one is the answer.
        """
        return self._create(name, exist_ok)

    def resolve(
        self,
        connection: sqlite3.Connection,
        names: Mapping[str, str],
        policy: Policy,
        problems: Problems,
        ignored: list[str],
    ) -> tuple[int, ...]:
        """The numbers of the labels a contactInfo names, each with its path.

        What is unknown goes by the policy (G3).
        """
        numbers: dict[int, None] = {}
        for name, path in names.items():
            row = self.find(connection, name)
            if row is None and policy.unknown_names == "create":
                row = self.add(connection, name)
            if row is not None:
                numbers[row[0]] = None
            elif policy.unknown_names == "ignore":
                ignored.append(f"labels: {name}")
            else:
                self.add_missing(connection, name, path, problems)
        return tuple(numbers)

    def _entry(self, row: Row) -> Label:
        return rows.label(row)

    def _without(self, profile: Profile, number: int) -> Profile:
        return profile._replace(labels=tuple(n for n in profile.labels if n != number))
