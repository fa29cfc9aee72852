"""What documents are called, in the languages of letters and public pages."""

from collections.abc import Mapping
from types import MappingProxyType

from outreach.core.text import LocalText
from outreach.results.models import DocumentKind
from outreach.web.filters import filesize

_KINDS: Mapping[DocumentKind, LocalText] = MappingProxyType(
    {
        DocumentKind.POLICY_BRIEF: LocalText(
            en="policy brief",
            de="Policy Brief",
            fr="note de synthèse",
            nl="beleidsnota",
            da="policy brief",
            es="informe de políticas",
        ),
        DocumentKind.REPORT: LocalText(
            en="report", de="Bericht", fr="rapport", nl="rapport", da="rapport", es="informe"
        ),
        DocumentKind.PAGE: LocalText(
            en="page", de="Seite", fr="page", nl="pagina", da="side", es="página"
        ),
        DocumentKind.DATASET: LocalText(
            en="dataset",
            de="Datensatz",
            fr="jeu de données",
            nl="dataset",
            da="datasæt",
            es="conjunto de datos",
        ),
        DocumentKind.FAQ: LocalText(
            en="frequently asked questions",
            de="häufige Fragen",
            fr="questions fréquentes",
            nl="veelgestelde vragen",
            da="ofte stillede spørgsmål",
            es="preguntas frecuentes",
        ),
    }
)
_ABOUT_BRIEF = LocalText(
    en="About this brief",
    de="Über diesen Policy Brief",
    fr="À propos de cette note",
    nl="Over deze beleidsnota",
    da="Om dette policy brief",
    es="Sobre este informe",
)
_FORMATS = {"application/pdf": "PDF"}


def kind_label(kind: DocumentKind, language: str = "en") -> str:
    """Return what a document is: "policy brief"."""
    return _KINDS[kind].pick(language)


def about_label(kind: DocumentKind, language: str = "en") -> str:
    """Return the words of the link to a brief's page; "" for kinds that a general phrase fits."""
    return _ABOUT_BRIEF.pick(language) if kind is DocumentKind.POLICY_BRIEF else ""


def format_label(content_type: str) -> str:
    """Return "PDF"; "" for a format readers have no word for."""
    return _FORMATS.get(content_type, "")


def size_label(size: int, language: str = "en") -> str:
    """Write a size as the language writes numbers: "1.2 MB", "1,2 MB", in French "1,2 Mo"."""
    written = filesize(size)
    if language == "en":
        return written
    written = written.replace(",", "\u202f").replace(".", ",")
    return written.replace("B", "o").replace("Ko", "ko") if language == "fr" else written
