"""How a file is taken in, as the caller of import_contacts says it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import attrs

from wixcrm_local import errors
from wixcrm_local.policy import IMPORT, Policy

_CHOICES = {"on_error": ("skip", "stop"), "unknown_columns": ("leave_out", "fields")}
Progress = Callable[[int, float | None], object]  # rows done, and the share of the file


@attrs.frozen(kw_only=True)
class Terms:
    """How a file is taken in; see `CRM.import_contacts`."""

    format: str | None = None
    mapping: Mapping[str, str | None] | None = None
    policy: Policy | None = None
    on_error: str = "skip"
    unknown_columns: str = "leave_out"
    progress: Progress | None = None

    def check(self) -> None:
        """Raises `InvalidArgument`; the file tells whether format and mapping fit."""
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise errors.InvalidArgument(
                    f"{name} can't be {getattr(self, name)!r}; choose {' or '.join(choices)}",
                    details={"argument": name, "choices": list(choices)},
                )
        if not isinstance(self.policy, Policy | None):
            raise errors.InvalidArgument(
                "policy must be a Policy; pass attrs.evolve(IMPORT, …), or leave it out",
                details={"argument": "policy"},
            )
        if self.mapping is not None and not _is_mapping(self.mapping):
            raise errors.InvalidArgument(
                "mapping must have headers as its keys, such as {'Contact': 'name'}; pass a dict",
                details={"argument": "mapping"},
            )
        if self.progress is not None and not callable(self.progress):
            raise errors.InvalidArgument(
                "progress must be callable; pass a function of rows done and share of the file",
                details={"argument": "progress"},
            )

    def told(self, digest: str) -> str:
        """What makes an import the same as another one: the file, and how it is read."""
        mapping, policy = sorted((self.mapping or {}).items()), self.policy or IMPORT
        how = (self.format, mapping, policy, self.unknown_columns)
        return hashlib.sha256(f"{digest} {how!r}".encode()).hexdigest() if digest else ""


def _is_mapping(given: object) -> bool:
    return isinstance(given, Mapping) and all(isinstance(header, str) for header in given)
