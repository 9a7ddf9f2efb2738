"""What a column is for, told by its header: per program exactly, else by words of eight languages.

Law: pure, and what is not known for certain is 'other', never a member.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from wixcrm_local.text import folded

Role = str

NOT_TAKEN: Role = ""
OTHER: Role = "other"
# What the first column of a pair is called in the one beside it: see `csv_columns`.
PAIR: Role = "pair"

_NOT_A_WORD = re.compile(r"[\W_]+")
_NUMBER_AT_THE_END = re.compile(r" ?\d+$")
_NUMBERED = re.compile(r"(email|phone) \d+ value|(custom field) \d+ value")
_NUMBERED_BY_GOOGLE = re.compile(r"(?:email|phone) \d+ value")
_KIND_BESIDE = re.compile(r".* \d+ (?:type|label)")


def _by_header(words: Mapping[Role, str]) -> Mapping[str, Role]:
    return {word.strip(): role for role, list_ in words.items() for word in list_.split(",")}


_WIX = _by_header(
    {
        "firstName": "first name",
        "lastName": "last name",
        "labels": "labels",
        "language": "language",
        "picture": "picture",
        "subscription": "email subscriber status",
        NOT_TAKEN: """contact id, member id, created at, created at utc 0, last activity,
            last activity date, last activity date utc 0, sms subscriber status""",
    }
)

_GOOGLE = _by_header(
    {
        "firstName": "first name, given name, middle name, additional name",
        "lastName": "last name, family name",
        "name": "name",
        "labels": "labels, group membership",
        "language": "language",
        "picture": "photo",
        NOT_TAKEN: """file as, yomi name, given name yomi, additional name yomi, family name yomi,
            phonetic first name, phonetic middle name, phonetic last name""",
    }
)

# A company's main number and an assistant's are no numbers of this person.
_OUTLOOK = _by_header(
    {
        "firstName": "first name, middle name",
        "lastName": "last name",
        "emails": "email address, email 2 address, email 3 address",
        "phones": """primary phone, mobile phone, home phone, home phone 2, business phone,
            business phone 2, other phone, car phone""",
        "labels": "categories",
        "language": "language",
        NOT_TAKEN: """email type, email 2 type, email 3 type, email display name,
            email 2 display name, email 3 display name, priority, private, sensitivity""",
    }
)

_ANY = _by_header(
    {
        "firstName": """first name, firstname, first, forename, given name, givenname, middle name,
            vorname, prenom, primer nombre, nombre de pila, primeiro nome, voornaam""",
        "lastName": """last name, lastname, last, surname, family name, familyname, nachname,
            familienname, nom de famille, apellido, apellidos, sobrenome, apelido, cognome,
            achternaam, familienaam""",
        "name": """name, full name, fullname, contact, contact name, customer name, display name,
            vollstandiger name, kontakt, nom, nom complet, nombre, nombre completo,
            nombre y apellidos, nome, nome completo, naam, volledige naam""",
        "emails": """email, emails, mail, email address, emailaddress, email addresses,
            primary email, work email, home email, personal email, private email, business email,
            other email, email work, email home, email privat, email geschaftlich,
            email dienstlich, email adresse, emailadresse, email adresse privat,
            mailadresse, courriel, adresse email, adresse mail, adresse electronique,
            adresse courriel, correo, correo electronico, direccion de correo,
            direccion de correo electronico, direccion de email, endereco de email,
            correio eletronico, indirizzo email, posta elettronica, emailadres, mailadres""",
        "phones": """phone, phones, phone number, phone numbers, phonenumber, telephone, tel,
            telephone number, mobile, mobile phone, mobile number, mobile phone number, cell,
            cell phone, cellphone, cell number, home phone, work phone, business phone,
            office phone, primary phone, other phone, phone home, phone work, phone mobile,
            whatsapp, phone no, phone nr, tel no, tel nr, mobile no, telefon, telefonnummer,
            telefonnr, telefon nr, telefon privat, telefon geschaftlich, telefon dienstlich,
            telefon mobil, tel privat, tel geschaftlich, tel dienstlich, tel mobil, festnetz,
            festnetznummer, rufnummer, handy, handynummer, handynr, handy nr, mobil, mobilnummer,
            mobil privat, mobil geschaftlich, mobil dienstlich, mobiltelefon, mobilfunk,
            numero de telephone, telephone fixe, telephone mobile, telephone portable, portable,
            numero de portable, telefono, numero de telefono, movil, telefono movil, numero movil,
            celular, telefone, numero de telefone, telemovel, telefone celular, cellulare,
            numero di telefono, numero di cellulare, telefono cellulare, telefoon,
            telefoonnummer, mobiel, mobiele telefoon, mobiel nummer, gsm""",
        "labels": """label, labels, tag, tags, group, groups, category, categories,
            group membership, etikett, etiketten, schlagwort, schlagworte, schlagworter,
            kategorie, kategorien, gruppe, gruppen, etiquette, etiquettes, libelle, libelles,
            groupe, groupes, categorie, etiqueta, etiquetas, grupo, grupos, categoria, categorias,
            rotulo, rotulos, marcador, marcadores, etichetta, etichette, gruppo, gruppi, groep,
            groepen, categorieen""",
        "language": "language, lang, preferred language, sprache, langue, idioma, lingua, taal",
        "picture": """picture, photo, image, avatar, picture url, photo url, image url, avatar url,
            profile picture, profile photo, bild, foto, profilbild, imagen, imagem, immagine,
            afbeelding""",
        "subscription": """email subscriber status, subscriber status, subscription status,
            subscription, email subscription status""",
        NOT_TAKEN: """id, contact id, member id, user id, created at, created at utc 0, updated at,
            last activity, last activity date, sms subscriber status, file as, phonetic name,
            phonetic first name, phonetic last name""",
    }
)

_TABLES = {"wix": _WIX, "google": _GOOGLE, "outlook": _OUTLOOK, "csv": _ANY}

_ONLY_WIX = {"created at utc 0", "email subscriber status", "sms subscriber status"}
_ONLY_OUTLOOK = {"email 2 address", "business phone", "home phone", "primary phone", "categories"}


def plain(header: str) -> str:
    """The words of a header: without case, accents and punctuation, and e-mail as one word."""
    compatible = unicodedata.normalize("NFKD", header)  # first: 𝕬 has no small letter, its A has
    letters = unicodedata.normalize("NFKD", folded(compatible))
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = _NOT_A_WORD.sub(" ", letters).strip()
    return re.sub(r"\be mail", "email", words)


def format_of(headers: Collection[str]) -> str:
    """The program that wrote a table: wix, google, outlook, or csv for any other."""
    words = {plain(header) for header in headers}
    if words & _ONLY_WIX and words & {"email 1", "phone 1"}:
        return "wix"  # before all others, whatever its custom fields are called
    if "group membership" in words or any(map(_NUMBERED_BY_GOOGLE.fullmatch, words)):
        return "google"
    if "email address" in words and words & _ONLY_OUTLOOK:
        return "outlook"
    return "csv"


def role_of(header: str, format: str) -> Role:
    """What a column of this header is for, in a table of this format."""
    words = plain(header)
    if format == "google" and (role := _role_by_google(words)) is not None:
        return role
    table = _TABLES[format]
    if words in table:
        return table[words]
    bare = _NUMBER_AT_THE_END.sub("", words)
    if format == "wix":
        return {"email": "emails", "phone": "phones"}.get(bare, OTHER)
    if format == "csv" and table.get(bare) in ("emails", "phones", "labels", "lastName"):
        return table[bare]
    return OTHER


def _role_by_google(words: str) -> Role | None:
    numbered = _NUMBERED.fullmatch(words)
    if numbered:
        return f"{numbered[1]}s" if numbered[1] else PAIR
    return NOT_TAKEN if _KIND_BESIDE.fullmatch(words) else None
