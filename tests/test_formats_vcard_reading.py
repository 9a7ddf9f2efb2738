"""Files of vCards: cards of the programs of this world, broken ones, large ones, and no cards."""

from __future__ import annotations

import io
import itertools
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from vcard_fixtures import Endless, card, octets, records

from wixcrm_local import errors
from wixcrm_local.formats.records import Record
from wixcrm_local.formats.vcard_reading import LARGEST_CARD, read_vcards

IPHONE = octets(
    "BEGIN:VCARD",
    "VERSION:3.0",
    "PRODID:-//Apple Inc.//iPhone OS 17.1//EN",
    "N:O'Neil;Siobhán;Mary;;",
    "FN:Siobhán Mary O'Neil",
    "ORG:Harbour Café;",
    "item1.EMAIL;type=INTERNET;type=pref:siobhan@example.com",
    "item1.X-ABLabel:_$!<Other>!$_",
    "EMAIL;type=INTERNET;type=HOME:home@example.com",
    "TEL;type=HOME;type=VOICE:020 7946 0959",
    "TEL;type=CELL;type=VOICE;type=pref:+44 7700 900123",
    "TEL;type=WORK;type=FAX:020 7946 0960",
    "item2.ADR;type=HOME;type=pref:;;12 Quay St.;Bristol;;BS1 4DJ;United Kingdom",
    "item2.X-ABADR:gb",
    "item3.URL;type=pref:http\\://harbour.example/",
    "item3.X-ABLabel:_$!<HomePage>!$_",
    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-07-04",
    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAASABIAAD/4QBMRXhpZgAATU0AKgAAA",
    " AgAAgESAAMAAAABAAEAAIdpAAQAAAABAAAAJgAAAAAAAqACAAQAAAABAAAAZKADAAQAAAABAAAA",
    "END:VCARD",
)
OUTLOOK = octets(
    "BEGIN:VCARD",
    "VERSION:2.1",
    "X-MS-CARDPICTURE;TYPE=JPEG;ENCODING=BASE64:",
    " /9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRof",
    " Hh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/9k=",
    "",
    "N;LANGUAGE=de;CHARSET=Windows-1252:M\xfcller;J\xf6rg;;Dr.".encode("latin-1"),
    "FN;CHARSET=Windows-1252:Dr. J\xf6rg M\xfcller".encode("latin-1"),
    "ORG:Beispiel GmbH;Einkauf",
    "TITLE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gesch=C3=A4ftsf=C3=BChrer",
    "NOTE;ENCODING=QUOTED-PRINTABLE:Met at the fair in Hall 3=0D=0A=",
    "Wants the price list",
    "TEL;WORK;VOICE:+49 (30) 901820",
    "TEL;WORK;FAX:+49 (30) 901821",
    "ADR;WORK;PREF;ENCODING=QUOTED-PRINTABLE:;;Am Markt 1=0D=0AHinterhaus;Berlin;;10117;Germany",
    "LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Am Markt 1=0D=0A=",
    "10117 Berlin",
    "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2",
    "URL;WORK:https://beispiel.example",
    "BDAY:19700131",
    "EMAIL;PREF;INTERNET:joerg@beispiel.example",
    "REV:20260131T120000Z",
    "END:VCARD",
)
GOOGLE = octets(
    "BEGIN:VCARD",
    "VERSION:3.0",
    "FN:Ana Souza",
    "N:Souza;Ana;;;",
    "EMAIL;TYPE=INTERNET;TYPE=HOME:ana@example.com",
    "TEL;TYPE=CELL:+55 11 96123-4567",
    "PHOTO:https://pictures.example/ana=s100",
    "CATEGORIES:myContacts,Customer",
    "item1.ORG:Padaria Azul",
    "item1.X-ABLabel:Work",
    "END:VCARD",
)
ANDROID = octets(
    "BEGIN:VCARD",
    "VERSION:2.1",
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=",
    "=B2=D0=B0;=D0=9C=D0=B0=D1=80=D0=B8=D1=8F;;;",
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9C=D0=B0=D1=80=D0=B8=D1=8F",
    "TEL;CELL;PREF:+7-912-345-67-89",
    "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Masha;1;;;;;;;;;;;;;",
    "END:VCARD",
    end=b"\n",
)
NOKIA = octets(
    "BEGIN:VCARD",
    "VERSION:2.1",
    "N;ENCODING=8BIT;CHARSET=UTF-8:Väisänen;Pekka",
    "TEL;VOICE;PREF:0401234567",
    "TEL;CELL:+358 50 123 4567",
    "X-CLASS:private",
    "AGENT:",
    "BEGIN:VCARD",
    "VERSION:2.1",
    "N:Secretary;The",
    "EMAIL:secretary@example.com",
    "END:VCARD",
    "EMAIL:pekka@example.com",
    "END:VCARD",
)
JAPANESE = octets(
    "BEGIN:VCARD",
    "VERSION:2.1",
    "N;CHARSET=SHIFT_JIS:表;ソフィ;;;".encode("cp932"),
    "SOUND;X-IRMC-N;CHARSET=SHIFT_JIS:ｵﾓﾃ;ｿﾌｨ;;;".encode("cp932"),
    "TEL;CELL:09012345678",
    "EMAIL;CELL:sofi@docomo.example",
    "X-GN;CHARSET=SHIFT_JIS:友達".encode("cp932"),
    "END:VCARD",
)


def test_an_iphone() -> None:
    """3.0 with grouped items, types in lower case, a birthday without a year, a picture."""
    (record,) = records(IPHONE)
    assert record == Record(
        1,
        {
            "firstName": "Siobhán Mary",
            "lastName": "O'Neil",
            "emails": ["siobhan@example.com", "home@example.com"],
            "phones": ["+44 7700 900123", "020 7946 0959"],
        },
        others={
            "Company": "Harbour Café",
            "Website": "http://harbour.example/",
            "Birthday": "--07-04",
            "Address": "12 Quay St., Bristol, BS1 4DJ, United Kingdom",
            "Fax": "020 7946 0960",
        },
    )


def test_outlook() -> None:
    """2.1 with bare types, quoted-printable over lines, a code page, an indented picture."""
    (record,) = records(OUTLOOK)
    assert record == Record(
        1,
        {
            "firstName": "Jörg",
            "lastName": "Müller",
            "emails": ["joerg@beispiel.example"],
            "phones": ["+49 (30) 901820"],
        },
        others={
            "Company": "Beispiel GmbH",
            "Department": "Einkauf",
            "Position": "Geschäftsführer",
            "Notes": "Met at the fair in Hall 3\nWants the price list",
            "Website": "https://beispiel.example",
            "Birthday": "1970-01-31",
            "Address": "Am Markt 1, Hinterhaus, Berlin, 10117, Germany",
            "Fax": "+49 (30) 901821",
        },
    )


def test_telephones_of_many_makers_in_one_file() -> None:
    """Cards of several versions and charsets follow one another; an agent is no person."""
    google, android, nokia, japanese = records(GOOGLE + ANDROID + NOKIA + JAPANESE)
    assert google.members["picture"] == "https://pictures.example/ana=s100"
    assert google.labels == ("Customer",)
    assert android.members == {
        "firstName": "Мария",
        "lastName": "Иванова",
        "phones": ["+7-912-345-67-89"],
    }
    assert nokia.members == {
        "firstName": "Pekka",
        "lastName": "Väisänen",
        "emails": ["pekka@example.com"],
        "phones": ["0401234567", "+358 50 123 4567"],
    }
    assert japanese.members["firstName"] == "ソフィ"
    assert japanese.members["lastName"] == "表"
    assert [each.row for each in (google, android, nokia, japanese)] == [1, 2, 3, 4]


def test_the_reader_says_what_it_reads() -> None:
    """A `RecordReader`: of vCards there are no columns."""
    reader = read_vcards(io.BytesIO(GOOGLE))
    assert (reader.format, dict(reader.columns)) == ("vcard", {})


def test_cards_end_somehow() -> None:
    """Without END the next BEGIN ends a card, and the file the last; case does not matter."""
    found = records(
        octets(
            "Contacts of Ana",
            "END:VCARD",
            "begin:vcard",
            "email:a@example.com",
            "BEGIN:VCARD",
            "EMAIL:b@example.com",
            "End:vCard ",
            "EMAIL:nobody@example.com",
            "BEGIN:VCARD",
            "EMAIL:c@example.com",
        )
    )
    assert [(each.row, each.members["emails"]) for each in found] == [
        (1, ["a@example.com"]),
        (2, ["b@example.com"]),
        (3, ["c@example.com"]),
    ]


@pytest.mark.parametrize(
    "agent",
    [
        ["AGENT:", "BEGIN:VCARD", "EMAIL:x@example.com", "END:VCARD"],
        ["AGENT:BEGIN:VCARD", "EMAIL:x@example.com", "END:VCARD"],
        ["AGENT:", "", "BEGIN:VCARD", "AGENT:", "BEGIN:VCARD", "END:VCARD", "END:VCARD"],
        ["AGENT:BEGIN:VCARD\\nEMAIL:x@example.com\\nEND:VCARD\\n"],
        ["AGENT;VALUE=uri:CID:JQPUBLIC"],
    ],
)
def test_an_agent_is_no_person_of_the_file(agent: list[str]) -> None:
    """VCard 2.1, section 2.4.5, and RFC 2426, section 3.5.4: a card inside of a card."""
    record = card("FN:Ana", *agent, "EMAIL:ana@example.com", version="2.1")
    assert record.members == {"firstName": "Ana", "emails": ["ana@example.com"]}


def test_an_agent_without_an_end_hides_one_card_at_most() -> None:
    """A BEGIN that does not follow on an AGENT begins a card, whatever is still open."""
    first, second = records(octets("BEGIN:VCARD", "FN:Ana", "AGENT:") + GOOGLE * 2)
    assert first.members == {"firstName": "Ana"}
    assert (second.row, second.members["firstName"]) == (2, "Ana")
    open_agent = octets("BEGIN:VCARD", "FN:Bo", "AGENT:", "BEGIN:VCARD", "FN:Eve")
    assert [each.members["firstName"] for each in records(open_agent + GOOGLE)] == ["Bo", "Ana"]


def test_an_agent_has_a_version_of_its_own() -> None:
    """VCard 2.1 still folds where white space is, behind an agent of another version."""
    agent = ["AGENT:", "BEGIN:VCARD", "VERSION:3.0", "END:VCARD"]
    assert card(*agent, "NOTE:one", " two", version="2.1").others == {"Notes": "one two"}


@pytest.mark.parametrize("given", [b"", b"First Name,E-mail\nAna,ana@example.com\n", b"BEGIN:VCAR"])
def test_a_file_without_cards_is_no_file_of_cards(given: bytes) -> None:
    """`UnreadableFile` says what was expected."""
    with pytest.raises(errors.UnreadableFile, match=r"no vCard.*; give a \.vcf file"):
        read_vcards(io.BytesIO(given))


def test_a_line_without_an_end_refuses_one_card() -> None:
    """The card says so, and the next is read; what is not used may be as long as it likes."""
    long = "x" * (3 * 1024 * 1024)
    start = octets("BEGIN:VCARD", "PHOTO;ENCODING=b:" + long, "X-LONG:" + long)
    photo, note, google = records(
        start + octets("FN:Ana", "END:VCARD", "BEGIN:VCARD", "NOTE:" + long) + GOOGLE
    )
    assert (photo.members, photo.refusal) == ({"firstName": "Ana"}, None)
    assert note.refusal is not None
    assert note.refusal.sentence.startswith("the NOTE on line 7 can't be read, since it has more")
    assert google.refusal is None


def test_a_card_without_an_end_is_refused_in_flat_memory() -> None:
    """The first card never ends; of its texts no more is kept than a card may have."""
    line = b"NOTE:" + b"x" * 100_000 + b"\r\n"
    pieces = itertools.chain([b"BEGIN:VCARD\r\n"], itertools.repeat(line, 1000), [GOOGLE])
    tracemalloc.start()
    endless, google = list(read_vcards(Endless(pieces)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert endless.members == {}
    assert endless.others == {}
    assert endless.refusal is not None
    assert endless.refusal.sentence.startswith("the card has more than 8,388,608 octets of texts;")
    assert google.refusal is None
    assert peak < 3 * LARGEST_CARD


def test_memory_stays_flat_over_many_cards() -> None:
    """Streaming: 2,000 cards take no more memory than a few."""
    tracemalloc.start()
    count = sum(1 for _ in read_vcards(Endless(itertools.repeat(IPHONE, 2_000))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2_000
    assert peak < 2 * 1024 * 1024


def test_many_texts_of_one_name_are_numbered_in_one_pass() -> None:
    """Speed: a hostile card of 40,000 addresses of the web costs no more than their number."""
    record = card(*["URL:a"] * 40_000, *[f"X-WIXCRM-FIELD:Website {n};x" for n in range(2, 9000)])
    assert len(record.others) == 40_000 + 8_998


PARTS = [IPHONE, OUTLOOK, ANDROID, NOKIA, JAPANESE]
SNIPPETS = [
    *(line + b"\r\n" for part in PARTS for line in part.splitlines()),
    *[b"=", b":", b";", b'"', b"\\", b"\n ", b"\r", b"\xff\xfe", b"\x00", b"AGENT:\r\n"],
    *[b"CHARSET=", b"ENCODING=", b"N;CHARSET=UTF-7:", b"EMAIL;PREF=", b"TEL;VALUE=uri:tel:"],
]


@given(st.lists(st.sampled_from(SNIPPETS) | st.binary(max_size=12), max_size=30).map(b"".join))
@example(b"BEGIN:VCARD\nN;CHARSET=unicode_escape:\\d")
def test_any_octets_are_read_or_are_no_file_of_cards(given: bytes) -> None:
    """Law: nothing but `UnreadableFile` is raised, and rows count up from 1."""
    try:
        found = records(given)
    except errors.UnreadableFile:
        return
    assert [each.row for each in found] == list(range(1, len(found) + 1))
    assert all(each.refusal is None or each.refusal.sentence for each in found)
