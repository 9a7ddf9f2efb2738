"""What the columns of a table are for: told by their headers, or by the caller."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wixcrm_local.errors import InvalidArgument, UnreadableFile
from wixcrm_local.formats.csv_columns import Column, columns_of, headers_of
from wixcrm_local.formats.csv_headers import format_of, plain, role_of

WIX = "First Name,Last Name,Email 1,Phone 1,Labels,Created At (UTC+0),Email subscriber status"
GOOGLE_OF_OLD = "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value"
GOOGLE = "First Name,Middle Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Photo"
OUTLOOK = "First Name,Middle Name,Last Name,E-mail Address,Business Phone,Business Fax,Categories"


def columns(headers: str, **given_arguments: object) -> tuple[Column, ...]:
    cells = headers_of(headers.split(","))
    arguments = {"format": format_of(cells), "mapping": {}, "known_fields": (), **given_arguments}
    return columns_of(cells, **arguments)  # type: ignore[arg-type]


def roles(headers: str, **given_arguments: object) -> list[str]:
    return [column.role for column in columns(headers, **given_arguments)]


@pytest.mark.parametrize(
    ("headers", "format"),
    [
        (WIX, "wix"),
        (GOOGLE_OF_OLD, "google"),
        (GOOGLE, "google"),
        (OUTLOOK, "outlook"),
        ("First Name,Last Name,Email 1,Phone 1", "csv"),
        ("Name,Email", "csv"),
        (f"{WIX},Group Membership,E-mail 1 - Value,E-mail Address,Categories", "wix"),
    ],
)
def test_programs_are_known_by_their_headers(headers: str, format: str) -> None:
    """Columns: Wix, both layouts of Google's, Outlook; custom fields of Wix deceive nobody."""
    assert format_of(headers.split(",")) == format


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (f"{WIX},SMS subscriber status,Company,Mobile", "firstName lastName emails phones labels  "
         "subscription  other other"),
        (f"{GOOGLE_OF_OLD},Phone 1 - Type,Phone 1 - Value,Custom Field 1 - Type,"
         "Custom Field 1 - Value,Notes,Yomi Name", "name firstName lastName labels  emails  "
         "phones  pair other "),
        (f"{GOOGLE},Phone 2 - Value,File As,Birthday", "firstName firstName lastName labels  "
         "emails picture phones  other"),
        (f"{OUTLOOK},Assistant's Phone,E-mail 3 Address,Home Phone 2,Language,Notes,Private",
         "firstName firstName lastName emails phones other labels other emails phones language "
         "other "),
    ],
)  # fmt: skip
def test_columns_of_the_three_programs(headers: str, expected: str) -> None:
    """Columns: each program's own headers, and what it has no member for is 'other'."""
    assert roles(headers) == expected.split(" ")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("first_name,SURNAME,E-Mail,Phone Number", "firstName lastName emails phones"),
        ("Vorname,Nachname,E-Mail-Adresse,Handy", "firstName lastName emails phones"),
        ("Vorname,Tel. privat,Tel.-Nr.,Festnetz,E-Mail (geschäftlich)",
         "firstName phones phones phones emails"),
        ("E-Mail,Sprache,Kategorien,Bild", "emails language labels picture"),
        ("Vorname,Name,Telefon", "firstName lastName phones"),
        ("Prénom,Nom,Adresse e-mail,Étiquettes", "firstName lastName emails labels"),
        ("Nom,Courriel,Téléphone portable", "name emails phones"),
        ("Nombre,Apellidos,Correo electrónico,Móvil", "firstName lastName emails phones"),
        ("Nombre,Teléfono,Foto", "name phones picture"),
        ("Nome,Sobrenome,Celular,Grupos", "firstName lastName phones labels"),
        ("Nome,Cognome,Cellulare,Etichette", "firstName lastName phones labels"),
        ("Voornaam,Achternaam,E-mailadres,Mobiel", "firstName lastName emails phones"),
        ("First Name,Name,Email", "firstName name emails"),
        ("Full name,Email 2,Phone3,Tags", "name emails phones labels"),
        ("Email,Fax,Work Fax,Birthday,Notes,", "emails other other other other other"),
        ("Email,ID,Created at,Subscription", "emails   subscription"),
    ],
)  # fmt: skip
def test_columns_of_any_other_table(headers: str, expected: str) -> None:
    """Columns: common words of several languages, and only a fax is no telephone."""
    assert roles(headers) == expected.split(" ")


def test_a_column_of_a_custom_field_is_taken() -> None:
    """Columns: what else is left out is kept where a field has its name; a member stays one."""
    assert roles("Email,ID,Tags", known_fields=["id", "tags"]) == ["emails", "other", "labels"]


def test_headers_that_are_blank_or_stand_twice_get_their_number() -> None:
    """Columns: no column hides another, in `columns` or among 'others'."""
    found = columns("Notes,Email,Notes,")
    assert [column.header for column in found] == [
        "Notes (column 1)",
        "Email",
        "Notes (column 3)",
        "(column 4)",
    ]
    assert [column.name for column in found] == [column.header for column in found]


@pytest.mark.parametrize(
    ("target", "role", "name"),
    [
        ("first_name", "firstName", "who"),
        ("name", "name", "who"),
        ("other", "other", "who"),
        ("other: Some name", "other", "Some name"),
        (None, "", "who"),
    ],
)
def test_a_mapping_decides(target: str | None, role: str, name: str) -> None:
    """Mapping: it overrules what is recognised, and leaves the rest as it is."""
    assert columns("who,Email", mapping={"who": target})[0] == Column("who", role, name)
    assert roles("who,Email", mapping={"who": target})[1] == "emails"


def test_a_mapping_finds_headers_exactly_then_in_any_case() -> None:
    """Mapping: of MAIL and mail each can be meant."""
    assert roles("MAIL,mail", mapping={"mail": None}) == ["emails", ""]
    assert roles("MAIL,mail", mapping={"Mail": "emails"}) == ["emails", "emails"]
    assert roles("WHO,x", mapping={"who": "phones"}) == ["phones", "other"]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"Emial": "emails"}, r"no column 'Emial'.*did you mean 'Email'\?.*headers of the file"),
        ({"Email": "emials"}, r"to 'emials'; did you mean 'emails'\? give one of firstName"),
        ({"Email": "other:"}, "'other:' with a name"),
        ({"Email": "emails:x"}, "give one of"),
        ({"Email": 5}, "to '5'"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(mapping: dict[str, str], words: str) -> None:
    """Mapping: headers and roles that there are not are named, with the nearest."""
    with pytest.raises(InvalidArgument, match=words):
        columns("Name,Email", mapping=mapping)


def test_a_table_of_nobody_to_reach_is_refused() -> None:
    """Columns: the error shows headers, eight at most, and what a mapping looks like."""
    with pytest.raises(UnreadableFile) as caught:
        columns("a,b,c,d,e,f,g,h,i,j")
    assert str(caught.value) == (
        "no column of the file is known to hold addresses or numbers; its headers are "
        "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 2 more; give a mapping such as {'a': 'emails'}"
    )
    with pytest.raises(UnreadableFile):
        columns("Name,Email", mapping={"Email": None})


@pytest.mark.parametrize(
    "row", ["Ana,ana@x.example", "Ana,+44 20 7946 0958", "Ana,'+4420 79460958"]
)
def test_a_table_without_headers_is_refused(row: str) -> None:
    """Columns: the error says where somebody's data stands, without showing it."""
    with pytest.raises(UnreadableFile, match=r"no row of headers.*in column 2; put") as caught:
        columns(row, mapping={"Email": "emails"})
    assert "ana@" not in str(caught.value)
    assert "7946" not in str(caught.value)


def test_headers_of_years_are_headers() -> None:
    """Columns: what looks like a number is none where other columns are known, or mapped."""
    assert roles("Email,2023-2024") == ["emails", "other"]
    assert roles("who,2023-2024", mapping={"who": "emails"}) == ["emails", "other"]


@given(header=st.text(max_size=20) | st.sampled_from(["𝕬", "ᴬ", "Ⓔ-Ⓜⓐⓘⓛ", "İ", "ẞ"]))
@pytest.mark.parametrize("format", ["wix", "google", "outlook", "csv"])
def test_any_header_has_a_role(format: str, header: str) -> None:
    """Columns: whatever a header says, in whatever case and with whatever signs around it."""
    assert role_of(f"  {header}: ", format) == role_of(header, format)
    assert plain(plain(header)) == plain(header)
