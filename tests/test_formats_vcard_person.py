"""What the properties of a card say of a person, property by property."""

from __future__ import annotations

import pytest
from vcard_fixtures import card


@pytest.mark.parametrize(
    ("lines", "first_name", "last_name"),
    [
        (["N:Souza;Ana;Maria,Lia;Dr.;Jr."], "Ana Maria Lia", "Souza"),
        (["N:Souza;Ana"], "Ana", "Souza"),
        (["N:de Souza\\, Lima;Ana"], "Ana", "de Souza, Lima"),
        (["N:;;;;", "FN:Ana Maria Souza"], "Ana Maria", "Souza"),
        (["FN:Souza\\, Ana"], "Ana", "Souza"),
        (["FN:Ana"], "Ana", None),
        (["N:Souza;;;;", "FN:Ana Souza"], None, "Souza"),
        (["N:;;;;", "N;ALTID=1:Souza;Ana"], "Ana", "Souza"),
        (["FN:ana@example.com", "EMAIL:ana@example.com"], None, None),
        (["FN:+44 20 7946 0958", "TEL:+44 20 7946 0958"], None, None),
        (["FN:Acme", "ORG:Acme;Sales"], None, None),
        (["NICKNAME:Nana", "ORG:Acme"], None, None),
    ],
)
def test_names(lines: list[str], first_name: str | None, last_name: str | None) -> None:
    """N gives both names, and FN only where N says nothing and it is a name."""
    members = card(*lines).members
    assert (members.get("firstName"), members.get("lastName")) == (first_name, last_name)


def test_in_version_2_1_a_comma_is_part_of_a_name() -> None:
    """VCard 2.1 has lists nowhere: only semicolons divide."""
    assert card("N:Souza, Lima;Ana", version="2.1").members["lastName"] == "Souza, Lima"


def test_preferred_addresses_come_first() -> None:
    """Then the order of the file, whichever way the version says what is preferred."""
    four = card(
        "EMAIL:c@example.com",
        "EMAIL;PREF=2:b@example.com",
        "EMAIL;PREF=1:a@example.com",
        "EMAIL:d@example.com",
        version="4.0",
    )
    assert four.members["emails"] == [f"{letter}@example.com" for letter in "abcd"]
    three = card("TEL;TYPE=HOME:2", "TEL;TYPE=CELL,PREF:1", "TEL:3")
    assert three.members["phones"] == ["1", "2", "3"]
    two = card("TEL;HOME:2", "TEL;PREF;CELL:1", version="2.1")
    assert two.members["phones"] == ["1", "2"]


def test_machines_are_no_telephones() -> None:
    """Only fax, pager, modem or telex: the number goes to the others, under what it reaches."""
    record = card(
        "TEL;TYPE=WORK,FAX:1001",
        "TEL;HOME;FAX:1002",
        "TEL;TYPE=PAGER:1003",
        "TEL;TYPE=fax,voice:1004",
        "TEL;TLX:1005",
        "EMAIL;TLX:1006",
        "EMAIL;X400:c=se\\;p=acme",
        "TEL:1007",
    )
    assert record.members == {"phones": ["1004", "1007"]}
    assert record.others == {
        "Fax": "1001",
        "Fax 2": "1002",
        "Pager": "1003",
        "Telex": "1005",
        "Telex 2": "1006",
        "X.400 address": "c=se;p=acme",
    }


@pytest.mark.parametrize(
    ("line", "phone"),
    [
        ("TEL;VALUE=uri;TYPE=home:tel:+1-555-555-0123;ext=12", "+1-555-555-0123;ext=12"),
        ("TEL;VALUE=uri:tel:+33-01-23-45-67", "+33-01-23-45-67"),
        ("TEL;VALUE=uri:TEL:863-1234;phone-context=+1-914-555", "+1-914-555863-1234"),
        ("TEL;VALUE=uri:tel:%2B441632960961", "+441632960961"),
        ("TEL;VALUE=text:+44 1632 960961", "+44 1632 960961"),
    ],
)
def test_numbers_as_uris(line: str, phone: str) -> None:
    """RFC 6350, section 6.4.1, and RFC 3966: a tel: URI with its extension and context."""
    assert card(line, version="4.0").members == {"phones": [phone]}


def test_addresses_as_uris() -> None:
    """A mailto: URI is the address in it (RFC 6068)."""
    record = card("EMAIL;VALUE=uri:mailto:ana%2Bx@example.com?subject=Hi", "EMAIL:MAILTO:b@c.de")
    assert record.members == {"emails": ["ana+x@example.com", "b@c.de"]}


def test_categories_are_labels() -> None:
    """Names as they are, escaped commas in them, each once; Google's own groups are none."""
    record = card(
        "CATEGORIES:Customer,Sales\\, North,,myContacts", "CATEGORIES:starred,Customer,VIP"
    )
    assert record.labels == ("Customer", "Sales, North", "VIP")


def test_language() -> None:
    """LANG of 4.0, the preferred one, or LANGUAGE as some programs write."""
    assert card("LANG;PREF=2:fr", "LANG;PREF=1:de", version="4.0").members == {"language": "de"}
    assert card("LANGUAGE:pt-BR").members == {"language": "pt-BR"}


@pytest.mark.parametrize(
    ("line", "picture"),
    [
        ("PHOTO;VALUE=uri:https://example.com/a,b;c.jpg", "https://example.com/a,b;c.jpg"),
        ("PHOTO;VALUE=URL;TYPE=JPEG:HTTP://example.com/a.jpg", "HTTP://example.com/a.jpg"),
        ("PHOTO:https\\://example.com/a.jpg", "https://example.com/a.jpg"),
        ("PHOTO:data:image/jpeg;base64,/9j/4AAQ", None),
        ("PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ", None),
        ("PHOTO;VALUE=uri:cid:part1", None),
    ],
)
def test_only_the_address_of_a_picture_is_taken(line: str, picture: str | None) -> None:
    """PHOTO gives `picture` where it is a web address."""
    record = card(line)
    assert record.members.get("picture") == picture
    assert record.refusal is None


def test_what_a_contact_has_no_member_for() -> None:
    """Company, position and the like stand among the others, further ones with a number."""
    record = card(
        "ORG:Acme\\, Inc.;North;Sales",
        "TITLE:Cook",
        "ROLE:Head of kitchen",
        "NICKNAME:Nana",
        "BDAY:1985-04-12",
        "NOTE:one\\ntwo",
        "item1.URL:http\\://example.com/",
        "item1.X-ABLabel:_$!<HomePage>!$_",
        "URL;PREF=1:https://example.org/",
        "ADR;TYPE=WORK:PO 7;2nd floor;1 High St.\\nRear;London;;N1 1AA;England",
        "ADR;TYPE=HOME:;;Rua A\\, 5;Porto",
        "X-SKYPE:ana",
        "IMPP:xmpp:ana@example.com",
    )
    assert record.others == {
        "Company": "Acme, Inc.",
        "Department": "North, Sales",
        "Position": "Cook",
        "Role": "Head of kitchen",
        "Nickname": "Nana",
        "Birthday": "1985-04-12",
        "Notes": "one\ntwo",
        "Website": "https://example.org/",
        "Website 2": "http://example.com/",
        "Address": "1 High St., Rear, 2nd floor, PO 7, London, N1 1AA, England",
        "Address 2": "Rua A, 5, Porto",
    }


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("BDAY:19850412", "1985-04-12"),
        ("BDAY:1985-04-12T00:00:00Z", "1985-04-12"),
        ("BDAY;VALUE=date:1985-04-12", "1985-04-12"),
        ("BDAY:--0412", "--0412"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "--04-12"),
        ("BDAY:1985-02-30", "1985-02-30"),
        ("BDAY;VALUE=text:circa 1800", "circa 1800"),
    ],
)
def test_days(line: str, text: str) -> None:
    """A full date is given in ISO's form, all else as it stands; no year is invented."""
    assert card(line).others == {"Birthday": text}


def test_our_own_lines() -> None:
    """Custom fields under their names, before all others of the name; and the subscription."""
    record = card(
        "ORG:Acme",
        "X-WIXCRM-FIELD:Company;Own\\; exact\\n text",
        "X-WIXCRM-FIELD:No value",
        "X-WIXCRM-SUBSCRIPTION:unsubscribed",
    )
    assert record.others == {"Company": "Own; exact\n text", "Company 2": "Acme"}
    assert record.subscription == "unsubscribed"
    assert card("X-WIXCRM-SUBSCRIPTION:perhaps").subscription is None
    assert card("TITLE:Cook").subscription is None
