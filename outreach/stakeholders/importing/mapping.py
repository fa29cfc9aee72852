"""Which column says what: headers of usual exports are known, the rest is chosen by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outreach.core.errors import Refusal
from outreach.stakeholders.roles import plain_word


class Field(StrEnum):
    """What a column may say of a person."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    ROLES = "roles"
    LEVEL = "level"
    ORGANISATION = "organisation"
    JOB_TITLE = "position"
    COUNTRY = "country"
    LANGUAGE = "language"
    TOPICS = "topics"
    TAGS = "tags"
    SOURCE = "source"
    STATUS = "status"
    LISTS_LEFT = "lists_left"
    LEFT = "left_on"
    BOUNCED = "bounced_on"
    SIGNED_UP = "signed_up_on"
    CONFIRMED = "confirmed_on"

    @property
    def may_repeat(self) -> bool:
        """Whether several columns may fill it, together."""
        return self in _LISTS or self in OPT_OUTS

    @property
    def label(self) -> str:
        """The field as the screen names it."""
        return _LABELS.get(self, self.value.replace("_", " ").capitalize())


_LISTS = frozenset({Field.ROLES, Field.TOPICS, Field.TAGS})
OPT_OUTS = frozenset({Field.LEFT, Field.BOUNCED})
"""Any column that may say so is heeded: exports write "Unsubscribed" beside "Unsubscribed on"."""
_LABELS = {
    Field.EMAIL: "E-mail address",
    Field.ROLES: "Role or roles",
    Field.STATUS: "Status (subscribed, unsubscribed, bounced …)",
    Field.LISTS_LEFT: "Lists they left (as our own export names them)",
    Field.LEFT: "Left on: who has a date or “yes” here is not mailed",
    Field.BOUNCED: "Bounced on: who has a date or “yes” here is not mailed",
    Field.SIGNED_UP: "Signed up on: proof of the consent",
    Field.CONFIRMED: "Confirmed on: proof of the consent",
}
_HEADERS: Mapping[Field, str] = {
    Field.EMAIL: "email, e-mail, e-mail address, mail, email address, e-mail 1 - value, "
    "primary email, work email, adresse e-mail, courriel, e-mailadres, e-post, e-mailadresse, "
    "e-mail-adresse, correo, correo electrónico, contact email",
    Field.STATUS: "status, subscription status, email status, e-mail status, mail status, "
    "email marketing, opt in, opt-in, optin, subscribed, consent, blocklisted status",
    Field.LEFT: "left on, unsub time, unsubscribed at, unsubscribe date, unsubscribed on, "
    "optout time, opt-out date, opted out at, blocklisted, blacklisted, email blacklisted, "
    "unsubscribed, unsubscribe, opted out, opt-out, email opt-out, opted out of email, "
    "has opted out of email, unsubscribed from all email, do not mail, do not email, "
    "do not contact, email blocklisted, "
    "abgemeldet, abbestellt, abgemeldet am, nicht anschreiben, désabonné, désinscrit, "
    "désinscrit le, ne pas contacter, afgemeld, uitgeschreven, uitgeschreven op, niet mailen, "
    "afmeldt, frameldt, må ikke kontaktes, baja, dado de baja, fecha de baja, no contactar",
    Field.BOUNCED: "bounced on, clean time, bounced at, bounce date, cleaned at, hardbounced, "
    "bounced, cleaned, hard bounce, email bounced, unzustellbar",
    Field.LISTS_LEFT: "lists left",
    Field.SIGNED_UP: "signed up on, optin time, opt-in time, opt-in date, optin date, "
    "signed up at, subscribed on, subscribed at, subscription date, anmeldedatum, "
    "date d'inscription",
    Field.CONFIRMED: "confirmed on, confirm time, confirmed at, confirmation date, "
    "double opt-in date, double optin date, bestätigt am",
    Field.NAME: "name, full name, display name, contact, naam, nom complet, navn, nombre completo, "
    "vollständiger name, file as",
    Field.FIRST_NAME: "first name, given name, firstname, fname, forename, vorname, prénom, "
    "voornaam, fornavn, nombre",
    Field.LAST_NAME: "last name, family name, lastname, lname, surname, nachname, "
    "nom de famille, nom, achternaam, efternavn, apellido, apellidos",
    Field.ROLES: "role, roles, stakeholder role, rolle, rollen, rôle, rôles, rol, roller",
    Field.LEVEL: "level, tier, government level, ebene, niveau, nivel",
    Field.ORGANISATION: "organisation, organization, company, organization name, company name, "
    "organization 1 - name, institution, employer, firma, organisme, bedrijf, organisatie, "
    "virksomhed, organización, empresa",
    Field.JOB_TITLE: "position, job title, title, function, organization title, "
    "organization 1 - title, jobtitle, job_title, funktion, fonction, functie, stilling, cargo",
    Field.COUNTRY: "country, country code, business country, business country/region, "
    "country/region, home country/region, address 1 - country, cc, land, pays, país, nation",
    Field.LANGUAGE: "language, lang, sprache, langue, taal, sprog, idioma, locale",
    Field.TOPICS: "topics, topic, interests, themen, thèmes, onderwerpen, emner, temas",
    Field.TAGS: "tags, tag, labels, categories, kategorien, catégories, categorieën, "
    "group membership, segments, schlagworte, étiquettes",
    Field.SOURCE: "source, quelle, bron, kilde, fuente, where from",
}
_WORDS = {
    plain_word(header): field
    for field, headers in _HEADERS.items()
    for header in headers.split(", ")
}


@dataclass(frozen=True)
class ColumnMap:
    """For each column of a file the field it fills, or None."""

    fields: tuple[Field | None, ...]

    def __post_init__(self) -> None:
        """Refuse two columns for one field, and a file without addresses."""
        chosen = [field for field in self.fields if field]
        doubled = sorted({f.label for f in chosen if chosen.count(f) > 1 and not f.may_repeat})
        if doubled:
            raise Refusal(f"Two columns are chosen for {', '.join(doubled)}.", "Leave one out.")
        if Field.EMAIL not in chosen:
            raise Refusal(
                "No column with e-mail addresses was recognised.",
                "Name one “email” in the first line, or choose it by hand.",
            )

    @property
    def positions(self) -> list[tuple[Field, int]]:
        """Return (field, column) of every column that is taken over."""
        return [(field, column) for column, field in enumerate(self.fields) if field]


def guess(header: Sequence[str]) -> tuple[Field | None, ...]:
    """Return the field each column most likely holds; of two alike the first, save for opt-outs."""
    found: list[Field | None] = []
    for name in header:
        field = _WORDS.get(plain_word(name))
        found.append(None if field in found and field not in OPT_OUTS else field)
    return tuple(found)


def chosen(header: Sequence[str], choices: Sequence[str]) -> ColumnMap:
    """Return the map for `guess` corrected by choices like "Work=organisation" (an empty field
    leaves the column out); raises Refusal for a column or field we do not know.
    """
    fields = list(guess(header))
    for choice in choices:
        name, sign, value = choice.rpartition("=")
        if not sign:
            raise Refusal(f"{choice!r} names no field.", "Write COLUMN=FIELD: Work=organisation.")
        column = _column(header, name)
        field = _field(value)
        if field and not field.may_repeat:
            fields = [None if other is field else other for other in fields]
        fields[column] = field
    return ColumnMap(tuple(fields))


def _column(header: Sequence[str], name: str) -> int:
    for column, title in enumerate(header):
        if title.strip().casefold() == name.strip().casefold():
            return column
    raise Refusal(f"There is no column {name!r}.", f"The file has: {', '.join(header[:30])}.")


def _field(value: str) -> Field | None:
    if not value:
        return None
    try:
        return Field(value.strip().lower().replace(" ", "_"))
    except ValueError:
        known = ", ".join(Field)
        raise Refusal(f"There is no field {value!r}.", f"Choose one of {known}.") from None
