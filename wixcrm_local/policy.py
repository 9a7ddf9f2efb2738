"""How strictly a call is read: the switches of semantics.md, section 8, and the default preset."""

from __future__ import annotations

import attrs

from wixcrm_local.errors import InvalidArgument

CHOICES = {
    "arrays": ("add", "replace"),
    "match_on": ("email_or_phone", "email_then_phone", "email", "phone", "none"),
    "unknown_names": ("error", "ignore", "create"),
    "members": ("error", "keep"),
    "variables": ("strict", "convert"),
    "unsubscribed": ("suppress", "error"),
    "shapes": ("documented", "any"),
    "shared_phones": ("match", "separate"),
}


def _one_of(policy: Policy, attribute: attrs.Attribute[str], value: str) -> None:
    choices = CHOICES[attribute.name]
    if value not in choices:
        raise InvalidArgument(
            f"Policy has no {attribute.name}={value!r}; choose one of {', '.join(choices)}",
            details={"argument": attribute.name, "choices": list(choices)},
        )


@attrs.frozen(kw_only=True)
class Policy:
    """Switches for a store or one call; `attrs.evolve(STRICT, members="keep")` changes one.

    Raises `InvalidArgument` for a value that a switch does not have.

    - `arrays`: given lists are added to the stored ones, or `replace` them (U2)
    - `match_on`: which addresses find an existing contact (M3)
    - `unknown_names`: what an unknown label or custom field is: an error, ignored, created (G3, G5)
    - `members`: updating a site member is an error, or `keep`s it unchanged (G1)
    - `variables`: values of a mail must be texts, or are `convert`ed (T3, T4)
    - `unsubscribed`: mail to who unsubscribed is `suppress`ed, or an error (T8)
    - `shapes`: the shapes of contactInfo that are read: the `documented` one, or `any` of the newer
      contact APIs' and bare values in place of lists
    - `shared_phones`: somebody found by a phone alone who has another first name is a `match`, or
      somebody else, as in families (M3)
    """

    arrays: str = attrs.field(default="add", validator=_one_of)
    match_on: str = attrs.field(default="email_or_phone", validator=_one_of)
    unknown_names: str = attrs.field(default="error", validator=_one_of)
    members: str = attrs.field(default="error", validator=_one_of)
    variables: str = attrs.field(default="strict", validator=_one_of)
    unsubscribed: str = attrs.field(default="suppress", validator=_one_of)
    shapes: str = attrs.field(default="documented", validator=_one_of)
    shared_phones: str = attrs.field(default="match", validator=_one_of)


STRICT = Policy()
"""The documentation to the letter: it finds a caller's mistakes before Wix swallows them."""

LENIENT = Policy(unknown_names="ignore", members="keep", variables="convert", shapes="any")
"""What live sites are seen to do works: what is unknown is left out, with a warning."""

IMPORT = Policy(
    match_on="email_then_phone", unknown_names="create", members="keep", shared_phones="separate"
)
"""What `import_contacts` does: families share telephones, and a file knows no register."""
